"""The officers' queue: what stands in it, in which order, for whom."""

import pytest
from sqlalchemy import update

from bot.db import Database
from bot.groups.models import Officer
from bot.reports import officers, queue
from bot.reports.models import Report
from bot.reports.queue import Folder
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, a_busy_day, report


async def codes(db: Database, people: People, username: str, folder: Folder) -> list[str]:
    async with db.begin() as session:
        officer = await session.get_one(Officer, people.officers[username].id)
        page = await queue.open_reports(session, officer, folder)
        counts = await queue.counts(session, officer)
    assert counts[folder] == len(page.rows)
    return [row.report.code for row in page.rows]


async def test_urgent_reports_come_first_then_the_oldest(db: Database, people: People) -> None:
    async with db.begin() as session:
        young = await report(session, people, "1", minutes_ago=1)
        old = await report(session, people, "2", minutes_ago=90)
        young_urgent = await report(session, people, "3", urgent=True, minutes_ago=2)
        old_urgent = await report(session, people, "4", urgent=True, minutes_ago=5)
    expected = [old_urgent.code, young_urgent.code, old.code, young.code]
    assert await codes(db, people, "quanly", Folder.ALL) == expected


async def test_each_folder_holds_its_reports(db: Database, people: People) -> None:
    async with db.begin() as session:
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        mine = await report(session, people, "1")
        await officers.acknowledge(session, mine, leader)
        doubtful = await report(session, people, "2", needs_review=True)
        closed = await report(session, people, "3")
        await officers.close(session, closed, leader, "resolved", "")
    assert await codes(db, people, "ap1", Folder.MINE) == [mine.code]
    assert await codes(db, people, "ap1", Folder.REVIEW) == [doubtful.code]
    assert set(await codes(db, people, "ap1", Folder.ALL)) == {mine.code, doubtful.code}
    assert await codes(db, people, "quanly", Folder.MINE) == []


@pytest.mark.parametrize(
    ("username", "hamlets"),
    [
        ("quanly", {"Ấp 1", "Ấp 2", "Ấp 3", ""}),
        ("ap1", {"Ấp 1", "Ấp 3"}),
        ("ap2", {"Ấp 2"}),
        ("phoap1", set()),
        ("quantri", set()),
    ],
)
async def test_an_officer_sees_the_hamlets_he_answers_for(
    username: str, hamlets: set[str], db: Database, people: People
) -> None:
    made = {}
    async with db.begin() as session:
        for name in ("Ấp 1", "Ấp 2", "Ấp 3", ""):
            made[name] = (await report(session, people, "x", hamlet=name)).code
    seen = set(await codes(db, people, username, Folder.ALL))
    assert seen == {made[name] for name in hamlets}


async def test_a_leader_never_sees_what_is_said_about_the_police(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "x", category=Category.POLICE_CONDUCT)
        await session.execute(update(Report).values(officer_id=people.officers["ap1"].id))
    for folder in Folder:
        assert await codes(db, people, "ap1", folder) == []
    assert await codes(db, people, "quanly", Folder.ALL) == [made.code]


async def test_a_long_queue_is_read_page_by_page(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        for n in range(queue.PAGE + 2):
            await report(session, people, f"việc số {n} xong", minutes_ago=n)
    officer = await signed_in("quanly")
    first = (await officer.get("/console/hang-doi/tat-ca")).text
    second = (await officer.get("/console/hang-doi/tat-ca?trang=2")).text
    assert f"việc số {queue.PAGE + 1} xong" in first
    assert "việc số 0 xong" not in first
    assert "trang=2" in first
    assert "việc số 0 xong" in second
    assert "Trang sau" not in second


async def test_the_queue_page_shows_what_an_officer_needs_to_choose(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        made = await a_busy_day(session, people)
    page = (await (await signed_in("ap1")).get("/console")).text
    fire = page[page.index(made["fire"].code) :].partition("</li>")[0]
    for shown in ("Khẩn", "Ấp 1", "Tội phạm", "4 phút trước", "Trang web", "Mới", "Cháy nhà kho"):
        assert shown in fire
    assert made["lamp"].code not in page  # closed
    assert made["dogs"].code not in page  # another hamlet's
    assert made["conduct"].code not in page


async def test_a_sensitive_report_shows_no_words_before_it_is_opened(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        await report(session, people, "nhà ông kia đánh bạc", sensitive=True)
    page = (await (await signed_in("ap1")).get("/console")).text
    assert "đánh bạc" not in page
    assert "Nội dung nhạy cảm" in page


async def test_what_residents_type_is_never_markup(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "<script>alert(1)</script>", name="<img src=x>")
    officer = await signed_in("ap1")
    for path in ("/console", f"/console/phan-anh/{made.code}"):
        page = (await officer.get(path)).text
        assert "<script>alert" not in page
        assert "<img src=x>" not in page
        assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("cua-toi", "không còn phản ánh nào đang mở"),
        ("tat-ca", "Không có phản ánh nào đang mở"),
        ("can-xem-lai", "Không có tin nào cần xem lại"),
    ],
)
async def test_an_empty_folder_says_so(signed_in: SignedIn, folder: str, told: str) -> None:
    assert told in (await (await signed_in("ap1")).get(f"/console/hang-doi/{folder}")).text
