"""Giving a report away, waiting, reopening: the buttons and forms of its page."""

import httpx
import pytest
from sqlalchemy import select

from bot.audit.models import Action, AuditEntry
from bot.db import Database
from bot.groups.models import Officer
from bot.reports import merging
from bot.reports.models import Report, Status
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, report
from tests.console.site import Browser

FORMS = {"giao", "chuyen-ap", "chuyen-to-quan-ly", "chuyen-co-quan", "mo-lai", "thoi-cho"}


@pytest.fixture
async def code(db: Database, people: People) -> str:
    async with db.begin() as session:
        return (await report(session, people, "Xóm tôi ồn ào suốt đêm")).code


async def act(browser: Browser, code: str, action: str, **fields: str) -> httpx.Response:
    page = f"/console/phan-anh/{code}"
    return await browser.submit(f"{page}/{action}", page=page, **fields)


async def page_of(browser: Browser, code: str) -> str:
    return (await browser.get(f"/console/phan-anh/{code}")).text


async def offered(browser: Browser, code: str) -> set[str]:
    """Which forms the page has, besides those of every open report."""
    page = await page_of(browser, code)
    wanted = FORMS | {"tiep-nhan", "ket-thuc"}
    found = {form for form in wanted if f'action="/console/phan-anh/{code}/{form}"' in page}
    return found | ({"cho"} if 'name="waits"' in page else set())


async def stored(db: Database, code: str) -> Report:
    async with db.begin() as session:
        return (await session.execute(select(Report).where(Report.code == code))).scalar_one()


async def test_the_page_offers_what_may_be_done_now_and_nothing_else(
    signed_in: SignedIn, code: str
) -> None:
    leader, manager = await signed_in("ap1"), await signed_in("quanly")
    always = {"ket-thuc", "chuyen-ap", "chuyen-to-quan-ly", "chuyen-co-quan"}
    assert await offered(leader, code) == always | {"tiep-nhan", "cho"}
    assert await offered(manager, code) == always | {"tiep-nhan", "cho", "giao"}
    await act(leader, code, "tiep-nhan")
    assert await offered(leader, code) == always | {"cho"}
    await act(leader, code, "tra-loi", text="Nhà ở tổ mấy?", waits="1")
    assert await offered(leader, code) == always | {"cho", "thoi-cho"}
    await act(leader, code, "chuyen-co-quan", body="province", text="")
    assert await offered(leader, code) == always | {"mo-lai"}
    await act(leader, code, "ket-thuc", outcome="passed_on", text="")
    assert await offered(leader, code) == {"mo-lai"}
    await act(manager, code, "mo-lai", reason="Tỉnh trả lại")
    assert await offered(leader, code) == always | {"cho"}


async def test_a_complaint_of_the_police_is_offered_to_no_hamlet(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "lời kín", category=Category.POLICE_CONDUCT)
    manager = await signed_in("quanly")
    assert await offered(manager, made.code) & FORMS == {"giao", "chuyen-co-quan"}
    assert "Nguyễn Văn Hải" not in await page_of(manager, made.code)  # nor to a leader


async def test_a_report_that_follows_another_is_given_away_there(
    db: Database, people: People, signed_in: SignedIn, code: str
) -> None:
    async with db.begin() as session:
        other = await report(session, people, "Ồn ào cả xóm")
        main = (await session.execute(select(Report).where(Report.code == code))).scalar_one()
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        await merging.merge(session, other, main, leader)
    manager = await signed_in("quanly")
    assert await offered(manager, other.code) == {"cho"}
    assert "chuyen-ap" in await offered(manager, code)


