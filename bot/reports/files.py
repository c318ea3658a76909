"""Files that came with a report: shown or downloaded, and never run."""

import re
import uuid
from urllib.parse import quote

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK, HTTP_206_PARTIAL_CONTENT
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.log import recorded_lately
from bot.audit.models import Action
from bot.audit.requests import log
from bot.channels import photos
from bot.console import guards
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of
from bot.reports import at_report, queue
from bot.reports.anonymity import reader_for
from bot.reports.models import Attachment, Report
from bot.reports.sent_files import with_ending
from bot.reports.words import Reader

IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
SOUND = frozenset(
    {
        *("audio/aac", "audio/m4a", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav"),
        *("audio/webm", "audio/x-m4a"),
    }
)
FILMS = frozenset({"video/mp4", "video/quicktime", "video/webm"})
PDF = "application/pdf"
OPENED = IMAGES | {PDF}
"""Shown in a window of the browser; everything else is saved."""

UNKNOWN = "application/octet-stream"
NOTHING_RUNS = "default-src 'none'; sandbox; frame-ancestors 'none'"
EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png", "audio/ogg": ".ogg", "video/mp4": ".mp4"}
_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})")


@get("/phan-anh/{code:str}/tep/{file_id:uuid}", guards=[guards.needs(Permission.READ_REPORTS)])
async def attachment(
    request: ConsoleRequest, code: FromPath[str], file_id: FromPath[uuid.UUID]
) -> Response[bytes]:
    """The file. Pictures and PDFs open in the browser, sound and films play on the report's page;
    SVG and HTML are only ever saved."""
    file, name = await _found(request, code, file_id)
    content = file.content or b""
    part = _part(request.headers.get("range", ""), len(content)) if plays(file) else None
    headers = HEADERS | {
        "content-disposition": disposition(file, name),
        "accept-ranges": "bytes" if plays(file) else "none",
    }
    if part:
        headers["content-range"] = f"bytes {part[0]}-{part[1]}/{len(content)}"
        content = content[part[0] : part[1] + 1]
    return Response(
        content,
        media_type=safe_type(file),
        status_code=HTTP_206_PARTIAL_CONTENT if part else HTTP_200_OK,
        headers=headers,
    )


@get("/phan-anh/{code:str}/tep/{file_id:uuid}/nho", guards=[guards.needs(Permission.READ_REPORTS)])
async def small_picture(
    request: ConsoleRequest, code: FromPath[str], file_id: FromPath[uuid.UUID]
) -> Response[bytes]:
    """A picture at the size in which the report's page shows it."""
    file, _ = await _found(request, code, file_id)
    small = await photos.thumbnail(file.content or b"") if shown_inline(file) else None
    if small is None:
        raise NotFoundException
    return Response(small, media_type="image/jpeg", headers=HEADERS)


HEADERS = {"content-security-policy": NOTHING_RUNS, "cache-control": "private, no-store"}


async def _found(request: ConsoleRequest, code: str, file_id: uuid.UUID) -> tuple[Attachment, str]:
    """The file, and its name as this officer sees it."""
    async with services_of(request).db.begin() as session:
        file = await queue.attachment(session, request.user, code.upper(), file_id)
        if file is None or file.content is None:
            raise NotFoundException
        await _log(request, session, file)
        shows = await at_report.sees_all_until(session, file.report, request.user)
    return file, display_file(file.report, file, reader_for(file.report, hide=shows is None))


async def _log(request: ConsoleRequest, session: AsyncSession, file: Attachment) -> None:
    """Once an hour: an open page asks for its pictures again when it is refreshed, and a player for
    a film part by part."""
    report, seen = file.report, str(file.id)
    who = request.user
    if not await recorded_lately(session, Action.FILE_SEEN, officer=who, report=report, file=seen):
        await log(request, session, Action.FILE_SEEN, report, file=seen)


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """The first and last byte that a player asks for; None for all, also where it asks amiss."""
    found = _RANGE.fullmatch(asked.strip())
    if not found or int(found[1]) >= size:
        return None
    last = min(int(found[2]), size - 1) if found[2] else size - 1
    return (int(found[1]), last) if int(found[1]) <= last else None


def safe_type(file: Attachment) -> str:
    """The kind of file where it is one of ours; anything else is bytes to be saved."""
    mime = file.mime.partition(";")[0].strip().lower()
    return mime if mime in OPENED | SOUND | FILMS and not file.uncleaned else UNKNOWN


def shown_inline(file: Attachment) -> bool:
    return safe_type(file) in IMAGES


def heard_inline(file: Attachment) -> bool:
    return safe_type(file) in SOUND


def seen_inline(file: Attachment) -> bool:
    return safe_type(file) in FILMS


def opens(file: Attachment) -> bool:
    """Whether it is shown in a window of its own."""
    return safe_type(file) in OPENED


def plays(file: Attachment) -> bool:
    return heard_inline(file) or seen_inline(file)


def display_file(report: Report, file: Attachment, reader: Reader) -> str:
    """The file's name as an officer sees it: one that an anonymous person gave may be his own."""
    if file.officer_id is not None:
        return file.name
    return "" if report.anonymous else reader.file_name(file.name)


def disposition(file: Attachment, name: str) -> str:
    """The header, with the name in ASCII and, after RFC 6266, as it is."""
    name = with_ending(name, file.mime) if name else ""
    name = name or f"tep-{str(file.id)[:8]}{EXTENSIONS.get(safe_type(file), '')}"
    plain = re.sub(r"[^\w. -]", "_", name, flags=re.ASCII)
    kind = "inline" if opens(file) else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
