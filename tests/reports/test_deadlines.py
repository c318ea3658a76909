"""What is due of a report, and by when, whatever happens to it."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Database, now
from bot.groups.duty import DEFAULT, DutyHours, parse_duty
from bot.groups.models import Commune, Officer
from bot.reports import deadlines, handing_over, merging, officers, reopening, service
from bot.reports.limits import DEFAULTS, Level, Limit, Limits, Unit, read_limits, store_limits
from bot.reports.models import Deadline, DueKind, EventType, Report, ReportEvent, Status
from bot.triage.understanding import Category
from tests.console.people import People, one_more_message, report

ROUND_THE_CLOCK = {"days": "2-CN", "hours": ["00:00-24:00"], "holidays": {}, "extra": {}}
"""A calendar in which the tests' hour makes no difference."""
HOUR = timedelta(hours=1)
NEARLY = timedelta(seconds=20)


@pytest.fixture
async def at_work(db: Database, people: People) -> People:
    async with db.begin() as session:
        await session.execute(update(Commune).values(calendar=ROUND_THE_CLOCK))
    return people


async def who(session: AsyncSession, people: People, name: str = "ap1") -> Officer:
    return await session.get_one(Officer, people.officers[name].id)


async def deadline(session: AsyncSession, made: Report, kind: DueKind) -> Deadline:
    """The latest of a kind."""
    query = select(Deadline).where(Deadline.report_id == made.id, Deadline.kind == kind)
    query = query.order_by(Deadline.began_at.desc()).limit(1)
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one()


async def let_pass(session: AsyncSession, made: Report, time: timedelta) -> None:
    """Have everything about the report's deadlines been so much earlier."""
    for table, key in ((Deadline, Deadline.report_id), (Report, Report.id)):
        columns = ("began_at", "due_at", "look_at", "warned_at", "missed_at", "done_at")
        moved = {name: getattr(table, name) - time for name in columns if hasattr(table, name)}
        change = update(table).where(key == made.id).values(moved)
        await session.execute(change.execution_options(synchronize_session=False))
    await session.refresh(made, ["due_at"])


async def missed(session: AsyncSession, made: Report) -> list[str]:
    """What the report's story says was missed."""
    query = select(ReportEvent).where(
        ReportEvent.report_id == made.id, ReportEvent.type == EventType.DEADLINE_MISSED
    )
    return [event.data["kind"] for event in (await session.execute(query)).scalars()]


def left(made: Report) -> timedelta:
    assert made.due_at is not None
    return made.due_at - now()


def about(actual: timedelta, expected: timedelta) -> bool:
    return abs(actual - expected) < NEARLY


@pytest.mark.parametrize(
    ("urgent", "sensitive", "expected"),
    [
        (True, False, timedelta(minutes=5)),
        (True, True, timedelta(minutes=5)),
        (False, True, HOUR),
        (False, False, 8 * HOUR),
    ],
)
async def test_a_new_report_is_to_be_taken_on_the_sooner_the_more_pressing_it_is(
    db: Database, at_work: People, urgent: bool, sensitive: bool, expected: timedelta
) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo", urgent=urgent, sensitive=sensitive)
        assert made.due_kind is DueKind.ACKNOWLEDGEMENT
        assert about(left(made), expected)


async def test_ordinary_ones_have_eight_hours_of_the_offices_week(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "Loa kéo")
        began = (await deadline(session, made, DueKind.ACKNOWLEDGEMENT)).began_at
    assert made.due_at == parse_duty(**DEFAULT).add_working_time(began, 8 * HOUR)


