"""The page of what did not arrive (managers act, admins look)."""

import uuid
from collections.abc import Sequence

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from bot.audit.models import Action
from bot.audit.requests import log
from bot.checks.models import Trouble
from bot.checks.watch import open_troubles
from bot.console import guards
from bot.console.pages import CHANNEL_NAMES, Done, page
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of
from bot.console.troubles import NotPossible, Troubles, drop, send_again, troubles
from bot.messages.models import OutboundKind, OutboundStatus

PATH = "/console/su-co"
KINDS = {OutboundKind.MESSAGE: "Gửi tin", OutboundKind.DELETE: "Gỡ tin trong nhóm"}
STATUSES = {OutboundStatus.DEAD: "Không gửi được", OutboundStatus.UNKNOWN: "Chưa rõ đã tới chưa"}
CAUSES = {
    "blocked": "người nhận đã chặn",
    "gone": "người nhận không còn ở đó",
    "moved": "nhóm đã chuyển chỗ",
    "channel_off": "kênh này đang tắt",
    "interrupted": "bị ngắt giữa chừng",
    "partly_sent": "bị ngắt giữa chừng",
    "timeout": "chờ lâu không thấy trả lời",
    "no_connection": "không nối được mạng",
    "unknown_host": "không nối được mạng",
    "server_error": "máy của nền tảng đang lỗi",
    "restored": "phục hồi từ bản sao lưu, có thể đã gửi trước đó",
    "file_gone": "tệp đính kèm không còn",
    "RasaDown": "phần hiểu tin đang ngừng",
}
"""In words that help whoever looks; the code stands beside them, for whoever mends it."""


@get("/su-co", guards=[guards.needs(Permission.TROUBLES)])
async def trouble_page(request: ConsoleRequest, done: Done = "") -> Template:
    async with services_of(request).db.begin() as session:
        lasting = await open_troubles(session)
        return _page(request, await troubles(session), done=done, lasting=lasting)


@post(
    "/su-co/{outbound_id:uuid}/gui-lai",
    status_code=303,
    guards=[guards.needs(Permission.MEND_TROUBLES)],
)
async def retry(request: ConsoleRequest, outbound_id: FromPath[uuid.UUID]) -> Redirect | Template:
    try:
        async with services_of(request).db.begin() as session:
            await send_again(session, outbound_id)
            await log(request, session, Action.DELIVERY_REPEATED, message=str(outbound_id))
    except NotPossible as error:
        return await _refused(request, error)
    return Redirect(f"{PATH}?da=gui-lai", status_code=303)


@post(
    "/su-co/{outbound_id:uuid}/bo-qua",
    status_code=303,
    guards=[guards.needs(Permission.MEND_TROUBLES)],
)
async def dismiss(request: ConsoleRequest, outbound_id: FromPath[uuid.UUID]) -> Redirect | Template:
    try:
        async with services_of(request).db.begin() as session:
            await drop(session, outbound_id)
            await log(request, session, Action.DELIVERY_DROPPED, message=str(outbound_id))
    except NotPossible as error:
        return await _refused(request, error)
    return Redirect(f"{PATH}?da=bo-qua", status_code=303)


async def _refused(request: ConsoleRequest, error: NotPossible) -> Template:
    async with services_of(request).db.begin() as session:
        lasting = await open_troubles(session)
        found = await troubles(session)
        return _page(request, found, error=str(error), lasting=lasting, status=409)


def _page(
    request: ConsoleRequest,
    found: Troubles,
    *,
    error: str | None = None,
    done: str = "",
    lasting: Sequence[Trouble] = (),
    status: int = 200,
) -> Template:
    return page(
        request,
        "console/troubles.html",
        status=status,
        troubles=found,
        lasting=lasting,
        error=error,
        done=done,
        kinds=KINDS,
        statuses=STATUSES,
        causes=CAUSES,
        channels=CHANNEL_NAMES,
        nav="troubles",
    )


handlers = [trouble_page, retry, dismiss]
