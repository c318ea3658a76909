"""What waits is worked off in order, once, by however many processes there are."""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import select, text, update

from bot.channels.base import ChatKind, Content, Event, EventKind, Rates, Target
from bot.db import Database, now
from bot.groups.setup import apply_setup, read_setup
from bot.lanes import Connection
from bot.messages.inbox import finish, receive
from bot.messages.models import Inbound, Outbound, OutboundStatus
from bot.messages.outbox import post, target_key
from bot.messages.pace import KEPT_FREE, Window
from bot.messages.workers import Incoming
from bot.reports.models import Report
from bot.services import Services
from bot.settings import Settings
from tests.fakes import FakeTelegram
from tests.messages.conftest import RefusingRasa
from tests.messages.test_failures import eventually
from tests.messages.test_timers import gateway
from tests.service import COMMUNE


def said(person: str, words: str, where: ChatKind = ChatKind.GROUP) -> Event:
    key, chat = f"{person} {words}", "-1001" if where is ChatKind.GROUP else person
    return Event("telegram", key, EventKind.MESSAGE, where, chat, person, text=words)


class Clerk:
    """Marks what it is given as handled, some of it only when told; keeps a record."""

    def __init__(self, db: Database, *held: uuid.UUID, lanes: type[Incoming] = Incoming) -> None:
        self._db = db
        self._held = {row: asyncio.Event() for row in held}
        self.begun: list[uuid.UUID] = []
        self.lanes = lanes(db.url, self._handle)
        self.lanes.start()

    def let_go_on(self) -> None:
        for held in self._held.values():
            held.set()

    async def has_begun(self, *rows: uuid.UUID) -> None:
        async def begun() -> bool:
            return self.begun == list(rows)

        await eventually(begun)

    async def _handle(self, row: uuid.UUID) -> None:
        self.begun.append(row)
        if row in self._held:
            await self._held[row].wait()
        async with self._db.begin() as session:
            values = {"handled_at": now(), "payload": None}
            await session.execute(update(Inbound).where(Inbound.id == row).values(values))


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    db = Database(str(settings.database_url))
    yield db
    await db.close()


async def ids(db: Database) -> list[uuid.UUID]:
    """Of what came in, in the order in which it came."""
    async with db.begin() as session:
        return list(await session.scalars(select(Inbound.id).order_by(Inbound.turn)))


async def store(db: Database, *events: Event) -> list[uuid.UUID]:
    for event in events:
        async with db.begin() as session:
            assert await receive(session, event)
    return await ids(db)


async def test_a_persons_messages_wait_for_each_other_and_nobody_elses(db: Database) -> None:
    first, second, of_another = await store(
        db, said("Lan", "một"), said("Lan", "hai"), said("Bảy", "ba")
    )
    clerk = Clerk(db, first)
    await clerk.has_begun(first, of_another)
    clerk.let_go_on()
    await clerk.has_begun(first, of_another, second)
    await clerk.lanes.stop()


async def test_an_alarm_goes_before_what_its_sender_wrote_earlier(db: Database) -> None:
    first, second = await store(db, said("Lan", "một"), said("Lan", "hai"))
    clerk = Clerk(db, first)
    await clerk.has_begun(first)
    [*_, alarm] = await store(db, said("Lan", "ch\u200dáy nhà rồi"))
    clerk.let_go_on()
    await clerk.has_begun(first, alarm, second)
    await clerk.lanes.stop()


async def test_of_alarms_the_first_goes_first_whosever_it_is(db: Database) -> None:
    words = [("Lan", "một"), ("Lan", "cháy nhà"), ("Bảy", "cứu với"), ("Tư", "hai")]
    talk, fire, cry, other = await store(db, *(said(*each) for each in words))
    clerk = Clerk(db, fire, cry)
    await clerk.has_begun(fire, cry, other)
    clerk.let_go_on()
    await clerk.has_begun(fire, cry, other, talk)
    await clerk.lanes.stop()


async def test_that_it_was_an_alarm_is_forgotten_with_its_words(db: Database) -> None:
    [alarm] = await store(db, said("Lan", "cháy nhà"))
    for is_urgent in (True, False):
        async with db.begin() as session:
            urgent = await session.scalar(select(Inbound.urgent).where(Inbound.id == alarm))
            assert urgent is is_urgent
            await finish(session, alarm)


