"""Light or dark, as an officer chose for this browser; without a choice his device decides."""

from litestar import post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from bot.console import guards
from bot.console.forms import local_path, read_form
from bot.console.headers import is_https
from bot.console.permissions import Permission
from bot.console.services import Connection, ConsoleRequest, services_of

COOKIE = "binhyen_theme"
HOME = "/console"
YEAR = 365 * 24 * 60 * 60  # seconds


THEMES = {"light": "Sáng", "dark": "Tối"}
"""By Tabler's name for each."""


def chosen(connection: Connection) -> str:
    """The page is made with it, so that it does not flash; empty where nothing was chosen."""
    value = connection.cookies.get(COOKIE, "")
    return value if value in THEMES else ""


@post("/giao-dien", status_code=303, guards=[guards.needs(Permission.OWN_ACCOUNT)])
async def choose_theme(request: ConsoleRequest) -> Redirect:
    form = await read_form(request)
    response = Redirect(local_path(form.text("next"), HOME), status_code=303)
    theme = form.text("theme")
    if theme in THEMES:
        secure = is_https(services_of(request).settings)
        response.set_cookie(
            Cookie(COOKIE, HOME, theme, httponly=True, samesite="lax", secure=secure, max_age=YEAR)
        )
    else:
        response.delete_cookie(COOKIE, path=HOME)
    return response


handlers = [choose_theme]
