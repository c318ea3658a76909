"""Reporters hear of each change of state once, at decent hours, and of the state when they ask."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from bot.channels.base import ChatKind, Content, Target
from bot.console.times import VIETNAM
from bot.db import Database, now
from bot.groups.models import Officer
from bot.messages.conversations import open_conversation
from bot.messages.models import Conversation, Outbound
from bot.messages.outbox import post
from bot.reports import officers, service, state_notices
from bot.reports.models import EventType, Report, ReportEvent, Status
from bot.reports.outcomes import NOT_A_REPORT
from bot.reports.state_notices import DONE, moment, opening, state_line, tell_waiting
from bot.services import Services
from bot.settings import Settings, get_settings
from bot.triage.understanding import Category
from bot.work import Queue, Workflow, enqueue
from tests.console.people import People, report
from tests.fakes import FakeTelegram
from tests.messages.conftest import telegram, worker

__all__ = ["telegram", "worker"]


class Hours:
    """Sets the hours at which people may be told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch

    def set(self, first: int, last: int) -> None:
        self._patch.setenv("BINHYEN_NOTICES_FROM", str(first))
        self._patch.setenv("BINHYEN_NOTICES_UNTIL", str(last))
        get_settings.cache_clear()

    def night(self) -> None:
        """Hours that begin three hours from now, or ended before."""
        hour = now().astimezone(VIETNAM).hour
        self.set(*((hour + 3, 24) if hour < 21 else (1, 2)))

    def day(self) -> None:
        self.set(0, 24)


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hours]:
    yield Hours(monkeypatch)
    monkeypatch.undo()
    get_settings.cache_clear()


class Deed:
    """What one officer does to one report, each in a transaction of its own."""

    def __init__(self, db: Database, people: People, username: str = "ap1") -> None:
        self._db, self._officer = db, people.officers[username].id

    async def acknowledge(self, code: str) -> int:
        return await self._do(code, officers.acknowledge)

    async def reply(self, code: str, words: str) -> int:
        return await self._do(code, officers.reply, words)

    async def close(self, code: str, outcome: str = "resolved", words: str = "") -> int:
        return await self._do(code, officers.close, outcome, words)

    async def _do(self, code: str, act: object, *more: str) -> int:
        """The id of the event it made."""
        async with self._db.begin() as session:
            officer = await session.get_one(Officer, self._officer)
            made = (await session.execute(select(Report).where(Report.code == code))).scalar_one()
            await act(session, made, officer, *more)
            latest = select(ReportEvent.id).where(ReportEvent.report_id == made.id)
            return (await session.scalars(latest.order_by(ReportEvent.id.desc()))).first() or 0


@pytest.fixture
def deed(db: Database, people: People) -> Deed:
    return Deed(db, people)


async def new(db: Database, people: People, **values: object) -> str:
    async with db.begin() as session:
        return (await report(session, people, "lời kín của bà con", **values)).code


async def told(db: Database) -> list[str]:
    """What is on its way to reporters."""
    async with db.begin() as session:
        rows = (await session.scalars(select(Outbound).order_by(Outbound.turn))).all()
    return [row.payload["content"]["text"] for row in rows if row.payload]


async def waiting(db: Database) -> list[tuple[str, str, datetime]]:
    """Name, arguments and time of the work that waits for the morning."""
    query = """
        SELECT name, i.inputs, delay_until_epoch_ms FROM dbos.workflow_status
        JOIN dbos.workflow_input i USING (workflow_uuid) WHERE name = :n
    """
    async with db.begin() as session:
        rows = (await session.execute(text(query), {"n": Workflow.TELL_STATE.value})).all()
    return [(name, inputs, datetime.fromtimestamp(ms / 1000, UTC)) for name, inputs, ms in rows]


class Morning:
    """Just what `tell_waiting` uses."""

    def __init__(self, db: Database) -> None:
        self.db = db


async def in_the_morning(db: Database, *events: int) -> list[float]:
    return [await tell_waiting(Morning(db), event) for event in events]


async def test_by_day_a_change_of_state_is_told_at_once(
    db: Database, people: People, deed: Deed
) -> None:
    code = await new(db, people)
    await deed.acknowledge(code)
    assert await told(db) == [f"Cán bộ Nguyễn Văn Hải đã tiếp nhận phản ánh {code} của anh/chị."]
    assert await waiting(db) == []


async def test_at_night_it_waits_for_the_morning_as_an_id_and_is_told_once(
    db: Database, people: People, deed: Deed, hours: Hours
) -> None:
    code = await new(db, people)
    hours.night()
    event = await deed.acknowledge(code)
    assert await told(db) == []
    [(name, inputs, at)] = await waiting(db)
    assert (name, json.loads(inputs)) == (
        "tell_state",
        {"positionalArgs": [str(event)], "namedArgs": {}},
    )
    assert at == opening(now())
    hours.day()
    assert await in_the_morning(db, event, event) == [DONE, DONE]
    assert await told(db) == [f"Cán bộ Nguyễn Văn Hải đã tiếp nhận phản ánh {code} của anh/chị."]