async def test_a_flood_in_one_chat_holds_one_place(db: Database) -> None:
    async with db.begin() as session:
        for n in range(2_000):
            await receive(session, said("Lan", str(n)))
        await receive(session, said("Bảy", "hỏi chút"))
    rows = await ids(db)
    clerk = Clerk(db, *rows)
    await clerk.has_begun(rows[0], rows[-1])
    stopping = asyncio.create_task(clerk.lanes.stop())
    clerk.let_go_on()
    await stopping


@pytest.mark.parametrize("words", ["chào bà con", "cháy nhà"])
async def test_a_flood_in_more_chats_than_there_are_places_keeps_nobody_waiting_for_a_second_turn(
    db: Database, words: str
) -> None:
    chats = [f"-{n}" for n in range(Incoming.at_once + 8)]
    async with db.begin() as session:
        for n in range(5):
            for chat in chats:
                await receive(session, replace(said("Lan", f"{words} {n} {chat}"), chat_id=chat))
        await receive(session, said("Bảy", "hỏi chút"))
    rows = await ids(db)
    clerk = Clerk(db)

    async def all_begun() -> bool:
        return len(clerk.begun) == len(rows)

    await eventually(all_begun)
    await clerk.lanes.stop()
    assert set(clerk.begun[: len(chats) + 1]) == {*rows[: len(chats)], rows[-1]}


async def test_processes_share_the_work_and_never_do_it_twice(db: Database) -> None:
    people = [f"người {n}" for n in range(100)]
    async with db.begin() as session:
        for n in range(3):
            for person in people:
                await receive(session, said(person, str(n)))
    clerks = [Clerk(db), Clerk(db)]

    async def all_done() -> bool:
        async with db.begin() as session:
            left = select(Inbound.id).where(Inbound.handled_at.is_(None)).limit(1)
            return (await session.execute(left)).first() is None

    await eventually(all_done)
    for clerk in clerks:
        await clerk.lanes.stop()
    assert all(clerk.begun for clerk in clerks)
    assert Counter(clerks[0].begun + clerks[1].begun) == Counter(await ids(db))


async def test_what_a_process_has_lost_its_hold_of_another_does(db: Database) -> None:
    """As when it dies: its connection ends, and with it all that it held."""
    [only] = await store(db, said("Lan", "một"))
    first = Clerk(db, only)
    await first.has_begun(only)
    second = Clerk(db)
    await asyncio.sleep(1)
    assert second.begun == []
    async with db.begin() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )
    await second.has_begun(only)
    first.let_go_on()
    for clerk in (first, second):
        await clerk.lanes.stop()


async def test_a_process_that_stops_lets_go_only_of_what_it_has_ended(db: Database) -> None:
    first, second = await store(db, said("Lan", "một"), said("Lan", "hai"))
    leaving = Clerk(db, first)
    await leaving.has_begun(first)
    staying = Clerk(db)
    stopped = asyncio.create_task(leaving.lanes.stop())
    await asyncio.sleep(1)
    assert staying.begun == []
    leaving.let_go_on()
    await staying.has_begun(second)
    await stopped
    await staying.lanes.stop()


async def test_what_was_given_up_holds_nobody_up(db: Database) -> None:
    first, second = await store(db, said("Lan", "một"), said("Lan", "hai"))
    async with db.begin() as session:
        await session.execute(update(Inbound).where(Inbound.id == first).values(failed="Why"))
    clerk = Clerk(db)
    await clerk.has_begun(second)
    await clerk.lanes.stop()


