"""A message that ends each process that takes it up does not do so for ever."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest
from sqlalchemy import select, text, update

from bot.channels.base import ChatKind
from bot.db import Database
from bot.groups.setup import apply_setup, read_setup
from bot.messages.fatal import ENOUGH, KIND, count
from bot.messages.inbox import receive
from bot.messages.models import Inbound
from bot.reports.models import Report
from bot.settings import Settings
from tests.fakes import FakeTelegram
from tests.messages.test_failures import WORDS, eventually, message
from tests.messages.test_lanes import said, store
from tests.messages.test_timers import gateway
from tests.service import COMMUNE


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    db = Database(str(settings.database_url))
    async with db.begin() as session:
        await apply_setup(session, read_setup(COMMUNE))
    yield db
    await db.close()


@pytest.fixture
def installation(settings: Settings, telegram: FakeTelegram) -> Settings:
    """Nothing answers where Rasa should: whatever is taken up stays in hand."""
    nowhere = "http://127.0.0.1:9"
    values = {"rasa_url": nowhere, "action_url": nowhere, "telegram_secret": "secret"}
    values |= {"telegram_token": telegram.token, "telegram_api_url": telegram.url}
    return Settings.model_validate(settings.model_dump(exclude_none=True) | values)


async def waiting(db: Database, tries: int) -> uuid.UUID:
    async with db.begin() as session:
        await receive(session, message(ChatKind.PRIVATE))
        await session.execute(update(Inbound).values(tries=tries))
        return (await session.execute(select(Inbound.id))).scalar_one()


def it(db: Database, holds: Callable[[Inbound], bool]) -> Callable[[], Awaitable[bool]]:
    """Whether it holds of the one message there is."""

    async def look() -> bool:
        async with db.begin() as session:
            return holds((await session.execute(select(Inbound))).scalar_one())

    return look


def counted(tries: int, row: Inbound) -> bool:
    return row.tries == tries


async def test_after_so_many_deaths_a_person_gets_it(
    installation: Settings, db: Database, telegram: FakeTelegram
) -> None:
    inbound_id = await waiting(db, ENOUGH - 3)
    for tries in (ENOUGH - 2, ENOUGH - 1):
        with gateway(installation):  # killed at the end, as kill -9 does
            await eventually(it(db, partial(counted, tries)))
    with gateway(installation):
        await telegram.eventually(lambda t: t.sent("7001"), within=60)  # a manager
        await telegram.eventually(lambda t: t.sent("5001"), within=60)
    async with db.begin() as session:
        report = (await session.execute(select(Report))).scalar_one()
        inbound = await session.get_one(Inbound, inbound_id)
    assert report.needs_review
    assert report.code in telegram.sent("5001")[0]
    assert inbound.handled_at is not None
    assert inbound.payload is None


async def test_when_that_kills_too_the_managers_see_that_it_is_there(
    installation: Settings, db: Database
) -> None:
    await waiting(db, ENOUGH)
    with gateway(installation):
        await eventually(it(db, lambda row: row.failed == KIND))
    assert await it(db, lambda row: row.payload is not None and row.payload["text"] == WORDS)()


async def test_a_process_that_ends_in_order_counts_for_nothing(
    installation: Settings, db: Database
) -> None:
    await waiting(db, 3)
    with gateway(installation) as process:
        await eventually(it(db, lambda row: row.tries == 4))
        process.terminate()
        process.wait()
        assert await it(db, lambda row: row.tries == 0 and row.failed is None)()


async def test_only_what_a_process_would_begin_with_counts(db: Database) -> None:
    first, _behind_it, others, third, _too_late = await store(
        db, said("Lan", "1"), said("Lan", "2"), said("Bảy", "3"), said("Út", "4"), said("Tư", "5")
    )
    lock = text("SELECT pg_advisory_lock(hashtextextended(lane, 0)) FROM inbound WHERE id = :id")
    async with db.begin() as session:
        await session.execute(lock, {"id": others})  # another process works on it
        assert sorted(await count(db, 4)) == sorted([(first, 1), (third, 1)])
        assert dict(await count(db, 4)) == {first: 2, third: 2}


async def test_an_alarm_counts_first_as_it_is_begun_first(db: Database) -> None:
    _before_it, alarm = await store(db, said("Lan", "1"), said("Lan", "cháy nhà"))
    assert await count(db, 4) == [(alarm, 1)]
