"""How an officer's edit of a procedure comes to be told: written, proposed, approved by another.

    draft ─ propose ─ proposed ─ approve ─ published ─ (the next one) ─ superseded
                          │ reject, take_back               │ withdraw
                          rejected, taken_back              withdrawn

A draft is its author's alone to change; once proposed a version never changes, so what the second
officer approves is what he read. Each version knows what stood when it was written (`based_on`):
when another stands by now, nobody would notice what gets lost, so it is neither proposed nor
approved (`Outdated`). Nothing here looks at permissions, and nothing writes the log: the pages do.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.times import VIETNAM
from bot.db import now
from bot.groups.models import Officer
from bot.nlu.text import strip_diacritics
from bot.procedures.catalogue import renew
from bot.procedures.entry import Entry
from bot.procedures.files import dump
from bot.procedures.labels import FIELDS, TOLD_AS
from bot.procedures.models import Origin, Procedure, ProcedureVersion, Status
from bot.procedures.problems import in_words, problems
from bot.procedures.versions import publish, withdraw_published

MAX_NOTE = 1000
"""Characters."""


class Refused(Exception):
    """Nothing was done. The message is for the officer, in Vietnamese."""


class Outdated(Refused):
    """Another version stands by now than when this one was written."""

    def __init__(self) -> None:
        super().__init__(
            "Trong lúc đồng chí soạn, thủ tục này đã được người khác sửa. Hãy xem bản đang dùng, "
            "ghép lại rồi gửi duyệt lần nữa."
        )


class Incomplete(Refused):
    """`problems`: each field's name and what is wrong with it."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        self.problems = problems
        first, why = problems[0]
        super().__init__(f"{FIELDS.get(first, first)}: {why}.")


@dataclass(frozen=True, slots=True)
class Change:
    """A field and what it said before and says after, line by line."""

    field: str
    label: str
    before: tuple[str, ...]
    after: tuple[str, ...]


async def save_draft(
    session: AsyncSession,
    officer: Officer,
    content: Mapping[str, Any],
    *,
    based_on: int | None,
    number: int | None = None,
    origin: Origin = Origin.CONSOLE,
) -> ProcedureVersion:
    """Keep what the officer has written so far; `content` needs nothing but an `id`.

    `based_on` is the procedure's `standing_version` that he saw when he began, None where there
    was none. His own draft `number` is written over; of any other version a new draft is made.
    Raises: Refused, Incomplete.
    """
    procedure_id = str(content.get("id", ""))
    if not re.fullmatch(r"[a-z][a-z0-9_]{2,63}", procedure_id):
        raise Incomplete([("id", "chỉ gồm chữ thường không dấu, số và gạch dưới")])
    new = insert(Procedure).values(id=procedure_id).on_conflict_do_nothing(index_elements=["id"])
    await session.execute(new)
    procedure = await _locked(session, procedure_id)
    if number is not None:
        draft = await _version(session, procedure_id, number)
        if draft.status is Status.DRAFT and draft.author_id == officer.id:
            draft.content = dict(content)
            draft.based_on = based_on
            draft.made_at = now()
            return draft
    procedure.last_number += 1
    draft = ProcedureVersion(
        procedure_id=procedure_id,
        number=procedure.last_number,
        content=dict(content),
        status=Status.DRAFT,
        origin=origin,
        based_on=based_on,
        author_id=officer.id,
    )
    session.add(draft)
    await session.flush()
    await session.refresh(draft)
    return draft


async def discard(session: AsyncSession, officer: Officer, procedure_id: str, number: int) -> None:
    """Throw an own draft away, and the procedure with it where it was all there was of it."""
    procedure = await _locked(session, procedure_id)
    draft = await _own(session, officer, procedure_id, number, Status.DRAFT)
    await session.delete(draft)
    await session.flush()
    others = select(ProcedureVersion.number).where(ProcedureVersion.procedure_id == procedure_id)
    if (await session.execute(others.limit(1))).first() is None and not procedure.file_digest:
        await session.execute(delete(Procedure).where(Procedure.id == procedure_id))


async def propose(
    session: AsyncSession, officer: Officer, procedure_id: str, number: int
) -> ProcedureVersion:
    """Put an own draft before a second officer. Raises: Refused, Outdated, Incomplete."""
    procedure = await _locked(session, procedure_id)
    draft = await _own(session, officer, procedure_id, number, Status.DRAFT)
    _up_to_date(procedure, draft)
    draft.content = dump(await _fit_to_be_told(session, draft))
    draft.status = Status.PROPOSED
    draft.made_at = now()
    return draft


async def take_back(
    session: AsyncSession, officer: Officer, procedure_id: str, number: int
) -> ProcedureVersion:
    """The author does not want his proposal decided any more. Raises: Refused."""
    await _locked(session, procedure_id)
    version = await _own(session, officer, procedure_id, number, Status.PROPOSED)
    version.status = Status.TAKEN_BACK
    version.decided_at = now()
    return version


async def approve(
    session: AsyncSession, officer: Officer, procedure_id: str, number: int
) -> ProcedureVersion:
    """Tell a proposal from now on, in every process. Raises: Refused, Outdated, Incomplete, where a
    fee or a date has lapsed since it was proposed."""
    procedure = await _locked(session, procedure_id)
    version = await _to_decide(session, officer, procedure_id, number)
    _up_to_date(procedure, version)
    await _fit_to_be_told(session, version)
    await publish(session, procedure, version, officer.id)
    await renew(session)
    return version


