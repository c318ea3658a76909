"""What is true at the moment, for /metrics: read from the database and the machine when asked.

What comes from the database is the same at every gateway, as it is one database: over several
gateways take the maximum, never the sum; each such help text says so.

Reports that only managers read are in none of these figures: whoever sees them must not learn that
somebody complained of the police.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from prometheus_client import REGISTRY, Metric
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.pool import QueuePool

from bot.checks.keeping import last_backup
from bot.checks.public import certificate_of
from bot.checks.work import Waiting, Work, overdue_urgent, work
from bot.console.models import OfficerSession
from bot.db import Database, now
from bot.ops.model import fingerprint
from bot.reports.models import Report, Status
from bot.triage.understanding import Category

if TYPE_CHECKING:
    from bot.services import Services

NEVER_SHOWN = (Category.POLICE_CONDUCT, Category.SMALL_TALK)
SHARED = "from the database: over several gateways take max, never sum"


class Snapshot(Collector):
    """This process's counters, and gauges that were read just now."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        yield from REGISTRY.collect()
        yield from self._families


async def gauges(services: "Services", databases: Sequence[Database]) -> list[Metric]:
    """All of them; without a database those that need none. `databases`: this process's."""
    families: list[Metric] = [_build(), *_disk(services), *_backup(services), _pools(databases)]
    reachable = True
    try:
        async with services.db.begin() as session:
            families += await _from_database(session, services.channels)
    except SQLAlchemyError:
        reachable = False
    families.append(
        _one(
            "binhyen_up",
            "Whether a part of the service answers this gateway",
            "part",
            {
                "database": float(reachable),
                "rasa": float(await services.rasa.is_ready()),
                "actions": float(await services.rasa.actions_are_ready()),
            },
        )
    )
    seen = await certificate_of(services.settings.public_base).get()
    if seen is not None and seen.days is not None:
        help_text = "Days left of the certificate that the public address shows"
        families.append(GaugeMetricFamily("binhyen_certificate_days", help_text, value=seen.days))
    return families


async def _from_database(session: AsyncSession, channels: Mapping[str, object]) -> list[Metric]:
    found = await work(session)
    return [
        *_work(found, channels),
        *await _reports(session),
        await _sessions(session),
    ]


def _work(found: Work, channels: Mapping[str, object]) -> list[Metric]:
    def each(name: str, what: str, values: Mapping[str, float]) -> Metric:
        zero: dict[str, float] = dict.fromkeys(channels, 0.0)
        return _one(f"binhyen_{name}", f"{what} ({SHARED})", "channel", zero | dict(values))

    inbound, outbound = found.inbound, found.outbound
    return [
        each("inbound_waiting", "Messages not handled yet", _counts(inbound)),
        each("inbound_oldest_seconds", "Age of the oldest of them", _ages(inbound)),
        each("inbound_failed", "Messages whose handling was given up", found.failed),
        each("outbound_waiting", "Messages not delivered yet", _counts(outbound)),
        each("outbound_oldest_seconds", "Age of the oldest of them", _ages(outbound)),
        each("dead_letters", "Messages whose delivery was given up", found.dead),
        each("unknown_deliveries", "Messages that may have arrived", found.unknown),
        GaugeMetricFamily(
            "binhyen_dead_letters_to_mend",
            f"Dead letters and failed messages that are for us to mend ({SHARED})",
            value=found.to_mend,
        ),
    ]


async def _reports(session: AsyncSession) -> list[Metric]:
    seen = (Report.managers_only.is_(False), Report.status != Status.CLOSED)
    late = func.count().filter(Report.due_at < now())
    query = select(Report.category, func.count(), late).where(*seen).group_by(Report.category)
    rows = (await session.execute(query)).all()
    zero = {kind.value: 0.0 for kind in Category if kind not in NEVER_SHOWN}
    note = f"without those only managers read ({SHARED})"
    return [
        _one(
            "binhyen_reports_open",
            f"Open reports by kind, {note}",
            "category",
            zero | {row[0].value: row[1] for row in rows},
        ),
        _one(
            "binhyen_reports_overdue",
            f"Of the open ones those overdue, {note}",
            "category",
            zero | {row[0].value: row[2] for row in rows},
        ),
        GaugeMetricFamily(
            "binhyen_reports_overdue_urgent",
            f"Urgent reports that are overdue, {note}",
            value=await overdue_urgent(session),
        ),
    ]


async def _sessions(session: AsyncSession) -> Metric:
    count = await session.scalar(select(func.count()).select_from(OfficerSession)) or 0
    return GaugeMetricFamily("binhyen_officer_sessions", f"Sign-ins kept ({SHARED})", value=count)


def _pools(databases: Sequence[Database]) -> Metric:
    pools = [d.engine.pool for d in databases if isinstance(d.engine.pool, QueuePool)]
    values = {
        "in_use": float(sum(pool.checkedout() for pool in pools)),
        "idle": float(sum(pool.checkedin() for pool in pools)),
    }
    help_text = "This process's connections to the database, DBOS's left out"
    return _one("binhyen_database_connections", help_text, "state", values)


def _disk(services: "Services") -> list[Metric]:
    try:
        usage = shutil.disk_usage(services.settings.data_dir)
    except OSError:
        return []
    where = "on the disk with the data directory"
    return [
        GaugeMetricFamily("binhyen_disk_free_bytes", f"Free {where}", value=usage.free),
        GaugeMetricFamily("binhyen_disk_size_bytes", f"All {where}", value=usage.total),
    ]


def _backup(services: "Services") -> list[Metric]:
    """Absent where no backup was ever made, so that it cannot be taken for a fresh one."""
    taken = last_backup(services.settings)
    if taken is None:
        return []
    age = (now() - taken).total_seconds()
    help_text = "Since the last good backup was made"
    return [GaugeMetricFamily("binhyen_backup_age_seconds", help_text, value=age)]


@cache
def _build() -> Metric:
    try:
        model = fingerprint()[:12]
    except OSError:  # the data of training are not on this machine
        model = ""
    info = InfoMetricFamily("binhyen_build", "What runs here")
    info.add_metric([], {"version": version("binhyen"), "model": model})
    return info


def _counts(waiting: Mapping[str, Waiting]) -> dict[str, float]:
    return {channel: each.count for channel, each in waiting.items()}


def _ages(waiting: Mapping[str, Waiting]) -> dict[str, float]:
    return {channel: each.seconds for channel, each in waiting.items()}


def _one(name: str, what: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=[label])
    for value_of, value in sorted(values.items()):
        family.add_metric([value_of], value)
    return family
