"""Files of the web chat: sealed, short-lived, and of a kind that their first bytes show."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from bot.channels import photos
from bot.channels.base import MAX_FILE, AttachmentKind, Upload
from bot.channels.web_mailbox import purge
from bot.channels.web_models import WebFile
from bot.db import now

LIFE = timedelta(hours=24)  # of what a message names: its workflow may have to wait
UNSENT_LIFE = timedelta(minutes=20)
AFTER_FETCH = timedelta(hours=1)  # the workflow that fetched it may have to do so once more
MAX_NAME = 120  # characters
UNKNOWN = "application/octet-stream"
MAX_WAITING = 40 * MAX_FILE
"""Bytes of all visitors' files together; whoever uploads without end must not fill the disk."""
MAX_WAITING_OF_ONE = 5 * MAX_FILE


class Refused(Exception):
    """A file is not taken. The message is for the resident."""


_FILE_BOXES = {
    b"avif": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"hevc": "image/heic",
    b"mif1": "image/heic",
    b"msf1": "image/heic",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
}
_SIGNATURES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"%PDF-": "application/pdf",
    b"OggS": "audio/ogg",
    b"ID3": "audio/mpeg",
    b"\xff\xfb": "audio/mpeg",
    b"\xff\xf3": "audio/mpeg",
    b"\xff\xf1": "audio/aac",
    b"\xff\xf9": "audio/aac",
    b"#!AMR": "audio/amr",
    b"fLaC": "audio/flac",
}
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_WEBM = b"\x1a\x45\xdf\xa3"


def mime_of(content: bytes, declared: str) -> str | None:
    """What a file is, from its first bytes; None when it is neither image, PDF nor sound.

    Phones record sound into the same containers as video; there the browser's word counts.
    """
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12])
    if content[4:8] == b"ftyp" and (mime := _FILE_BOXES.get(content[8:12])):
        return mime
    if declared.startswith("audio/"):
        if content[4:8] == b"ftyp":
            return "audio/mp4"
        if content[:4] == _WEBM:
            return "audio/webm"
    return next((m for start, m in _SIGNATURES.items() if content.startswith(start)), None)


def kind_of(mime: str) -> AttachmentKind:
    if mime.startswith("image/"):
        return AttachmentKind.PHOTO
    return AttachmentKind.VOICE if mime.startswith("audio/") else AttachmentKind.FILE


async def read(name: str, declared: str, content: bytes) -> Upload:
    """A visitor's file as it may be stored, a photo without what tells of him. Raises: Refused."""
    mime = mime_of(content, declared)
    if len(content) > MAX_FILE:
        raise Refused("Tệp lớn quá 20 MB, anh/chị chọn tệp nhỏ hơn giúp.")
    if mime is None:
        raise Refused("Chỉ gửi được hình, tệp PDF hoặc ghi âm.")
    if not mime.startswith("image/"):
        return Upload(kind_of(mime), name, mime, content)
    if photo := await photos.cleaned(content):
        return Upload(AttachmentKind.PHOTO, name, photo.mime, photo.content)
    return Upload(AttachmentKind.FILE, name, UNKNOWN, content)  # shown to nobody, but not lost


async def take_in(session: AsyncSession, owner: str, upload: Upload) -> WebFile:
    """Store a visitor's file. Raises: Refused."""
    await purge(session)
    if await _waiting(session, owner) + len(upload.content) > MAX_WAITING_OF_ONE:
        raise Refused("Anh/chị đã gửi nhiều tệp. Xin chờ một lúc rồi gửi tiếp.")
    if await _waiting(session) + len(upload.content) > MAX_WAITING:
        raise Refused("Máy chủ đang nhận nhiều tệp. Xin chờ một lúc rồi gửi lại.")
    return await keep(session, owner, upload, UNSENT_LIFE)


async def keep(
    session: AsyncSession,
    owner: str,
    upload: Upload,
    life: timedelta,
    post_id: str | None = None,
) -> WebFile:
    """Store a file for the pages of a mailbox; with `post_id`, as part of that group post."""
    file = WebFile(
        owner=owner,
        post_id=post_id,
        kind=upload.kind,
        name=upload.name[-MAX_NAME:],
        mime=upload.mime[:64],
        size=len(upload.content),
        content=upload.content,
        expires_at=now() + life,
    )
    session.add(file)
    await session.flush()
    return file


async def find_own(
    session: AsyncSession, owner: str, ids: Sequence[uuid.UUID]
) -> Sequence[WebFile]:
    """The files that a visitor's message names, in the order of `ids`, without their content.

    From now on they are kept until they are fetched. Raises: Refused.
    """
    query = select(WebFile).where(WebFile.id.in_(ids), WebFile.owner == owner)
    found = {file.id: file for file in (await session.execute(query)).scalars()}
    if len(found) != len(set(ids)):
        raise Refused("Hình hoặc tệp không còn trên máy chủ, anh/chị chọn lại giúp.")
    for file in found.values():
        file.expires_at = now() + LIFE
    return [found[file_id] for file_id in dict.fromkeys(ids)]


async def find_readable(session: AsyncSession, reader: str, file_id: uuid.UUID) -> WebFile | None:
    """A file with its content, if it is the reader's own or was posted in a group."""
    query = (
        select(WebFile)
        .options(undefer(WebFile.content))
        .where(WebFile.id == file_id, WebFile.expires_at > now())
        .where((WebFile.owner == reader) | WebFile.post_id.is_not(None))
    )
    return (await session.execute(query)).scalar_one_or_none()


async def fetch(session: AsyncSession, file_id: uuid.UUID) -> WebFile | None:
    """A file with its content, for the attachment workflow; soon after it is gone."""
    file = await session.get(WebFile, file_id, options=[undefer(WebFile.content)])
    if file is not None:
        file.expires_at = min(file.expires_at, now() + AFTER_FETCH)
    return file


async def erase(session: AsyncSession, owner: str, gone: set[str], to_fetch: set[str]) -> None:
    """Delete a visitor's files: those in `gone`, and all that were fetched or never sent.

    What a message on its way names stays, and what is still `to_fetch`.
    """
    soon = now() + AFTER_FETCH
    files = (await session.execute(select(WebFile).where(WebFile.owner == owner))).scalars()
    for file in files.all():
        if str(file.id) in gone or (file.expires_at <= soon and str(file.id) not in to_fetch):
            await session.delete(file)


async def unshare(session: AsyncSession, post_id: str) -> None:
    """A group post was removed: nobody but its author can open its files any more."""
    await session.execute(update(WebFile).where(WebFile.post_id == post_id).values(post_id=None))


async def _waiting(session: AsyncSession, owner: str | None = None) -> int:
    query = select(func.coalesce(func.sum(WebFile.size), 0))
    if owner is not None:
        query = query.where(WebFile.owner == owner)
    return int((await session.execute(query)).scalar_one())
