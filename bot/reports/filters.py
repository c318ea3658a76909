"""Narrowing a folder of the queue: plain parameters of an address, whatever a stranger puts there.

A value that is no choice of this officer's is left out, and not shown as chosen.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.pages import CHANNEL_NAMES
from bot.console.permissions import Permission, may
from bot.console.times import VIETNAM
from bot.groups.models import Hamlet, Officer
from bot.reports.folders import Folder
from bot.reports.labels import STATUS_LABELS
from bot.reports.models import Report, Status
from bot.triage.understanding import REPORTS, Category
from bot.wording import CATEGORY_NAMES

NO_HAMLET = "khong-ro"
LATEST = date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class Filter:
    """Each field is a parameter's text as it is known to be good; empty where nothing is chosen."""

    ap: str = ""  # a hamlet's id, or NO_HAMLET
    loai: str = ""
    khan: str = ""  # "1"
    trang_thai: str = ""
    kenh: str = ""
    tu: str = ""  # days in Việt Nam, both included
    den: str = ""

    def __bool__(self) -> bool:
        return bool(self.parameters())

    @property
    def needs_looking(self) -> bool:
        """Whether it asks for what no index of the closed reports knows."""
        return bool(self.loai or self.khan or self.kenh)

    def parameters(self) -> dict[str, str]:
        """What stands in the address."""
        return {
            field.name.replace("_", "-"): value
            for field in fields(self)
            if (value := getattr(self, field.name))
        }

    def conditions(self) -> Sequence[ColumnElement[bool]]:
        """What of it an index of the closed reports knows, too."""
        found: list[ColumnElement[bool]] = []
        if self.ap:
            hamlet = None if self.ap == NO_HAMLET else uuid.UUID(self.ap)
            found.append(Report.hamlet_id.is_(None) if not hamlet else Report.hamlet_id == hamlet)
        if self.tu:
            found.append(Report.created_at >= _midnight(date.fromisoformat(self.tu)))
        if self.den:
            next_day = date.fromisoformat(self.den) + timedelta(days=1)
            found.append(Report.created_at < _midnight(next_day))
        return found

    def further_conditions(self) -> Sequence[ColumnElement[bool]]:
        """What each report has to be looked at for."""
        found: list[ColumnElement[bool]] = []
        if self.loai:
            found.append(Report.category == Category(self.loai))
        if self.khan:
            found.append(Report.urgent.is_(True))
        if self.trang_thai:
            found.append(Report.status == Status(self.trang_thai))
        if self.kenh:
            found.append(_came_by(self.kenh))
        return found


NO_FILTER = Filter()
NAMES = [field.name.replace("_", "-") for field in fields(Filter)]
"""Of the parameters."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What an officer may choose from: the names by their values, for each select of the form."""

    ap: Mapping[str, str]
    loai: Mapping[str, str]
    trang_thai: Mapping[str, str]
    kenh: Mapping[str, str]


async def choices(session: AsyncSession, officer: Officer, folder: Folder) -> Choices:
    hamlets = {str(hamlet.id): hamlet.name for hamlet in await _hamlets(session, officer)}
    if may(officer, Permission.READ_ALL_REPORTS):
        hamlets[NO_HAMLET] = "Chưa rõ ấp"
    open_ones = {s.value: STATUS_LABELS[s] for s in Status if s is not Status.CLOSED}
    return Choices(
        ap=hamlets,
        loai={
            category.value: CATEGORY_NAMES[category] for category in Category if category in REPORTS
        },
        trang_thai={} if folder is Folder.CLOSED else open_ones,
        kenh=CHANNEL_NAMES,
    )


def read_filter(parameters: Mapping[str, Any], possible: Choices) -> Filter:
    def chosen(name: str, values: Mapping[str, str]) -> str:
        value = str(parameters.get(name, ""))
        return value if value in values else ""

    return Filter(
        ap=chosen("ap", possible.ap),
        loai=chosen("loai", possible.loai),
        khan=chosen("khan", {"1": ""}),
        trang_thai=chosen("trang-thai", possible.trang_thai),
        kenh=chosen("kenh", possible.kenh),
        tu=_day(parameters.get("tu", "")),
        den=_day(parameters.get("den", "")),
    )


@dataclass(frozen=True, slots=True)
class Chip:
    """A part of a filter as it is shown, and the filter without it."""

    name: str
    without: Filter


def chips(chosen: Filter, possible: Choices) -> list[Chip]:
    names = {
        "ap": possible.ap.get(chosen.ap, ""),
        "loai": possible.loai.get(chosen.loai, ""),
        "khan": "Khẩn",
        "trang_thai": possible.trang_thai.get(chosen.trang_thai, ""),
        "kenh": possible.kenh.get(chosen.kenh, ""),
        "tu": f"Từ {_shown(chosen.tu)}",
        "den": f"Đến {_shown(chosen.den)}",
    }
    return [
        Chip(name, replace(chosen, **{field: ""}))
        for field, name in names.items()
        if getattr(chosen, field)
    ]


async def _hamlets(session: AsyncSession, officer: Officer) -> Sequence[Hamlet]:
    if not may(officer, Permission.READ_ALL_REPORTS):
        return sorted(officer.hamlets, key=lambda hamlet: hamlet.name)
    return (await session.execute(select(Hamlet).order_by(Hamlet.name))).scalars().all()


def _came_by(channel: str) -> ColumnElement[bool]:
    """`bot.reports.labels.channel_of` as a condition."""
    in_group = and_(Report.conversation_id.is_(None), Report.group.has(channel=channel))
    return or_(Report.conversation.has(channel=channel), in_group)


def _day(value: Any) -> str:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return ""
    return day.isoformat() if day < LATEST else ""


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), VIETNAM)


def _shown(day: str) -> str:
    return f"{date.fromisoformat(day):%d/%m/%Y}" if day else ""
