"""A question that a reporter asks an officer who is talking with him: it must not be left alone."""

import re
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import now
from bot.nlu.text import strip_diacritics
from bot.reports.models import EventType, Report, ReportEvent
from bot.reports.service import officer_speaks
from bot.reports.timeline import latest_event
from bot.work import Queue, Workflow, enqueue

_ASKS = re.compile(
    r"\?|\b(sao|the nao|lam gi|bao gio|khi nao|hoi nao|chung nao|bao lau|bao nhieu|may gio|o dau"
    r"|toi dau|den dau|ai (lo|giai quyet|xu ly|toi|den)|duoc (khong|ko|k|hong|hok)|a lo|alo"
    r"|phai (khong|ko|k|hong)|co (.{1,40} )?(khong|ko|hong)( a| vay| em| anh| chi)?$"
    r"|\w+ \w+ chua( a| vay| em| anh| chi)?$|(khong|ko|hong) (a|vay|em|anh|chi|can bo)$)"
)
"""What makes words a question, without diacritics; an answer to the officer waits for nothing."""


def asks(text: str) -> bool:
    """Whether somebody expects an answer to these words."""
    return _ASKS.search(strip_diacritics(text).lower().strip(" .!…")) is not None


CALL_LASTS = timedelta(hours=2)


async def is_waited_for(session: AsyncSession, report: Report) -> bool:
    """Whether the reporter asked for a person just now, and so is awake at whatever hour."""
    query = select(ReportEvent.id).where(
        ReportEvent.report_id == report.id,
        ReportEvent.type == EventType.CALLED_FOR,
        ReportEvent.at > now() - CALL_LASTS,
    )
    return (await session.execute(query.limit(1))).first() is not None


async def watch_silence(session: AsyncSession, report: Report) -> None:
    """See to it that the question just asked is answered, or a manager told (calls.py)."""
    said = await latest_event(session, report, EventType.FROM_REPORTER)
    if said and asks(said.text or "") and officer_speaks(report):
        await enqueue(session, Workflow.AWAIT_ANSWER, Queue.TIMERS, said.id)
