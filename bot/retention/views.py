"""What is kept how long: a page for residents, and one for managers that says what goes next."""

from collections.abc import Iterable
from datetime import timedelta

from litestar import Response, get
from litestar.response import Template

from bot.console import guards
from bot.console.pages import page
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of
from bot.procedures import public_page
from bot.procedures.public_views import PublicRequest
from bot.retention import purge
from bot.retention.kinds import TABLE, Kind
from bot.settings import Settings

PUBLIC = "/du-lieu"


def lasting(kept: timedelta) -> str:
    """A length of time as one says it; "" for none."""
    minutes = int(kept.total_seconds()) // 60
    if not minutes:
        return ""
    if kept.days:
        return f"{kept.days} ngày"
    return f"{minutes // 60} giờ" if minutes % 60 == 0 else f"{minutes} phút"


def shown(settings: Settings, kinds: Iterable[Kind] = TABLE) -> list[dict[str, str]]:
    return [
        {
            "key": kind.key,
            "what": kind.what,
            "kept": f"{lasting(kind.kept(settings))} {kind.since}".strip(),
            "why": kind.why,
        }
        for kind in kinds
    ]


@get(PUBLIC)
async def public(request: PublicRequest) -> Response[bytes]:
    """Whose data it is reads how long each kind is kept, and why."""
    settings = services_of(request).settings
    plain = [kind for kind in TABLE if not kind.technical]
    technical = max(kind.kept(settings) for kind in TABLE if kind.technical)
    return public_page.page(
        request,
        "retention/public.html",
        kinds=shown(settings, plain),
        technical=lasting(technical),
    )


@get("/luu-giu", guards=[guards.needs(Permission.RETENTION)])
async def retention_page(request: ConsoleRequest) -> Template:
    services = services_of(request)
    async with services.db.begin() as session:
        upcoming = await purge.upcoming(session, services.settings)
        past = await purge.past(session)
    return page(
        request,
        "retention/page.html",
        kinds=shown(services.settings),
        names={kind.key: kind.what for kind in TABLE},
        upcoming=upcoming,
        days=purge.BEFOREHAND.days,
        past=past,
        nav="retention",
    )


handlers = [retention_page]
