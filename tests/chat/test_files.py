"""Photos, sound and papers: taken in, handed on, and gone."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.channels import web_files
from bot.channels.base import AttachmentKind, ChatKind, Permanent, Target
from bot.channels.web_files import AFTER_FETCH, mime_of
from bot.channels.web_models import WebFile
from bot.db import now
from tests.chat.conftest import AP_1, Gateway, Visit
from tests.pictures import JPEG, SECRET, exif, picture

GROUP = Target(ChatKind.GROUP, AP_1)


@pytest.mark.parametrize(
    ("content", "declared", "mime"),
    [
        (JPEG, "", "image/jpeg"),
        (JPEG, "text/html", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "", "image/png"),
        (b"RIFF....WEBPVP8 ", "", "image/webp"),
        (b"\0\0\0\x18ftypheic....", "", "image/heic"),
        (b"%PDF-1.7", "", "application/pdf"),
        (b"OggS....", "", "audio/ogg"),
        (b"RIFF....WAVEfmt ", "", "audio/wav"),
        (b"\0\0\0\x18ftypM4A ....", "", "audio/mp4"),
        (b"\0\0\0\x18ftypisom....", "audio/mp4", "audio/mp4"),
        (b"\x1a\x45\xdf\xa3....", "audio/webm;codecs=opus", "audio/webm"),
        (b"\x1a\x45\xdf\xa3....", "video/webm", None),
        (b"\0\0\0\x18ftypisom....", "video/mp4", None),
        (b"<html><script>", "image/png", None),
        (b"<svg xmlns=", "image/svg+xml", None),
        (b"MZ\x90\0", "application/pdf", None),
        (b"", "image/jpeg", None),
    ],
)
def test_a_file_is_what_its_first_bytes_say(
    content: bytes, declared: str, mime: str | None
) -> None:
    assert mime_of(content, declared) == mime


async def test_a_photo_goes_with_a_message_and_can_be_fetched(
    gateway: Gateway, visit: Visit
) -> None:
    resident = await visit("Cô Sáu")
    page = await resident.open()
    uploaded = (await resident.upload(JPEG, "cây đổ.jpg", "image/jpeg")).json()
    await page.say("", view="private", files=[uploaded["id"]])
    [event] = await gateway.events()
    [file] = event.files
    assert (file.kind, file.name, file.size) == (AttachmentKind.PHOTO, "cây đổ.jpg", len(JPEG))
    fetched = await gateway.channel.fetch(file.ref)
    assert (fetched.content, fetched.mime) == (JPEG, "image/jpeg")


async def test_a_photo_loses_where_it_was_taken_before_anybody_sees_it(
    gateway: Gateway, visit: Visit
) -> None:
    resident = await visit("Cô Sáu")
    taken = picture("JPEG", exif=exif(), comment=SECRET)
    uploaded = (await resident.upload(taken, "a.jpg", "image/jpeg")).json()
    shown = (await resident.http.get(f"/chat/files/{uploaded['id']}")).content
    assert shown.startswith(b"\xff\xd8\xff")
    assert SECRET not in shown


async def test_a_photo_that_cannot_be_read_is_taken_and_shown_to_nobody(
    gateway: Gateway, visit: Visit
) -> None:
    resident = await visit("Cô Sáu")
    broken = picture("JPEG", (400, 300), exif=exif())[:900]
    uploaded = (await resident.upload(broken, "a.jpg", "image/jpeg")).json()
    answer = await resident.http.get(f"/chat/files/{uploaded['id']}")
    assert answer.content == broken
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment"


async def test_a_fetched_file_is_soon_gone_but_can_be_fetched_again_until_then(
    gateway: Gateway, visit: Visit
) -> None:
    resident = await visit("Cô Sáu")
    uploaded = (await resident.upload(JPEG, "a.jpg", "image/jpeg")).json()
    await gateway.channel.fetch(uploaded["id"])
    await gateway.channel.fetch(uploaded["id"])
    async with gateway.db.begin() as session:
        file = (await session.execute(select(WebFile))).scalar_one()
        assert file.expires_at <= now() + AFTER_FETCH


async def test_an_expired_file_is_removed(gateway: Gateway, visit: Visit) -> None:
    resident = await visit("Cô Sáu")
    old = (await resident.upload(JPEG, "a.jpg", "image/jpeg")).json()
    async with gateway.db.begin() as session:
        await session.execute(update(WebFile).values(expires_at=now() - timedelta(seconds=1)))
    assert (await resident.http.get(f"/chat/files/{old['id']}")).status_code == 404
    await resident.upload(JPEG, "b.jpg", "image/jpeg")
    with pytest.raises(Permanent):
        await gateway.channel.fetch(old["id"])


@pytest.mark.parametrize("ref", ["", "../etc/passwd", str(uuid.UUID(int=7))])
async def test_an_unknown_file_cannot_be_fetched(gateway: Gateway, ref: str) -> None:
    with pytest.raises(Permanent):
        await gateway.channel.fetch(ref)


async def test_neighbours_can_open_a_photo_posted_in_the_group_until_it_is_removed(
    gateway: Gateway, visit: Visit
) -> None:
    author, neighbour = await visit("Cô Sáu"), await visit("Anh Ba")
    page, other = await author.open(), await neighbour.open()
    uploaded = (await author.upload(JPEG, "bo.jpg", "image/jpeg")).json()
    address = f"/chat/files/{uploaded['id']}"
    assert (await neighbour.http.get(address)).status_code == 404
    await page.say("bò của ai đây", files=[uploaded["id"]])
    post = await other.next("post")
    assert post["files"] == [uploaded]
    shown = await neighbour.http.get(address)
    assert (shown.content, shown.headers["content-type"]) == (JPEG, "image/jpeg")
    await gateway.channel.delete(GROUP, post["id"])
    assert (await neighbour.http.get(address)).status_code == 404
    assert (await author.http.get(address)).status_code == 200


async def test_a_private_photo_is_for_nobody_else(gateway: Gateway, visit: Visit) -> None:
    author, stranger = await visit("Cô Sáu"), await visit("Anh Ba")
    uploaded = (await author.upload(JPEG, "a.jpg", "image/jpeg")).json()
    await (await author.open()).say("", view="private", files=[uploaded["id"]])
    assert (await stranger.http.get(f"/chat/files/{uploaded['id']}")).status_code == 404


async def test_nobody_can_send_a_file_that_is_not_his(visit: Visit) -> None:
    author, thief = await visit("Cô Sáu"), await visit("Anh Ba")
    uploaded = (await author.upload(JPEG, "a.jpg", "image/jpeg")).json()
    page = await thief.open()
    message = {"id": str(uuid.uuid4()), "view": "group", "text": "", "files": [uploaded["id"]]}
    await page.send(type="message", **message)
    assert (await page.next("refused"))["reason"] == "file"


async def test_a_served_file_cannot_run_anything(visit: Visit) -> None:
    resident = await visit("Cô Sáu")
    paper = (await resident.upload(b"%PDF-1.7", "a.pdf", "application/pdf")).json()
    headers = (await resident.http.get(f"/chat/files/{paper['id']}")).headers
    assert headers["content-disposition"] == "attachment"
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("content", "status"), [(b"<script>", 400), (b"", 400), (JPEG + b"\0" * (21 << 20), 413)]
)
async def test_what_is_no_photo_sound_or_paper_or_too_big_is_refused(
    visit: Visit, content: bytes, status: int
) -> None:
    answer = await (await visit("Cô Sáu")).upload(content, "a.jpg", "image/jpeg")
    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize("body", [b"", b"not multipart", b"--x\r\n\r\nbroken"])
async def test_a_broken_upload_is_a_clear_error(visit: Visit, body: bytes) -> None:
    resident = await visit("Cô Sáu")
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = await resident.http.post("/chat/files", content=body, headers=headers)
    assert answer.status_code == 400


async def test_uploading_needs_the_cookie_and_our_own_page(visit: Visit) -> None:
    resident = await visit("Cô Sáu")
    files = {"file": ("a.jpg", JPEG, "image/jpeg")}
    foreign = {"origin": "https://example.org"}
    answer = await resident.http.post("/chat/files", files=files, headers=foreign)
    assert answer.status_code == 403
    resident.http.cookies.clear()
    assert (await resident.upload(JPEG, "a.jpg", "image/jpeg")).status_code == 401


async def test_one_visitor_cannot_fill_the_disk(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_files, "MAX_WAITING_OF_ONE", 2 * len(JPEG))
    resident = await visit("Cô Sáu")
    statuses = [(await resident.upload(JPEG, "a.jpg", "")).status_code for _ in range(3)]
    assert statuses == [201, 201, 400]


async def test_all_visitors_together_cannot_fill_the_disk(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_files, "MAX_WAITING", len(JPEG))
    assert (await (await visit("Cô Sáu")).upload(JPEG, "a.jpg", "")).status_code == 201
    assert (await (await visit("Anh Ba")).upload(JPEG, "a.jpg", "")).status_code == 400


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/giấy.pdf", "giấy.pdf"),
        ("h\u202efdp.exe", "hfdp.exe"),
        ("a\0b\r\nSet-Cookie: x.pdf", "ab Set-Cookie: x.pdf"),
        ("đ" * 4000 + ".pdf", None),
        ("\u200b", ""),
    ],
)
async def test_a_files_name_hides_nothing(
    gateway: Gateway, visit: Visit, name: str, shown: str | None
) -> None:
    resident = await visit("Cô Sáu")
    boundary = "x"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/pdf\r\n\r\n%PDF-1.7\r\n--x--\r\n"
    )
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    answer = await resident.http.post("/chat/files", content=body.encode(), headers=headers)
    if answer.is_success:
        kept = answer.json()["name"]
        assert kept == shown if shown is not None else len(kept) <= 120
    else:
        assert answer.status_code == 400
