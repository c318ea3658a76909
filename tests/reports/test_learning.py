"""What officers say of how a report was read, and what the assistant may learn from it."""

import uuid

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from bot.channels.base import ChatKind, Event, EventKind
from bot.db import Database
from bot.groups.models import OfficerChat
from bot.messages.models import Outbound
from bot.reports import service
from bot.reports.learning import MAX_LEARNED, masked
from bot.reports.models import Consent, Correction, EventType, Report, ReportEvent
from bot.triage.details import Detail
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, photo, report
from tests.console.site import Browser

WORDS = "Ông Tư Thạnh nhà kế bên đánh vợ, số ổng 0912 345 678, xe 93P1-234.56, tới 5 giờ"
MASKED = "Ông [tên người] nhà kế bên đánh vợ, số ổng [số điện thoại], xe [biển số xe], tới 5 giờ"
SHOWN = {"sensitive_shown": "0", "urgent_shown": "0"}


@pytest.fixture
async def made(db: Database, people: People) -> Report:
    """Filed as a matter of order, neither sensitive nor urgent."""
    async with db.begin() as session:
        return await report(session, people, WORDS)


async def act(browser: Browser, made: Report, action: str, **fields: str) -> httpx.Response:
    page = f"/console/phan-anh/{made.code}"
    return await browser.submit(f"{page}/{action}", page=page, **fields)


async def correct(browser: Browser, made: Report, **fields: str) -> httpx.Response:
    answer = await act(browser, made, "doi-loai", **{"category": "crime_incident"} | fields)
    assert answer.status_code == 303
    return answer


async def correction(db: Database, made: Report) -> Correction | None:
    async with db.begin() as session:
        return await session.get(Correction, made.id)


async def stored(db: Database, made: Report) -> Report:
    async with db.begin() as session:
        return await session.get_one(Report, made.id)


async def events(db: Database, made: Report) -> list[EventType]:
    async with db.begin() as session:
        query = select(ReportEvent.type).where(ReportEvent.report_id == made.id)
        return list(await session.scalars(query.order_by(ReportEvent.id)))


# --- What an officer says -------------------------------------------------------------------------


async def test_a_correction_keeps_what_the_assistant_thought_first(
    db: Database, signed_in: SignedIn, made: Report
) -> None:
    await correct(await signed_in("ap1"), made, sensitive="1", urgent="1", **SHOWN)
    now = await stored(db, made)
    assert (now.category, now.sensitive, now.urgent) == (Category.CRIME_INCIDENT, True, True)
    assert now.filed_category is Category.SECURITY_ORDER
    assert (now.filed_sensitive, now.filed_urgent) == (False, False)
    word = await correction(db, made)
    assert word is not None
    assert (word.category, word.sensitive, word.urgent) == (Category.CRIME_INCIDENT, True, True)
    assert (word.consent, word.text) == (Consent.ASKED, None)


async def test_the_story_says_who_set_which_mark(signed_in: SignedIn, made: Report) -> None:
    leader = await signed_in("ap1")
    await correct(leader, made, sensitive="1", urgent="1", **SHOWN)
    await correct(leader, made, urgent="1", sensitive_shown="1", urgent_shown="1")
    page = (await leader.get(f"/console/phan-anh/{made.code}")).text
    for line in ("đánh dấu nhạy cảm", "đánh dấu khẩn", "bỏ dấu nhạy cảm"):
        assert f"Nguyễn Văn Hải {line}" in page
    assert "bỏ dấu khẩn" not in page


async def test_confirming_is_recorded_once_and_asks_nothing(
    db: Database, signed_in: SignedIn, made: Report
) -> None:
    leader = await signed_in("ap1")
    for _ in range(2):
        await correct(leader, made, category="security_order", **SHOWN)
    word = await correction(db, made)
    assert word is not None
    assert (word.category, word.consent) == (Category.SECURITY_ORDER, Consent.NOT_ASKED)
    assert await events(db, made) == [EventType.CREATED, EventType.CATEGORY_CHANGED]
    page = await leader.get(f"/console/phan-anh/{made.code}")
    assert "Nguyễn Văn Hải xác nhận loại" in page.text
    assert "Cho trợ lý học" not in page.text