async def test_given_away_it_is_gone_and_its_leader_is_back_at_the_queue(
    db: Database, people: People, signed_in: SignedIn, code: str
) -> None:
    leader = await signed_in("ap1")
    await act(leader, code, "tiep-nhan")
    hamlet = str(people.hamlets["Ấp 2"].id)
    answer = await act(leader, code, "chuyen-ap", hamlet=hamlet, note="Nhà ở bên đó")
    assert answer.headers["location"] == "/console?da=chuyen-ap"
    assert "Cán bộ ấp nhận xử lý tiếp." in (await leader.get(answer.headers["location"])).text
    for path in ("", "/dien-bien"):
        assert (await leader.get(f"/console/phan-anh/{code}{path}")).status_code == 404
    page = await page_of(await signed_in("ap2"), code)
    assert "Nguyễn Văn Hải chuyển cho cán bộ phụ trách Ấp 2" in page
    assert "Ghi cho cán bộ nhận: Nhà ở bên đó" in page
    assert "Chưa có người tiếp nhận" in page


async def test_why_it_went_to_the_managers_only_they_read(
    people: People, signed_in: SignedIn, code: str
) -> None:
    leader, manager = await signed_in("ap1"), await signed_in("quanly")
    answer = await act(leader, code, "chuyen-to-quan-ly", note="Đây là nhà anh rể tôi")
    assert answer.headers["location"] == "/console?da=chuyen-to-quan-ly"
    assert (await leader.get(f"/console/phan-anh/{code}")).status_code == 404
    assert "Lý do chuyển: Đây là nhà anh rể tôi" in await page_of(manager, code)
    await act(manager, code, "chuyen-ap", hamlet=str(people.hamlets["Ấp 2"].id), note="")
    page = await page_of(await signed_in("ap2"), code)
    assert "chuyển lên Tổ quản lý" in page
    assert "anh rể" not in page


async def test_the_story_of_a_report_is_told_in_words(
    people: People, signed_in: SignedIn, code: str
) -> None:
    leader, manager = await signed_in("ap1"), await signed_in("quanly")
    await act(manager, code, "giao", officer=str(people.officers["ap1"].id))
    await act(leader, code, "tiep-nhan")
    await act(leader, code, "tra-loi", text="Nhà ở tổ mấy?", waits="1")
    await act(leader, code, "thoi-cho")
    await act(leader, code, "chuyen-co-quan", body="commune", text="Xã sẽ gọi anh.")
    await act(leader, code, "mo-lai", reason="Xã trả lại")
    page = await page_of(leader, code)
    story = [
        "Phạm Quốc Thái giao cho đồng chí Nguyễn Văn Hải",
        "Nguyễn Văn Hải đã tiếp nhận",
        "Nhà ở tổ mấy?",
        "Nguyễn Văn Hải chờ người báo trả lời",
        "Nguyễn Văn Hải không chờ người báo nữa",
        "Nguyễn Văn Hải chuyển tới Ủy ban nhân dân xã",
        "Xã sẽ gọi anh.",
        "Nguyễn Văn Hải mở lại phản ánh",
        "Lý do mở lại: Xã trả lại",
    ]
    places = [page.index(part) for part in story]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("action", "fields", "said"),
    [
        ("giao", {"officer": ""}, "Hãy chọn cán bộ"),
        ("giao", {"officer": "ap1"}, "Hãy chọn cán bộ"),
        ("chuyen-ap", {"hamlet": "", "note": "Nhà ở bên đó"}, "Hãy chọn ấp"),
        ("chuyen-ap", {"hamlet": "x", "note": "Nhà ở bên đó"}, "Hãy chọn ấp"),
        ("chuyen-to-quan-ly", {"note": "  "}, "Hãy ghi vì sao"),
        ("chuyen-to-quan-ly", {"note": "x" * 1001}, "dài quá 1000 ký tự"),
        ("chuyen-co-quan", {"body": "y", "text": "Nhà ở bên đó"}, "Hãy chọn nơi nhận"),
        ("chuyen-co-quan", {"body": "court", "text": "x" * 1001}, "dài quá 1000 ký tự"),
        ("mo-lai", {"reason": "Nhà ở bên đó"}, "Phản ánh này đang mở."),
        ("thoi-cho", {}, "không chờ người báo"),
        ("tra-loi", {"text": "", "waits": "1"}, "Hãy ghi điều cần người báo trả lời."),
    ],
)
async def test_what_is_refused_changes_nothing_and_keeps_what_was_typed(
    db: Database, signed_in: SignedIn, code: str, action: str, fields: dict[str, str], said: str
) -> None:
    answer = await act(await signed_in("quanly"), code, action, **fields)
    assert answer.status_code == 409
    assert said in answer.text
    for typed in fields.values():
        if len(typed.strip()) > 5:
            assert typed in answer.text
    made = await stored(db, code)
    assert (made.status, made.managers_only, made.officer_id) == (Status.NEW, False, None)


