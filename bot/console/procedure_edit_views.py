"""Procedures as managers edit them: written, proposed, decided by another manager.

The form saves the draft whatever it is told to do, and then shows it anew; so nothing that was
typed is lost, and the answer to every form is a page that can be loaded again.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.models import Action
from bot.audit.requests import log
from bot.console import guards
from bot.console.forms import Fields, read_form
from bot.console.pages import Done, pages_of
from bot.console.permissions import Permission
from bot.console.procedure_views import (
    PATH,
    differences,
    editors,
    in_chat,
    log_version,
    open_desk,
    show,
    show_procedure,
    show_version,
    whole,
)
from bot.console.services import ConsoleRequest, services_of
from bot.console.times import today
from bot.procedures import drafting, entry_form, overview, publishing, second_officer
from bot.procedures.catalogue import catalogue, refresh
from bot.procedures.drafting import Desk, SavedElsewhere
from bot.procedures.entry import SHORT, Confidence, Service, Topic
from bot.procedures.entry_form import Content
from bot.procedures.labels import FIELDS, SERVICES
from bot.procedures.models import ProcedureVersion
from bot.procedures.publishing import Refused

NEW = "/console/thu-tuc-moi"
MAX_BODY = 500_000
"""Bytes of a form; four times what an entry can hold."""

Shown = Annotated[str, QueryParameter(name="xem", max_length=10)]
approvers = guards.needs(Permission.APPROVE_PROCEDURES)

CONFIDENCE_HINTS = {
    Confidence.HIGH: "có văn bản chính thức, hoặc hai nguồn độc lập",
    Confidence.MEDIUM: "mới có một nguồn",
    Confidence.LOW: "trợ lý trả lời kèm lời dặn hỏi lại Công an xã",
}
FILLED_IN = {
    "station": "tên Công an xã",
    "station_phone": "số điện thoại của Công an xã",
    "station_address": "địa chỉ trụ sở",
    "station_hours": "giờ làm việc",
    "city_police": "Công an tỉnh, thành phố",
}
"""What the commune's setup knows, by what stands for it in a text."""


@get("/thu-tuc-moi", guards=[editors])
async def new_page(request: ConsoleRequest) -> Template:
    async with services_of(request).db.begin() as session:
        await refresh(session)
    return _form(request, None, {})


@post("/thu-tuc-moi", status_code=303, guards=[editors], request_max_body_size=MAX_BODY)
async def create(request: ConsoleRequest) -> Redirect | Template:
    form = await read_form(request)
    content = entry_form.read(form)
    if not content.get("name"):
        errors = {"name": ["Đồng chí đặt tên cho thủ tục rồi lưu."]}
        return _form(request, None, content, errors=errors, status=409)
    async with services_of(request).db.begin() as session:
        draft = await drafting.begin(session, request.user, content)
        await log_version(request, session, Action.PROCEDURE_DRAFTED, draft)
    return await _go_on(request, draft, form)


@get("/thu-tuc/{procedure_id:str}/soan", guards=[editors])
async def form_page(
    request: ConsoleRequest, procedure_id: FromPath[str], done: Done = "", shown: Shown = ""
) -> Template:
    """`shown`: with a preview, or with what is missing."""
    async with services_of(request).db.begin() as session:
        found = await open_desk(session, request, procedure_id)
    _, errors = entry_form.check(found.content, catalogue(), procedure_id, today())
    return _form(
        request,
        found,
        found.content,
        errors=errors if shown == "thieu" else {},
        preview=shown == "truoc",
        done=done,
    )


@post(
    "/thu-tuc/{procedure_id:str}/soan",
    status_code=303,
    guards=[editors],
    request_max_body_size=MAX_BODY,
)
async def save(request: ConsoleRequest, procedure_id: FromPath[str]) -> Redirect | Template:
    form = await read_form(request)
    content = entry_form.read(form)
    seen, based_on = form.text("seen"), form.text("merged") or form.text("based_on")
    try:
        async with services_of(request).db.begin() as session:
            await open_desk(session, request, procedure_id)
            draft = await drafting.keep(
                session, request.user, procedure_id, content, seen=seen, based_on=_number(based_on)
            )
            await log_version(request, session, Action.PROCEDURE_DRAFTED, draft)
    except SavedElsewhere as error:
        return await _typed_again(request, procedure_id, content, error)
    return await _go_on(request, draft, form)


