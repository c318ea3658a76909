"""What residents asked and the assistant could not answer (managers)."""

import uuid
from collections.abc import Sequence

from litestar import get, post
from litestar.response import Redirect, Template

from bot.audit.models import Action
from bot.audit.requests import log
from bot.console import guards
from bot.console.forms import Fields, as_uuid, read_form
from bot.console.pages import Done, page
from bot.console.permissions import Permission
from bot.console.procedure_views import log_version
from bot.console.services import ConsoleRequest, services_of
from bot.console.times import today
from bot.procedures import drafting, gaps, overview
from bot.procedures.catalogue import catalogue, refresh
from bot.procedures.labels import TOPICS
from bot.procedures.publishing import Refused

PATH = "/console/cau-hoi"
MAX_BODY = 200_000
"""Bytes of a form: each of the newest questions may be named in it."""


@get("/cau-hoi", guards=[guards.needs(Permission.GAPS)])
async def gaps_page(request: ConsoleRequest, done: Done = "") -> Template:
    return await _show(request, done=done)


@post(
    "/cau-hoi/da-bo-sung",
    status_code=303,
    guards=[guards.needs(Permission.GAPS)],
    request_max_body_size=MAX_BODY,
)
async def answered(request: ConsoleRequest) -> Redirect:
    """The answer was added to those the assistant has."""
    return await _settle(request, "da-bo-sung", Action.GAP_ANSWERED)


@post(
    "/cau-hoi/bo-qua",
    status_code=303,
    guards=[guards.needs(Permission.GAPS)],
    request_max_body_size=MAX_BODY,
)
async def left(request: ConsoleRequest) -> Redirect:
    """It is nothing to be answered."""
    return await _settle(request, "bo-qua-cau-hoi", Action.GAP_LEFT)


@post(
    "/cau-hoi/soan",
    status_code=303,
    guards=[guards.needs(Permission.EDIT_PROCEDURES)],
    request_max_body_size=MAX_BODY,
)
async def write_answer(request: ConsoleRequest) -> Redirect:
    """The questions go from the list into a draft of a new procedure."""
    ids = _ids(await read_form(request))
    async with services_of(request).db.begin() as session:
        gap = await gaps.take(session, ids)
        if gap is None:
            return Redirect(PATH, status_code=303)
        draft = await drafting.begin_with_questions(session, request.user, gap.questions, gap.topic)
        await log_version(request, session, Action.PROCEDURE_DRAFTED, draft)
    return Redirect(_form_of(draft.procedure_id), status_code=303)


@post(
    "/cau-hoi/them-vao",
    status_code=303,
    guards=[guards.needs(Permission.EDIT_PROCEDURES)],
    request_max_body_size=MAX_BODY,
)
async def add_to_procedure(request: ConsoleRequest) -> Redirect | Template:
    """The questions go from the list into a draft of a procedure that there is."""
    form = await read_form(request)
    procedure_id = form.text("procedure")
    if not procedure_id:
        error = "Đồng chí chọn thủ tục trong danh sách trước, rồi bấm “Thêm”."
        return await _show(request, error=error, status=409)
    try:
        async with services_of(request).db.begin() as session:
            await refresh(session)
            gap = await gaps.take(session, _ids(form))
            if gap is None:
                return Redirect(PATH, status_code=303)
            draft = await drafting.add_questions(session, request.user, procedure_id, gap.questions)
            await log_version(request, session, Action.PROCEDURE_DRAFTED, draft)
    except Refused as error:
        return await _show(request, error=str(error), status=409)
    return Redirect(_form_of(procedure_id), status_code=303)


async def _show(request: ConsoleRequest, *, status: int = 200, **context: object) -> Template:
    async with services_of(request).db.begin() as session:
        await refresh(session)
        found = await gaps.gaps(session)
    return page(
        request,
        "console/gaps.html",
        status=status,
        gaps=found,
        names={entry.id: entry.name for entry in catalogue().values()},
        procedures=overview.by_topic(overview.told(today())),
        topics=TOPICS,
        kept=gaps.KEPT.days,
        nav="gaps",
        **context,
    )


async def _settle(request: ConsoleRequest, done: str, action: Action) -> Redirect:
    ids = _ids(await read_form(request))
    async with services_of(request).db.begin() as session:
        if gap := await gaps.take(session, ids):
            await log(request, session, action, times=gap.times)
    return Redirect(f"{PATH}?da={done}", status_code=303)


def _ids(form: Fields) -> Sequence[uuid.UUID]:
    """Of the questions that stood together when the page was shown."""
    return [found for text in form.all("gap") if (found := as_uuid(text))][: gaps.LOOKED_AT]


def _form_of(procedure_id: str) -> str:
    return f"/console/thu-tuc/{procedure_id}/soan?da=cau-hoi-vao-nhap"


handlers = [gaps_page, answered, left, write_answer, add_to_procedure]
