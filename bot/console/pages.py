"""Rendering a console page with what every page shows."""

from collections.abc import Mapping
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

from litestar.exceptions import MethodNotAllowedException, NotFoundException
from litestar.params import QueryParameter
from litestar.response import Template

from bot.console import second_factor, theme
from bot.console.forms import local_path
from bot.console.navigation import ON_PHONE, counts, menu
from bot.console.permissions import Permission, may
from bot.console.services import Connection, services_of
from bot.groups.models import Officer, Role

HOME = "/console"
ROLE_NAMES = {
    Role.LEADER: "Cảnh sát khu vực",
    Role.DEPUTY: "Phó nhóm",
    Role.MANAGER: "Tổ quản lý",
    Role.ADMIN: "Quản trị hệ thống",
}
CHANNEL_NAMES = {
    "telegram": "Telegram",
    "zalo_bot": "Zalo Bot",
    "zalo_oa": "Zalo OA",
    "web": "Trang web",
}

Done = Annotated[str, QueryParameter(name="da", max_length=32)]
"""What a redirect says was just done; the page knows the words for it."""


def page(request: Connection, template: str, *, status: int = 200, **context: Any) -> Template:
    """A whole page or a fragment of one, for the officer who asks."""
    officer = request.scope.get("user")
    shared: dict[str, Any] = {
        "officer": None,
        "nav": "",
        "done": "",
        "error": None,
        "may": _nothing,
        "settled": False,
        "theme": theme.chosen(request),
    }
    if isinstance(officer, Officer):
        shared |= {
            "officer": officer,
            "settled": not officer.must_change_password
            and not second_factor.is_due(officer, request.scope["auth"]),
            "role_name": ROLE_NAMES[officer.role],
            "reads_reports": may(officer, Permission.READ_REPORTS),
            "manages": may(officer, Permission.READ_ALL_REPORTS),
            "may": lambda name: may(officer, Permission(name)),
            "menu": menu(officer),
            "on_phone": ON_PHONE,
            "counts": counts(officer),
            "themes": {"": "Theo máy"} | theme.THEMES,
            "this_page": page_of(request),
        }
    return Template(template, context=shared | context, status_code=status)


def pages_of(request: Connection) -> str:
    """The console's address as officers reach it from their chats."""
    return f"{services_of(request).settings.public_base}{HOME}"


def _nothing(_: str) -> bool:
    """What a stranger may do."""
    return False


def page_of(request: Connection) -> str:
    """The page to come back to; of a form or a part of a page, the page it stands on."""
    url, scope = request.url, cast(Mapping[str, Any], request.scope)
    by_script = "hx-request" in request.headers
    if scope.get("method") == "GET" and not by_script:
        return _address(url.path, url.query)
    shown = request.headers.get("hx-current-url" if by_script else "referer", "")
    for address in (_on_this_site(shown, url.netloc), url.path.rpartition("/")[0]):
        if _opens(request, address.partition("?")[0]):
            return address
    return HOME


def _address(path: str, query: str) -> str:
    return f"{path}?{query}" if query and "da=" not in query else path


def _on_this_site(url: str, host: str) -> str:
    """What of the URL is an address in the console; empty where it leads elsewhere."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return local_path(_address(parts.path, parts.query), "") if parts.netloc == host else ""


def _opens(request: Connection, path: str) -> bool:
    """Whether there is a page at the path: some addresses are those of forms alone."""
    if not path.startswith(HOME):
        return False
    try:
        request.app.asgi_router.handle_routing(path=path, method="GET")
    except (NotFoundException, MethodNotAllowedException):
        return False
    return True
