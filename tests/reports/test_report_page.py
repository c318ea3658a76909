"""One report: what its page shows and what an officer does there."""

import asyncio

import httpx
import pytest
from sqlalchemy import select

from bot.channels.base import Location
from bot.console import times
from bot.db import Database
from bot.groups.models import Officer
from bot.messages.models import Outbound
from bot.nlu import kinds
from bot.reports.models import EventType, Report, ReportEvent, Status
from bot.reports.outcomes import NOT_A_REPORT, OUTCOMES
from bot.triage.details import Detail
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, a_busy_day, one_more_message, report
from tests.console.site import Browser


@pytest.fixture
async def code(db: Database, people: People) -> str:
    """A new report of hamlet 1, from a person who can be answered."""
    async with db.begin() as session:
        return (await report(session, people, "Xóm tôi ồn ào suốt đêm")).code


async def act(browser: Browser, code: str, action: str, **fields: str) -> httpx.Response:
    page = f"/console/phan-anh/{code}"
    return await browser.submit(f"{page}/{action}", page=page, **fields)


async def stored(db: Database, code: str) -> Report:
    async with db.begin() as session:
        return (await session.execute(select(Report).where(Report.code == code))).scalar_one()


async def events(db: Database, code: str) -> list[EventType]:
    async with db.begin() as session:
        query = select(ReportEvent.type).join(ReportEvent.report).where(Report.code == code)
        return list((await session.scalars(query.order_by(ReportEvent.id))).all())


async def sent(db: Database) -> list[str]:
    """The texts on their way out."""
    async with db.begin() as session:
        rows = (await session.scalars(select(Outbound).order_by(Outbound.turn))).all()
    return [row.payload["content"]["text"] for row in rows if row.payload]


async def test_the_page_tells_the_whole_story(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        made = await a_busy_day(session, people)
    officer = await signed_in("ap1")
    page = (await officer.get(f"/console/phan-anh/{made['karaoke'].code}")).text
    story = [
        "hát karaoke loa kéo",
        "Trợ lý đã báo cho cán bộ phụ trách",
        "Nguyễn Văn Hải đã tiếp nhận",
        "mấy giờ hay hát",
        "nhà có cổng xanh",
        "Tối nay tổ tuần tra",
    ]
    places = [page.index(part) for part in story]
    assert places == sorted(places)
    for shown in ("C••• B••• L•••", "09••••123", "Trang web", "Đang xử lý"):
        assert shown in page


async def test_a_place_is_a_link_to_a_map(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "ở đây", location=Location(11.53, 106.9))
    page = (await (await signed_in("ap1")).get(f"/console/phan-anh/{made.code}")).text
    assert "https://www.google.com/maps/search/?api=1&amp;query=11.53,106.9" in page
    assert "https://www.openstreetmap.org/?mlat=11.53&amp;mlon=106.9" in page
    assert page.count('rel="noopener noreferrer"') == 2


async def test_the_code_may_be_typed_in_small_letters(signed_in: SignedIn, code: str) -> None:
    assert (await (await signed_in("ap1")).get(f"/console/phan-anh/{code.lower()}")).is_success


async def test_acknowledging_takes_the_report_on_and_tells_the_reporter(
    db: Database, signed_in: SignedIn, code: str
) -> None:
    officer = await signed_in("ap1")
    answer = await act(officer, code, "tiep-nhan")
    assert answer.headers["location"] == f"/console/phan-anh/{code}?da=tiep-nhan"
    made = await stored(db, code)
    assert (made.status, made.officer and made.officer.username) == (Status.ACKNOWLEDGED, "ap1")
    assert await sent(db) == [f"Cán bộ Nguyễn Văn Hải đã tiếp nhận phản ánh {code} của anh/chị."]
    page = (await officer.get(answer.headers["location"])).text
    assert "Đã tiếp nhận. Nếu người báo đã mở kênh riêng, trợ lý sẽ nhắn cho họ biết." in page
    assert "/tiep-nhan" not in page


async def test_of_two_officers_who_acknowledge_at_once_one_wins(
    db: Database, signed_in: SignedIn, code: str
) -> None:
    officers = [await signed_in("ap1"), await signed_in("quanly")]
    answers = await asyncio.gather(*(act(each, code, "tiep-nhan") for each in officers))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    winner = (await stored(db, code)).officer
    assert winner
    assert f"Đồng chí {winner.name} đã tiếp nhận phản ánh này." in loser.text
    assert (await events(db, code)).count(EventType.ACKNOWLEDGED) == 1
    assert len(await sent(db)) == 1


async def test_a_reply_goes_to_the_reporter_under_the_officers_name(
    db: Database, signed_in: SignedIn, code: str
) -> None:
    officer = await signed_in("ap1")
    answer = await act(officer, code, "tra-loi", text="  Cô cho biết nhà nào?\r\nCảm ơn cô. ")
    assert answer.status_code == 303
    text = "Cô cho biết nhà nào?\nCảm ơn cô."
    assert await sent(db) == [f"Cán bộ Nguyễn Văn Hải trả lời ({code}):\n{text}"]
    made = await stored(db, code)
    assert (made.status, made.officer and made.officer.username) == (Status.IN_PROGRESS, "ap1")


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "Chưa có nội dung"), (" \n ", "Chưa có nội dung"), ("x" * 3001, "dài quá 3000 ký tự")],
)
async def test_a_reply_that_cannot_be_sent_is_not_lost(
    db: Database, signed_in: SignedIn, code: str, text: str, told: str
) -> None:
    answer = await act(await signed_in("ap1"), code, "tra-loi", text=text)
    assert answer.status_code == 409
    assert told in answer.text
    assert f">{text.strip()}</textarea>" in answer.text
    assert await sent(db) == []
    assert await events(db, code) == [EventType.CREATED]


