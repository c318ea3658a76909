"""What waits, for how long, and what was given up: counted in the database, without a word."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.checks.finding import Finding, fine, warning
from bot.db import now
from bot.messages.models import Inbound, Outbound, OutboundStatus
from bot.reports.models import Report, Status

SLOW_DELIVERY = 1800.0
"""Seconds; where a platform makes us wait for long, it is an hour and more."""

READER_LOST = (
    *("blocked", "deactivated", "never_started", "removed", "deleted", "forbidden", "moved"),
    *("chat_not_found", "not_following", "inactive", "window_closed", "group_disabled"),
    *("restricted", "quota", "recipient_quota", "gone"),
)
"""Not for whoever runs the machine to mend: officers are told of each by itself."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """By channel."""

    count: int = 0
    seconds: float = 0.0  # since the oldest came


@dataclass(frozen=True, slots=True)
class Work:
    inbound: Mapping[str, Waiting]
    outbound: Mapping[str, Waiting]
    failed: Mapping[str, int]  # inbound given up, by channel
    dead: Mapping[str, int]
    unknown: Mapping[str, int]
    dead_for_us: int  # of `dead`, those whose reader was there

    @property
    def to_mend(self) -> int:
        """Messages that somebody has to look at."""
        return self.dead_for_us + sum(self.failed.values())

    @property
    def oldest(self) -> float:
        """Seconds the oldest message has waited to be handled."""
        return max((each.seconds for each in self.inbound.values()), default=0.0)

    @property
    def oldest_outbound(self) -> float:
        return max((each.seconds for each in self.outbound.values()), default=0.0)


async def work(session: AsyncSession) -> Work:
    at = now()
    inbound = (
        select(Inbound.channel, func.count(), func.min(Inbound.received_at))
        .where(Inbound.handled_at.is_(None), Inbound.failed.is_(None))
        .group_by(Inbound.channel)
    )
    outbound = (
        select(Outbound.channel, func.count(), func.min(Outbound.created_at))
        .where(Outbound.status == OutboundStatus.PENDING)
        .group_by(Outbound.channel)
    )
    failed = (
        select(Inbound.channel, func.count())
        .where(Inbound.failed.is_not(None), Inbound.handled_at.is_(None))
        .group_by(Inbound.channel)
    )
    troubled = (
        select(Outbound.channel, Outbound.status, Outbound.error, func.count())
        .where(Outbound.status.in_((OutboundStatus.DEAD, OutboundStatus.UNKNOWN)))
        .group_by(Outbound.channel, Outbound.status, Outbound.error)
    )
    dead: dict[str, int] = {}
    unknown: dict[str, int] = {}
    for_us = 0
    for channel, status, error, count in (await session.execute(troubled)).all():
        counts = dead if status is OutboundStatus.DEAD else unknown
        counts[channel] = counts.get(channel, 0) + count
        if status is OutboundStatus.DEAD and error not in READER_LOST:
            for_us += count
    return Work(
        inbound=_waiting((await session.execute(inbound)).all(), at),
        outbound=_waiting((await session.execute(outbound)).all(), at),
        failed={row[0]: row[1] for row in await session.execute(failed)},
        dead=dead,
        unknown=unknown,
        dead_for_us=for_us,
    )


def _waiting(rows: object, at: datetime) -> dict[str, Waiting]:
    assert isinstance(rows, list)
    return {
        channel: Waiting(count, max(0.0, (at - oldest).total_seconds()))
        for channel, count, oldest in rows
    }


async def overdue_urgent(session: AsyncSession) -> int:
    """Urgent reports that are overdue. Those only managers read are left out: who sees a figure
    must not learn from it that somebody complained of the police."""
    query = select(func.count()).where(
        Report.urgent,
        Report.managers_only.is_(False),
        Report.status != Status.CLOSED,
        Report.due_at < now(),
    )
    return (await session.scalar(query)) or 0


def backlog(found: Work, patience: float) -> Finding:
    """`patience`: seconds a message may wait to be handled."""
    minutes = found.oldest / 60
    if found.oldest > patience:
        line = f"Có tin đến đã chờ xử lý {minutes:.0f} phút."
        return warning("backlog", line, "Xem Rasa và cơ sở dữ liệu có chạy không.")
    return fine("backlog", "Không có tin đến nào phải chờ lâu.")


def delivery(found: Work) -> Finding:
    minutes = found.oldest_outbound / 60
    if found.oldest_outbound > SLOW_DELIVERY:
        line = f"Có tin gửi đi đã chờ {minutes:.0f} phút."
        return warning("delivery", line, "Xem mạng của máy, và nền tảng chat có đang lỗi không.")
    return fine("delivery", "Không có tin gửi đi nào phải chờ lâu.")


def dead_letters(found: Work) -> Finding:
    if count := found.to_mend:
        line = f"Có {count} tin không gửi được hoặc chưa xử lý được."
        return warning("dead_letters", line, "Mở trang “Sự cố” để gửi lại hoặc bỏ qua.")
    return fine("dead_letters", "Không có tin nào phải bỏ dở.")
