"""What an officer sends a reporter from the report's page, and when the assistant keeps quiet."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from bot.channels.base import AttachmentKind
from bot.db import Database, now
from bot.messages.models import Conversation, Outbound
from bot.reports import service
from bot.reports.models import Attachment, EventType, Report, Status
from bot.reports.quiet import TYPING
from bot.reports.sent_files import MAX_SENT, as_upload
from tests.console.fixtures import SignedIn
from tests.console.people import People, report
from tests.console.site import Browser
from tests.pictures import JPEG, SECRET, exif, picture
from tests.reports.test_report_page import act, events, stored

PHOTO = ("xe.jpg", JPEG, "image/jpeg")


@pytest.fixture
async def code(db: Database, people: People) -> str:
    async with db.begin() as session:
        return (await report(session, people, "Xóm tôi ồn ào suốt đêm")).code


async def send(
    browser: Browser, code: str, text: str, file: tuple[str, bytes, str] | None = None
) -> httpx.Response:
    """The reply form, as a browser sends it: an empty file where none was chosen."""
    page = f"/console/phan-anh/{code}"
    token = re.search(r'name="_csrf_token" value="(\w+)"', (await browser.get(page)).text)
    assert token
    return await browser.post(
        f"{page}/tra-loi",
        data={"_csrf_token": token[1], "text": text},
        files={"file": file or ("", b"", "application/octet-stream")},
    )


async def outbound(db: Database) -> list[tuple[str, bool]]:
    """What is on its way: the words, and whether a file goes with them."""
    async with db.begin() as session:
        rows = (await session.scalars(select(Outbound).order_by(Outbound.turn))).all()
    return [(r.payload["content"]["text"], "file" in r.payload) for r in rows if r.payload]


async def only_words(db: Database, code: str) -> None:
    """Let the reporter write from a chat that takes no files."""
    async with db.begin() as session:
        made = (await session.scalars(select(Report).where(Report.code == code))).one()
        talk = await session.get_one(Conversation, made.conversation_id)
        talk.channel = "zalo_bot"


async def test_words_and_a_photo_go_to_the_reporter_as_the_officers(
    db: Database, signed_in: SignedIn, code: str
) -> None:
    officer = await signed_in("ap1")
    assert (await send(officer, code, "Xe này phải không?", PHOTO)).status_code == 303
    assert await outbound(db) == [
        (f"Cán bộ Nguyễn Văn Hải trả lời ({code}):\nXe này phải không?", False),
        (f"Cán bộ Nguyễn Văn Hải gửi kèm tệp này ({code}).", True),
    ]
    page = (await officer.get(f"/console/phan-anh/{code}")).text
    address = re.search(rf"/console/phan-anh/{code}/tep/[\w-]+", page)
    assert address
    assert "Nguyễn Văn Hải gửi" in page
    assert (await officer.get(address[0])).content == JPEG
    assert (await (await signed_in("ap2")).get(address[0])).status_code == 404


async def test_a_photo_needs_no_words(db: Database, signed_in: SignedIn, code: str) -> None:
    answer = await send(await signed_in("ap1"), code, "", PHOTO)
    assert answer.status_code == 303
    assert await outbound(db) == [(f"Cán bộ Nguyễn Văn Hải gửi kèm tệp này ({code}).", True)]
    assert (await events(db, code))[-1] is EventType.TO_REPORTER


async def test_words_need_no_photo(db: Database, signed_in: SignedIn, code: str) -> None:
    assert (await send(await signed_in("ap1"), code, "Dạ")).status_code == 303
    assert len(await outbound(db)) == 1


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (("xe.jpg", b"\xff\xd8\xff" + b"0" * MAX_SENT, "image/jpeg"), "Tệp lớn quá 10 MB."),
        (("xe.jpg", b"MZ\x90 program", "image/jpeg"), "Chỉ gửi được hình (JPG, PNG"),
        (("trang.html", b"<html><script>", "text/html"), "Chỉ gửi được hình (JPG, PNG"),
        (("hinh.svg", b"<svg xmlns=", "image/svg+xml"), "Chỉ gửi được hình (JPG, PNG"),
        (("nen.zip", b"PK\x03\x04 zip", "application/zip"), "Chỉ gửi được hình (JPG, PNG"),
        (("rong.pdf", b"", "application/pdf"), "Tệp không có nội dung."),
        (("xe.jpg", JPEG[:300], "image/jpeg"), "Hình này không đọc được"),
    ],
)
async def test_a_file_that_may_not_go_is_refused_and_what_was_typed_is_still_there(
    db: Database, signed_in: SignedIn, code: str, file: tuple[str, bytes, str], why: str
) -> None:
    answer = await send(await signed_in("ap1"), code, "Lời đã gõ", file)
    assert answer.status_code == 409
    assert why in answer.text
    assert ">Lời đã gõ</textarea>" in answer.text
    assert await outbound(db) == []
    async with db.begin() as session:
        assert (await session.scalars(select(Attachment))).all() == []


@pytest.mark.parametrize(
    ("name", "declared", "content", "kind", "mime"),
    [
        ("a.png", "", b"\x89PNG\r\n\x1a\n..", AttachmentKind.PHOTO, "image/png"),
        ("a.pdf", "text/html", b"%PDF-1.7", AttachmentKind.FILE, "application/pdf"),
        ("a.ogg", "", b"OggS....", AttachmentKind.VOICE, "audio/ogg"),
        ("a.mp3", "", b"ID3....", AttachmentKind.FILE, "audio/mpeg"),
        (
            "Tờ khai CT01.DOCX",
            "",
            b"PK\x03\x04....",
            AttachmentKind.FILE,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
def test_a_file_is_what_its_first_bytes_say(
    name: str, declared: str, content: bytes, kind: AttachmentKind, mime: str
) -> None:
    upload = as_upload(name, declared, content)
    assert (upload.kind, upload.mime, upload.name) == (kind, mime, name)


async def test_an_officers_photo_goes_without_where_he_took_it(
    db: Database, signed_in: SignedIn, code: str
) -> None:
    taken = picture("JPEG", exif=exif(), comment=SECRET)
    assert SECRET in taken
    answer = await send(await signed_in("ap1"), code, "", ("xe.jpg", taken, "image/jpeg"))
    assert answer.status_code == 303
    async with db.begin() as session:
        sent = (
            await session.scalars(select(Attachment).options(undefer(Attachment.content)))
        ).one()
    assert sent.content
    assert SECRET not in sent.content
    assert sent.size == len(sent.content)


async def test_where_files_cannot_go_the_form_says_so_before(
    db: Database, signed_in: SignedIn, code: str
) -> None:
    officer = await signed_in("ap1")
    assert 'type="file"' in (await officer.get(f"/console/phan-anh/{code}")).text
    await only_words(db, code)
    page = (await officer.get(f"/console/phan-anh/{code}")).text
    assert 'type="file"' not in page
    assert "chỉ nhận được chữ" in page
    answer = await send(officer, code, "Lời đã gõ", PHOTO)  # an older page still had it
    assert answer.status_code == 409
    assert "không gửi hình hay tệp qua đó được" in answer.text
    assert ">Lời đã gõ</textarea>" in answer.text
    assert await outbound(db) == []


async def beat(browser: Browser, code: str) -> int:
    """What the page sends while its officer writes."""
    page = await browser.get(f"/console/phan-anh/{code}")
    token = re.search(r'name="_csrf_token" value="(\w+)"', page.text)
    headers = {"x-csrftoken": token[1] if token else ""}
    return (await browser.post(f"/console/phan-anh/{code}/dang-viet", headers=headers)).status_code


async def test_while_an_officer_writes_the_assistant_keeps_quiet_and_nothing_is_noted(
    db: Database, signed_in: SignedIn, code: str
) -> None:
    officer = await signed_in("ap1")
    before = await events(db, code)
    assert await beat(officer, code) == 204
    made = await stored(db, code)
    assert made.quiet_until
    assert timedelta() < made.quiet_until - now() <= TYPING
    assert await events(db, code) == before
    assert made.status is Status.NEW
    assert "Trợ lý đang im lặng" in (await officer.get(f"/console/phan-anh/{code}")).text


async def test_writing_on_does_not_shorten_the_quiet_after_his_words(
    db: Database, signed_in: SignedIn, code: str
) -> None:
    officer = await signed_in("ap1")
    await send(officer, code, "Dạ")
    until = (await stored(db, code)).quiet_until
    await beat(officer, code)
    assert (await stored(db, code)).quiet_until == until


async def test_nobody_else_can_silence_the_assistant(
    db: Database, signed_in: SignedIn, code: str
) -> None:
    other = await signed_in("ap2")
    page = await other.get("/console")
    token = re.search(r'name="_csrf_token" value="(\w+)"', page.text)
    assert token
    for action in ("dang-viet", "giao-lai", "ghi-chu"):
        answer = await other.post(
            f"/console/phan-anh/{code}/{action}", data={"_csrf_token": token[1], "text": "x"}
        )
        assert answer.status_code == 404
    assert (await stored(db, code)).quiet_until is None
    assert await events(db, code) == [EventType.CREATED]


async def test_handed_back_the_assistant_speaks_again_at_once(
    db: Database, signed_in: SignedIn, code: str
) -> None:
    officer = await signed_in("ap1")
    await send(officer, code, "Dạ")
    assert "Giao lại cho trợ lý" in (await officer.get(f"/console/phan-anh/{code}")).text
    answer = await act(officer, code, "giao-lai")
    assert answer.headers["location"].endswith("?da=giao-lai")
    assert not service.officer_speaks(await stored(db, code))
    page = (await officer.get(f"/console/phan-anh/{code}")).text
    assert "Nguyễn Văn Hải giao lại cho trợ lý" in page
    assert "data-quiet" not in page
    await act(officer, code, "giao-lai")  # pressed on a page that was open too long
    assert (await events(db, code)).count(EventType.HANDED_BACK) == 1


async def test_a_closed_report_keeps_nobody_quiet(
    db: Database, signed_in: SignedIn, code: str
) -> None:
    officer = await signed_in("ap1")
    await act(officer, code, "ket-thuc", outcome="resolved")
    assert await beat(officer, code) == 204
    assert (await stored(db, code)).quiet_until is None


def test_what_goes_to_a_reporter_is_named_as_what_it_is() -> None:
    pdf = b"%PDF-1.7"
    assert as_upload("../..\\giấy\u202efdp.html", "", pdf).name == "giấyfdp.html.pdf"
    assert as_upload("hình.JPEG", "", JPEG).name == "hình.JPEG"
    assert as_upload("", "", JPEG).name == "tep.jpg"


async def test_words_that_nobody_sees_are_none(code: str, signed_in: SignedIn) -> None:
    answer = await send(await signed_in("ap1"), code, "\u200b\u202e\x01")
    assert answer.status_code == 409