async def test_a_reply_to_a_report_that_somebody_closed_meanwhile_is_refused_and_kept(
    db: Database, people: People, signed_in: SignedIn, code: str
) -> None:
    leader, manager = await signed_in("ap1"), await signed_in("quanly")
    page = await leader.get(f"/console/phan-anh/{code}")
    assert "tra-loi" in page.text
    await act(manager, code, "ket-thuc", outcome="resolved", text="")
    token = page.text.split('name="_csrf_token" value="')[1].split('"')[0]
    answer = await leader.post(
        f"/console/phan-anh/{code}/tra-loi", data={"_csrf_token": token, "text": "Tôi đang tới"}
    )
    assert answer.status_code == 409
    assert "Phản ánh đã kết thúc." in answer.text
    assert "Tôi đang tới" in answer.text


async def test_without_a_private_channel_there_is_no_reply(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "tin trong nhóm", private=False)
    officer = await signed_in("ap1")
    page = await officer.get(f"/console/phan-anh/{made.code}")
    assert "Người báo chưa mở kênh riêng" in page.text
    assert "/tra-loi" not in page.text
    answer = await act(officer, made.code, "tra-loi", text="Có ai không?")
    assert answer.status_code == 409
    assert "Có ai không?" in answer.text


async def test_a_changed_category_is_recorded(db: Database, signed_in: SignedIn, code: str) -> None:
    officer = await signed_in("ap1")
    assert (await act(officer, code, "doi-loai", category="dispute")).status_code == 303
    made = await stored(db, code)
    assert made.category is Category.DISPUTE
    page = (await officer.get(f"/console/phan-anh/{code}")).text
    assert "Nguyễn Văn Hải đổi loại: An ninh, trật tự → Mâu thuẫn trong dân" in page


@pytest.mark.parametrize("category", ["", "small_talk", "bot_request", "procedure_question", "x"])
async def test_only_kinds_of_reports_are_offered_and_taken(
    db: Database, signed_in: SignedIn, code: str, category: str
) -> None:
    officer = await signed_in("ap1")
    page = (await officer.get(f"/console/phan-anh/{code}")).text
    assert f'value="{category}" required' not in page
    answer = await act(officer, code, "doi-loai", category=category)
    assert answer.status_code == 409
    assert "Hãy chọn một loại phản ánh." in answer.text
    assert (await stored(db, code)).category is Category.SECURITY_ORDER


async def test_a_leader_who_files_a_report_as_about_the_police_hands_it_over(
    db: Database, signed_in: SignedIn, code: str
) -> None:
    leader = await signed_in("ap1")
    answer = await act(leader, code, "doi-loai", category="police_conduct")
    assert answer.headers["location"] == "/console?da=doi-loai"
    assert (await leader.get(f"/console/phan-anh/{code}")).status_code == 404
    assert (await (await signed_in("quanly")).get(f"/console/phan-anh/{code}")).is_success