async def test_what_is_urgent_is_told_at_night_too(
    db: Database, people: People, deed: Deed, hours: Hours
) -> None:
    code = await new(db, people, urgent=True)
    hours.night()
    await deed.acknowledge(code)
    await deed.close(code)
    assert len(await told(db)) == 2
    assert await waiting(db) == []


async def test_an_officers_own_words_never_wait(
    db: Database, people: People, deed: Deed, hours: Hours
) -> None:
    code = await new(db, people)
    hours.night()
    await deed.reply(code, "Nhà mình ở tổ mấy vậy cô?")
    [words] = await told(db)
    assert "tổ mấy" in words


async def test_of_two_changes_in_one_night_only_the_last_is_told(
    db: Database, people: People, deed: Deed, hours: Hours
) -> None:
    code = await new(db, people)
    hours.night()
    first = await deed.acknowledge(code)
    last = await deed.close(code, "advised", "Cảm ơn cô.")
    hours.day()
    await in_the_morning(db, first, last)
    assert await told(db) == [f"Phản ánh {code} đã kết thúc: Đã hướng dẫn.\nCảm ơn cô."]


async def test_whoever_heard_from_the_officer_at_night_is_not_told_that_he_took_it_on(
    db: Database, people: People, deed: Deed, hours: Hours
) -> None:
    code = await new(db, people)
    hours.night()
    event = await deed.acknowledge(code)
    await deed.reply(code, "Tôi đang tới.")
    hours.day()
    await in_the_morning(db, event)
    assert len(await told(db)) == 1


async def test_a_report_that_went_to_other_hands_at_night_is_not_told_as_taken_on(
    db: Database, people: People, deed: Deed, hours: Hours
) -> None:
    code = await new(db, people)
    hours.night()
    event = await deed.acknowledge(code)
    async with db.begin() as session:
        made = (await session.execute(select(Report).where(Report.code == code))).scalar_one()
        officer = await session.get_one(Officer, people.officers["ap1"].id)
        await officers.correct(session, made, officer, Category.POLICE_CONDUCT)
    hours.day()
    await in_the_morning(db, event)
    assert await told(db) == []


async def test_a_service_that_was_off_in_the_morning_waits_for_the_next_one(
    db: Database, people: People, deed: Deed, hours: Hours
) -> None:
    code = await new(db, people)
    hours.night()
    event = await deed.acknowledge(code)
    [longer] = await in_the_morning(db, event)
    opens = opening(now())
    assert opens is not None
    assert longer == pytest.approx((opens - now()).total_seconds(), abs=5)
    assert await told(db) == []


@pytest.mark.parametrize("by_day", [True, False], ids=["by day", "overnight"])
async def test_who_wants_nothing_but_answers_is_not_told(
    db: Database, people: People, deed: Deed, hours: Hours, *, by_day: bool
) -> None:
    code = await new(db, people)
    if not by_day:
        hours.night()
    async with db.begin() as session:
        await session.execute(update(Conversation).values(stopped_at=now()))
    event = await deed.acknowledge(code)
    hours.day()
    await in_the_morning(db, event)
    assert await told(db) == []


async def test_who_opens_the_private_channel_at_night_is_told_there(
    db: Database, people: People, deed: Deed, hours: Hours
) -> None:
    code = await new(db, people, private=False)
    hours.night()
    event = await deed.acknowledge(code)
    async with db.begin() as session:
        made = (await session.execute(select(Report).where(Report.code == code))).scalar_one()
        conversation = await open_conversation(session, "telegram", "42", "Chú Sáu")
        await service.join_conversation(session, made, conversation, verified=True)
    hours.day()
    await in_the_morning(db, event)
    assert len(await told(db)) == 1


async def test_of_what_was_no_report_nobody_hears(
    db: Database, people: People, deed: Deed, hours: Hours
) -> None:
    code = await new(db, people)
    hours.night()
    first = await deed.acknowledge(code)
    last = await deed.close(code, NOT_A_REPORT)
    hours.day()
    await in_the_morning(db, first, last)
    assert await told(db) == []


async def test_no_manager_is_named_where_only_they_read(db: Database, people: People) -> None:
    code = await new(db, people, category=Category.POLICE_CONDUCT)
    await Deed(db, people, "quanly").acknowledge(code)
    assert await told(db) == [f"Lãnh đạo Công an xã đã tiếp nhận phản ánh {code} của anh/chị."]


