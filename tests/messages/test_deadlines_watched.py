"""The watch over deadlines is kept by the durable schedule, and what it says arrives."""

import asyncio
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.channels.base import ChatKind, Event, EventKind
from bot.db import now
from bot.groups.models import Hamlet
from bot.messages import workflows
from bot.reports import deadline_watch, service
from bot.reports.models import Deadline, DueKind
from bot.services import Services
from bot.triage.understanding import Category
from tests.fakes import FakeTelegram

MANAGER = "7001"


async def test_what_is_overdue_is_said_to_the_manager_by_itself(
    worker: Services, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline_watch, "OFTEN", "* * * * * *")  # every second
    event = Event(
        "telegram", "1", EventKind.MESSAGE, ChatKind.GROUP, "-1001", "1", text="loa kéo suốt đêm"
    )
    async with worker.db.begin() as session:
        hamlet = (await session.execute(select(Hamlet).order_by(Hamlet.name).limit(1))).scalar_one()
        made = await service.open_report(
            session,
            event,
            uuid.uuid4(),
            category=Category.SECURITY_ORDER,
            confidence=1.0,
            sensitive=False,
            urgent=True,
            managers_only=False,
            hamlet_id=hamlet.id,
        )
        past = now() - timedelta(minutes=1)
        taken_on = (Deadline.report_id == made.id, Deadline.kind == DueKind.ACKNOWLEDGEMENT)
        await session.execute(update(Deadline).where(*taken_on).values(due_at=past, look_at=past))
    await workflows.schedule()
    await asyncio.to_thread(telegram.wait_for, lambda t: t.sent(MANAGER), timeout=60)
    await asyncio.sleep(2.5)  # it is looked at again, and nothing more is said
    [notice] = telegram.sent(MANAGER)
    assert f"{made.code}, {hamlet.name} đã quá hạn tiếp nhận" in notice
    assert "loa kéo" not in notice
