"""The web chat: the page, its websocket, and the files that go with messages."""

import uuid
from typing import Annotated, Any

from litestar import Request, Response, WebSocket, get, post, websocket
from litestar.datastructures import UploadFile
from litestar.enums import MediaType, RequestEncodingType
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import Body, FromPath
from litestar.response import Template
from litestar.status_codes import HTTP_400_BAD_REQUEST
from litestar.types import ExceptionHandlersMap
from sqlalchemy import select

from bot.channels.base import MAX_FILE, ChatKind
from bot.channels.web import file_frame
from bot.channels.web_files import Refused, find_readable, read, take_in
from bot.channels.web_mailbox import mailbox_of
from bot.gateway.chat_limits import TooManyPages, Visitors
from bot.gateway.chat_page import Page
from bot.gateway.chat_visitors import (
    cookie_for,
    from_our_page,
    known_visitor,
    new_visitor,
    visitor_of,
)
from bot.groups.models import Group, Hamlet
from bot.groups.service import commune_name

STRANGER = 4401  # websocket close codes: no cookie of ours
FOREIGN_PAGE = 4403
TOO_MANY_PAGES = 4429

MULTIPART_OVERHEAD = 64 * 1024  # bytes
SHOWN_IN_PLACE = ("image/", "audio/")
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
FILE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=3600",
}

visitors = Visitors()


@get("/", media_type=MediaType.HTML)
async def page(request: Request[Any, Any, Any]) -> Template:
    """The chat. A new visitor gets his cookie here."""
    services = request.app.state.services
    async with services.db.begin() as session:
        commune = await commune_name(session)
        groups = (
            await session.execute(
                select(Group)
                .join(Hamlet)
                .where(Group.channel == "web", Group.enabled.is_(True))
                .order_by(Hamlet.name)
            )
        ).scalars()
        context = {"commune": commune, "groups": list(groups)}
    visitor = visitor_of(request) or new_visitor()
    return Template(
        "chat/page.html",
        context=context,
        headers=PAGE_HEADERS,
        cookies=[cookie_for(visitor, services.settings)],
    )


@websocket("/chat/ws")
async def live(socket: WebSocket[Any, Any, Any]) -> None:
    """One open page. Refusals are close codes: 4401 no cookie, 4403 origin, 4429 too many."""
    services = socket.app.state.services
    await socket.accept()
    visitor = visitor_of(socket)
    if not from_our_page(socket, services.settings):
        await socket.close(FOREIGN_PAGE)
    elif visitor is None:
        await socket.close(STRANGER)
    else:
        try:
            with visitors.page(visitor) as allowance:
                await Page(socket, services, visitor, allowance).run()
        except TooManyPages:
            await socket.close(TOO_MANY_PAGES)


def _unreadable_form(_: Request[Any, Any, Any], __: Exception) -> Response[dict[str, str]]:
    return Response({"error": "Tệp gửi lên không đọc được."}, status_code=HTTP_400_BAD_REQUEST)


UNREADABLE_FORM: ExceptionHandlersMap = {
    LookupError: _unreadable_form,
    UnicodeError: _unreadable_form,
}


@post(
    "/chat/files",
    guards=[known_visitor],
    request_max_body_size=MAX_FILE + MULTIPART_OVERHEAD,
    exclude_from_csrf=True,  # SameSite cookie, and the guard asks where the request comes from
    exception_handlers=UNREADABLE_FORM,
)
async def upload(
    request: Request[Any, Any, Any],
    data: Annotated[UploadFile, Body(media_type=RequestEncodingType.MULTI_PART)],
) -> dict[str, str]:
    """Take a file in, for the message that will name its id. 400 says why not."""
    mailbox = mailbox_of(ChatKind.PRIVATE, visitor_of(request) or "")
    if not isinstance(data, UploadFile):
        raise ClientException("Không thấy tệp nào.")
    content = await data.read()
    try:
        taken = await read(data.filename, data.content_type, content)
        async with request.app.state.services.db.begin() as session:
            file = await take_in(session, mailbox, taken)
    except Refused as refused:
        raise ClientException(str(refused)) from None
    return file_frame(file)


@get("/chat/files/{file_id:uuid}", guards=[known_visitor])
async def download(
    request: Request[Any, Any, Any], file_id: FromPath[uuid.UUID]
) -> Response[bytes]:
    """A file of one's own, or of a post in a group, while it is there."""
    mailbox = mailbox_of(ChatKind.PRIVATE, visitor_of(request) or "")
    async with request.app.state.services.db.begin() as session:
        file = await find_readable(session, mailbox, file_id)
    if file is None:
        raise NotFoundException("Tệp không còn trên máy chủ.")
    shown = "inline" if file.mime.startswith(SHOWN_IN_PLACE) else "attachment"
    headers = FILE_HEADERS | {"Content-Disposition": shown}
    return Response(file.content, media_type=file.mime, headers=headers)


handlers = [page, live, upload, download]