async def test_a_page_open_too_long_does_not_undo_what_the_reporter_added(
    db: Database, signed_in: SignedIn, made: Report
) -> None:
    async with db.begin() as session:
        await service.raise_urgency(session, await session.get_one(Report, made.id), uuid.uuid4())
    await correct(await signed_in("ap1"), made, sensitive="1", **SHOWN)
    assert (await stored(db, made)).urgent is True
    word = await correction(db, made)
    assert word is not None
    assert (word.sensitive, word.urgent) == (True, None)  # of the first message nobody said


async def test_urgent_tells_the_managers_and_says_nothing_of_the_words(
    db: Database, people: People, signed_in: SignedIn, made: Report
) -> None:
    async with db.begin() as session:
        for name in ("quanly", "ap1", "ap2"):
            officer = people.officers[name]
            session.add(OfficerChat(officer_id=officer.id, channel="telegram", chat_id=name))
    leader = await signed_in("ap1")
    await correct(leader, made, urgent="1", **SHOWN)
    async with db.begin() as session:
        told = [row.payload for row in await session.scalars(select(Outbound)) if row.payload]
    assert {each["target"]["chat_id"] for each in told} == {"quanly", "ap1"}
    assert all("KHẨN" in each["content"]["text"].upper() for each in told)
    assert not any("Thạnh" in str(each) for each in told)
    await correct(leader, made, sensitive_shown="0", urgent_shown="1")
    async with db.begin() as session:
        assert len(list(await session.scalars(select(Outbound)))) == len(told)


async def test_closing_without_a_word_accepts_the_reading(
    db: Database, signed_in: SignedIn, made: Report
) -> None:
    await act(await signed_in("ap1"), made, "ket-thuc", outcome="resolved", text="")
    word = await correction(db, made)
    assert word is not None
    assert (word.category, word.sensitive, word.urgent) == (Category.SECURITY_ORDER, False, False)
    assert word.consent is Consent.NOT_ASKED


async def test_no_report_at_all_is_a_correction_too(
    db: Database, signed_in: SignedIn, made: Report
) -> None:
    leader = await signed_in("ap1")
    await act(leader, made, "ket-thuc", outcome="not_a_report", text="")
    word = await correction(db, made)
    assert word is not None
    assert (word.category, word.sensitive, word.urgent) == (Category.SMALL_TALK, None, False)
    page = await leader.get(f"/console/phan-anh/{made.code}")
    assert "Cho trợ lý học từ tin này?" in page.text
    assert "Không phải phản ánh" in page.text


async def test_what_no_model_read_teaches_nothing(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "lời không máy nào đọc")
        made.filed_category = made.filed_sensitive = made.filed_urgent = None
    await correct(await signed_in("ap1"), made)
    word = await correction(db, made)
    assert word is not None
    assert word.consent is Consent.NOT_ASKED


async def test_what_the_reporter_adds_does_not_change_what_the_model_read_first(
    db: Database, made: Report
) -> None:
    async with db.begin() as session:
        await service.become_clear(
            session,
            await session.get_one(Report, made.id),
            category=Category.DISPUTE,
            sensitive=True,
            urgent=True,
            managers_only=False,
        )
    now = await stored(db, made)
    assert now.category is Category.DISPUTE
    assert now.filed_category is Category.SECURITY_ORDER
    assert (now.filed_sensitive, now.filed_urgent) == (False, False)


async def test_a_picture_has_no_first_reading(db: Database, people: People) -> None:
    event = Event("web", "k", EventKind.MESSAGE, ChatKind.GROUP, "c", "s", files=(photo(),))
    async with db.begin() as session:
        made = await service.open_unread(session, event, uuid.uuid4())
        assert made.filed_category is None


# --- Consent --------------------------------------------------------------------------------------


async def test_nothing_is_kept_before_an_officer_says_so(
    db: Database, signed_in: SignedIn, made: Report
) -> None:
    leader = await signed_in("ap1")
    await correct(leader, made)
    page = (await leader.get(f"/console/phan-anh/{made.code}")).text
    assert f">{MASKED}</textarea>" in page
    word = await correction(db, made)
    assert word is not None
    assert word.text is None


async def test_what_an_officer_allows_is_masked_again_and_sealed(
    db: Database, signed_in: SignedIn, made: Report
) -> None:
    leader = await signed_in("ap1")
    await correct(leader, made)
    typed = "Ông [tên người] nhà kế bên đánh vợ\nanh Bảy Lùn 0987.654.321 thấy"
    answer = await act(leader, made, "hoc", text=typed)
    assert answer.headers["location"].endswith("?da=hoc")
    word = await correction(db, made)
    assert word is not None
    assert word.consent is Consent.GIVEN
    assert word.text == "Ông [tên người] nhà kế bên đánh vợ anh [tên người] [số điện thoại] thấy"
    async with db.begin() as session:
        raw = (await session.execute(text("SELECT corrections::text FROM corrections"))).scalar()
    assert "đánh vợ" not in str(raw)
    page = (await leader.get(answer.headers["location"])).text
    assert "Rút lại" in page
    assert "Nguyễn Văn Hải cho trợ lý học từ tin này" in page


