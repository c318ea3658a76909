"""Files that came with a report."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels import web_files
from bot.channels.base import AttachmentKind, RemoteFile, Upload
from bot.channels.web import WebChannel
from bot.db import Database
from bot.reports import attachments, queue
from bot.reports.models import Attachment, EventType, ReportEvent
from bot.settings import Settings
from tests.console.fixtures import SignedIn
from tests.console.people import People, photo, report
from tests.pictures import JPEG, SECRET, exif, picture


async def keep(db: Database, people: People, **values: object) -> str:
    """A report of hamlet 1 with one file; returns the file's address."""
    async with db.begin() as session:
        made = await report(session, people, "kèm tệp")
        known = {"kind": AttachmentKind.FILE, "channel": "web", "content": b"<script>1</script>"}
        file = Attachment(report_id=made.id, **(known | values))
        session.add(file)
        await session.flush()
        return f"/console/phan-anh/{made.code}/tep/{file.id}"


@pytest.mark.parametrize(
    ("mime", "served", "shown"),
    [
        ("image/jpeg", "image/jpeg", "inline"),
        ("image/png; x=y", "image/png", "inline"),
        ("IMAGE/WEBP", "image/webp", "inline"),
        ("image/svg+xml", "application/octet-stream", "attachment"),
        ("text/html", "application/octet-stream", "attachment"),
        ("application/pdf", "application/pdf", "inline"),
        ("application/xhtml+xml", "application/octet-stream", "attachment"),
        ("audio/ogg", "audio/ogg", "attachment"),
        ("video/mp4", "video/mp4", "attachment"),
        ("", "application/octet-stream", "attachment"),
        ("image/png\r\nx-evil: 1", "application/octet-stream", "attachment"),
    ],
)
async def test_only_pictures_and_papers_are_shown_and_nothing_runs(
    db: Database, people: People, signed_in: SignedIn, mime: str, served: str, shown: str
) -> None:
    address = await keep(db, people, mime=mime, name="ten.bin")
    answer = await (await signed_in("ap1")).get(address)
    assert answer.content == b"<script>1</script>"
    assert answer.headers["content-type"] == served
    assert answer.headers["content-disposition"].startswith(f"{shown};")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "no-store" in answer.headers["cache-control"]
    assert "x-evil" not in answer.headers


@pytest.mark.parametrize(
    "name", ["", "sơ đồ.pdf", 'a"; filename="evil.html', "a\r\nx-evil: 1", "../../etc/passwd"]
)
async def test_a_name_cannot_break_the_header(
    db: Database, people: People, signed_in: SignedIn, name: str
) -> None:
    address = await keep(db, people, name=name)
    headers = (await (await signed_in("ap1")).get(address)).headers
    assert "x-evil" not in headers
    assert headers["content-disposition"].count('"') == 2
    assert "/" not in headers["content-disposition"]


async def test_files_of_reports_one_may_not_read_are_not_there(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    address = await keep(db, people)
    assert (await (await signed_in("ap2")).get(address)).status_code == 404
    assert (await (await signed_in("quanly")).get(address)).status_code == 200


async def test_a_file_belongs_to_its_report_only(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    address = await keep(db, people)
    async with db.begin() as session:
        other = await report(session, people, "khác")
    file_id = address.rpartition("/")[2]
    officer = await signed_in("quanly")
    assert (await officer.get(f"/console/phan-anh/{other.code}/tep/{file_id}")).status_code == 404
    assert (await officer.get(f"/console/phan-anh/{other.code}/tep/{uuid.uuid4()}")).is_error


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"content": None, "ref": "x"}, "đang tải về"),
        ({"content": None, "ref": "x", "error": "gone"}, "không tải về được"),
        ({"mime": "image/png", "kind": AttachmentKind.PHOTO}, "<img "),
        ({"mime": "audio/ogg", "kind": AttachmentKind.VOICE}, "<audio "),
        ({"mime": "audio/mpeg", "name": "ghi-am.mp3"}, "<audio "),
        ({"mime": "video/mp4", "kind": AttachmentKind.VIDEO}, "<video "),
        ({"name": "đơn.pdf", "mime": "application/pdf"}, "Mở xem"),
        ({"name": "đơn.docx"}, "Tải về"),
    ],
)
async def test_the_page_says_what_became_of_a_file(
    db: Database, people: People, signed_in: SignedIn, values: dict[str, object], told: str
) -> None:
    address = await keep(db, people, **values)
    page = (await (await signed_in("ap1")).get(address.partition("/tep/")[0])).text
    assert told in page
    assert (address in page) is (values.get("content", b"") is not None)


