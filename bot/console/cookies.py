"""The console's cookies. On https their names bind them to this very host (`__Host-`)."""

from datetime import timedelta

from litestar.datastructures import Cookie

from bot.console.headers import is_https
from bot.console.services import Connection, services_of
from bot.settings import Settings

SESSION = "binhyen_officer"
FORMS = "csrftoken"
MARK = "binhyen_device"
"""By which a browser is known in which somebody has signed in before (bot/console/browsers.py)."""
A_YEAR = timedelta(days=365)
CONSOLE = "/console"


def name(settings: Settings, base: str) -> str:
    """Browsers take such a name only from this host, with https, for the whole host."""
    return f"__Host-{base}" if is_https(settings) else base


def read(connection: Connection, base: str) -> str:
    return connection.cookies.get(name(services_of(connection).settings, base), "")


def cookie(connection: Connection, base: str, value: str, lasts: timedelta) -> Cookie:
    settings = services_of(connection).settings
    return Cookie(
        key=name(settings, base),
        value=value,
        path="/" if is_https(settings) else CONSOLE,
        httponly=True,
        # Not strict: officers come by links in their notices.
        samesite="lax",
        secure=is_https(settings),
        max_age=int(lasts.total_seconds()),
    )


def gone(connection: Connection, base: str) -> Cookie:
    """Makes the browser forget it. One with `__Host-` is forgotten only as it was set."""
    return cookie(connection, base, "", timedelta(0))


def forms_gone(connection: Connection) -> Cookie:
    forgotten = gone(connection, FORMS)
    forgotten.path = "/"  # the pages of residents have forms too
    return forgotten
