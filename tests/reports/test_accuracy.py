"""The page of how well the assistant reads: counts by week, and nobody's words."""

from datetime import date, timedelta

import pytest

from bot.console.times import VIETNAM
from bot.db import Database, now
from bot.groups.models import Officer
from bot.reports import learning, officers
from bot.reports.accuracy import WEEKS, Accuracy, Confusion, Missed, Score, Week, accuracy
from bot.reports.accuracy_chart import HEIGHT, WIDTH, draw
from bot.reports.models import Report
from bot.reports.outcomes import NOT_A_REPORT
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, report

WEEK = 7 * 24 * 60  # minutes


async def judged(
    db: Database,
    people: People,
    said: Category,
    *,
    weeks_ago: int = 0,
    urgent: bool | None = None,
    **filed: object,
) -> Report:
    """A report that the leader confirmed or corrected."""
    async with db.begin() as session:
        made = await report(
            session,
            people,
            "lời kín của bà con",
            minutes_ago=weeks_ago * WEEK,
            **filed,
        )
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        await officers.correct(session, made, leader, said, urgent=urgent)
        return made


async def counted(db: Database) -> Accuracy:
    async with db.begin() as session:
        return await accuracy(session)


async def test_each_week_counts_what_officers_said_of_its_reports(
    db: Database, people: People
) -> None:
    await judged(db, people, Category.SECURITY_ORDER)
    await judged(db, people, Category.DISPUTE)
    await judged(db, people, Category.DISPUTE, weeks_ago=2, urgent=True)
    await judged(db, people, Category.DISPUTE, weeks_ago=WEEKS)
    async with db.begin() as session:
        await report(session, people, "chưa ai xem")
        unread = await report(session, people, "không máy nào đọc")
        unread.filed_category = unread.filed_sensitive = unread.filed_urgent = None
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        await officers.correct(session, unread, leader, Category.DISPUTE)
    found = await counted(db)
    today = now().astimezone(VIETNAM).date()
    monday = today - timedelta(days=today.weekday())
    assert len(found.weeks) == WEEKS
    assert found.weeks[-1] == Week(monday, Score(1, 2), Score(2, 2), Score(2, 2))
    older = found.weeks[-3]
    assert older.monday == monday - timedelta(weeks=2)
    assert older == Week(older.monday, Score(0, 1), Score(1, 1), Score(0, 1))
    assert found.seen == 3
    assert found.confusions == [Confusion(Category.SECURITY_ORDER, Category.DISPUTE, 2)]
    assert (found.urgent, found.sensitive) == (Missed(1, 0), Missed(0, 0))


async def test_a_false_alarm_and_a_report_that_was_none_count(db: Database, people: People) -> None:
    async with db.begin() as session:
        made = await report(session, people, "đùa thôi", urgent=True)
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        await officers.close(session, made, leader, NOT_A_REPORT, "")
    found = await counted(db)
    assert found.urgent == Missed(0, 1)
    assert found.weeks[-1].sensitive == Score(0, 0)  # nobody said
    assert found.confusions == [Confusion(Category.SECURITY_ORDER, Category.SMALL_TALK, 1)]


async def test_what_waits_for_export_is_counted(db: Database, people: People) -> None:
    made = await judged(db, people, Category.DISPUTE)
    async with db.begin() as session:
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        same = await session.get_one(Report, made.id)
        await learning.allow(session, same, leader, "cãi nhau")
    assert (await counted(db)).waiting == 1


@pytest.mark.parametrize("role", ["quanly", "quantri"])
async def test_the_page_shows_counts_and_no_words(
    db: Database, people: People, signed_in: SignedIn, role: str
) -> None:
    made = await judged(db, people, Category.DISPUTE, weeks_ago=1)
    page = (await (await signed_in(role)).get("/console/hieu-dung")).text
    assert "An ninh, trật tự → Mâu thuẫn trong dân" in page
    assert "0/1" in page
    assert 'aria-describedby="by-week"' in page
    assert "style=" not in page  # the page's policy allows none
    for hidden in ("lời kín", made.code, "Ấp 1", "Cô Ba Lành", "Nguyễn Văn Hải"):
        assert hidden not in page


async def test_an_empty_page_says_what_will_be_there(signed_in: SignedIn) -> None:
    page = await (await signed_in("quanly")).get("/console/hieu-dung")
    assert "Chưa có phản ánh nào được cán bộ xem" in page.text


async def test_leaders_and_deputies_are_refused(signed_in: SignedIn) -> None:
    for username in ("ap1", "phoap1"):
        officer = await signed_in(username)
        assert (await officer.get("/console/hieu-dung")).status_code == 403
        assert "/console/hieu-dung" not in (await officer.get("/console")).text


def test_a_week_without_reports_is_a_gap_in_the_line() -> None:
    of = [Score(1, 2), Score(0, 0), Score(2, 2), Score(1, 1)]
    weeks = [Week(date(2026, 1, 5) + timedelta(weeks=n), s, s, s) for n, s in enumerate(of)]
    chart = draw(weeks)
    assert [len(stretch) for stretch in chart.lines[0].stretches] == [1, 2]
    for line in chart.lines:
        assert all(0 <= p.x <= WIDTH and 0 <= p.y <= HEIGHT for p in line.points)
    assert chart.lines[0].points[0].y > chart.lines[0].points[1].y  # more is higher
    assert [tick.label for tick in chart.weeks] == ["26/01"]