async def test_the_queue_wakes_by_itself_and_holds_up_no_chat(
    worker: Services, telegram: FakeTelegram
) -> None:
    people = People()
    async with worker.db.begin() as session:
        officer = (await session.scalars(select(Officer).where(Officer.username == "ap1"))).one()
        people.hamlets = {hamlet.name: hamlet for hamlet in officer.hamlets}
        conversation = await open_conversation(session, "telegram", "5001", "Cô Ba")
        soon, codes = now() + timedelta(seconds=3), []
        for at in (soon, now() + timedelta(hours=9)):
            made = await report(session, people, "lời kín")
            made.conversation, made.status = conversation, Status.ACKNOWLEDGED
            event = await service.append(session, made, EventType.ACKNOWLEDGED, officer)
            await enqueue(
                session, Workflow.TELL_STATE, Queue.STATE_NOTICES, event.id, not_before=at
            )
            codes.append(made.code)
        target, words = Target(ChatKind.PRIVATE, "5001"), Content("Giữa hai tin.")
        await post(session, "telegram", target, words, key="between")
    await telegram.eventually(lambda t: len(t.sent("5001")) == 2)
    assert now() >= soon
    assert telegram.sent("5001") == [
        "Giữa hai tin.",
        f"Cán bộ Nguyễn Văn Hải đã tiếp nhận phản ánh {codes[0]} của anh/chị.",
    ]


# --- Hours ----------------------------------------------------------------------------------------


def local(hour: int, minute: int = 0, day: int = 27) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (local(6, 59), local(7)),
        (local(7), None),
        (local(20, 59), None),
        (local(21), local(7, day=28)),
        (local(23, 59), local(7, day=28)),
        (local(0), local(7)),
        (datetime(2026, 11, 27, 16, 0, tzinfo=UTC), local(7, day=28)),  # 23:00 in Việt Nam
    ],
)
def test_people_are_told_between_seven_and_nine(
    at: datetime, opens: datetime | None, hours: Hours
) -> None:
    hours.set(7, 21)
    assert opening(at) == opens


def test_seven_to_nine_is_what_an_installation_begins_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("FROM", "UNTIL"):
        monkeypatch.delenv(f"BINHYEN_NOTICES_{name}")
    assert (Settings().notices_from, Settings().notices_until) == (7, 21)
    with pytest.raises(ValueError, match="earlier hour"):
        Settings(notices_from=9, notices_until=9)


# --- When they ask --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (local(8), "8 giờ sáng nay"),
        (local(0, 15), "0 giờ 15 rạng sáng nay"),
        (local(11, 5), "11 giờ 5 trưa nay"),
        (local(12), "12 giờ trưa nay"),
        (local(15, 20, day=26), "3 giờ 20 chiều hôm qua"),
        (local(21, day=25), "9 giờ tối ngày 25/11"),
        (local(22, 30, day=26), "10 giờ 30 đêm hôm qua"),
    ],
)
def test_a_time_is_told_as_one_says_it(at: datetime, said: str) -> None:
    assert moment(at, local(23)) == said


async def line(db: Database, code: str) -> str:
    async with db.begin() as session:
        made = (await session.execute(select(Report).where(Report.code == code))).scalar_one()
        return await state_line(session, made)


async def test_who_asks_hears_the_state_since_when_with_whom_and_what_comes(
    db: Database, people: People, deed: Deed
) -> None:
    code = await new(db, people)
    since = moment(now())[:6]  # the minute may turn meanwhile
    start = f"Phản ánh {code} (an ninh, trật tự)"
    assert (await line(db, code)).startswith(f"{start} gửi lúc {since}")
    assert "đang chờ cán bộ phụ trách ấp tiếp nhận" in await line(db, code)
    await deed.acknowledge(code)
    assert (await line(db, code)).startswith(
        f"{start}: cán bộ Nguyễn Văn Hải đã tiếp nhận từ {since}"
    )
    await deed.reply(code, "Cô ở tổ mấy?")
    assert "cán bộ Nguyễn Văn Hải đang giải quyết, từ" in await line(db, code)
    await deed.close(code, "reconciled")
    assert "đã kết thúc lúc" in await line(db, code)
    assert "đã hòa giải, do cán bộ Nguyễn Văn Hải phụ trách" in await line(db, code)


async def test_every_state_has_its_words(db: Database, people: People) -> None:
    code = await new(db, people)
    for status in state_notices.STATES:
        async with db.begin() as session:
            closed_at = now() if status is Status.CLOSED else None
            await session.execute(update(Report).values(status=status, closed_at=closed_at))
        words = await line(db, code)
        assert words.startswith(f"Phản ánh {code} (an ninh, trật tự)")
        assert "lời kín" not in words


async def test_of_a_complaint_only_the_managers_are_named(db: Database, people: People) -> None:
    code = await new(db, people, category=Category.POLICE_CONDUCT)
    manager = Deed(db, people, "quanly")
    seen = [await line(db, code)]
    await manager.acknowledge(code)
    seen.append(await line(db, code))
    await manager.reply(code, "Anh chị cho biết thêm.")
    seen.append(await line(db, code))
    for words in seen:
        assert "lãnh đạo Công an xã" in words
        assert "Thái" not in words