async def test_once_taken_on_it_is_to_be_resolved_and_what_the_reporter_writes_answered(
    db: Database, at_work: People
) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo")
        officer = await who(session, at_work)
        await officers.acknowledge(session, made, officer)
        assert made.due_kind is DueKind.RESOLUTION
        await one_more_message(session, made, "Khi nào anh xuống?")
        first = made.due_at
        assert made.due_kind is DueKind.REPLY
        assert about(left(made), 8 * HOUR)
        await let_pass(session, made, HOUR)
        await one_more_message(session, made, "Anh ơi?")
        assert first is not None
        assert made.due_at == first - HOUR
        await officers.reply(session, made, officer, "Chiều nay tôi xuống.")
        assert made.due_kind is DueKind.RESOLUTION
        assert (await deadline(session, made, DueKind.REPLY)).done_at is not None


async def test_words_before_it_is_taken_on_ask_for_no_answer_of_their_own(
    db: Database, at_work: People
) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo")
        await one_more_message(session, made, "Nhà có cổng xanh")
        assert set(await deadlines.open_deadlines(session, made)) == {
            DueKind.ACKNOWLEDGEMENT,
            DueKind.RESOLUTION,
        }


async def test_an_answer_takes_a_report_on(db: Database, at_work: People) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo")
        await officers.reply(session, made, await who(session, at_work), "Tôi xuống ngay.")
        assert made.due_kind is DueKind.RESOLUTION


async def test_nothing_is_due_of_a_closed_one(db: Database, at_work: People) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo")
        await officers.close(session, made, await who(session, at_work), "resolved", "Xong")
        assert (made.due_at, made.due_kind) == (None, None)
        assert await deadlines.open_deadlines(session, made) == {}
        assert await missed(session, made) == []


async def test_what_becomes_urgent_has_the_short_time_from_then_on(
    db: Database, at_work: People
) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo")
        await let_pass(session, made, 2 * HOUR)
        await service.raise_urgency(session, made, uuid.uuid4())
        assert about(left(made), timedelta(minutes=5))


async def test_an_urgent_word_gives_no_more_time_than_was_left(
    db: Database, at_work: People
) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo")
        await let_pass(session, made, 8 * HOUR - timedelta(minutes=2))
        await service.raise_urgency(session, made, uuid.uuid4())
        assert about(left(made), timedelta(minutes=2))


async def test_what_is_no_longer_urgent_has_the_long_time_from_the_start(
    db: Database, at_work: People
) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo", urgent=True)
        await let_pass(session, made, timedelta(minutes=3))
        officer = await who(session, at_work)
        await officers.correct(session, made, officer, made.category, urgent=False)
        assert about(left(made), 8 * HOUR - timedelta(minutes=3))


async def test_a_late_word_of_urgency_does_not_make_it_late(db: Database, at_work: People) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo")
        await let_pass(session, made, 3 * HOUR)
        await service.raise_urgency(session, made, uuid.uuid4())
        await officers.acknowledge(session, made, await who(session, at_work))
        assert await missed(session, made) == []


async def test_it_rests_while_the_reporter_is_waited_for_and_goes_on_with_the_time_left(
    db: Database, at_work: People
) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo", urgent=True)
        officer = await who(session, at_work)
        await officers.acknowledge(session, made, officer)
        await let_pass(session, made, 4 * HOUR)
        await officers.reply(session, made, officer, "Nhà số mấy vậy cô?", waits=True)
        assert (made.due_at, made.due_kind) == (None, None)
        resting = await deadline(session, made, DueKind.RESOLUTION)
        assert resting.remaining is not None
        assert about(resting.remaining, 20 * HOUR)
        assert resting.look_at is None
        await let_pass(session, made, 100 * HOUR)
        await one_more_message(session, made, "Nhà số 12")
        assert made.status is Status.IN_PROGRESS
        assert made.due_kind is DueKind.REPLY
        resting = await deadline(session, made, DueKind.RESOLUTION)
        assert resting.due_at is not None
        assert about(resting.due_at - now(), 20 * HOUR)


