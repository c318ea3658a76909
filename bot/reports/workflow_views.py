"""Giving a report into other hands, and what else changes its state, from its page."""

import uuid

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.models import Action
from bot.audit.requests import log
from bot.console.forms import read_form
from bot.console.guards import needs
from bot.console.pages import pages_of
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest
from bot.groups.models import Hamlet, Officer
from bot.reports import handing_over, officers, reopening
from bot.reports.models import Report
from bot.reports.views import act_on

HANDLES = [needs(Permission.HANDLE_REPORTS)]


@post(
    "/phan-anh/{code:str}/giao",
    status_code=303,
    guards=[needs(Permission.READ_ALL_REPORTS)],
)
async def assign(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    chosen = _id((await read_form(request)).text("officer"))

    async def act(session: AsyncSession, report: Report, officer: Officer) -> None:
        to = await session.get(Officer, chosen)
        await handing_over.assign(session, report, officer, to, pages_of(request))

    typed, facts = {"assignee": str(chosen)}, {"to": chosen.hex}
    return await act_on(request, code, act, Action.ASSIGNED, done="giao", typed=typed, facts=facts)


@post("/phan-anh/{code:str}/chuyen-ap", status_code=303, guards=HANDLES)
async def to_hamlet(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    form = await read_form(request)
    chosen, note = _id(form.text("hamlet")), form.text("note")

    async def act(session: AsyncSession, report: Report, officer: Officer) -> None:
        hamlet = await session.get(Hamlet, chosen)
        await handing_over.to_hamlet(session, report, officer, hamlet, note, pages_of(request))

    typed, facts = {"hamlet": str(chosen), "hamlet_note": note}, {"hamlet": chosen.hex}
    return await act_on(
        request, code, act, Action.TRANSFERRED, done="chuyen-ap", typed=typed, facts=facts
    )


@post("/phan-anh/{code:str}/chuyen-to-quan-ly", status_code=303, guards=HANDLES)
async def to_managers(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    note = (await read_form(request)).text("note")

    async def act(session: AsyncSession, report: Report, officer: Officer) -> None:
        await handing_over.to_managers(session, report, officer, note, pages_of(request))

    typed, facts = {"managers_note": note}, {"managers": True}
    return await act_on(
        request, code, act, Action.TRANSFERRED, done="chuyen-to-quan-ly", typed=typed, facts=facts
    )


@post("/phan-anh/{code:str}/chuyen-co-quan", status_code=303, guards=HANDLES)
async def to_body(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    form = await read_form(request)
    body, text = form.text("body"), form.text("text")

    async def act(session: AsyncSession, report: Report, officer: Officer) -> None:
        await handing_over.to_body(session, report, officer, body, text)

    typed, facts = {"body": body, "body_text": text}, {"body": body}
    return await act_on(
        request, code, act, Action.TRANSFERRED, done="chuyen-co-quan", typed=typed, facts=facts
    )


@post("/phan-anh/{code:str}/thoi-cho", status_code=303, guards=HANDLES)
async def stop_waiting(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    return await act_on(request, code, officers.stop_waiting, Action.WAITING_ENDED, done="thoi-cho")


@post("/phan-anh/{code:str}/mo-lai", status_code=303, guards=HANDLES)
async def reopen(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    reason = (await read_form(request)).text("reason")

    async def act(session: AsyncSession, report: Report, officer: Officer) -> None:
        along = await reopening.reopen(session, report, officer, reason, pages_of(request))
        for each in along:
            await log(request, session, Action.REOPENED, each, along_with=report.code)

    typed = {"reopen_reason": reason}
    return await act_on(request, code, act, Action.REOPENED, done="mo-lai", typed=typed)


NOBODY = uuid.UUID(int=0)


def _id(chosen: str) -> uuid.UUID:
    """What a form names; nobody's id for what is none."""
    try:
        return uuid.UUID(chosen)
    except ValueError:
        return NOBODY


handlers = [assign, to_hamlet, to_managers, to_body, stop_waiting, reopen]
