"""Procedures as officers read them: the list, one of them, one of its versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.response import Template
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.models import Action
from bot.audit.requests import log
from bot.console import guards
from bot.console.pages import Done, page
from bot.console.permissions import Permission, may
from bot.console.services import ConsoleRequest, services_of
from bot.console.times import today
from bot.groups.station import filled
from bot.procedures import (
    overview,
    public_page,
    public_views,
    publishing,
    second_officer,
    upkeep,
)
from bot.procedures.catalogue import catalogue, current, refresh
from bot.procedures.changes import Piece, pieces
from bot.procedures.drafting import Desk, desk
from bot.procedures.entry import Entry
from bot.procedures.files import dump
from bot.procedures.labels import CONFIDENCES, ORIGINS, STATUSES, TOPICS
from bot.procedures.models import ProcedureVersion, Status
from bot.procedures.overview import FOLDER_NAMES, Folder
from bot.procedures.telling import answer
from bot.procedures.upkeep import reasons

PATH = "/console/thu-tuc"
MAX_SOUGHT = 100
Sought = Annotated[str, QueryParameter(name="tim", max_length=MAX_SOUGHT)]
Chosen = Annotated[str, QueryParameter(name="xem", max_length=20)]
readers = guards.needs(Permission.READ_PROCEDURES)
editors = guards.needs(Permission.EDIT_PROCEDURES)

COLOURS = {
    Status.DRAFT: "bg-blue-lt",
    Status.PROPOSED: "bg-yellow-lt",
    Status.PUBLISHED: "bg-green-lt",
    Status.REJECTED: "bg-red-lt",
    Status.WITHDRAWN: "bg-red-lt",
}


@dataclass(frozen=True, slots=True)
class Changed:
    """A field that two versions differ in."""

    label: str
    before: str
    after: str

    @property
    def pieces(self) -> list[Piece]:
        return pieces(self.before, self.after)


@get("/thu-tuc", guards=[readers])
async def list_page(
    request: ConsoleRequest, done: Done = "", chosen: Chosen = "", words: Sought = ""
) -> Template:
    edits = may(request.user, Permission.EDIT_PROCEDURES)
    async with services_of(request).db.begin() as session:
        await refresh(session)
        rows = await overview.all_rows(session, today()) if edits else overview.told(today())
    folder = Folder(chosen) if chosen in set(Folder) else Folder.ALL
    in_folder = {each: sum(row.is_in(each) for row in rows) for each in Folder}
    return show(
        request,
        "console/procedures.html",
        groups=overview.by_topic(overview.sought(rows, folder, words)),
        folder=folder,
        folders={each: name for each, name in FOLDER_NAMES.items() if edits or not each},
        in_folder=in_folder,
        words=words,
        max_words=MAX_SOUGHT,
        done=done,
    )


@get("/thu-tuc/{procedure_id:str}", guards=[readers])
async def procedure_page(
    request: ConsoleRequest, procedure_id: FromPath[str], done: Done = ""
) -> Template:
    return await show_procedure(request, procedure_id, done=done)


@get("/thu-tuc/{procedure_id:str}/ban/{number:int}", guards=[editors])
async def version_page(
    request: ConsoleRequest, procedure_id: FromPath[str], number: FromPath[int], done: Done = ""
) -> Template:
    return await show_version(request, procedure_id, number, done=done)


@get("/thu-tuc/{procedure_id:str}/ban/{number:int}/trang", guards=[editors])
async def public_preview(
    request: ConsoleRequest, procedure_id: FromPath[str], number: FromPath[int]
) -> Response[bytes]:
    """The public page as it would be with this version."""
    async with services_of(request).db.begin() as session:
        found = await open_desk(session, request, procedure_id)
    version = found.version(number)
    entry = whole(version.content) if version else None
    if entry is None:
        raise NotFoundException
    return public_views.show(request, filled(entry, current().station), public_page.FORGOTTEN)


async def show_procedure(
    request: ConsoleRequest,
    procedure_id: str,
    *,
    typed: Mapping[str, str] | None = None,
    **context: Any,
) -> Template:
    """What is told of one, and for who edits also what is under way. Raises: NotFoundException."""
    async with services_of(request).db.begin() as session:
        found = await open_desk(session, request, procedure_id)
    entry = catalogue().get(procedure_id)
    edits = may(request.user, Permission.EDIT_PROCEDURES)
    if entry is None and not edits:
        raise NotFoundException
    return show(
        request,
        "console/procedure.html",
        desk=found,
        entry=entry,
        fields=differences({}, found.told if edits or entry is None else dump(entry)),
        said=in_chat(entry) if entry else "",
        why=reasons(entry, today()) if entry else (),
        edits=edits,
        typed=typed or {},
        max_note=publishing.MAX_NOTE,
        **context,
    )


async def show_version(
    request: ConsoleRequest, procedure_id: str, number: int, *, note: str = "", **context: Any
) -> Template:
    """One version: what it changes, what residents would read. Raises: NotFoundException."""
    async with services_of(request).db.begin() as session:
        found = await open_desk(session, request, procedure_id)
        version = found.version(number)
        if version is None:
            raise NotFoundException
        others = await second_officer.who_may_approve(session, version)
    open_one = version.status in (Status.DRAFT, Status.PROPOSED)
    before = found.version(found.standing if open_one else version.based_on)
    content = before.content if before else {}
    entry = whole(version.content)
    return show(
        request,
        "console/procedure_version.html",
        desk=found,
        version=version,
        before=before,
        changed=differences(content, version.content),
        fields=differences({}, version.content),
        said=in_chat(entry) if entry else "",
        overtaken=open_one and version.based_on != found.standing,
        approves=may(request.user, Permission.APPROVE_PROCEDURES),
        others=[officer.name for officer in others],
        note=note,
        max_note=publishing.MAX_NOTE,
        **context,
    )


async def open_desk(session: AsyncSession, request: ConsoleRequest, procedure_id: str) -> Desk:
    """Raises: NotFoundException."""
    await refresh(session)
    found = await desk(session, request.user, procedure_id)
    if found is None:
        raise NotFoundException
    return found


def in_chat(entry: Entry) -> str:
    """As residents of this commune read it today."""
    station = current().station
    return answer(filled(entry, station), today(), station)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Changed]:
    """In words; related procedures by their names."""
    found = publishing.changes(_with_names(before), _with_names(after))
    return [
        Changed(each.label, "\n".join(each.before), "\n".join(each.after))
        for each in found
        if each.field != "id"
    ]


def _with_names(content: Mapping[str, Any]) -> Mapping[str, Any]:
    names = {entry.id: entry.name for entry in catalogue().values()}
    return {**content, "related": [names.get(r, r) for r in content.get("related") or ()]}


def whole(content: Mapping[str, Any]) -> Entry | None:
    """None for one that is unfinished."""
    try:
        return Entry.model_validate(content)
    except ValidationError:
        return None


async def log_version(
    request: ConsoleRequest, session: AsyncSession, action: Action, version: ProcedureVersion
) -> None:
    await log(request, session, action, procedure=version.procedure_id, version=version.number)


def show(request: ConsoleRequest, template: str, *, status: int = 200, **context: Any) -> Template:
    return page(
        request,
        template,
        status=status,
        path=PATH,
        topics=TOPICS,
        confidences=CONFIDENCES,
        statuses=STATUSES,
        colours=COLOURS,
        origins=ORIGINS,
        reason_names=upkeep.NAMES,
        today=today(),
        nav="procedures",
        **context,
    )


handlers = [list_page, procedure_page, version_page, public_preview]