async def reject(
    session: AsyncSession, officer: Officer, procedure_id: str, number: int, note: str
) -> ProcedureVersion:
    """Send a proposal back to its author, who is told why. Raises: Refused."""
    note = _reason(note)
    await _locked(session, procedure_id)
    version = await _to_decide(session, officer, procedure_id, number)
    version.status = Status.REJECTED
    version.approver_id = officer.id
    version.decided_at = now()
    version.note = note
    return version


async def withdraw(
    session: AsyncSession, officer: Officer, procedure_id: str, note: str
) -> ProcedureVersion:
    """Tell a procedure no more, at once and without a second officer: what is wrong must not wait.
    To tell it again takes a proposal like any other. Raises: Refused.
    """
    note = _reason(note)
    procedure = await _locked(session, procedure_id)
    if procedure.published_version is None:
        raise Refused("Thủ tục này hiện không được trả lời.")
    mark = await withdraw_published(session, procedure, Origin.CONSOLE, officer.id, note)
    await renew(session)
    return mark


async def history(session: AsyncSession, procedure_id: str) -> Sequence[ProcedureVersion]:
    """Every version, the newest first; drafts too."""
    query = (
        select(ProcedureVersion)
        .where(ProcedureVersion.procedure_id == procedure_id)
        .order_by(ProcedureVersion.number.desc())
        .execution_options(populate_existing=True)  # as they are, whatever was read before
    )
    return (await session.scalars(query)).all()


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Change]:
    """What differs between two contents (`ProcedureVersion.content`), in the order of the form."""
    found = []
    for field, label in FIELDS.items():
        old, new = (_lines(field, (said or {}).get(field)) for said in (before, after))
        if old != new:
            found.append(Change(field, label, old, new))
    return found


async def free_id(session: AsyncSession, wish: str) -> str:
    """An id for a new procedure, made of its name or topic: "Cấp lại thẻ" gives "cap_lai_the"."""
    plain = re.sub(r"[^a-z0-9]+", "_", strip_diacritics(wish).lower()).strip("_")
    stem = f"{plain if plain[:1].isalpha() and len(plain) > 2 else f'thu_tuc_{plain}'}"[:58]
    stem = stem.strip("_")
    taken = set((await session.scalars(select(Procedure.id))).all())
    names = (stem, *(f"{stem}_{n}" for n in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


async def _locked(session: AsyncSession, procedure_id: str) -> Procedure:
    query = select(Procedure).where(Procedure.id == procedure_id).with_for_update()
    query = query.execution_options(populate_existing=True)
    procedure = (await session.scalars(query)).one_or_none()
    if procedure is None:
        raise Refused("Không có thủ tục này.")
    return procedure


async def _version(session: AsyncSession, procedure_id: str, number: int) -> ProcedureVersion:
    """As it is now that the procedure is locked."""
    version = await session.get(ProcedureVersion, (procedure_id, number), populate_existing=True)
    if version is None:
        raise Refused("Không có bản này.")
    return version


async def _own(
    session: AsyncSession, officer: Officer, procedure_id: str, number: int, status: Status
) -> ProcedureVersion:
    version = await _version(session, procedure_id, number)
    if version.author_id != officer.id:
        raise Refused("Bản này do người khác soạn.")
    if version.status is not status:
        raise Refused(
            "Bản này đã gửi duyệt rồi." if status is Status.DRAFT else "Bản này đã được quyết định."
        )
    return version


async def _to_decide(
    session: AsyncSession, officer: Officer, procedure_id: str, number: int
) -> ProcedureVersion:
    version = await _version(session, procedure_id, number)
    if version.status is not Status.PROPOSED:
        raise Refused("Bản này không còn chờ duyệt.")
    if version.author_id == officer.id:
        raise Refused("Đồng chí soạn bản này, nên phải do người khác duyệt.")
    return version


def _up_to_date(procedure: Procedure, version: ProcedureVersion) -> None:
    if version.based_on != procedure.standing_version:
        raise Outdated


async def _fit_to_be_told(session: AsyncSession, version: ProcedureVersion) -> Entry:
    """By the rules of today. Raises: Incomplete."""
    try:
        entry = Entry.model_validate(version.content)
    except ValidationError as e:
        raise Incomplete(in_words(e)) from None
    known = (await session.scalars(select(Procedure.id))).all()
    if wrong := list(problems(entry, known, now().astimezone(VIETNAM).date())):
        raise Incomplete(wrong)
    return entry


def _reason(note: str) -> str:
    note = note.strip()
    if not note or len(note) > MAX_NOTE:
        raise Refused(f"Đồng chí ghi lý do, không quá {MAX_NOTE} ký tự.")
    return note


def _lines(field: str, value: Any) -> tuple[str, ...]:
    """What a field says, as people read it."""
    if value is None or value == "":
        return ()
    if isinstance(value, list):
        return tuple(line for each in value for line in _lines(field, each))
    if isinstance(value, dict):
        return (_fee(value),)
    known = TOLD_AS.get(field, {})
    return (known.get(str(value)) or _shown(str(value)),)


def _fee(fee: Mapping[str, Any]) -> str:
    since, until = fee.get("since"), fee.get("until")
    held = [f"từ {_shown(str(since))}"] if since else []
    held += [f"đến {_shown(str(until))}"] if until else []
    return f"{fee.get('text', '')} ({' '.join(held)})" if held else str(fee.get("text", ""))


def _shown(value: str) -> str:
    """A date as people write it, anything else as it is."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return value
    year, month, day = value.split("-")
    return f"{day}/{month}/{year}"