@post("/thu-tuc/{procedure_id:str}/bo-nhap", status_code=303, guards=[editors])
async def discard(request: ConsoleRequest, procedure_id: FromPath[str]) -> Redirect | Template:
    number = _number((await read_form(request)).text("number")) or 0
    try:
        async with services_of(request).db.begin() as session:
            await _there(session, request, procedure_id, number)
            await publishing.discard(session, request.user, procedure_id, number)
            dropped = Action.PROCEDURE_DRAFT_DROPPED
            await log(request, session, dropped, procedure=procedure_id, version=number)
    except Refused as error:
        return await show_version(request, procedure_id, number, error=str(error), status=409)
    return Redirect(f"{PATH}?da=bo-nhap", status_code=303)


@post("/thu-tuc/{procedure_id:str}/kiem-tra-lai", status_code=303, guards=[editors])
async def recheck(request: ConsoleRequest, procedure_id: FromPath[str]) -> Redirect | Template:
    form = await read_form(request)
    typed = {name: form.text(name) for name in ("check_by", "how")}

    async def act(session: AsyncSession) -> ProcedureVersion:
        version = await drafting.recheck(session, request.user, procedure_id, today(), **typed)
        await second_officer.tell(session, version, pages_of(request))
        return version

    return await _act(request, procedure_id, act, Action.PROCEDURE_PROPOSED, "trinh", typed=typed)


@post("/thu-tuc/{procedure_id:str}/ngung", status_code=303, guards=[editors])
async def withdraw(request: ConsoleRequest, procedure_id: FromPath[str]) -> Redirect | Template:
    typed = {"note": (await read_form(request)).text("note")}

    async def act(session: AsyncSession) -> ProcedureVersion:
        return await publishing.withdraw(session, request.user, procedure_id, typed["note"])

    return await _act(request, procedure_id, act, Action.PROCEDURE_WITHDRAWN, "ngung", typed=typed)


@post("/thu-tuc/{procedure_id:str}/ban/{number:int}/lay", status_code=303, guards=[editors])
async def take_over(
    request: ConsoleRequest, procedure_id: FromPath[str], number: FromPath[int]
) -> Redirect | Template:
    """Go on from this version."""
    try:
        async with services_of(request).db.begin() as session:
            await _there(session, request, procedure_id, number)
            draft = await drafting.take_over(session, request.user, procedure_id, number)
            await log_version(request, session, Action.PROCEDURE_DRAFTED, draft)
    except Refused as error:
        return await show_version(request, procedure_id, number, error=str(error), status=409)
    return Redirect(f"{PATH}/{procedure_id}/soan?da=lay-ban", status_code=303)


@post("/thu-tuc/{procedure_id:str}/ban/{number:int}/rut", status_code=303, guards=[editors])
async def take_back(
    request: ConsoleRequest, procedure_id: FromPath[str], number: FromPath[int]
) -> Redirect | Template:
    async def act(session: AsyncSession) -> ProcedureVersion:
        return await publishing.take_back(session, request.user, procedure_id, number)

    return await _act(request, procedure_id, act, Action.PROCEDURE_TAKEN_BACK, "rut", number=number)


@post("/thu-tuc/{procedure_id:str}/ban/{number:int}/duyet", status_code=303, guards=[approvers])
async def approve(
    request: ConsoleRequest, procedure_id: FromPath[str], number: FromPath[int]
) -> Redirect | Template:
    async def act(session: AsyncSession) -> ProcedureVersion:
        return await publishing.approve(session, request.user, procedure_id, number)

    return await _act(
        request, procedure_id, act, Action.PROCEDURE_PUBLISHED, "duyet", number=number
    )


