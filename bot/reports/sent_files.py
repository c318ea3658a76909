"""Photos and papers that officers send to reporters: of a few kinds, kept sealed with the report.

A file goes as a message of its own, after the words, and is marked as the officer's.
"""

from collections.abc import Mapping
from pathlib import PurePath

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import photos
from bot.channels.base import (
    AttachmentKind,
    Channel,
    ChatKind,
    Content,
    Event,
    Target,
    Upload,
)
from bot.channels.text import file_name
from bot.channels.web_files import mime_of
from bot.groups.models import Officer
from bot.messages.outbox import post
from bot.reports import officers
from bot.reports.errors import NotAllowed
from bot.reports.models import Attachment, Report
from bot.reports.service import attach
from bot.wording import say

MAX_SENT = 10 * 1024 * 1024
"""Bytes of one file; residents' connections are weak."""

KINDS = "hình (JPG, PNG, WEBP, GIF), PDF, Word, Excel hoặc ghi âm"
ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
}
OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_ZIP = b"PK\x03\x04"
TOO_BIG = f"Tệp lớn quá {MAX_SENT // 1024**2} MB. Đồng chí chọn tệp nhỏ hơn."
UNREADABLE = (
    "Hình này không đọc được nên chưa xóa được nơi chụp, máy chụp ghi trong đó. "
    "Đồng chí chọn hình khác, hoặc chụp màn hình rồi gửi."
)
CANNOT_GO = (
    "Kênh chat của người báo chỉ nhận được chữ, trợ lý không gửi hình hay tệp qua đó được. "
    "Đồng chí gửi lời không kèm tệp."
)

Channels = Mapping[str, Channel]


def can_go(report: Report, channels: Channels) -> bool:
    """Whether the reporter's chat takes files."""
    channel = channels.get(report.conversation.channel) if report.conversation else None
    return channel is not None and channel.capabilities.sends_files


def as_upload(name: str, declared: str, content: bytes) -> Upload:
    """The file, if its first bytes show that it may be sent. Raises: NotAllowed."""
    if not content:
        raise NotAllowed("Tệp không có nội dung.")
    if len(content) > MAX_SENT:
        raise NotAllowed(TOO_BIG)
    ending = PurePath(name).suffix.lower()
    mime = mime_of(content, declared)
    if mime is None and content.startswith(_ZIP):
        mime = OFFICE.get(ending)
    if mime is None or not (mime in ENDINGS or mime in OFFICE.values() or mime[:6] == "audio/"):
        raise NotAllowed(f"Chỉ gửi được {KINDS}.")
    name = with_ending(file_name(name)[-190:] or "tep", mime)
    return Upload(_kind(mime), name, mime, content)


async def prepared(name: str, declared: str, content: bytes) -> Upload:
    """`as_upload`, a photo without where it was taken and with what. Raises: NotAllowed."""
    if not (mime_of(content, declared) or "").startswith("image/") or len(content) > MAX_SENT:
        return as_upload(name, declared, content)
    photo = await photos.cleaned(content)
    if photo is None:
        raise NotAllowed(UNREADABLE)
    return as_upload(name, photo.mime, photo.content)


async def reply(
    session: AsyncSession,
    channels: Channels,
    report: Report,
    officer: Officer,
    text: str,
    upload: Upload | None,
    *,
    waits: bool = False,
) -> None:
    """Words, a file or both, to the reporter. Raises: NotAllowed, and then nothing was sent."""
    with_file = _may_go(report, channels, upload is not None)
    await officers.reply(session, report, officer, text, with_file=with_file, waits=waits)
    if upload is None or report.conversation is None:
        return
    file = Attachment(
        report_id=report.id,
        officer_id=officer.id,
        channel=report.conversation.channel,
        kind=upload.kind,
        name=upload.name,
        mime=upload.mime,
        size=len(upload.content),
        content=upload.content,
    )
    session.add(file)
    await session.flush()
    await pass_on(session, report, file, officer)


async def reply_from_chat(
    session: AsyncSession,
    channels: Channels,
    report: Report,
    officer: Officer,
    text: str,
    event: Event,
) -> None:
    """The same from the officer's own chat, whose files must be fetched before they can go on.

    Raises: NotAllowed.
    """
    if any(file.kind is AttachmentKind.VIDEO for file in event.files):
        raise NotAllowed(f"Chỉ gửi được {KINDS}.")
    if any((file.size or 0) > MAX_SENT for file in event.files):
        raise NotAllowed(TOO_BIG)
    with_file = _may_go(report, channels, bool(event.files))
    await officers.reply(session, report, officer, text, with_file=with_file)
    await attach(session, report, event, officer)


async def pass_on(
    session: AsyncSession, report: Report, file: Attachment, officer: Officer
) -> None:
    """Put the file on its way to the reporter, once."""
    conversation = report.conversation
    if conversation is None:
        return
    await post(
        session,
        conversation.channel,
        Target(ChatKind.PRIVATE, conversation.chat_id),
        Content(say("officer_file", name=officer.name, code=report.code)),
        key=f"file:{file.id}",
        report_id=report.id,
        file_id=file.id,
    )


async def tell_lost(session: AsyncSession, report: Report, file: Attachment) -> None:
    """Tell the officer, in the chat he sent it from, that his file did not go on."""
    officer = file.officer
    chat = next((c for c in officer.chats if c.channel == file.channel), None) if officer else None
    if chat is None:
        return
    words = say("officer_file_lost", code=report.code, kinds=KINDS, size=str(MAX_SENT // 1024**2))
    await post(
        session,
        chat.channel,
        Target(ChatKind.PRIVATE, chat.chat_id),
        Content(words),
        key=f"lost:{file.id}",
        report_id=report.id,
    )


def _may_go(report: Report, channels: Channels, there_is_one: bool) -> bool:
    """Whether a file goes. Raises: NotAllowed, when there is one and it cannot."""
    if there_is_one and report.conversation and not can_go(report, channels):
        raise NotAllowed(CANNOT_GO)
    return there_is_one


def with_ending(name: str, mime: str) -> str:
    """The name with an ending that does not belie what the file is: a PDF may also be a page."""
    ending = ENDINGS.get(mime, "")
    fits = name.lower().endswith((ending, ".jpeg") if ending == ".jpg" else ending)
    return name if fits else f"{name}{ending}"


def _kind(mime: str) -> AttachmentKind:
    if mime.startswith("image/"):
        return AttachmentKind.PHOTO
    return AttachmentKind.VOICE if mime == "audio/ogg" else AttachmentKind.FILE