@pytest.mark.parametrize("outcome", list(OUTCOMES))
async def test_closing_records_the_outcome_and_tells_the_reporter(
    db: Database, signed_in: SignedIn, code: str, outcome: str
) -> None:
    officer = await signed_in("ap1")
    answer = await act(officer, code, "ket-thuc", outcome=outcome, text="Cảm ơn cô báo tin.")
    assert answer.status_code == 303
    made = await stored(db, code)
    assert made.status is Status.CLOSED
    assert made.closed_at is not None
    told = await sent(db)
    if outcome == NOT_A_REPORT:
        assert told == []
    else:
        assert OUTCOMES[outcome] in told[0]
        assert "Cảm ơn cô báo tin." in told[0]
    page = (await officer.get(f"/console/phan-anh/{code}")).text
    assert OUTCOMES[outcome] in page
    assert "Đã kết thúc" in page
    assert "/ket-thuc" not in page
    assert "/tra-loi" not in page


async def test_closing_without_an_outcome_keeps_what_was_typed(
    db: Database, signed_in: SignedIn, code: str
) -> None:
    answer = await act(await signed_in("ap1"), code, "ket-thuc", outcome="", text="Xong rồi cô ạ")
    assert answer.status_code == 409
    assert "Hãy chọn kết quả xử lý." in answer.text
    assert "Xong rồi cô ạ" in answer.text
    assert (await stored(db, code)).status is Status.NEW


async def test_rights_taken_away_meanwhile_count(
    db: Database, people: People, signed_in: SignedIn, code: str
) -> None:
    leader = await signed_in("ap1")
    page = await leader.get(f"/console/phan-anh/{code}")
    token = page.text.split('name="_csrf_token" value="')[1].split('"')[0]
    async with db.begin() as session:
        officer = await session.get_one(Officer, people.officers["ap1"].id)
        officer.hamlets = []
    answer = await leader.post(f"/console/phan-anh/{code}/tiep-nhan", data={"_csrf_token": token})
    assert answer.status_code == 404
    assert (await stored(db, code)).status is Status.NEW


NIGHT = Detail(kinds.TIME, 0, 7, "tối qua", "tối qua")
HAMLET = Detail(kinds.HAMLET, 8, 12, "ap 1", "Ấp 1")


async def test_place_and_time_are_filled_in_from_the_messages(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        code = (await report(session, people, "ap 1 mất trộm", details=(HAMLET,))).code
    officer = await signed_in("ap1")
    page = (await officer.get(f"/console/phan-anh/{code}")).text
    assert "Nơi xảy ra" in page
    assert "Xảy ra</dt>" not in page
    async with db.begin() as session:
        made = (await session.execute(select(Report).where(Report.code == code))).scalar_one()
        other = Detail(kinds.PLACE, 8, 12, "tổ 7", "Tổ 7")
        await one_more_message(session, made, "tối qua đó", (NIGHT, other))
    page = (await officer.get(f"/console/phan-anh/{code}")).text
    assert "18:00 – 24:00, " in page
    kept = await stored(db, code)
    assert kept.place == "Ấp 1"
    assert [d["entity"] for d in kept.details or ()] == ["hamlet", "time", "place"]


async def test_a_report_that_names_nothing_shows_no_empty_lines(
    code: str, signed_in: SignedIn
) -> None:
    page = (await (await signed_in("ap1")).get(f"/console/phan-anh/{code}")).text
    assert "Nơi xảy ra" not in page
    assert "trợ lý đọc từ tin" not in page


async def test_days_stand_between_what_was_said_and_each_line_tells_who_and_when(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "ồn từ hôm kia", minutes_ago=60 * 48)
        await one_more_message(session, made, "hôm nay còn ồn")
        code, first = made.code, made.created_at
    page = (await (await signed_in("ap1")).get(f"/console/phan-anh/{code}")).text
    story = (times.day(first), "ồn từ hôm kia", times.hour(first), "Hôm nay, ", "hôm nay còn ồn")
    places = [page.index(part, page.index("timeline-list")) for part in story]
    assert places == sorted(places)
    assert page.count('class="day"') == 2


async def test_the_conversation_can_be_read_alone_without_javascript(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        code = (await a_busy_day(session, people))["lamp"].code
    officer = await signed_in("ap1")
    address = f"/console/phan-anh/{code}"
    everything = (await officer.get(address)).text
    assert f'href="{address}?xem=hoi-thoai"' in everything
    for path in (f"{address}?xem=hoi-thoai", f"{address}/dien-bien?xem=hoi-thoai"):
        talk = (await officer.get(path)).text
        for said in ("Đèn đường trước trường", "Đèn đã được thay"):
            assert said in talk
            assert said in everything
        for happened in ("đã tiếp nhận</span>", 'class="happened"'):
            assert happened not in talk
            assert happened in everything
    assert "dien-bien?xem=hoi-thoai" in (await officer.get(f"{address}?xem=hoi-thoai")).text
