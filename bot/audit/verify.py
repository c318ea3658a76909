"""Finding whatever was done to the log behind the program's back: `binhyen audit verify`.

Entries that were changed, removed, put elsewhere or added by hand are named by their numbers. That
the whole database was put back to an earlier day can only be told by one who remembers a later end:
`known` is the end that an earlier check found.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from sqlalchemy import RowMapping, String, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.chain import START, same, seal_of, seal_of_head
from bot.audit.models import AuditEntry, AuditHead
from bot.db import Database

BATCH = 5000
"""Rows read at once."""

LOOKED_UP = 500
"""Entries whose true place is looked for, at most: each is tried against each."""


@dataclass(frozen=True, slots=True)
class End:
    """Where the log ended."""

    number: int
    seal: str  # hex; of one that an earlier check found, its beginning is enough


@dataclass(slots=True)
class Findings:
    """What is wrong, by numbers of entries; nothing, when the log is whole."""

    checked: int = 0
    end: End = field(default_factory=lambda: End(0, ""))
    altered: list[int] = field(default_factory=list)
    missing: list[tuple[int, int]] = field(default_factory=list)  # from, to
    moved: list[tuple[int, int]] = field(default_factory=list)  # where it was, where it is
    added: list[int] = field(default_factory=list)  # by hand, beyond the end
    loose: list[int] = field(default_factory=list)  # ours, but they follow another entry
    head: bool = False  # what says where the log ends was changed, put back or removed
    put_back: bool = False  # an earlier check saw what is not here now

    @property
    def whole(self) -> bool:
        entries = self.altered, self.missing, self.moved, self.added, self.loose
        return not (any(entries) or self.head or self.put_back)


async def verify(db: Database, known: End | None = None) -> Findings:
    """Look at all entries as they are at this moment; what is appended meanwhile is left out."""
    async with db.begin() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return await look(session, known)


async def look(session: AsyncSession, known: End | None = None) -> Findings:
    """`verify`, in a transaction that sees one state of the database."""
    head = (await session.execute(select(AuditHead.__table__))).mappings().one_or_none()
    findings = Findings(head=not _is_ours(head))
    last = None if head is None or findings.head else int(head["number"])
    wrong: list[RowMapping] = []
    number, seal, trusted = 0, START, True  # of the entry before
    async for row in _rows(session):
        if row["number"] > number + 1:
            findings.missing.append((number + 1, row["number"] - 1))
            trusted = False
        if not same(seal_of(row), bytes(row["seal"])):
            wrong.append(row)
            trusted = False
        else:
            if trusted and not same(seal, bytes(row["previous"])):
                findings.loose.append(row["number"])
            trusted = True
        number, seal = row["number"], bytes(row["seal"])
        findings.checked += 1
        if known is not None and number == known.number:
            findings.put_back = not seal.hex().startswith(known.seal)
    findings.end = End(number, seal.hex())
    if last is not None and number < last:
        findings.missing.append((number + 1, last))
    _name(findings, wrong, last)
    last_is_genuine = not wrong or wrong[-1]["number"] != number
    if head is not None and last is not None and last_is_genuine:
        findings.head = _is_put_back(head, number, seal)
    if known is not None and number < known.number:
        findings.put_back = True
    return findings


def _is_ours(head: RowMapping | None) -> bool:
    if head is None:
        return False
    number, last, seal = head["number"], bytes(head["last"]), bytes(head["seal"])
    if number == 0:
        return last == START and seal == b""  # as the migration left it
    return same(seal_of_head(number, last), seal)


def _is_put_back(head: RowMapping, number: int, seal: bytes) -> bool:
    """Whether the end is a genuine one of another day than the last entry, genuine too."""
    if number == head["number"]:
        return not same(bytes(head["last"]), seal)
    return bool(number > head["number"])


def _name(findings: Findings, wrong: list[RowMapping], last: int | None) -> None:
    """Say of entries with a wrong seal whether they were moved, added or altered."""
    places = [row["number"] for row in wrong]
    for first, end in findings.missing:
        places += range(first, min(end, first + LOOKED_UP) + 1)
    search = len(wrong) <= LOOKED_UP
    for row in wrong:
        here = row["number"]
        if search and (true := _true_place(row, places)) is not None:
            findings.moved.append((true, here))
        elif last is not None and here > last:
            findings.added.append(here)
        else:
            findings.altered.append(here)


def _true_place(row: RowMapping, places: list[int]) -> int | None:
    seal = bytes(row["seal"])
    return next((n for n in places if same(seal_of({**row, "number": n}), seal)), None)


async def _rows(session: AsyncSession) -> AsyncIterator[RowMapping]:
    table = AuditEntry.__table__
    as_it_stands = type_coerce(table.c.action, String).label("action")  # it may be none of ours
    columns = [as_it_stands if c.name == "action" else c for c in table.c]
    query = select(*columns).order_by(table.c.number).execution_options(yield_per=BATCH)
    async for row in (await session.stream(query)).mappings():
        yield row
