"""Waiting for an officer survives a gateway that is killed: it goes on where it was, once."""

import asyncio
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import select, text

from bot.channels.base import ChatKind, Event, EventKind
from bot.db import Database
from bot.groups.models import Hamlet
from bot.groups.setup import apply_setup, read_setup
from bot.messages.conversations import open_conversation
from bot.ops.supervisor import app_environment
from bot.reports import calls, service
from bot.reports.models import EventType, ReportEvent
from bot.settings import Settings
from bot.triage.understanding import Category
from tests.fakes import FakeTelegram
from tests.service import COMMUNE

WITHIN = 12  # seconds until nobody has answered; longer than a restart takes


@pytest.fixture
def installation(settings: Settings, telegram: FakeTelegram) -> Settings:
    """One that waits for seconds only."""
    values = settings.model_dump(exclude_none=True) | {
        "answer_within_minutes": WITHIN / 60,
        "telegram_token": telegram.token,
        "telegram_secret": "secret",
        "telegram_api_url": telegram.url,
    }
    return Settings.model_validate(values)


@pytest.fixture
async def db(installation: Settings) -> AsyncIterator[Database]:
    database = Database(str(installation.database_url))
    async with database.begin() as session:
        await apply_setup(session, read_setup(COMMUNE))
    yield database
    await database.close()


@contextmanager
def gateway(settings: Settings, port: int = 0) -> Iterator[subprocess.Popen[bytes]]:
    """A gateway process of its own, ready; killed outright at the end."""
    with socket.create_server(("127.0.0.1", port)) as door:
        environment = app_environment(settings) | {"BINHYEN_LISTENER": str(door.fileno())}
        process = subprocess.Popen(
            (sys.executable, "-m", "bot.ops.gateway"),
            env=environment,
            cwd=settings.data_dir,
            pass_fds=(door.fileno(),),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _until_live(door.getsockname()[1], process)
            yield process
        finally:
            process.kill()
            process.wait()


def _until_live(port: int, process: subprocess.Popen[bytes], within: float = 120) -> None:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        assert process.poll() is None, "the gateway has ended"
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise AssertionError("the gateway never came up")


async def call(db: Database) -> str:
    """Somebody of hamlet 1 asks for an officer; the report's code."""
    async with db.begin() as session:
        hamlet = (await session.execute(select(Hamlet).where(Hamlet.name == "Ấp 1"))).scalar_one()
        conversation = await open_conversation(session, "telegram", "5001", "Chị Lan", hamlet.id)
        key = uuid.uuid4().hex
        event = Event("telegram", key, EventKind.MESSAGE, ChatKind.PRIVATE, "5001", "5001")
        report = await service.open_report(
            session,
            event,
            uuid.uuid4(),
            category=Category.BOT_REQUEST,
            confidence=1.0,
            sensitive=True,
            urgent=False,
            managers_only=False,
            hamlet_id=hamlet.id,
            conversation=conversation,
        )
        await calls.call(session, report, uuid.uuid4(), "http://c", channel="telegram")
        return report.code


async def asleep(db: Database) -> int:
    """How many waits have begun to sleep."""
    query = text("SELECT count(*) FROM dbos.operation_outputs WHERE function_name = 'DBOS.sleep'")
    async with db.begin() as session:
        return int((await session.execute(query)).scalar_one())


async def test_a_killed_gateway_goes_on_waiting_and_tells_everybody_once(
    installation: Settings, db: Database, telegram: FakeTelegram
) -> None:
    with gateway(installation) as process:
        code = await call(db)
        began = time.monotonic()
        await telegram.eventually(lambda t: t.sent("7011"), within=60)  # the leader
        while not await asleep(db):
            assert time.monotonic() - began < 60
        assert telegram.sent("7001") == []
        process.kill()  # as kill -9 does
    with gateway(installation):
        await telegram.eventually(lambda t: t.sent("7001"), within=90)  # the manager on duty
        assert time.monotonic() - began >= WITHIN
        await telegram.eventually(lambda t: t.sent("5001"), within=30)
        await asyncio.sleep(2)
    assert len(telegram.sent("7001")) == 1
    [words] = telegram.sent("5001")
    assert f"chưa trả lời được anh/chị (mã {code})" in words
    async with db.begin() as session:
        query = select(ReportEvent.id).where(ReportEvent.type == EventType.CALL_UNANSWERED)
        assert len((await session.scalars(query)).all()) == 1


async def test_an_answer_while_the_gateway_is_down_counts(
    installation: Settings, db: Database, telegram: FakeTelegram
) -> None:
    with gateway(installation):
        await call(db)
        await telegram.eventually(lambda t: t.sent("7011"), within=60)
    async with db.begin() as session:
        event = (
            await session.execute(
                select(ReportEvent).where(ReportEvent.type == EventType.CALLED_FOR)
            )
        ).scalar_one()
        report = await session.get_one(service.Report, event.report_id)
        leader = (await calls.on_call(session, report, event.at)).told[0]
        await service.append(session, report, EventType.ACKNOWLEDGED, leader)
    with gateway(installation):
        while await waiting(db):
            await asyncio.sleep(0.5)
    assert telegram.sent("7001") == []


async def waiting(db: Database) -> int:
    query = text(
        "SELECT count(*) FROM dbos.workflow_status"
        " WHERE name = 'await_answer' AND status <> 'SUCCESS'"
    )
    async with db.begin() as session:
        return int((await session.execute(query)).scalar_one())
