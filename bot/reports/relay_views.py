"""What an officer writes on a report's page: to its reporter, and to other officers."""

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.models import Action
from bot.audit.requests import log
from bot.channels.base import Upload
from bot.console import guards
from bot.console.forms import Chosen, read_form
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of
from bot.groups.models import Officer
from bot.reports import at_report, internal_notes, quiet, sent_files
from bot.reports.errors import NotAllowed
from bot.reports.merging import all_reached
from bot.reports.models import Report
from bot.reports.views import act_on

MAX_BODY = 3 * sent_files.MAX_SENT
"""Bytes: what is a little too large is refused on the page, with all that was typed still there."""


@post(
    "/phan-anh/{code:str}/tra-loi",
    status_code=303,
    guards=[guards.needs(Permission.HANDLE_REPORTS)],
    request_max_body_size=MAX_BODY,
)
async def reply(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    """Words, a file or both, to the reporter or to everybody who told of the same event."""
    form = await read_form(request)
    text, chosen = form.text("text"), await form.file("file")
    to_all, waits = form.text("to_all"), form.text("waits") == "1"
    channels = services_of(request).channels
    upload = await _checked(chosen)

    async def act(session: AsyncSession, report: Report, officer: Officer) -> None:
        if isinstance(upload, NotAllowed):
            raise upload
        for each in await all_reached(session, report) if to_all == "1" else [report]:
            await sent_files.reply(session, channels, each, officer, text, upload, waits=waits)
            if each is not report:
                await log(request, session, Action.REPLIED, each, with_file=bool(upload))
        await at_report.has_written(session, report, officer)

    typed = {"reply": text, "to_all": to_all}
    return await act_on(
        request,
        code,
        act,
        Action.REPLIED,
        done="cho" if waits else "tra-loi",
        typed=typed,
        facts={"with_file": chosen is not None},
    )


async def _checked(chosen: Chosen | None) -> Upload | NotAllowed | None:
    """The file to be sent, or why it is not; looked at before any report is locked."""
    if chosen is None:
        return None
    try:
        return await sent_files.prepared(chosen.name, chosen.declared, chosen.content)
    except NotAllowed as refusal:
        return refusal


@post(
    "/phan-anh/{code:str}/giao-lai",
    status_code=303,
    guards=[guards.needs(Permission.HANDLE_REPORTS)],
)
async def hand_back(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    return await act_on(request, code, quiet.hand_back, Action.HANDED_BACK, done="giao-lai")


@post(
    "/phan-anh/{code:str}/ghi-chu",
    status_code=303,
    guards=[guards.needs(Permission.HANDLE_REPORTS)],
)
async def note(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    text = (await read_form(request)).text("text")

    async def act(session: AsyncSession, report: Report, officer: Officer) -> None:
        await internal_notes.write(session, report, officer, text)

    return await act_on(
        request, code, act, Action.NOTE_WRITTEN, done="ghi-chu", typed={"note": text}
    )


handlers = [reply, hand_back, note]