@post("/thu-tuc/{procedure_id:str}/ban/{number:int}/tu-choi", status_code=303, guards=[approvers])
async def reject(
    request: ConsoleRequest, procedure_id: FromPath[str], number: FromPath[int]
) -> Redirect | Template:
    note = (await read_form(request)).text("note")

    async def act(session: AsyncSession) -> ProcedureVersion:
        return await publishing.reject(session, request.user, procedure_id, number, note)

    return await _act(
        request, procedure_id, act, Action.PROCEDURE_REJECTED, "tu-choi", number=number, note=note
    )


async def _there(
    session: AsyncSession, request: ConsoleRequest, procedure_id: str, number: int | None
) -> None:
    """Raises: NotFoundException, where there is no such procedure or version."""
    found = await open_desk(session, request, procedure_id)
    if number is not None and found.version(number) is None:
        raise NotFoundException


async def _act(
    request: ConsoleRequest,
    procedure_id: str,
    act: Callable[[AsyncSession], Awaitable[ProcedureVersion]],
    action: Action,
    done: str,
    *,
    number: int | None = None,
    **typed: Any,
) -> Redirect | Template:
    """Do it, or say on the page it was asked on why not. `number`: the version's page."""
    try:
        async with services_of(request).db.begin() as session:
            await _there(session, request, procedure_id, number)
            version = await act(session)
            await log_version(request, session, action, version)
    except Refused as error:
        context = {"error": str(error), "status": 409, **typed}
        if number is None:
            return await show_procedure(request, procedure_id, **context)
        return await show_version(request, procedure_id, number, **context)
    return Redirect(f"{PATH}/{procedure_id}?da={done}", status_code=303)


async def _go_on(
    request: ConsoleRequest, draft: ProcedureVersion, form: Fields
) -> Redirect | Template:
    """What comes after the draft was saved."""
    here = f"{PATH}/{draft.procedure_id}"
    if form.text("act") == "preview":
        return Redirect(f"{here}/soan?xem=truoc#xem-truoc", status_code=303)
    if form.text("act") != "propose":
        return Redirect(f"{here}/soan?da=luu-nhap", status_code=303)
    _, errors = entry_form.check(draft.content, catalogue(), draft.procedure_id, today())
    if errors:
        return Redirect(f"{here}/soan?xem=thieu", status_code=303)
    try:
        async with services_of(request).db.begin() as session:
            proposed = await publishing.propose(
                session, request.user, draft.procedure_id, draft.number
            )
            await log_version(request, session, Action.PROCEDURE_PROPOSED, proposed)
            await second_officer.tell(session, proposed, pages_of(request))
    except Refused as error:
        return await _typed_again(request, draft.procedure_id, draft.content, error)
    return Redirect(f"{here}/ban/{draft.number}?da=trinh", status_code=303)


async def _typed_again(
    request: ConsoleRequest, procedure_id: str, content: Content, error: Refused
) -> Template:
    async with services_of(request).db.begin() as session:
        found = await open_desk(session, request, procedure_id)
    return _form(request, found, content, error=str(error), status=409)


def _form(
    request: ConsoleRequest,
    found: Desk | None,
    content: Content,
    *,
    errors: entry_form.Errors | None = None,
    preview: bool = False,
    **context: Any,
) -> Template:
    entry = whole({**content, "id": found.id}) if found and preview else None
    standing = found.version(found.standing) if found else None
    began_with = found.version(found.based_on) if found else None
    moved = found is not None and found.overtaken and standing is not None
    return show(
        request,
        "console/procedure_form.html",
        desk=found,
        typed=entry_form.shown(content),
        errors=errors or {},
        labels=FIELDS,
        services={service: SERVICES[service] for service in Service},
        confidence_hints=CONFIDENCE_HINTS,
        filled_in=FILLED_IN,
        short=SHORT,
        others=overview.by_topic(overview.told(today())),
        topic_choices=list(Topic),
        preview=preview,
        said=in_chat(entry) if entry else "",
        meanwhile=differences(began_with.content if began_with else {}, standing.content)
        if moved and standing
        else (),
        standing=standing,
        address=f"{PATH}/{found.id}/soan" if found else NEW,
        **context,
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


handlers = [
    new_page,
    create,
    form_page,
    save,
    discard,
    recheck,
    withdraw,
    take_over,
    take_back,
    approve,
    reject,
]