async def test_while_another_body_has_it_only_the_reporters_words_wait_for_an_officer(
    db: Database, at_work: People
) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo", urgent=True)
        officer = await who(session, at_work)
        await officers.acknowledge(session, made, officer)
        await let_pass(session, made, 4 * HOUR)
        await handing_over.to_body(session, made, officer, "commune", "")
        assert made.due_at is None
        await one_more_message(session, made, "Bên ấy chưa thấy ai xuống")
        assert made.due_kind is DueKind.REPLY
        await reopening.reopen(session, made, officer, "Bên ấy trả lại", "http://c")
        assert made.status is Status.REOPENED
        resolution = await deadline(session, made, DueKind.RESOLUTION)
        assert resolution.due_at is not None
        assert about(resolution.due_at - now(), 20 * HOUR)


async def test_whoever_gets_it_after_it_was_taken_on_has_to_take_it_on_anew(
    db: Database, at_work: People
) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo")
        officer = await who(session, at_work)
        await officers.acknowledge(session, made, officer)
        await let_pass(session, made, 5 * HOUR)
        await handing_over.to_managers(session, made, officer, "Việc của xã", "http://c")
        assert (made.status, made.due_kind) == (Status.NEW, DueKind.ACKNOWLEDGEMENT)
        assert about(left(made), 8 * HOUR)


async def test_handing_it_on_before_anybody_took_it_on_gives_no_more_time(
    db: Database, at_work: People
) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo")
        await let_pass(session, made, 5 * HOUR)
        officer = await who(session, at_work)
        await handing_over.to_managers(session, made, officer, "Việc của xã", "http://c")
        assert about(left(made), 3 * HOUR)


async def test_what_is_reopened_is_to_be_resolved_in_a_time_of_its_own(
    db: Database, at_work: People
) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo")
        officer = await who(session, at_work)
        await officers.close(session, made, officer, "resolved", "")
        await let_pass(session, made, 1000 * HOUR)
        await reopening.reopen(session, made, officer, "Lại ồn", "http://c")
        assert made.due_kind is DueKind.RESOLUTION
        assert about(left(made), 240 * HOUR)
        assert await missed(session, made) == []


async def test_waiting_no_longer_goes_on_too(db: Database, at_work: People) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo")
        officer = await who(session, at_work)
        await officers.reply(session, made, officer, "Nhà số mấy vậy cô?", waits=True)
        assert made.due_at is None
        await officers.stop_waiting(session, made, officer)
        assert made.due_kind is DueKind.RESOLUTION


async def test_reports_from_before_there_were_deadlines_get_them_once(
    db: Database, at_work: People
) -> None:
    async with db.begin() as session:
        old = await report(session, at_work, "Loa kéo")
        closed = await report(session, at_work, "Đèn hư")
        await officers.close(session, closed, await who(session, at_work), "resolved", "")
        kept = await report(session, at_work, "Chó thả rông")
        due = kept.due_at
        await session.execute(delete(Deadline).where(Deadline.report_id != kept.id))
        await session.execute(update(Report).where(Report.id == old.id).values(due_at=None))
    for _ in range(2):
        async with db.begin() as session:
            await deadlines.begin_where_none_are(session)
    async with db.begin() as session:
        old = await session.get_one(Report, old.id)
        assert set(await deadlines.open_deadlines(session, old)) == {
            DueKind.ACKNOWLEDGEMENT,
            DueKind.RESOLUTION,
        }
        assert about(left(old), 8 * HOUR)
        assert (await session.get_one(Report, kept.id)).due_at == due
        assert (
            await deadlines.open_deadlines(session, await session.get_one(Report, closed.id)) == {}
        )


async def test_what_was_overdue_before_is_overdue_after_waiting_and_missed_once(
    db: Database, at_work: People
) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo", urgent=True)
        officer = await who(session, at_work)
        await officers.acknowledge(session, made, officer)
        await let_pass(session, made, 25 * HOUR)
        await officers.reply(session, made, officer, "Nhà số mấy vậy cô?", waits=True)
        assert await missed(session, made) == ["resolution"]
        await one_more_message(session, made, "Nhà số 12")
        assert about(left(made), -HOUR)
        await officers.close(session, made, officer, "resolved", "")
        assert await missed(session, made) == ["resolution"]


