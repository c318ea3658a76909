"""The settings page of the duty calendar and the deadlines."""

from datetime import date

from litestar import get, post
from litestar.response import Redirect, Template

from bot.audit.models import Action
from bot.audit.requests import log
from bot.console.forms import read_form
from bot.console.guards import needs
from bot.console.pages import Done, page
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of
from bot.console.times import VIETNAM
from bot.db import now
from bot.groups.duty import duty_hours
from bot.groups.holidays import proposed_holidays
from bot.reports import deadline_settings as settings
from bot.reports.errors import NotAllowed
from bot.reports.limits import Level, limits
from bot.reports.models import DueKind
from bot.wording import CATEGORY_NAMES

PATH = "/console/thoi-han"


@get("/thoi-han", guards=[needs(Permission.DEADLINES)])
async def deadlines_page(request: ConsoleRequest, done: Done = "") -> Template:
    return await _page(request, done=done)


@post("/thoi-han/lich", status_code=303, guards=[needs(Permission.DEADLINES)])
async def change_calendar(request: ConsoleRequest) -> Redirect | Template:
    form = await read_form(request)
    try:
        stored = settings.read_calendar(form, _today())
        async with services_of(request).db.begin() as session:
            await settings.save_calendar(session, stored)
            await log(request, session, Action.CALENDAR_CHANGED, holidays=len(stored["holidays"]))
    except NotAllowed as error:
        typed = {name: form.text(name) for name in settings.calendar_fields()}
        return await _page(request, status=409, error=str(error), calendar=typed)
    return Redirect(f"{PATH}?da=lich", status_code=303)


@post("/thoi-han/han", status_code=303, guards=[needs(Permission.DEADLINES)])
async def change_limits(request: ConsoleRequest) -> Redirect | Template:
    form = await read_form(request)
    try:
        wanted = settings.read_limits_form(form)
        async with services_of(request).db.begin() as session:
            await settings.save_limits(session, wanted)
            await log(request, session, Action.DEADLINES_CHANGED)
    except NotAllowed as error:
        typed = {name: form.text(name) for name in settings.limit_fields()}
        return await _page(request, status=409, error=str(error), times=typed)
    return Redirect(f"{PATH}?da=han", status_code=303)


async def _page(
    request: ConsoleRequest,
    *,
    done: str = "",
    error: str | None = None,
    calendar: dict[str, str] | None = None,
    times: dict[str, str] | None = None,
    status: int = 200,
) -> Template:
    """`calendar`, `times`: what was typed and refused."""
    async with services_of(request).db.begin() as session:
        hours, allowed = await duty_hours(session), await limits(session)
    return page(
        request,
        "reports/deadline_settings.html",
        status=status,
        done=done,
        error=error,
        calendar=calendar or settings.shown_calendar(hours),
        times=times or settings.shown_limits(allowed),
        special=allowed.special,
        proposed=[each for each in proposed_holidays(_today()) if each.day not in hours.holidays],
        days=settings.DAY_NAMES,
        periods=settings.PERIODS,
        levels=list(Level),
        level_names=settings.LEVEL_NAMES,
        kinds=list(DueKind),
        kind_names=settings.KIND_NAMES,
        units=settings.UNIT_NAMES,
        categories=settings.CATEGORIES,
        category_names=CATEGORY_NAMES,
        nav="deadlines",
    )


def _today() -> date:
    return now().astimezone(VIETNAM).date()


handlers = [deadlines_page, change_calendar, change_limits]
