"""What tells who somebody is: hidden on a report's page until an officer asks for it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.audit.models import Action, AuditEntry
from bot.channels.base import AttachmentKind, RemoteFile
from bot.db import Database, now
from bot.groups.models import Officer
from bot.messages import own_data
from bot.nlu import kinds
from bot.reports import anonymity, internal_notes, learning
from bot.reports.models import AtReport, Attachment, Report, Status
from bot.reports.service import MOST_DETAILS, prefill
from bot.reports.word_search import search
from bot.triage.details import Detail
from tests.console.fixtures import SignedIn
from tests.console.people import People, one_more_message, report
from tests.reports.test_report_page import act, events, stored

WORDS = "Tôi là Ba Lành, thấy xe 93P1-234.56 của chú Bảy ở cầu Bà Tư, gọi 0912 345 678"
DETAILS = (
    Detail(kinds.PLATE, 24, 35, "93P1-234.56", "93P123456"),
    Detail(kinds.PERSON, 40, 47, "chú Bảy", "chú Bảy"),
    Detail(kinds.PLACE, 50, 59, "cầu Bà Tư", "cầu Bà Tư"),
    Detail(kinds.PHONE, 65, 77, "0912 345 678", "0912345678"),
)
PRIVATE = ("Ba Lành", "234.56", "0912 345", "0900000123", "079085012345")


@pytest.fixture
async def code(db: Database, people: People) -> str:
    """A report full of what tells who somebody is; its file and its notes too."""
    sent = RemoteFile(AttachmentKind.FILE, "ref", name="CCCD_079085012345.pdf")
    async with db.begin() as session:
        made = await report(session, people, WORDS, details=DETAILS, files=(sent,))
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        await internal_notes.write(session, made, leader, "Đã gọi 0912 345 678, hẹn chiều")
        file = (await session.execute(select(Attachment))).scalar_one()
        file.ref, file.content, file.mime = None, b"%PDF-1.7", "application/pdf"
        return made.code


async def test_names_and_numbers_are_not_in_the_page(code: str, signed_in: SignedIn) -> None:
    officer = await signed_in("ap1")
    for path in ("", "/dien-bien", "?xem=hoi-thoai"):
        page = (await officer.get(f"/console/phan-anh/{code}{path}")).text
        for private in PRIVATE:
            assert private not in page, path
        for left in ("C••• B••• L•••", "09••••678", "09••••123", "cầu Bà Tư", "chú Bảy"):
            assert left in page, path
        assert "tel:" not in page


async def test_nor_in_the_name_under_which_a_file_is_saved(
    db: Database, code: str, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        file = (await session.execute(select(Attachment))).scalar_one()
    officer = await signed_in("ap1")
    address = f"/console/phan-anh/{code}/tep/{file.id}"
    assert "079085012345" not in str((await officer.get(address)).headers)
    await act(officer, code, "hien-day-du")
    assert "079085012345" in str((await officer.get(address)).headers)


async def test_one_press_shows_all_of_it_to_him_alone_and_is_logged(
    db: Database, code: str, signed_in: SignedIn
) -> None:
    leader, manager = await signed_in("ap1"), await signed_in("quanly")
    before = await events(db, code)
    answer = await act(leader, code, "hien-day-du")
    assert answer.headers["location"] == f"/console/phan-anh/{code}?da=hien-day-du"
    for path in ("", "/dien-bien"):
        page = (await leader.get(f"/console/phan-anh/{code}{path}")).text
        for private in PRIVATE:
            assert private in page, path
        assert "tel:0900000123" in page
        assert "0912 345" not in (await manager.get(f"/console/phan-anh/{code}{path}")).text
    async with db.begin() as session:
        query = select(AuditEntry).where(AuditEntry.action == Action.PERSONAL_SHOWN)
        [entry] = (await session.scalars(query)).all()
    assert entry.report_code == code
    assert entry.officer
    assert entry.officer.username == "ap1"
    assert entry.address
    assert await events(db, code) == before  # looking is no event of the report


async def test_it_is_hidden_again_by_a_press_and_by_itself(
    db: Database, code: str, signed_in: SignedIn
) -> None:
    officer = await signed_in("ap1")
    await act(officer, code, "hien-day-du")
    await act(officer, code, "che-lai")
    assert "0912 345" not in (await officer.get(f"/console/phan-anh/{code}")).text
    await act(officer, code, "hien-day-du")
    async with db.begin() as session:
        await session.execute(update(AtReport).values(sees_until=now() - timedelta(seconds=1)))
    assert "0912 345" not in (await officer.get(f"/console/phan-anh/{code}/dien-bien")).text


async def test_nobody_sees_more_of_a_report_that_he_may_not_read(
    db: Database, code: str, signed_in: SignedIn
) -> None:
    other = await signed_in("ap2")
    answer = await other.submit(f"/console/phan-anh/{code}/hien-day-du", page="/console", go="1")
    assert answer.status_code == 404
    async with db.begin() as session:
        assert (await session.scalars(select(AtReport))).all() == []


async def test_looking_is_not_dealing_with_it(
    db: Database, code: str, signed_in: SignedIn, people: People
) -> None:
    """A report that nobody dealt with can still be taken back."""
    async with db.begin() as session:
        made = await report(session, people, "Ồn quá")
    await act(await signed_in("ap1"), made.code, "hien-day-du")
    async with db.begin() as session:
        again = (await session.scalars(select(Report).where(Report.code == made.code))).one()
        assert again.conversation
        await own_data.erase(session, again.conversation)
    assert (await stored(db, made.code)).status is Status.CLOSED


async def test_an_anonymous_reporters_name_stays_hidden_whoever_asks(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        made = await report(session, people, WORDS, details=DETAILS)
        await anonymity.hide(session, made)
        alias = anonymity.alias_of(made)
    for role in ("ap1", "quanly"):
        officer = await signed_in(role)
        assert "Ba Lành" not in (await officer.get(f"/console/phan-anh/{made.code}")).text
        await act(officer, made.code, "hien-day-du")
        page = (await officer.get(f"/console/phan-anh/{made.code}")).text
        assert "Ba Lành" not in page
        assert "0900000123" not in page
        assert "0912 345 678" in page
        assert alias in page


async def test_the_queue_and_its_suggestions_show_no_number(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        for _ in range(2):
            await report(session, people, "Đường hư chỗ cầu Bà Tư, gọi 0912 345 678 nha cán bộ")
    officer = await signed_in("ap1")
    queue = (await officer.get("/console")).text
    assert "Đường hư chỗ cầu" in queue
    assert "0912 345" not in queue


async def test_a_page_that_hides_nothing_offers_nothing(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "Ồn quá", private=False, name="")
    assert (
        "hien-day-du"
        not in (await (await signed_in("ap1")).get(f"/console/phan-anh/{made.code}")).text
    )


async def test_what_is_named_is_marked_in_the_reporters_words_and_told_below(
    code: str, signed_in: SignedIn
) -> None:
    page = (await (await signed_in("ap1")).get(f"/console/phan-anh/{code}")).text
    said = '<mark class="said-place"><span class="visually-hidden">nơi: </span>cầu Bà Tư</mark>'
    assert said in page
    for legend in ("Nơi chốn", "Tên người", "Số điện thoại, giấy tờ, biển số, tài khoản"):
        assert legend in page
    assert "Số tiền" not in page


async def test_words_are_never_markup(db: Database, people: People, signed_in: SignedIn) -> None:
    bad: Any = Detail(kinds.PLACE, 0, 5, "<b>ở</b>", "x")
    async with db.begin() as session:
        made = await report(session, people, "<script>1</script> <b>ở</b>", details=(bad,))
        await one_more_message(session, made, "tối <i>qua</i>")
    page = (await (await signed_in("ap1")).get(f"/console/phan-anh/{made.code}")).text
    assert "<script>1" not in page
    assert "&lt;b&gt;ở&lt;/b&gt;</mark>" in page
    assert "<i>qua" not in page


@pytest.mark.parametrize("anonymous", [True, False])
async def test_what_a_reporter_calls_himself_shows_nowhere_beside_the_page(
    db: Database, people: People, signed_in: SignedIn, anonymous: bool
) -> None:
    text = "tui la Sau Luom nha o goc me, nha ben hat karaoke on qua"
    async with db.begin() as session:
        made = await report(session, people, text, name="Chú Sáu Lượm")
        made.anonymous = anonymous
        made.conversation.member.name = "Chú Sáu Lượm"
    page = (await (await signed_in("ap1")).get("/console")).text
    assert "nha ben hat karaoke" in page
    assert "Luom" not in page
    async with db.begin() as session:
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        found = await session.get_one(Report, made.id)
        assert "Luom" not in await learning.masked_words(session, found)
        assert not (await search(session, leader, "sáu lượm")).rows
        assert not (await search(session, leader, "luom")).rows
        assert (await search(session, leader, "karaoke ồn")).rows


async def test_what_a_flood_names_is_kept_once_and_up_to_a_limit(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "biển số 93P1-234.56", details=DETAILS[:1])
        for n in (1, 1, *range(1, MOST_DETAILS + 9)):
            named = Detail(kinds.PERSON, 0, 9, f"chú Bảy {n}", f"chú Bảy {n}")
            await prefill(session, made, uuid.uuid4(), [named])
        assert made.details is not None
        texts = [detail["text"] for detail in made.details if detail["entity"] == kinds.PERSON]
    assert texts == [f"chú Bảy {n}" for n in range(1, MOST_DETAILS)]
