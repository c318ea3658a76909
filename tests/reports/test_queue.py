"""The officers' queue: what stands in it, in which order, for whom."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.db import Database, now
from bot.groups.models import Officer
from bot.reports import folders, officers, queue
from bot.reports.filters import NO_FILTER, Filter
from bot.reports.folders import Folder
from bot.reports.models import DueKind, Report
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, a_busy_day, report


async def codes(db: Database, people: People, username: str, folder: Folder) -> list[str]:
    async with db.begin() as session:
        officer = await session.get_one(Officer, people.officers[username].id)
        page = await queue.open_page(session, officer, folder)
        counts = await folders.counts(session, officer)
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
    assert await codes(db, people, "ap1", Folder.UNASSIGNED) == [doubtful.code]
    assert await codes(db, people, "ap1", Folder.CLOSED) == [closed.code]
    assert await codes(db, people, "ap2", Folder.CLOSED) == []
    assert await codes(db, people, "ap1", Folder.REVIEW) == [doubtful.code]
    assert set(await codes(db, people, "ap1", Folder.ALL)) == {mine.code, doubtful.code}
    assert await codes(db, people, "quanly", Folder.MINE) == []


async def test_what_should_have_been_done_by_now_is_overdue(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        made = [await report(session, people, "x", urgent=n == 3) for n in range(5)]
        for each, minutes in zip(made, (-5, -90, 30, -1, None), strict=True):
            each.due_at = None if minutes is None else now() + timedelta(minutes=minutes)
            each.due_kind = DueKind.ACKNOWLEDGEMENT
    expected = [made[3].code, made[1].code, made[0].code]
    assert await codes(db, people, "ap1", Folder.OVERDUE) == expected
    page = (await (await signed_in("ap1")).get("/console/hang-doi/qua-han")).text
    assert page.count("</svg>Quá hạn tiếp nhận") == 3
    assert await codes(db, people, "ap2", Folder.OVERDUE) == []


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


async def all_pages(
    db: Database, officer: Officer, folder: Folder, chosen: Filter = NO_FILTER
) -> list[list[str]]:
    """Codes by page, from the first to the last."""
    pages, cursor = [], None
    async with db.begin() as session:
        while True:
            page = await queue.open_page(session, officer, folder, chosen, cursor)
            pages.append([row.report.code for row in page.rows])
            if page.after is None:
                return pages
            cursor = page.after


@pytest.mark.parametrize("folder", [Folder.ALL, Folder.CLOSED])
@pytest.mark.parametrize("username", ["ap1", "quanly"])
async def test_a_long_folder_is_read_page_by_page_both_ways(
    folder: Folder, username: str, db: Database, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE", 3)
    officer = people.officers[username]
    made = []
    async with db.begin() as session:
        closing = await session.get_one(Officer, officer.id)
        for n in range(8):
            hamlet = ("Ấp 1", "Ấp 3")[n % 2]
            each = await report(
                session, people, "x", hamlet=hamlet, urgent=n == 4, minutes_ago=9 - n
            )
            made.append(each.code)
            if folder is Folder.CLOSED:
                await officers.close(session, each, closing, "resolved", "")
    expected = [made[4], *made[:4], *made[5:]] if folder is Folder.ALL else made[::-1]
    pages = await all_pages(db, officer, folder)
    assert pages == [expected[:3], expected[3:6], expected[6:]]
    async with db.begin() as session:
        first = await queue.open_page(session, officer, folder)
        second = await queue.open_page(session, officer, folder, cursor=first.after)
        third = await queue.open_page(session, officer, folder, cursor=second.after)
        back = await queue.open_page(session, officer, folder, cursor=third.before)
        start = await queue.open_page(session, officer, folder, cursor=back.before)
    assert [row.report.code for row in back.rows] == expected[3:6]
    assert [row.report.code for row in start.rows] == expected[:3]
    assert (start.before, back.after is None) == (None, False)


async def test_what_a_colleague_deals_with_moves_nothing_off_the_next_page(
    db: Database, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE", 2)
    async with db.begin() as session:
        manager = await session.get_one(Officer, people.officers["quanly"].id)
        made = [await report(session, people, "x", minutes_ago=9 - n) for n in range(4)]
        first = await queue.open_page(session, manager, Folder.ALL)
        await officers.close(session, made[0], manager, "resolved", "")
        second = await queue.open_page(session, manager, Folder.ALL, cursor=first.after)
    assert [row.report.code for row in second.rows] == [made[2].code, made[3].code]


async def test_a_page_that_has_become_empty_shows_the_beginning(
    db: Database, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE", 1)
    async with db.begin() as session:
        manager = await session.get_one(Officer, people.officers["quanly"].id)
        made = [await report(session, people, "x", minutes_ago=9 - n) for n in range(2)]
        first = await queue.open_page(session, manager, Folder.ALL)
        await officers.close(session, made[1], manager, "resolved", "")
        second = await queue.open_page(session, manager, Folder.ALL, cursor=first.after)
    assert [row.report.code for row in second.rows] == [made[0].code]


async def test_the_pages_of_a_folder_link_to_each_other(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        for n in range(queue.PAGE + 2):
            await report(session, people, f"việc số {n} xong", minutes_ago=n)
    officer = await signed_in("quanly")
    first = (await officer.get("/console/hang-doi/tat-ca?loai=security_order")).text
    assert f"việc số {queue.PAGE + 1} xong" in first
    assert "việc số 0 xong" not in first
    assert "Trang trước" not in first
    second = (await officer.get(link(first, "next"))).text
    assert "việc số 0 xong" in second
    assert "Trang sau" not in second
    assert (await officer.get(link(second, "prev"))).text.count("data-row") == queue.PAGE
    assert "loai=security_order" in link(second, "prev")


def link(page: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


async def test_closed_reports_are_counted_up_to_a_thousand(
    db: Database, people: People, monkeypatch: pytest.MonkeyPatch, signed_in: SignedIn
) -> None:
    monkeypatch.setattr(folders, "MOST_COUNTED", 2)
    async with db.begin() as session:
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        for _ in range(3):
            closed = await report(session, people, "x")
            await officers.close(session, closed, leader, "resolved", "")
    page = (await (await signed_in("ap1")).get("/console")).text
    assert 'Đã kết thúc<span class="count ">999+</span>' in page


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
        ("chua-ai-nhan", "Không còn phản ánh nào chờ người nhận"),
        ("qua-han", "Không có phản ánh nào quá hạn"),
        ("da-ket-thuc", "Chưa có phản ánh nào kết thúc"),
        ("cua-toi", "không còn phản ánh nào đang mở"),
        ("tat-ca", "Không có phản ánh nào đang mở"),
        ("can-xem-lai", "Không có tin nào cần xem lại"),
    ],
)
async def test_an_empty_folder_says_so(signed_in: SignedIn, folder: str, told: str) -> None:
    assert told in (await (await signed_in("ap1")).get(f"/console/hang-doi/{folder}")).text


@pytest.mark.parametrize("place", [f"t.1.{'0' * 32}\n", f"t.١.{'0' * 32}", "\n"])
async def test_a_place_nobody_wrote_is_refused(
    people: People, signed_in: SignedIn, place: str
) -> None:
    manager = await signed_in("quanly")
    for name in ("sau", "truoc"):
        answer = await manager.get("/console/hang-doi/tat-ca", params={name: place})
        assert answer.status_code == 400
    kept = f"t.1.{'0' * 32}"
    assert (await manager.get("/console/hang-doi/tat-ca", params={"sau": kept})).status_code == 200
