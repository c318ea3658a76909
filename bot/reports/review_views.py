"""What the assistant was not sure of, decided with one press in the list."""

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.models import Action
from bot.console import guards
from bot.console.forms import local_path, read_form
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest
from bot.groups.models import Officer
from bot.reports import officers
from bot.reports.errors import NotAllowed
from bot.reports.folders import Folder
from bot.reports.models import Report
from bot.reports.outcomes import NOT_A_REPORT
from bot.reports.views import HOME, act_on, chosen_category, tell_of_correction

LIST = f"{HOME}/hang-doi/{Folder.REVIEW}"


@post(
    "/phan-anh/{code:str}/xem-lai",
    status_code=303,
    guards=[guards.needs(Permission.HANDLE_REPORTS)],
)
async def review(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    """It is a report of the category that was pressed, or none. The list comes back."""
    form = await read_form(request)
    pressed = form.text("is")
    back = local_path(form.text("back"), LIST)

    async def act(session: AsyncSession, report: Report, officer: Officer) -> None:
        if not report.needs_review:
            raise NotAllowed("Tin này đã có người xem rồi.")
        if pressed == NOT_A_REPORT:
            await officers.close(session, report, officer, NOT_A_REPORT, "")
            return
        before = report.managers_only, report.urgent
        await officers.correct(session, report, officer, chosen_category(pressed))
        await tell_of_correction(request, session, report, *before)

    none = pressed == NOT_A_REPORT
    answer = await act_on(
        request,
        code,
        act,
        Action.CLOSED if none else Action.CORRECTED,
        done="",
        facts={"outcome": NOT_A_REPORT} if none else {"category": pressed},
    )
    if isinstance(answer, Template):
        return answer
    done = "khong-phai" if none else "la-phan-anh"
    return Redirect(f"{back}{'&' if '?' in back else '?'}da={done}", status_code=303)


handlers = [review]
