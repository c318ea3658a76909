"""Light or dark, as an officer chose for this browser; without a choice his device decides."""

from litestar import post
from litestar.response import Redirect

from bot.console import cookies, guards
from bot.console.forms import local_path, read_form
from bot.console.permissions import Permission
from bot.console.services import Connection, ConsoleRequest

COOKIE = "binhyen_theme"
HOME = "/console"

THEMES = {"light": "Sáng", "dark": "Tối"}
"""By Tabler's name for each."""


def chosen(connection: Connection) -> str:
    """The page is made with it, so that it does not flash; empty where nothing was chosen."""
    value = cookies.read(connection, COOKIE)
    return value if value in THEMES else ""


@post("/giao-dien", status_code=303, guards=[guards.needs(Permission.OWN_ACCOUNT)])
async def choose_theme(request: ConsoleRequest) -> Redirect:
    form = await read_form(request)
    response = Redirect(local_path(form.text("next"), HOME), status_code=303)
    theme = form.text("theme")
    if theme in THEMES:
        response.set_cookie(cookies.cookie(request, COOKIE, theme, cookies.A_YEAR))
    else:
        response.set_cookie(cookies.gone(request, COOKIE))
    return response


handlers = [choose_theme]
