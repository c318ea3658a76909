"""Files that came with a report: shown or downloaded, and never run."""

import re
import uuid
from urllib.parse import quote

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from bot.console import guards
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of
from bot.reports import queue
from bot.reports.models import Attachment, Report
from bot.reports.sent_files import with_ending

IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
PLAYABLE = frozenset(
    {
        *("audio/aac", "audio/m4a", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav"),
        *("audio/webm", "audio/x-m4a", "video/mp4", "video/quicktime", "video/webm"),
    }
)
UNKNOWN = "application/octet-stream"
NOTHING_RUNS = "default-src 'none'; sandbox; frame-ancestors 'none'"
EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png", "audio/ogg": ".ogg", "video/mp4": ".mp4"}


@get("/phan-anh/{code:str}/tep/{file_id:uuid}", guards=[guards.needs(Permission.READ_REPORTS)])
async def attachment(
    request: ConsoleRequest, code: FromPath[str], file_id: FromPath[uuid.UUID]
) -> Response[bytes]:
    """The file. Only pictures of known kinds are shown in the browser; SVG and HTML never are."""
    async with services_of(request).db.begin() as session:
        file = await queue.attachment(session, request.user, code.upper(), file_id)
    if file is None or file.content is None:
        raise NotFoundException
    return Response(
        file.content,
        media_type=safe_type(file),
        headers={
            "content-disposition": disposition(file, display_file(file.report, file)),
            "content-security-policy": NOTHING_RUNS,
            "cache-control": "private, no-store",
        },
    )


def safe_type(file: Attachment) -> str:
    """The kind of file where it is one of ours; anything else is bytes to be saved."""
    mime = file.mime.partition(";")[0].strip().lower()
    return mime if mime in IMAGES or mime in PLAYABLE else UNKNOWN


def shown_inline(file: Attachment) -> bool:
    return safe_type(file) in IMAGES


def played_inline(file: Attachment) -> bool:
    return safe_type(file) in PLAYABLE


def display_file(report: Report, file: Attachment) -> str:
    """The file's name as officers may see it: one that an anonymous person gave may be his own."""
    return "" if report.anonymous and file.officer_id is None else file.name


def disposition(file: Attachment, name: str) -> str:
    """The header, with the name in ASCII and, after RFC 6266, as it is."""
    name = with_ending(name, file.mime) if name else ""
    name = name or f"tep-{str(file.id)[:8]}{EXTENSIONS.get(safe_type(file), '')}"
    plain = re.sub(r"[^\w. -]", "_", name, flags=re.ASCII)
    kind = "inline" if shown_inline(file) else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
