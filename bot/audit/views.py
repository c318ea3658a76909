"""The log, for managers: who saw and did what, when, and from where."""

import uuid
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from litestar import get
from litestar.exceptions import ClientException
from litestar.params import QueryParameter
from litestar.response import Template

from bot.audit import labels, reading
from bot.audit.models import Action
from bot.audit.requests import log
from bot.console import guards
from bot.console.pages import page
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of
from bot.reports.codes import find_code

PATH = "/console/nhat-ky"


def _field(name: str) -> QueryParameter:
    return QueryParameter(name=name, max_length=64)


@get("/nhat-ky", guards=[guards.needs(Permission.AUDIT)])
async def log_page(
    request: ConsoleRequest,
    officer: Annotated[str, _field("can-bo")] = "",
    action: Annotated[str, _field("viec")] = "",
    code: Annotated[str, _field("ma")] = "",
    first: Annotated[str, _field("tu")] = "",
    last: Annotated[str, _field("den")] = "",
    before: Annotated[int | None, QueryParameter(name="truoc", ge=1, le=2**62)] = None,
) -> Template:
    """The filters stand in the address, so that a page of the log can be kept and passed on."""
    asked = {"can-bo": officer, "viec": action, "ma": code, "tu": first, "den": last}
    try:
        wanted = reading.Wanted(
            officer=uuid.UUID(officer) if officer else None,
            action=Action(action) if action else None,
            code=(find_code(code) or "") if code else None,  # no entry has none
            first=date.fromisoformat(first) if first else None,
            last=date.fromisoformat(last) if last else None,
            before=before,
        )
    except ValueError:
        raise ClientException from None
    async with services_of(request).db.begin() as session:
        found = await reading.read(session, wanted)
        officers = await reading.officers(session)
        await log(request, session, Action.AUDIT_SEEN)
    older = {**asked, "truoc": found.entries[-1].AuditEntry.number} if found.more else None
    return page(
        request,
        "audit/log.html",
        found=found,
        officers=officers,
        asked=asked,
        filtered=any(asked.values()) or before is not None,
        older=older and f"{PATH}?{urlencode({k: v for k, v in older.items() if v})}",
        actions=labels.ACTIONS,
        notable=labels.NOTABLE,
        place=labels.place,
        detail=labels.detail,
        nav="audit",
    )


handlers = [log_page]
