"""The page of figures: counts only, and each officer's own."""

import re
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.console.times import VIETNAM, lasted
from bot.db import Database, now
from bot.groups.models import Officer
from bot.reports import figures, officers
from bot.reports.figures import Figures, Period, period
from bot.reports.figures_chart import HEIGHT, MOST_BARS, WIDTH, draw, shade
from bot.reports.models import Deadline, Report
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, report

PAGE = "/console/so-lieu"
TODAY = now().astimezone(VIETNAM).date()
MONTH = period(None, None, TODAY)


async def of(db: Database, people: People, username: str, asked: Period = MONTH) -> Figures:
    async with db.begin() as session:
        officer = await session.get_one(Officer, people.officers[username].id)
        return await figures.figures(session, officer, asked)


async def at(db: Database, made: Report, day: date, hour: int) -> None:
    when = datetime(day.year, day.month, day.day, hour, 30, tzinfo=VIETNAM)
    async with db.begin() as session:
        await session.execute(update(Report).where(Report.id == made.id).values(created_at=when))


async def some(db: Database, people: People) -> None:
    """Five of Ấp 1, one of them about the police; two of Ấp 2; one of no hamlet known."""
    async with db.begin() as session:
        await report(session, people, "cháy", urgent=True)
        for _ in range(3):
            await report(session, people, "ồn", category=Category.DISPUTE)
        await report(session, people, "kín", category=Category.POLICE_CONDUCT)
        for _ in range(2):
            await report(session, people, "chó", hamlet="Ấp 2")
        await report(session, people, "đường", hamlet="")


async def test_a_manager_sees_all_counts(db: Database, people: People) -> None:
    await some(db, people)
    found = await of(db, people, "quanly")
    assert (found.total, found.urgent) == (8, 1)
    assert found.hamlets == {"Ấp 1": 5, "Ấp 2": 2, "": 1}
    assert found.categories == {
        Category.SECURITY_ORDER: 4,
        Category.DISPUTE: 3,
        Category.POLICE_CONDUCT: 1,
    }
    assert sum(found.days.values()) == sum(found.hours.values()) == 8


async def test_a_leader_sees_those_of_his_hamlets_and_nothing_that_is_for_managers(
    db: Database, people: People
) -> None:
    await some(db, people)
    found = await of(db, people, "ap1")
    assert (found.total, found.hamlets) == (4, {"Ấp 1": 4})
    assert Category.POLICE_CONDUCT not in found.categories


async def test_a_deputy_sees_coarse_counts_that_point_at_nobody(
    db: Database, people: People
) -> None:
    await some(db, people)
    found = await of(db, people, "phoap1")
    assert (found.total, found.urgent) == (3, 0)
    assert found.categories == {Category.DISPUTE: 3}
    assert found.hamlets == {"Ấp 1": 3}
    assert not found.days
    assert not found.hours


async def test_an_admin_counts_nothing(db: Database, people: People) -> None:
    await some(db, people)
    assert (await of(db, people, "quantri")).total == 0


async def test_days_and_hours_are_vietnams(db: Database, people: People) -> None:
    async with db.begin() as session:
        late, early = [await report(session, people, "x") for _ in range(2)]
    monday = TODAY - timedelta(days=TODAY.weekday() + 7)
    await at(db, late, monday, 23)
    await at(db, early, monday + timedelta(days=1), 0)
    found = await of(db, people, "quanly", Period(monday, monday + timedelta(days=1)))
    assert found.days == {monday: 1, monday + timedelta(days=1): 1}
    assert found.hours == {(0, 23): 1, (1, 0): 1}
    assert (await of(db, people, "quanly", Period(monday, monday))).total == 1


async def test_how_soon_reports_are_taken_on(db: Database, people: People) -> None:
    minutes = (2, 4, 30)
    async with db.begin() as session:
        manager = await session.get_one(Officer, people.officers["quanly"].id)
        for late in minutes:
            made = await report(session, people, "cháy", urgent=True)
            await officers.acknowledge(session, made, manager)
            done = Deadline.began_at + timedelta(minutes=late)
            of_this = (Deadline.report_id == made.id, Deadline.done_at.is_not(None))
            missed = done if late > 5 else None
            await session.execute(
                update(Deadline).where(*of_this).values(done_at=done, missed_at=missed)
            )
        await report(session, people, "chưa ai nhận", urgent=True)
    [taken] = (await of(db, people, "ap1")).taken
    assert (taken.level, taken.count, taken.in_time) == ("urgent", 3, 2)
    assert taken.median == timedelta(minutes=4)
    assert timedelta(minutes=4) < taken.p90 < timedelta(minutes=30)
    assert not (await of(db, people, "ap2")).taken


