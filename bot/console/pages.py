"""Rendering a console page with what every page shows."""

from typing import Annotated, Any

from litestar.params import QueryParameter
from litestar.response import Template

from bot.console.services import Connection
from bot.groups.models import Officer, Role
from bot.reports.access import reads_reports

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
    shared: dict[str, Any] = {"officer": None, "nav": "", "done": "", "error": None}
    if isinstance(officer, Officer):
        shared |= {
            "officer": officer,
            "role_name": ROLE_NAMES[officer.role],
            "reads_reports": reads_reports(officer),
            "watches_system": officer.role in (Role.MANAGER, Role.ADMIN),
            "manages": officer.role is Role.MANAGER,
        }
    return Template(template, context=shared | context, status_code=status)
