"""What residents asked and the assistant could not answer (managers)."""

import uuid

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from bot.audit.models import Action
from bot.audit.requests import log
from bot.console import guards
from bot.console.pages import Done, page
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of
from bot.procedures import gaps
from bot.procedures.labels import TOPICS

PATH = "/console/cau-hoi"


@get("/cau-hoi", guards=[guards.needs(Permission.GAPS)])
async def gaps_page(request: ConsoleRequest, done: Done = "") -> Template:
    async with services_of(request).db.begin() as session:
        found = await gaps.gaps(session)
    return page(
        request,
        "console/gaps.html",
        gaps=found,
        topics=TOPICS,
        kept=gaps.KEPT.days,
        done=done,
        nav="gaps",
    )


@post("/cau-hoi/{gap_id:uuid}/da-bo-sung", status_code=303, guards=[guards.needs(Permission.GAPS)])
async def answered(request: ConsoleRequest, gap_id: FromPath[uuid.UUID]) -> Redirect:
    """The answer was added to those the assistant has."""
    return await _settle(request, gap_id, "da-bo-sung", Action.GAP_ANSWERED)


@post("/cau-hoi/{gap_id:uuid}/bo-qua", status_code=303, guards=[guards.needs(Permission.GAPS)])
async def left(request: ConsoleRequest, gap_id: FromPath[uuid.UUID]) -> Redirect:
    """It is nothing to be answered."""
    return await _settle(request, gap_id, "bo-qua-cau-hoi", Action.GAP_LEFT)


async def _settle(
    request: ConsoleRequest, gap_id: uuid.UUID, done: str, action: Action
) -> Redirect:
    async with services_of(request).db.begin() as session:
        if times := await gaps.settle(session, gap_id):
            await log(request, session, action, times=times)
    return Redirect(f"{PATH}?da={done}", status_code=303)


handlers = [gaps_page, answered, left]
