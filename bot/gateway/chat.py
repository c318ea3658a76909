"""The web chat: the page, its websocket, and the files that go with messages."""

import asyncio
import uuid
from typing import Any

from litestar import Request, Response, WebSocket, get, post, websocket
from litestar.enums import MediaType
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath
from litestar.response import Template
from sqlalchemy import select

from bot.channels.base import MAX_FILE, ChatKind
from bot.channels.text import clean, file_name
from bot.channels.web import file_frame
from bot.channels.web_files import Refused, find_readable, read, take_in
from bot.channels.web_mailbox import mailbox_of
from bot.console.browsers import network
from bot.console.forms import read_form
from bot.console.services import address_of
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

LONGEST_NAME = 1000  # characters; its end says what it is

visitors = Visitors()
taking = asyncio.Semaphore(4)
"""So many files are in memory at once; others wait on disk."""


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
            with visitors.page(visitor, network(address_of(socket))) as allowance:
                await Page(socket, services, visitor, allowance).run()
        except TooManyPages:
            await socket.close(TOO_MANY_PAGES)


@post(
    "/chat/files",
    guards=[known_visitor],
    request_max_body_size=MAX_FILE + MULTIPART_OVERHEAD,
    exclude_from_csrf=True,  # SameSite cookie, and the guard asks where the request comes from
)
async def upload(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Take a file in, for the message that will name its id. 400 says why not."""
    mailbox = mailbox_of(ChatKind.PRIVATE, visitor_of(request) or "")
    form = await read_form(request)
    try:
        if visitors.file(network(address_of(request))):
            raise Refused("Đang có quá nhiều tệp gửi lên. Xin chờ một lúc rồi gửi lại.")
        async with taking:
            chosen = await form.file("file")
            if chosen is None:
                raise Refused("Không thấy tệp nào.")
            name = file_name(clean(chosen.name, LONGEST_NAME))
            taken = await read(name, chosen.declared, chosen.content)
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