async def test_what_is_done_too_late_is_missed_though_nobody_was_told(
    db: Database, at_work: People
) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo")
        due = made.due_at
        await let_pass(session, made, 9 * HOUR)
        await officers.acknowledge(session, made, await who(session, at_work))
        assert await missed(session, made) == ["acknowledgement"]
        row = await deadline(session, made, DueKind.ACKNOWLEDGEMENT)
        assert due is not None
        assert row.missed_at == due - 9 * HOUR


async def test_what_follows_another_report_is_not_missed_a_second_time(
    db: Database, at_work: People
) -> None:
    async with db.begin() as session:
        officer = await who(session, at_work)
        main = await report(session, at_work, "Loa kéo")
        made = await report(session, at_work, "Hát hò")
        await merging.merge(session, made, main, officer)
        for each in (main, made):
            await let_pass(session, each, 9 * HOUR)
        await officers.acknowledge(session, main, officer)
        for each in (main, made):
            await let_pass(session, each, 1000 * HOUR)
        await officers.close(session, main, officer, "resolved", "")
        assert await missed(session, main) == ["acknowledgement", "resolution"]
        assert await missed(session, made) == []
        assert await deadlines.open_deadlines(session, made) == {}


async def test_an_event_from_a_page_that_is_behind_asks_for_nothing_that_is_done(
    db: Database, at_work: People
) -> None:
    """What the assistant notes without a lock may be read before and written after the close."""
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo")
    async with db.begin() as slow:
        seen = await slow.get_one(Report, made.id)
        assert seen.status is Status.NEW
        async with db.begin() as session:
            same = await session.get_one(Report, made.id)
            await officers.close(session, same, await who(session, at_work), "resolved", "")
        await service.note(slow, seen, EventType.URGENT_CHANGED)
    async with db.begin() as session:
        same = await session.get_one(Report, made.id)
        assert (same.status, same.due_at) == (Status.CLOSED, None)
        assert await deadlines.open_deadlines(session, same) == {}


async def test_a_category_may_have_times_of_its_own(db: Database, at_work: People) -> None:
    key = Level.ORDINARY, DueKind.ACKNOWLEDGEMENT
    special = {Category.DISPUTE: {key: Limit(2, Unit.HOURS)}}
    stored = store_limits(Limits(DEFAULTS, special))
    assert read_limits(stored) == Limits(DEFAULTS, special)
    async with db.begin() as session:
        await session.execute(update(Commune).values(deadlines=stored))
        made = await report(session, at_work, "Cãi nhau", category=Category.DISPUTE)
        other = await report(session, at_work, "Loa kéo")
        assert about(left(made), 2 * HOUR)
        assert about(left(other), 8 * HOUR)


async def test_new_settings_move_what_is_due_and_make_nothing_late(
    db: Database, at_work: People
) -> None:
    async with db.begin() as session:
        made = await report(session, at_work, "Loa kéo")
        late = await report(session, at_work, "Đèn hư")
        await let_pass(session, made, 2 * HOUR)
        await let_pass(session, late, 9 * HOUR)
        was = late.due_at
        whole_week = parse_duty("2-CN", ["00:00-24:00"])
        tomorrow = {(now() + timedelta(days=n)).date(): "lễ" for n in range(1, 30)}
        free = DutyHours(whole_week.days, whole_week.hours, tomorrow)
        await deadlines.reckon_all(session, whole_week, free, Limits(DEFAULTS, {}))
        assert made.due_at is not None
        assert about(free.working_time_between(now(), made.due_at), 6 * HOUR)
        assert late.due_at == was
        shorter = Limits({**DEFAULTS, (Level.ORDINARY, made.due_kind): Limit(1, Unit.HOURS)}, {})
        await deadlines.reckon_all(session, free, free, shorter)
        assert about(left(made), HOUR)
