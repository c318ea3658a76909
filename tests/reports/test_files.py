"""Files that came with a report."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.base import AttachmentKind
from bot.db import Database
from bot.reports import attachments, queue
from bot.reports.models import Attachment, EventType, ReportEvent
from tests.console.fixtures import SignedIn
from tests.console.people import People, photo, report


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
        ("application/pdf", "application/octet-stream", "attachment"),
        ("application/xhtml+xml", "application/octet-stream", "attachment"),
        ("audio/ogg", "audio/ogg", "attachment"),
        ("video/mp4", "video/mp4", "attachment"),
        ("", "application/octet-stream", "attachment"),
        ("image/png\r\nx-evil: 1", "application/octet-stream", "attachment"),
    ],
)
async def test_only_pictures_are_shown_and_nothing_runs(
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
        ({"name": "đơn.pdf"}, "đơn.pdf"),
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