async def test_a_file_that_cannot_be_had_is_said_so_once(db: Database, people: People) -> None:
    address = await keep(db, people, content=None, ref="gone")
    file_id = uuid.UUID(address.rpartition("/")[2])
    services: Any = SimpleNamespace(db=db)
    for _ in range(2):  # a step may run twice
        await attachments.give_up(services, file_id, "file_gone")
    async with db.begin() as session:
        lost = select(ReportEvent).where(ReportEvent.type == EventType.ATTACHMENT_LOST)
        assert len((await session.scalars(lost)).all()) == 1


async def test_a_file_is_saved_under_an_ending_that_does_not_belie_it(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    address = await keep(db, people, mime="application/pdf", name="giay.html")
    answer = await (await signed_in("ap1")).get(address)
    assert 'filename="giay.html.pdf"' in answer.headers["content-disposition"]


async def test_a_name_keeps_no_path_and_nothing_that_turns_its_letters(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "", files=(photo("../../nh\u202egnp\x01à.exe"),))
        [file] = await queue.attachments(session, made)
    assert file.name == "nhgnpà.exe"


async def test_a_picture_is_shown_small_and_opens_large(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    large = picture("JPEG", (1200, 900))
    address = await keep(db, people, mime="image/jpeg", kind=AttachmentKind.PHOTO, content=large)
    officer = await signed_in("ap1")
    page = (await officer.get(address.partition("/tep/")[0])).text
    assert f'src="{address}/nho"' in page
    assert f'href="{address}"' in page
    small = await officer.get(f"{address}/nho")
    assert len(small.content) < len(large) / 2
    assert small.headers["content-type"] == "image/jpeg"
    assert "sandbox" in small.headers["content-security-policy"]
    assert (await (await signed_in("ap2")).get(f"{address}/nho")).status_code == 404


async def test_a_player_gets_the_part_it_asks_for(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    address = await keep(db, people, mime="video/mp4", content=b"0123456789")
    officer = await signed_in("ap1")
    for asked, got in (
        ("bytes=2-4", b"234"),
        ("bytes=7-", b"789"),
        ("bytes=0-99", b"0123456789"),
    ):
        answer = await officer.get(address, headers={"range": asked})
        assert (answer.status_code, answer.content) == (206, got)
        assert answer.headers["content-range"].endswith("/10")
    for amiss in ("bytes=10-", "bytes=5-2", "bytes=-3", "lines=1-2", "bytes=1-2,4-5"):
        answer = await officer.get(address, headers={"range": amiss})
        assert (answer.status_code, len(answer.content)) == (200, 10)


async def fetched(
    db: Database, settings: Settings, people: People, content: bytes, mime: str = "image/jpeg"
) -> tuple[str, Attachment]:
    """A report with this file as its photo, fetched as in the background; also its address."""
    async with db.begin() as session:
        upload = Upload(AttachmentKind.PHOTO, "anh.jpg", mime, content)
        waiting = await web_files.keep(session, "somebody", upload, web_files.LIFE)
        sent = RemoteFile(AttachmentKind.PHOTO, str(waiting.id), name="anh.jpg", mime=mime)
        made = await report(session, people, "kèm hình", files=(sent,))
        [file] = await queue.attachments(session, made)
    services: Any = SimpleNamespace(db=db, channels={"web": WebChannel(db, settings)})
    await attachments.fetch(services, file.id)
    async with db.begin() as session:
        kept = await session.get_one(Attachment, file.id)
        await session.refresh(kept, ["content"])
    return f"/console/phan-anh/{made.code}/tep/{file.id}", kept


async def test_a_reporters_photo_is_kept_without_where_it_was_taken(
    db: Database, people: People, settings: Settings
) -> None:
    _, kept = await fetched(db, settings, people, picture("JPEG", exif=exif(), comment=SECRET))
    assert kept.content
    assert SECRET not in kept.content
    assert b"Exif" not in kept.content
    assert (kept.size, kept.mime, kept.uncleaned) == (len(kept.content), "image/jpeg", False)


async def test_a_photo_that_cannot_be_cleaned_is_not_lost_but_only_saved(
    db: Database, people: People, settings: Settings, signed_in: SignedIn
) -> None:
    broken = picture("JPEG", (400, 300), exif=exif())[:900]
    address, kept = await fetched(db, settings, people, broken)
    assert (kept.content, kept.uncleaned) == (broken, True)
    officer = await signed_in("ap1")
    page = (await officer.get(address.partition("/tep/")[0])).text
    assert "Hình chỉ để tải về" in page
    assert "<img " not in page
    answer = await officer.get(address)
    assert answer.content == broken
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert (await officer.get(f"{address}/nho")).status_code == 404


async def test_a_photo_that_is_clean_stays_as_it_is(
    db: Database, people: People, settings: Settings
) -> None:
    _, kept = await fetched(db, settings, people, JPEG)
    assert kept.content == JPEG