async def test_of_two_gateways_one_is_killed_and_every_message_is_answered_once(
    settings: Settings, db: Database, telegram: FakeTelegram
) -> None:
    """Rasa refuses all of them, so each becomes a report, and its sender hears so."""
    async with db.begin() as session:
        await apply_setup(session, read_setup(COMMUNE))
    people = [str(n) for n in range(5001, 5009)]
    with RefusingRasa() as rasa:
        addresses = {"rasa_url": rasa.url, "action_url": f"{rasa.url}/webhook"}
        platform = {"telegram_token": telegram.token, "telegram_api_url": telegram.url}
        values = addresses | platform | {"telegram_secret": "secret"}
        installation = Settings.model_validate(settings.model_dump(exclude_none=True) | values)
        with gateway(installation) as first, gateway(installation):
            for n in range(3):
                for person in people:
                    async with db.begin() as session:
                        await receive(session, said(person, str(n), ChatKind.PRIVATE))
            await telegram.eventually(lambda t: t.sent("5001"), within=60)
            first.kill()  # as kill -9 does

            async def all_done() -> bool:
                async with db.begin() as session:
                    left = select(Inbound.id).where(Inbound.handled_at.is_(None)).limit(1)
                    waits = select(Outbound.id).where(Outbound.status == OutboundStatus.PENDING)
                    return not [*await session.scalars(left), *await session.scalars(waits)]

            await eventually(all_done, within=90)
    async with db.begin() as session:
        reports = (await session.scalars(select(Report).order_by(Report.created_at))).all()
        in_doubt = select(Outbound.target_key).where(Outbound.status == OutboundStatus.UNKNOWN)
        doubtful = Counter(await session.scalars(in_doubt))
    assert Counter(report.inbound_id for report in reports) == Counter(await ids(db))
    for person in people:
        codes = [r.code for r in reports if r.conversation and r.conversation.chat_id == person]
        heard = telegram.sent(person)
        assert len(heard) >= 3 - doubtful[target_key("telegram", person)]
        told = [next(code for code in codes if code in words) for words in heard]
        assert told == [code for code in codes if code in told], "once, and in order"


async def test_whom_to_call_goes_before_what_waits_for_the_same_chat(
    worker: Services, telegram: FakeTelegram
) -> None:
    await send(worker, "giá vé", "giờ mở cửa", urgent="gọi 114")
    await telegram.eventually(
        lambda t: t.sent("5001") == ["gọi 114", "giá vé", "giờ mở cửa"], within=20
    )


async def test_whom_to_call_goes_out_when_ordinary_words_have_used_up_their_minute(
    worker: Services, telegram: FakeTelegram
) -> None:
    ordinary = [str(n) for n in range(Rates().a_minute_to_a_person)]
    await send(worker, *ordinary)
    let_out = len(ordinary) - len(ordinary) // KEPT_FREE
    await telegram.eventually(lambda t: t.sent("5001") == ordinary[:let_out], within=20)
    await send(worker, urgent="gọi 114")
    await telegram.eventually(lambda t: t.sent("5001") == [*ordinary[:let_out], "gọi 114"])


async def test_what_is_tried_again_stays_before_what_came_after_it(
    worker: Services, telegram: FakeTelegram
) -> None:
    telegram.fail_next("rate_limited", method="sendMessage", retry_after=1)
    await send(worker, "một", "hai")
    await telegram.eventually(lambda t: t.sent("5001") == ["một", "hai"], within=20)


async def test_a_reply_over_a_platform_that_is_off_waits_where_managers_see_it(
    worker: Services,
) -> None:
    async with worker.db.begin() as session:
        await post(session, "zalo_oa", Target(ChatKind.PRIVATE, "u"), Content("Chào."), key="k")

    async def shown() -> bool:
        async with worker.db.begin() as session:
            row = (await session.execute(select(Outbound))).scalar_one()
        return (row.status, row.error) == (OutboundStatus.DEAD, "channel_off")

    await eventually(shown)


@pytest.mark.parametrize("limit", [1, 3])
def test_no_more_than_so_many_go_out_in_a_while(limit: int) -> None:
    window = Window(limit, period=3600)
    for _ in range(limit):
        assert window.wait() == 0
        window.note()
    assert window.wait() > 0
    assert not window.is_quiet


async def send(worker: Services, *words: str, urgent: str = "") -> None:
    target = Target(ChatKind.PRIVATE, "5001")
    async with worker.db.begin() as session:
        for each in words:
            await post(session, "telegram", target, Content(each), key=each)
        if urgent:
            await post(session, "telegram", target, Content(urgent), key=urgent, urgent=True)


async def test_what_another_thread_takes_in_wakes_it(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.lanes.LOOK", 3600.0)  # it would not look by itself
    looked = asyncio.Event()

    class Told(Incoming):
        async def take_up(self, connection: Connection) -> None:
            await super().take_up(connection)
            looked.set()

    clerk = Clerk(db, lanes=Told)
    await asyncio.wait_for(looked.wait(), 20)

    async def take_in() -> None:
        pages = Database(db.url)
        async with pages.begin() as session:
            await receive(session, said("5001", "chào"))
        await pages.close()

    await asyncio.to_thread(asyncio.run, take_in())
    async with db.begin() as session:
        row = await session.scalar(select(Inbound.id))
    assert row
    await clerk.has_begun(row)
    await clerk.lanes.stop()
