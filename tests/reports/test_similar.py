"""Reports that may tell of one event are suggested as one, within what an officer may read."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.db import Database
from bot.groups.models import Officer
from bot.nlu import kinds
from bot.nlu.text import strip_diacritics
from bot.reports import merging, officers
from bot.reports.models import Report
from bot.reports.similar import ALIKE as THRESHOLD
from bot.reports.similar import MOST, WITHIN, likeness, similar_to
from bot.triage.details import Detail
from bot.triage.understanding import Category
from tests.console.people import People, one_more_message, report
from tests.reports.similar_pairs import ALIKE, LATER_ALIKE, LATER_UNLIKE, UNLIKE

FIRE = "Cháy nhà kho gần cầu Bà Tư, lửa lớn lắm, gọi cứu hỏa gấp"
SAME_FIRE = "chay kho canh cau ba tu ba con oi"
THEFT = "mất xe máy dựng trước phòng trọ tối qua"

Pairs = tuple[tuple[str, str], ...]


def precision_and_recall(alike: Pairs, unlike: Pairs) -> tuple[float, float]:
    found = sum(likeness(*pair) >= THRESHOLD for pair in alike)
    wrong = sum(likeness(*pair) >= THRESHOLD for pair in unlike)
    return round(found / (found + wrong), 2), round(found / len(alike), 2)


def test_it_is_as_good_as_it_says() -> None:
    assert precision_and_recall(ALIKE, UNLIKE) == (0.74, 0.96)
    assert precision_and_recall(LATER_ALIKE, LATER_UNLIKE) == (0.75, 1.0)


@pytest.mark.parametrize("pairs", [(ALIKE, UNLIKE), (LATER_ALIKE, LATER_UNLIKE)])
def test_messages_about_different_events_seldom_look_alike(pairs: tuple[Pairs, Pairs]) -> None:
    alike, unlike = pairs
    events = [*alike, *((text,) for pair in unlike for text in pair)]
    compared = [
        likeness(one, other) >= THRESHOLD
        for place, event in enumerate(events)
        for others in events[place + 1 :]
        for one in event
        for other in others
        if one != other
    ]
    assert len(compared) > 2500
    assert sum(compared) / len(compared) < 0.03


def test_diacritics_make_no_difference() -> None:
    for one, other in ALIKE:
        assert likeness(one, other) == pytest.approx(
            likeness(strip_diacritics(one), strip_diacritics(other))
        )
        assert likeness(one, strip_diacritics(one)) == pytest.approx(1)


@pytest.mark.parametrize("text", ["", "🔥🔥", "!!!", "0912 345 678"])
def test_what_says_nothing_is_like_nothing(text: str) -> None:
    assert likeness(text, text) == 0


async def suggested(db: Database, people: People, made: Report, username: str = "ap1") -> list[str]:
    async with db.begin() as session:
        officer = await session.get_one(Officer, people.officers[username].id)
        this = await session.get_one(Report, made.id)
        return [each.report.code for each in await similar_to(session, this, officer)]


async def two(db: Database, people: People, **other: object) -> tuple[Report, Report]:
    """A fire, and what somebody else tells of it."""
    values: dict[str, object] = {"text": SAME_FIRE} | other
    async with db.begin() as session:
        fire = await report(session, people, FIRE, category=Category.CRIME_INCIDENT)
        return fire, await report(session, people, **values)


async def test_another_persons_report_of_the_same_event_is_suggested_on_both_pages(
    db: Database, people: People
) -> None:
    fire, other = await two(db, people)
    async with db.begin() as session:
        await report(session, people, THEFT)
    assert await suggested(db, people, fire) == [other.code]
    assert await suggested(db, people, other) == [fire.code]


async def test_what_is_merged_already_tells_of_the_event_too(db: Database, people: People) -> None:
    texts = (
        "Cháy nhà kho gần cầu Bà Tư, lửa lớn lắm, xin cho xe chữa cháy vô gấp!",
        "chay kho canh cau ba tu ba con oi, khoi den thui",
        "Cháy kho chỗ cầu Bà Tư rồi, ai có máy bơm ra giúp",  # not much like the first
    )
    async with db.begin() as session:
        first, second, third = [await report(session, people, text) for text in texts]
    assert await suggested(db, people, first) == [second.code]
    async with db.begin() as session:
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        both = [await session.get_one(Report, each.id) for each in (second, first)]
        await merging.merge(session, both[0], both[1], leader)
    assert await suggested(db, people, first) == [third.code]
    assert await suggested(db, people, third) == [first.code]


@pytest.mark.parametrize(
    "category",
    [
        Category.SECURITY_ORDER,
        Category.DISPUTE,
        Category.CRIME_INCIDENT,
        Category.OTHER_SECURITY,
    ],
)
async def test_one_event_may_be_filed_as_different_kinds(
    category: Category, db: Database, people: People
) -> None:
    fire, other = await two(db, people, category=category)
    assert await suggested(db, people, fire) == [other.code]


@pytest.mark.parametrize(
    "other",
    [
        {"hamlet": "Ấp 3"},
        {"hamlet": ""},
        {"category": Category.POLICE_CONDUCT},
        {"category": Category.BOT_REQUEST},
        {"minutes_ago": WITHIN // timedelta(minutes=1) + 5},
        {"text": THEFT},
    ],
    ids=["another hamlet", "no hamlet", "managers only", "a request", "long ago", "other words"],
)
async def test_what_is_not_suggested(
    other: dict[str, object], db: Database, people: People
) -> None:
    fire, _ = await two(db, people, **other)
    assert await suggested(db, people, fire, "quanly") == []


async def test_nothing_is_suggested_to_whoever_may_not_read_it(
    db: Database, people: People
) -> None:
    fire, other = await two(db, people)
    assert await suggested(db, people, fire, "quanly") == [other.code]
    for username in ("ap2", "phoap1", "quantri"):
        assert await suggested(db, people, fire, username) == []


async def test_complaints_are_compared_for_managers_only(db: Database, people: People) -> None:
    complaint = "anh công an trực ở xã nạt nộ bà già trước mặt mọi người"
    async with db.begin() as session:
        one, other = [
            await report(session, people, text, category=Category.POLICE_CONDUCT)
            for text in (complaint, f"sáng nay {strip_diacritics(complaint)}")
        ]
    assert await suggested(db, people, one, "quanly") == [other.code]
    assert await suggested(db, people, one, "ap1") == []


async def test_closed_reports_are_not_searched(db: Database, people: People) -> None:
    fire, other = await two(db, people)
    async with db.begin() as session:
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        same = await session.get_one(Report, other.id)
        await officers.close(session, same, leader, "resolved", "")
    assert await suggested(db, people, fire) == []
    assert await suggested(db, people, other) == []


async def test_a_persons_own_reports_are_not_other_peoples(db: Database, people: People) -> None:
    fire, other = await two(db, people)
    async with db.begin() as session:
        same = await session.get_one(Report, other.id)
        same.conversation_id = fire.conversation_id
    assert await suggested(db, people, fire) == []


async def test_what_is_merged_already_is_not_suggested(db: Database, people: People) -> None:
    fire, _ = await two(db, people)
    async with db.begin() as session:
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        both = (await session.scalars(select(Report).order_by(Report.created_at))).all()
        await merging.merge(session, both[1], both[0], leader)
    assert await suggested(db, people, fire) == []


async def test_later_words_count_and_few_are_suggested_at_once(
    db: Database, people: People
) -> None:
    fire, other = await two(db, people, text="có chuyện rồi bà con")
    assert await suggested(db, people, fire) == []
    async with db.begin() as session:
        await one_more_message(session, await session.get_one(Report, other.id), SAME_FIRE)
    assert await suggested(db, people, fire) == [other.code]
    async with db.begin() as session:
        for _ in range(MOST + 2):
            await report(session, people, SAME_FIRE)
    assert len(await suggested(db, people, fire)) == MOST


async def test_the_name_of_a_person_makes_no_two_reports_alike(
    db: Database, people: People
) -> None:
    texts = ("Nguyễn Văn Tèo Em nhậu la hét", "Nguyễn Văn Tèo Em giữ xe của tôi")
    made = []
    async with db.begin() as session:
        for text in texts:
            name = Detail(kinds.PERSON, 0, 17, "Nguyễn Văn Tèo Em", "Nguyễn Văn Tèo Em")
            made.append(await report(session, people, text, details=(name,)))
    assert likeness(*texts) >= THRESHOLD
    assert await suggested(db, people, made[0]) == []
