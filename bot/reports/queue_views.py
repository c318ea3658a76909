"""The officers' queue: folders, filters, search, and acknowledging several reports at once.

What is searched for is posted, and goes on sealed: it stands in no address, history or log.
"""

from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template

from bot.audit.log import Fact, recorded_lately
from bot.audit.models import Action
from bot.audit.requests import log
from bot.console import guards
from bot.console.forms import local_path, read_form
from bot.console.pages import Done, page
from bot.console.permissions import Permission
from bot.console.sealed_links import seal, unseal
from bot.console.services import ConsoleRequest, address_of, services_of
from bot.reports import codes, filters, folders, queue, taking, word_search
from bot.reports.access import reads_reports
from bot.reports.filters import NO_FILTER, Filter
from bot.reports.folders import Cursor, Folder
from bot.reports.views import HOME, names

FOLDERS = {
    Folder.ALL: ("messages", "Tất cả đang mở"),
    Folder.MINE: ("user", "Của tôi"),
    Folder.UNASSIGNED: ("inbox", "Chưa ai nhận"),
    Folder.OVERDUE: ("clock", "Quá hạn"),
    Folder.REVIEW: ("eye", "Cần xem lại"),
    Folder.CLOSED: ("lock", "Đã kết thúc"),
}
PLACE = rf"\A({Cursor.PATTERN})?\Z"
After = Annotated[str, QueryParameter(name="sau", pattern=PLACE)]
Before = Annotated[str, QueryParameter(name="truoc", pattern=PLACE)]
Sealed = Annotated[str, QueryParameter(name="kin", max_length=8000)]

SEARCH, TAKEN = "search", "taken"


@get("/", guards=[guards.needs(Permission.OWN_ACCOUNT)])
async def home(request: ConsoleRequest, done: Done = "") -> Template:
    """The queue; whoever reads no reports is told what he may do."""
    if not reads_reports(request.user):
        return page(request, "console/no_reports.html", done=done, nav="home")
    return await _queue(request, Folder.ALL, done=done)


@get("/hang-doi/{folder:str}", guards=[guards.needs(Permission.READ_REPORTS)])
async def folder_page(
    request: ConsoleRequest,
    folder: FromPath[str],
    after: After = "",
    before: Before = "",
    told: Sealed = "",
    done: Done = "",
) -> Template:
    return await _queue(request, _folder(folder), after, before, told=told, done=done)


@get("/hang-doi/{folder:str}/danh-sach", guards=[guards.needs(Permission.READ_REPORTS)])
async def folder_list(
    request: ConsoleRequest, folder: FromPath[str], after: After = "", before: Before = ""
) -> Template:
    """The list alone, for a page that is open already."""
    return await _queue(request, _folder(folder), after, before, template="reports/list.html")


@post(
    "/hang-doi/tiep-nhan",
    status_code=303,
    guards=[guards.needs(Permission.HANDLE_REPORTS)],
)
async def acknowledge_ticked(request: ConsoleRequest) -> Redirect:
    form = await read_form(request)
    taken = await taking.acknowledge_all(
        services_of(request).db,
        request.user,
        form.all("report"),
        address=address_of(request),
    )
    back = local_path(form.text("back"), otherwise=f"{HOME}/hang-doi/{Folder.ALL}")
    told = seal(TAKEN, request.user, taken.as_json())
    return Redirect(f"{back}{'&' if '?' in back else '?'}kin={told}", status_code=303)


@post("/tim", status_code=303, guards=[guards.needs(Permission.READ_REPORTS)])
async def search(request: ConsoleRequest) -> Redirect:
    """A code leads to its report; anything else to what is found."""
    text = (await read_form(request)).text("q").strip()[: word_search.MAX_QUERY]
    if code := codes.as_typed(text):
        async with services_of(request).db.begin() as session:
            report = await queue.find(session, request.user, code)
        if report is not None:
            return Redirect(f"{HOME}/phan-anh/{report.code}", status_code=303)
    return Redirect(f"{HOME}/tim?kin={seal(SEARCH, request.user, text)}", status_code=303)


@get("/tim", guards=[guards.needs(Permission.READ_REPORTS)])
async def found(request: ConsoleRequest, sealed: Sealed = "", after: After = "") -> Template:
    text = unseal(SEARCH, request.user, sealed) or ""
    async with services_of(request).db.begin() as session:
        result = await word_search.search(session, request.user, text, Cursor.parse(after))
        if text:
            await log(request, session, Action.SEARCHED, found=len(result.rows))
    return page(
        request,
        "reports/found.html",
        sought=text,
        code=codes.as_typed(text),
        found=result,
        further=bool(after),
        on=f"{HOME}/tim?kin={sealed}&sau={result.older}" if result.older else None,
        nav="home",
        **names(),
    )


async def _queue(
    request: ConsoleRequest,
    folder: Folder,
    after: str = "",
    before: str = "",
    *,
    done: str = "",
    told: str = "",
    template: str = "reports/queue.html",
) -> Template:
    cursor = Cursor.parse(before, back=True) or Cursor.parse(after)
    async with services_of(request).db.begin() as session:
        possible = await filters.choices(session, request.user, folder)
        chosen = filters.read_filter(request.query_params, possible)
        shown = await queue.open_page(session, request.user, folder, chosen, cursor)
        counts = await folders.counts(session, request.user)
        facts: dict[str, Fact] = {"folder": folder.value, "further": cursor is not None}
        facts |= chosen.parameters()
        seen, who = Action.QUEUE_SEEN, request.user
        again = template == "reports/list.html"  # which an open page asks for by itself
        all_facts: dict[str, Any] = dict.fromkeys(filters.NAMES) | facts
        if not (again and await recorded_lately(session, seen, officer=who, **all_facts)):
            await log(request, session, seen, None, **facts)
    taken = unseal(TAKEN, request.user, told)
    return page(
        request,
        template,
        folder=folder,
        folders=FOLDERS,
        queue=shown,
        counts=counts,
        most_counted=folders.MOST_COUNTED,
        chosen=chosen,
        possible=possible,
        chips=filters.chips(chosen, possible),
        address=_address,
        here=_address(folder, chosen, "/danh-sach", sau=after, truoc=before),
        back=_address(folder, chosen, sau=after, truoc=before),
        looked_through=queue.LOOKED_THROUGH,
        taken=taking.Taken.from_json(taken) if taken else None,
        done=done,
        nav="home",
        **names(),
    )


def _address(folder: Folder, chosen: Filter = NO_FILTER, part: str = "", **places: object) -> str:
    """Of a folder's page; `part` of what is loaded into it."""
    parameters = chosen.parameters() | {n: str(place) for n, place in places.items() if place}
    query = f"?{urlencode(parameters)}" if parameters else ""
    return f"{HOME}/hang-doi/{folder}{part}{query}"


def _folder(name: str) -> Folder:
    try:
        return Folder(name)
    except ValueError:
        raise NotFoundException from None


handlers = [home, folder_page, folder_list, acknowledge_ticked, search, found]
