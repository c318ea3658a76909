"""Ready answers: the managers' page, and putting one into the reply box without JavaScript."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.models import Action
from bot.audit.requests import log
from bot.console import guards
from bot.console.forms import read_form
from bot.console.pages import Done, page
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of
from bot.reports import canned_replies
from bot.reports.canned_replies import FIELDS, MAX_TEXT, MAX_TITLE
from bot.reports.errors import NotAllowed
from bot.reports.relay_views import MAX_BODY
from bot.reports.views import found, show_report
from bot.triage.understanding import REPORTS, Category
from bot.wording import CATEGORY_NAMES

PAGE = "/console/cau-mau"
Key = Annotated[str, QueryParameter(name="sua", max_length=40)]
MANAGERS = guards.needs(Permission.CANNED_REPLIES)


@get("/cau-mau", guards=[MANAGERS])
async def list_page(request: ConsoleRequest, done: Done = "", key: Key = "") -> Template:
    return await _show(request, key=key, done=done)


@post("/cau-mau", status_code=303, guards=[MANAGERS])
async def save(request: ConsoleRequest) -> Redirect | Template:
    form = await read_form(request)
    typed = {name: form.text(name) for name in ("key", "category", "title", "text")}
    try:
        async with services_of(request).db.begin() as session:
            key = await canned_replies.save(session, **typed)
            await log(request, session, Action.CANNED_REPLY_SAVED, canned=key)
    except NotAllowed as error:
        return await _show(request, key=typed["key"], typed=typed, error=str(error), status=409)
    return Redirect(f"{PAGE}?da=cau-mau", status_code=303)


@post("/cau-mau/bo", status_code=303, guards=[MANAGERS])
async def remove(request: ConsoleRequest) -> Redirect:
    return await _change(request, canned_replies.remove, Action.CANNED_REPLY_REMOVED)


@post("/cau-mau/dung-lai", status_code=303, guards=[MANAGERS])
async def restore(request: ConsoleRequest) -> Redirect:
    return await _change(request, canned_replies.restore, Action.CANNED_REPLY_SAVED)


@post(
    "/phan-anh/{code:str}/cau-mau",
    status_code=200,
    guards=[guards.needs(Permission.HANDLE_REPORTS)],
    request_max_body_size=MAX_BODY,
)
async def insert(request: ConsoleRequest, code: FromPath[str]) -> Template:
    """The report's page with the answer in the box, below what was typed; nothing is sent."""
    form = await read_form(request)
    async with services_of(request).db.begin() as session:
        report = await found(session, request.user, code)
        ready = await canned_replies.ready_for(session, report, request.user)
    chosen = next((each.text for each in ready if each.key == form.text("canned")), "")
    reply = "\n".join(filter(None, (form.text("text"), chosen)))
    return await show_report(
        request, code, typed={"reply": reply, "to_all": form.text("to_all")}, status=200
    )


async def _change(
    request: ConsoleRequest, act: Callable[[AsyncSession, str], Awaitable[None]], action: Action
) -> Redirect:
    key = (await read_form(request)).text("key")[:40]
    async with services_of(request).db.begin() as session:
        if any(each.key == key for each in await canned_replies.all_of(session)):
            await act(session, key)
            await log(request, session, action, canned=key)
    return Redirect(f"{PAGE}?da=cau-mau", status_code=303)


async def _show(
    request: ConsoleRequest,
    *,
    key: str = "",
    typed: dict[str, str] | None = None,
    status: int = 200,
    done: str = "",
    error: str | None = None,
) -> Template:
    async with services_of(request).db.begin() as session:
        replies = await canned_replies.all_of(session)
    edited = next((each for each in replies if each.key == key and not each.removed), None)
    if typed is None:
        typed = {
            "key": edited.key if edited else "",
            "category": edited.category.value if edited and edited.category else "",
            "title": edited.title if edited else "",
            "text": edited.text if edited else "",
        }
    return page(
        request,
        "reports/canned_replies.html",
        status=status,
        replies=replies,
        typed=typed,
        fields=FIELDS,
        max_title=MAX_TITLE,
        max_text=MAX_TEXT,
        choices=[c for c in Category if c in REPORTS],
        categories=CATEGORY_NAMES,
        done=done,
        error=error,
        nav="canned",
    )


handlers = [list_page, save, remove, restore, insert]
