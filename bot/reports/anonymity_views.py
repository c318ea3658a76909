"""A manager looks at who an anonymous reporter is."""

from litestar import post
from litestar.params import FromPath
from litestar.response import Template

from bot.audit.models import Action
from bot.audit.requests import log
from bot.console import guards
from bot.console.forms import read_form
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of
from bot.groups.models import Officer
from bot.reports import anonymity
from bot.reports.errors import NotAllowed
from bot.reports.views import found, show_report


@post(
    "/phan-anh/{code:str}/danh-tinh",
    status_code=200,
    guards=[guards.needs(Permission.REVEAL_IDENTITY, fresh=True)],
)
async def reveal(request: ConsoleRequest, code: FromPath[str]) -> Template:
    """The answer to this one request is the only place where name and phone stand."""
    reason = (await read_form(request)).text("reason")
    try:
        async with services_of(request).db.begin() as session:
            officer = await session.get_one(Officer, request.user.id)
            report = await found(session, officer, code, to_change=True)
            identity = await anonymity.reveal(session, report, officer, reason)
            await log(request, session, Action.IDENTITY_REVEALED, report)
    except NotAllowed as error:
        typed = {"reason": reason}
        return await show_report(request, code, status=409, error=str(error), typed=typed)
    return await show_report(request, code, revealed=identity)


handlers = [reveal]
