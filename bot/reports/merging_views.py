"""Merging reports of one event, and taking them apart again."""

from collections.abc import Sequence

from litestar import post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.models import Action
from bot.audit.requests import log
from bot.console import guards
from bot.console.forms import read_form
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of
from bot.groups.models import Officer
from bot.reports import merging, queue
from bot.reports.codes import find_code
from bot.reports.errors import NotAllowed
from bot.reports.locking import locked
from bot.reports.models import Report
from bot.reports.views import HOME, found, show_report


@post("/phan-anh/{code:str}/gop", status_code=303, guards=[guards.needs(Permission.HANDLE_REPORTS)])
async def merge(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    """Merge with the report whose code the form gives; the one that came first leads."""
    typed = (await read_form(request)).text("other")
    other = find_code(typed) or ""
    try:
        async with services_of(request).db.begin() as session:
            officer = await session.get_one(Officer, request.user.id)
            leading = await _locked(session, officer, code.upper(), other)
            main = await merging.merge(session, leading[-1], leading[0], officer)
            await log(request, session, Action.MERGED, leading[-1], into=main.code)
    except NotAllowed as error:
        return await show_report(request, code, status=409, error=str(error))
    return Redirect(f"{HOME}/phan-anh/{main.code}?da=gop", status_code=303)


@post(
    "/phan-anh/{code:str}/tach", status_code=303, guards=[guards.needs(Permission.HANDLE_REPORTS)]
)
async def unmerge(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    try:
        async with services_of(request).db.begin() as session:
            officer = await session.get_one(Officer, request.user.id)
            await _locked(session, officer, code.upper())
            report = await found(session, officer, code)
            await session.refresh(report, with_for_update={"of": Report})
            main = await merging.unmerge(session, report, officer)
            await log(request, session, Action.UNMERGED, report, out_of=main.code)
    except NotAllowed as error:
        return await show_report(request, code, status=409, error=str(error))
    return Redirect(f"{HOME}/phan-anh/{report.code}?da=tach", status_code=303)


async def _locked(session: AsyncSession, officer: Officer, *codes: str) -> Sequence[Report]:
    """What leads the reports with these codes, locked, the one that came first before.

    Raises: NotAllowed, and NotFoundException where even the first may not be read.
    """
    leading = set()
    for place, code in enumerate(codes):
        report = await queue.find(session, officer, code)
        if report is None and place == 0:
            raise NotFoundException
        if report is None:
            raise NotAllowed("Đồng chí nhập mã của phản ánh khác trong ấp.")
        leading.add((await merging.leading(session, report) or report).id)
    query = (
        select(Report)
        .where(Report.id.in_(leading))
        .order_by(Report.created_at, Report.id)
        .execution_options(populate_existing=True)
    )
    return (await session.execute(locked(query))).scalars().all()


handlers = [merge, unmerge]