async def test_no_is_remembered_and_may_be_thought_over(
    db: Database, signed_in: SignedIn, made: Report
) -> None:
    leader = await signed_in("ap1")
    await correct(leader, made)
    await act(leader, made, "khong-hoc")
    word = await correction(db, made)
    assert word is not None
    assert (word.consent, word.text) == (Consent.REFUSED, None)
    page = (await leader.get(f"/console/phan-anh/{made.code}")).text
    assert "Cho trợ lý học từ tin này?" not in page
    await act(leader, made, "hoc", text="đánh vợ")
    word = await correction(db, made)
    assert word is not None
    assert word.consent is Consent.GIVEN


async def test_consent_is_withdrawn_by_a_button(
    db: Database, signed_in: SignedIn, made: Report
) -> None:
    leader = await signed_in("ap1")
    await correct(leader, made)
    await act(leader, made, "hoc", text="đánh vợ")
    await act(leader, made, "khong-hoc")
    word = await correction(db, made)
    assert word is not None
    assert (word.consent, word.text) == (Consent.REFUSED, None)
    assert (await events(db, made))[-1] is EventType.LEARNING_WITHDRAWN


async def test_another_word_makes_nothing_of_the_consent(
    db: Database, signed_in: SignedIn, made: Report
) -> None:
    leader = await signed_in("ap1")
    await correct(leader, made)
    await act(leader, made, "hoc", text="đánh vợ")
    await correct(leader, made, category="dispute")
    word = await correction(db, made)
    assert word is not None
    assert (word.category, word.consent, word.text) == (Category.DISPUTE, Consent.ASKED, None)
    await correct(leader, made, category="security_order")
    word = await correction(db, made)
    assert word is not None
    assert word.consent is Consent.NOT_ASKED  # the assistant was right after all


@pytest.mark.parametrize("words", ["", "  ", "\u200b/"])
async def test_nothing_cannot_be_learnt(
    db: Database, signed_in: SignedIn, made: Report, words: str
) -> None:
    leader = await signed_in("ap1")
    await correct(leader, made)
    answer = await act(leader, made, "hoc", text=words)
    assert answer.status_code == 409
    assert "Chưa có nội dung" in answer.text


@pytest.mark.parametrize("action", ["hoc", "khong-hoc"])
async def test_nobody_is_asked_about_a_report_that_was_read_rightly(
    db: Database, signed_in: SignedIn, made: Report, action: str
) -> None:
    answer = await act(await signed_in("ap1"), made, action, text="đánh vợ")
    assert answer.status_code == 409
    assert await correction(db, made) is None


@pytest.mark.parametrize(
    ("filed", "said"),
    [
        (Category.POLICE_CONDUCT, Category.DISPUTE),
        (Category.DISPUTE, Category.POLICE_CONDUCT),
    ],
)
async def test_only_managers_let_it_learn_from_complaints_of_the_police(
    db: Database, people: People, signed_in: SignedIn, filed: Category, said: Category
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "lên làm giấy bị hẹn hoài", category=filed)
    manager, leader = await signed_in("quanly"), await signed_in("ap1")
    await correct(manager, made, category=said.value, for_leader="1")
    readable = said is not Category.POLICE_CONDUCT
    page = await leader.get(f"/console/phan-anh/{made.code}")
    assert page.is_success is readable
    assert "Cho trợ lý học" not in page.text
    for action in ("hoc", "khong-hoc"):
        other = "/console/phan-anh/" + made.code if readable else "/console"
        path = f"/console/phan-anh/{made.code}/{action}"
        answer = await leader.submit(path, page=other, text="lên làm giấy")
        assert answer.status_code == (409 if readable else 404)
    word = await correction(db, made)
    assert word is not None
    assert word.consent is Consent.ASKED
    assert (await act(manager, made, "hoc", text="lên làm giấy bị hẹn")).status_code == 303
    word = await correction(db, made)
    assert word is not None
    assert word.consent is Consent.GIVEN


