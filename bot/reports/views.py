"""The page of one report."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.log import Fact, recorded_lately
from bot.audit.models import Action
from bot.audit.requests import log
from bot.console import guards
from bot.console.forms import Fields, read_form
from bot.console.pages import CHANNEL_NAMES, Done, page
from bot.console.permissions import Permission, may
from bot.console.services import ConsoleRequest, services_of
from bot.groups.models import Officer
from bot.reports import (
    anonymity,
    files,
    labels,
    learning,
    merging,
    officers,
    queue,
    reach,
    sent_files,
)
from bot.reports.bodies import BODIES
from bot.reports.due import due
from bot.reports.errors import NotAllowed
from bot.reports.handing_over import MAX_NOTE, hands
from bot.reports.models import Report
from bot.reports.notices import Reason, tell_officers
from bot.reports.outcomes import OUTCOMES
from bot.reports.report_page import around
from bot.reports.same_event import same_event
from bot.reports.service import officer_speaks
from bot.triage.understanding import REPORTS, Category
from bot.wording import CATEGORY_NAMES

HOME = "/console"
TALK = "hoi-thoai"
FOR_ALL = (Action.ACKNOWLEDGED, Action.ASSIGNED, Action.TRANSFERRED, Action.CLOSED)
"""What is done to a report is done to those that follow it."""

Act = Callable[[AsyncSession, Report, Officer], Awaitable[None]]


Seen = Annotated[str, QueryParameter(name="xem", max_length=16)]
"""How much of the timeline: all of it, or what was said alone."""


@get("/phan-anh/{code:str}", guards=[guards.needs(Permission.READ_REPORTS)])
async def report_page(
    request: ConsoleRequest, code: FromPath[str], done: Done = "", seen: Seen = ""
) -> Template:
    return await show_report(request, code, done=done, only_talk=seen == TALK)


@get("/phan-anh/{code:str}/dien-bien", guards=[guards.needs(Permission.READ_REPORTS)])
async def report_timeline(
    request: ConsoleRequest, code: FromPath[str], seen: Seen = ""
) -> Template:
    """What may have changed on an open page; its forms stay, with what is typed in them."""
    return await show_report(request, code, template="reports/live.html", only_talk=seen == TALK)


@post(
    "/phan-anh/{code:str}/tiep-nhan",
    status_code=303,
    guards=[guards.needs(Permission.HANDLE_REPORTS)],
)
async def acknowledge(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    return await act_on(request, code, officers.acknowledge, Action.ACKNOWLEDGED, done="tiep-nhan")


@post(
    "/phan-anh/{code:str}/doi-loai",
    status_code=303,
    guards=[guards.needs(Permission.HANDLE_REPORTS)],
)
async def correct(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    """Category and flags, as an officer sees them."""
    form = await read_form(request)
    value, for_leader = form.text("category"), form.text("for_leader") == "1"

    async def act(session: AsyncSession, report: Report, officer: Officer) -> None:
        before = report.managers_only, report.urgent
        await officers.correct(
            session,
            report,
            officer,
            chosen_category(value),
            sensitive=_touched(form, "sensitive"),
            urgent=_touched(form, "urgent"),
            for_leader=for_leader,
        )
        await tell_of_correction(request, session, report, *before)

    return await act_on(
        request, code, act, Action.CORRECTED, done="doi-loai", facts={"category": value}
    )


def chosen_category(value: str) -> Category:
    """Raises: NotAllowed, where it is none of a report's."""
    if value not in REPORTS:
        raise NotAllowed("Hãy chọn một loại phản ánh.")
    return Category(value)


async def tell_of_correction(
    request: ConsoleRequest, session: AsyncSession, report: Report, hidden: bool, urgent: bool
) -> None:
    """Tell whom it concerns now; `hidden` and `urgent` are what the report was before."""
    if report.managers_only is not hidden:
        await _tell(request, session, report, Reason.PASSED_ON)  # others read it from now on
    elif report.urgent and not urgent:
        await _tell(request, session, report, Reason.URGENT)


def _touched(form: Fields, flag: str) -> bool | None:
    """A flag the officer changed from what his page showed; None where he left it alone.

    So a page that was open too long does not undo what the reporter's later words raised.
    """
    ticked, shown = form.text(flag) == "1", form.text(f"{flag}_shown")
    return None if shown not in ("0", "1") or ticked is (shown == "1") else ticked