async def test_what_was_typed_for_a_form_that_is_gone_is_kept_too(
    signed_in: SignedIn, code: str
) -> None:
    leader, manager = await signed_in("ap1"), await signed_in("quanly")
    page = await page_of(leader, code)
    token = page.split('name="_csrf_token" value="')[1].split('"')[0]
    await act(manager, code, "ket-thuc", outcome="resolved", text="")
    answer = await leader.post(
        f"/console/phan-anh/{code}/chuyen-to-quan-ly",
        data={"_csrf_token": token, "note": "Đây là nhà anh rể tôi"},
    )
    assert answer.status_code == 409
    assert "đồng chí mở lại trước" in answer.text
    assert "Lời chưa gửi được" in answer.text
    assert "Đây là nhà anh rể tôi" in answer.text


async def test_a_stranger_to_the_hamlet_moves_nothing(
    db: Database, people: People, signed_in: SignedIn, code: str
) -> None:
    other = await signed_in("ap2")
    hamlet = str(people.hamlets["Ấp 2"].id)
    for action in FORMS - {"giao"}:
        page, fields = "/console", {"hamlet": hamlet, "note": "x", "body": "court", "reason": "x"}
        answer = await other.submit(f"/console/phan-anh/{code}/{action}", page=page, **fields)
        assert answer.status_code == 404, action
    made = await stored(db, code)
    assert (made.status, made.managers_only) == (Status.NEW, False)
    assert made.hamlet
    assert made.hamlet.name == "Ấp 1"


async def test_each_change_of_hands_stands_in_the_log_without_anybodys_words(
    db: Database, people: People, signed_in: SignedIn, code: str
) -> None:
    manager = await signed_in("quanly")
    await act(manager, code, "giao", officer=str(people.officers["ap1"].id))
    await act(manager, code, "tra-loi", text="Ở đâu?", waits="1")
    await act(manager, code, "thoi-cho")
    await act(manager, code, "chuyen-co-quan", body="court", text="lời của cán bộ")
    await act(manager, code, "mo-lai", reason="lý do kín")
    await act(manager, code, "chuyen-ap", hamlet=str(people.hamlets["Ấp 2"].id), note="x")
    await act(manager, code, "chuyen-to-quan-ly", note="lý do kín")
    changes = (Action.ASSIGNED, Action.WAITING_ENDED, Action.TRANSFERRED, Action.REOPENED)
    async with db.begin() as session:
        query = select(AuditEntry).where(AuditEntry.action.in_(changes))
        rows = (await session.scalars(query.order_by(AuditEntry.number))).all()
    assert {row.report_code for row in rows} == {code}
    assert [(row.action, row.data) for row in rows] == [
        (Action.ASSIGNED, {"to": people.officers["ap1"].id.hex}),
        (Action.WAITING_ENDED, {}),
        (Action.TRANSFERRED, {"body": "court"}),
        (Action.REOPENED, {}),
        (Action.TRANSFERRED, {"hamlet": people.hamlets["Ấp 2"].id.hex}),
        (Action.TRANSFERRED, {"managers": True}),
    ]
