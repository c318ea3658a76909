"""An officer's own sessions: where he is signed in, and ending what is not his."""

from litestar import get, post
from litestar.response import Redirect, Template

from bot.audit.models import Action
from bot.audit.requests import log
from bot.console import guards, sessions
from bot.console.forms import as_uuid, read_form
from bot.console.pages import Done, page
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of

SESSIONS = "/console/phien"
OTHERS = "others"


@get("/phien", guards=[guards.needs(Permission.OWN_ACCOUNT)])
async def own_sessions(request: ConsoleRequest, done: Done = "") -> Template:
    async with services_of(request).db.begin() as session:
        opened = await sessions.open_ones(session, request.user.id)
    return page(
        request,
        "console/sessions.html",
        sessions=opened,
        here=request.auth.id,
        lasts_until=sessions.lasts_until,
        others=OTHERS,
        path=SESSIONS,
        nav="account",
        done=done,
    )


@post(
    "/phien/ket-thuc",
    status_code=303,
    guards=[guards.needs(Permission.OWN_ACCOUNT, fresh=True)],
)
async def end(request: ConsoleRequest) -> Redirect:
    """One, by its id, or all but this one."""
    which = (await read_form(request)).text("session")
    async with services_of(request).db.begin() as session:
        if which == OTHERS:
            await sessions.end_all(session, request.user.id, but=request.auth.id)
        elif named := as_uuid(which):
            await sessions.end_one(session, request.user.id, named)
        await log(request, session, Action.SESSIONS_ENDED)
    return Redirect(f"{SESSIONS}?da=ket-thuc-phien", status_code=303)


handlers = [own_sessions, end]