@post("/phan-anh/{code:str}/hoc", status_code=303, guards=[guards.needs(Permission.ALLOW_LEARNING)])
async def allow_learning(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    text = (await read_form(request)).text("text")

    async def act(session: AsyncSession, report: Report, officer: Officer) -> None:
        await learning.allow(session, report, officer, text)

    return await act_on(request, code, act, Action.LEARNING_ALLOWED, done="hoc")


@post(
    "/phan-anh/{code:str}/khong-hoc",
    status_code=303,
    guards=[guards.needs(Permission.ALLOW_LEARNING)],
)
async def refuse_learning(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    """No, or what was allowed is withdrawn."""
    return await act_on(request, code, learning.refuse, Action.LEARNING_REFUSED, done="khong-hoc")


@post(
    "/phan-anh/{code:str}/ket-thuc",
    status_code=303,
    guards=[guards.needs(Permission.HANDLE_REPORTS)],
)
async def close(request: ConsoleRequest, code: FromPath[str]) -> Redirect | Template:
    form = await read_form(request)
    outcome, text = form.text("outcome"), form.text("text")

    async def act(session: AsyncSession, report: Report, officer: Officer) -> None:
        await officers.close(session, report, officer, outcome, text)

    typed = {"outcome": outcome, "closing": text}
    return await act_on(
        request,
        code,
        act,
        Action.CLOSED,
        done="ket-thuc",
        typed=typed,
        facts={"outcome": outcome},
    )


async def _tell(
    request: ConsoleRequest, session: AsyncSession, report: Report, why: Reason
) -> None:
    console = f"{services_of(request).settings.public_base}{HOME}"
    channel = report.conversation.channel if report.conversation else ""
    await tell_officers(session, report, console, channel=channel, why=why)


async def act_on(
    request: ConsoleRequest,
    code: str,
    act: Act,
    action: Action,
    *,
    done: str,
    typed: dict[str, str] | None = None,
    facts: Mapping[str, Fact] | None = None,
) -> Redirect | Template:
    """Do something to a report and log it as `action` with its `facts`, then show the report again;
    refused, show why and what was typed."""
    try:
        async with services_of(request).db.begin() as session:
            # Read anew: rights may have changed since the request came in.
            officer = await session.get_one(Officer, request.user.id)
            report = await found(session, officer, code, to_change=True)
            along = await merging.open_following(session, report) if action in FOR_ALL else ()
            await act(session, report, officer)
            await log(request, session, action, report, **(facts or {}))
            for each in along:
                await log(request, session, action, each, along_with=report.code)
            still_readable = await _still_readable(session, report, officer)
    except NotAllowed as error:
        return await show_report(request, code, status=409, error=str(error), typed=typed)
    address = f"{HOME}/phan-anh/{report.code}" if still_readable else HOME
    return Redirect(f"{address}?da={done}", status_code=303)


async def show_report(
    request: ConsoleRequest,
    code: str,
    *,
    template: str = "reports/report.html",
    status: int = 200,
    typed: dict[str, str] | None = None,
    only_talk: bool = False,
    **context: Any,
) -> Template:
    async with services_of(request).db.begin() as session:
        report = await found(session, request.user, code)
        events = await queue.timeline(session, report)
        attachments = await queue.attachments(session, report)
        question = await learning.question(session, request.user, report)
        event = await same_event(session, report, request.user)
        seen, who = Action.REPORT_SEEN, request.user
        again = template == "reports/live.html"  # which an open page asks for by itself
        if not (again and await recorded_lately(session, seen, officer=who, report=report)):
            await log(request, session, seen, report)
        context["hands"] = await hands(session, report, request.user)
        context["next_way"] = await reach.next_way(session, report)
        context |= await around(session, report, request.user, events)
    return page(
        request,
        template,
        status=status,
        report=report,
        events=events,
        attachments=attachments,
        question=question,
        same_event=event,
        max_learned=learning.MAX_LEARNED,
        outcomes=OUTCOMES,
        max_reply=officers.MAX_REPLY,
        typed={"reply": "", "to_all": "", "note": "", "outcome": "", "closing": ""} | (typed or {}),
        takes_files=sent_files.can_go(report, services_of(request).channels),
        max_sent=sent_files.MAX_SENT,
        only_talk=only_talk,
        edits_canned=may(request.user, Permission.CANNED_REPLIES),
        nav="home",
        **context,
        **names(),
    )


def names() -> dict[str, Any]:
    """Words for what the tables hold."""
    return {
        "categories": CATEGORY_NAMES,
        "choices": [c for c in Category if c in REPORTS],
        "channels": CHANNEL_NAMES,
        "status_labels": labels.STATUS_LABELS,
        "status_colours": labels.STATUS_COLOURS,
        "attachment_labels": labels.ATTACHMENT_LABELS,
        "bubbles": labels.BUBBLES,
        "line": labels.line,
        "due": due,
        "officer_speaks": officer_speaks,
        "lost": labels.LOST,
        "reasons": labels.REASONS,
        "bodies": BODIES,
        "max_note": MAX_NOTE,
        "reading_line": labels.reading_line,
        "channel_of": labels.channel_of,
        "display_name": anonymity.display_name,
        "display_phone": anonymity.display_phone,
        "display_file": files.display_file,
        "files": files,
    }


async def found(
    session: AsyncSession, officer: Officer, code: str, *, to_change: bool = False
) -> Report:
    report = await queue.find(session, officer, code.upper(), to_change=to_change)
    if report is None:
        raise NotFoundException
    return report


async def _still_readable(session: AsyncSession, report: Report, officer: Officer) -> bool:
    """A leader who files a report as one about the police hands it to the managers."""
    await session.flush()
    return await queue.find(session, officer, report.code) is not None


handlers = [
    report_page,
    report_timeline,
    acknowledge,
    correct,
    allow_learning,
    refuse_learning,
    close,
    files.attachment,
    files.small_picture,
]