@pytest.mark.parametrize("username", ["quanly", "ap1", "phoap1"])
async def test_the_page_shows_counts_and_no_words(
    db: Database, people: People, signed_in: SignedIn, username: str
) -> None:
    await some(db, people)
    page = (await (await signed_in(username)).get(PAGE)).text
    assert "Mâu thuẫn trong dân" in page
    assert "style=" not in page  # the page's policy allows none
    assert ("Theo thứ và giờ" in page) is (username != "phoap1")
    assert ("Ý kiến về Công an xã" in page) is (username == "quanly")
    for hidden in ("kín", "Cô Ba Lành", "PA-"):
        assert hidden not in page


@pytest.mark.parametrize("asked", ["?tu=&den=", "?tu=hôm-qua", "?tu=9999-12-31&den=0001-01-01"])
async def test_dates_that_are_none_give_a_page_all_the_same(
    signed_in: SignedIn, asked: str
) -> None:
    page = await (await signed_in("quanly")).get(PAGE + asked)
    assert page.status_code == 200
    assert "Không có phản ánh nào trong những ngày này" in page.text


def test_a_period_ends_today_and_is_no_longer_than_a_year() -> None:
    today = date(2026, 5, 20)
    assert period(None, None, today) == Period(date(2026, 4, 21), today)
    assert period(date(2026, 6, 1), date(2026, 7, 1), today) == Period(today, today)
    assert period(date(2026, 5, 20), date(2026, 5, 1), today).days == 1
    assert period(date.min, today, today).days == figures.LONGEST


def test_each_day_has_a_bar_and_many_days_are_put_together_by_week() -> None:
    first = date(2026, 1, 1)
    chart = draw(Period(first, first + timedelta(days=6)), {first: 4})
    assert [bar.count for bar in chart.bars] == [4, 0, 0, 0, 0, 0, 0]
    year = draw(Period(first, first + timedelta(days=364)), {date(2026, 12, 31): 120, first: 1})
    assert year.weekly
    assert len(year.bars) <= MOST_BARS
    assert (year.bars[0].begin, year.bars[0].count) == (date(2025, 12, 29), 1)
    assert year.bars[-1].count == 120
    for bar in (*chart.bars, *year.bars):
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT


def test_shades_go_from_none_to_the_most() -> None:
    assert [shade(count, 10) for count in (0, 1, 2, 3, 9, 10)] == [0, 1, 1, 2, 5, 5]


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(seconds=40), "dưới 1 phút"),
        (timedelta(minutes=45), "45 phút"),
        (timedelta(hours=2, minutes=10), "2 giờ 10 phút"),
        (timedelta(days=3, hours=4, minutes=5), "3 ngày 4 giờ"),
    ],
)
def test_how_long_it_took_in_words(time: timedelta, words: str) -> None:
    assert lasted(time) == words


async def test_a_deputy_cannot_tell_few_reports_from_none(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    deputy = await signed_in("phoap1")
    none = (await deputy.get(PAGE)).text
    async with db.begin() as session:
        for _ in range(figures.COARSE - 1):
            await report(session, people, "ồn", category=Category.DISPUTE)
    assert without_token((await deputy.get(PAGE)).text) == without_token(none)


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2026, 3, 9), date(2026, 3, 9), (date(2026, 3, 1), date(2026, 3, 31))),
        (date(2026, 1, 31), date(2026, 2, 1), (date(2026, 1, 1), date(2026, 2, 28))),
        (date(2025, 12, 31), date(2025, 12, 31), (date(2025, 12, 1), date(2025, 12, 31))),
        (date(2026, 11, 26), date(2026, 11, 27), (date(2026, 11, 1), date(2026, 11, 27))),
    ],
)
def test_rounded_counts_are_of_whole_months(
    first: date, last: date, months: tuple[date, date]
) -> None:
    today = date(2026, 11, 27)
    assert figures.period(first, last, today, whole_months=True) == Period(*months)


async def test_a_deputy_who_moves_a_date_by_a_day_sees_the_same(
    people: People, signed_in: SignedIn
) -> None:
    deputy = await signed_in("phoap1")
    months = "từ 01/03/2025 đến hết 31/03/2025"
    for asked in ("tu=2025-03-04&den=2025-03-10", "tu=2025-03-05&den=2025-03-10"):
        assert months in (await deputy.get(f"{PAGE}?{asked}")).text


def test_a_deputys_share_in_time_is_of_all_reports() -> None:
    taken = figures.Taken("urgent", 5, timedelta(), timedelta(), 4)
    [rounded] = figures._rounded(figures.Figures(total=5, taken=[taken])).taken
    assert (rounded.count, rounded.in_time / rounded.count) == (3, pytest.approx(0.8))


def without_token(page: str) -> str:
    return re.sub(r'value="\w{128}"', "", page)
