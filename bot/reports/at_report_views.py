"""What an officer does on a report's page that changes nothing of it: he writes, he looks."""

from typing import Annotated

from litestar import post
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template

from bot.audit.models import Action
from bot.console import guards
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of
from bot.groups.models import Officer
from bot.reports import at_report, quiet
from bot.reports.views import act_on, found

Typing = Annotated[bool, QueryParameter(name="go")]


@post(
    "/phan-anh/{code:str}/dang-viet",
    status_code=204,
    guards=[guards.needs(Permission.HANDLE_REPORTS)],
)
async def writing(request: ConsoleRequest, code: FromPath[str], typing: Typing = False) -> None:
    """The page says, now and then, that the officer is at the reply box, and whether he types."""
    async with services_of(request).db.begin() as session:
        officer = await session.get_one(Officer, request.user.id)
        report = await found(session, officer, code, to_change=True)
        quiet.wait_for_words(report)
        if typing:
            await at_report.writes(session, report, officer)


@post(
    "/phan-anh/{code:str}/hien-day-du",
    status_code=303,
    guards=[guards.needs(Permission.READ_REPORTS)],
)
async def see_all(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    """Numbers and the name, for this officer on this page, for a while; logged."""
    return await act_on(request, code, at_report.see_all, Action.PERSONAL_SHOWN, done="hien-day-du")


@post(
    "/phan-anh/{code:str}/che-lai",
    status_code=303,
    guards=[guards.needs(Permission.READ_REPORTS)],
)
async def hide_again(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    return await act_on(request, code, at_report.hide_again, Action.PERSONAL_HIDDEN, done="che-lai")


handlers = [writing, see_all, hide_again]