@pytest.mark.parametrize("action", ["doi-loai", "hoc", "khong-hoc"])
async def test_a_forged_form_does_nothing(
    db: Database, signed_in: SignedIn, made: Report, action: str
) -> None:
    leader = await signed_in("ap1")
    await correct(leader, made)
    fields = {"category": "dispute", "text": "đánh vợ"}
    for token in ({}, {"_csrf_token": "a" * 128}):
        path = f"/console/phan-anh/{made.code}/{action}"
        answer = await leader.post(path, data=fields | token)
        assert answer.status_code == 403
    word = await correction(db, made)
    assert word is not None
    assert (word.category, word.consent) == (Category.CRIME_INCIDENT, Consent.ASKED)


# --- Masking --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("gọi 0912345678 nha", "gọi [số điện thoại] nha"),
        ("gọi sđt:+84 912-345-678", "gọi sđt:[số điện thoại]"),
        ("gọi ０９１２３４５６７８", "gọi [số điện thoại]"),
        ("máy bàn 0251.3.822.999", "máy bàn [số điện thoại]"),
        ("cccd 070123456789", "cccd [số giấy tờ]"),
        ("stk 1903 4567 8901 23 Techcombank", "stk [số giấy tờ] Techcombank"),
        ("xe 93P1-234.56 với 60a 12345", "xe [biển số xe] với [biển số xe]"),
        ("link HTTPS://vay-nong.vn/abc", "link [đường dẫn]"),
        ("thư tu.thanh@mail.vn", "thư [thư điện tử]"),
        ("anh Nguyễn Văn Tèo đánh bà Bảy", "anh [tên người] đánh bà [tên người]"),
        ("Trần Thị Lan nợ tiền", "[tên người] nợ tiền"),
        ("nhà tên là Khánh bán pháo", "nhà tên là [tên người] bán pháo"),
        ("anh Công an xã đòi 500.000 đồng", "anh Công an xã đòi 500.000 đồng"),
        ("mất 3.250.000đ với 1200000 đồng", "mất 3.250.000đ với 1200000 đồng"),
        ("sđt0912345678", "sđt[số giấy tờ]"),
        ("mất 5.000.000 hôm 12/10/2025", "mất 5.000.000 hôm 12/10/2025"),
        ("dòng một\n\tdòng hai\x85dòng ba\u2028hết", "dòng một dòng hai dòng ba hết"),
        ('/nuke{"a": 1}', 'nuke{"a": 1}'),
        ("[nhãn](tệp) [a][b] [c]{d}", "[nhãn] (tệp) [a] [b] [c] {d}"),
    ],
)
def test_what_points_at_somebody_is_masked(words: str, line: str) -> None:
    assert masked(words) == line


def test_what_the_reports_messages_named_is_masked_wherever_it_stands() -> None:
    details = [
        {"entity": "person", "start": 90, "end": 99, "text": "anh tuấn lùn", "value": "?"},
        {"entity": "hamlet", "start": 0, "end": 4, "text": "ấp 3", "value": "Ấp 3"},
        {"entity": "address", "start": 0, "end": 9, "text": "hẻm 5", "value": "hẻm 5"},
    ]
    words = "ở ấp 3 có Anh Tuấn Lùn hay chửi, tối anh tuấn lùn về hẻm 5, không phải hẻm 57"
    line = "ở ấp 3 có [tên người] hay chửi, tối [tên người] về [địa chỉ nhà], không phải hẻm 57"
    assert masked(words, details) == line
    assert masked(line, details) == line


async def test_the_page_masks_what_the_model_found(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    words = "tối qua chú sáu lùn đánh con"
    found = Detail("person", 8, 19, "chú sáu lùn", "chú sáu lùn")
    async with db.begin() as session:
        made = await report(session, people, words, details=(found,))
    leader = await signed_in("ap1")
    await correct(leader, made)
    page = await leader.get(f"/console/phan-anh/{made.code}")
    assert ">tối qua [tên người] đánh con</textarea>" in page.text
    await act(leader, made, "hoc", text="chú sáu lùn đánh con")
    word = await correction(db, made)
    assert word is not None
    assert word.text == "[tên người] đánh con"


@given(st.text(max_size=300))
def test_any_words_become_one_line_and_masking_twice_changes_nothing(words: str) -> None:
    line = masked(words)
    assert len(line.splitlines()) <= 1
    assert line == line.strip()
    assert masked(line) == line


def test_a_candidate_is_short() -> None:
    assert len(masked("à " * 5000)) <= MAX_LEARNED
