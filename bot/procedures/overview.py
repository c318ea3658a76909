"""All procedures in a list: what is told of each, what is being written, what is to be checked."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.nlu.text import fold, strip_diacritics
from bot.procedures.catalogue import catalogue
from bot.procedures.entry import Entry, Topic
from bot.procedures.models import Procedure, ProcedureVersion, Status
from bot.procedures.upkeep import Reason, reasons


class Folder(StrEnum):
    ALL = ""
    TO_CHECK = "can-kiem-tra"
    WAITING = "cho-duyet"
    DRAFTS = "dang-soan"
    UNTOLD = "chua-dung"


FOLDER_NAMES = {
    Folder.ALL: "Tất cả",
    Folder.TO_CHECK: "Cần kiểm tra",
    Folder.WAITING: "Chờ duyệt",
    Folder.DRAFTS: "Đang soạn",
    Folder.UNTOLD: "Chưa dùng",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One procedure. `entry` is what is told of it; None: nothing is."""

    id: str
    name: str
    topic: Topic
    entry: Entry | None
    why: Sequence[Reason] = ()
    waiting: int = 0
    drafts: int = 0
    known: str = ""  # what it is found by

    def is_in(self, folder: Folder) -> bool:
        return {
            Folder.ALL: True,
            Folder.TO_CHECK: bool(self.why),
            Folder.WAITING: self.waiting > 0,
            Folder.DRAFTS: self.drafts > 0,
            Folder.UNTOLD: self.entry is None,
        }[folder]


def told(today: date) -> list[Row]:
    """What every officer may read."""
    return [_told(entry, today) for entry in catalogue().values()]


async def all_rows(session: AsyncSession, today: date) -> list[Row]:
    """Also what nobody has approved yet, and what is told no more."""
    query = (
        select(ProcedureVersion)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .where(
            or_(
                ProcedureVersion.status.in_((Status.DRAFT, Status.PROPOSED)),
                and_(
                    Procedure.published_version.is_(None),
                    ProcedureVersion.number == Procedure.last_number,
                ),
            )
        )
        .order_by(ProcedureVersion.procedure_id, ProcedureVersion.number)
    )
    versions: dict[str, list[ProcedureVersion]] = {name: [] for name in catalogue()}
    for version in (await session.scalars(query)).all():
        versions.setdefault(version.procedure_id, []).append(version)
    return [_row(name, catalogue().get(name), of, today) for name, of in versions.items()]


def sought(rows: Iterable[Row], folder: Folder, words: str) -> list[Row]:
    """Those of the folder whose name or questions have the words, by name."""
    found = [row for row in rows if row.is_in(folder) and speaks_of(row.known, words)]
    return sorted(found, key=lambda row: strip_diacritics(row.name).lower())


def speaks_of(text: str, words: str) -> bool:
    """Whether each of the words is in the text. Diacritics make no difference, and short spellings
    are looked for as what they stand for, too."""
    plain = strip_diacritics(text).lower()
    spellings = {strip_diacritics(words).lower(), strip_diacritics(fold(words)) or words}
    return any(all(_has(plain, word) for word in spelling.split()) for spelling in spellings)


def _has(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def by_topic(rows: Iterable[Row]) -> dict[Topic, list[Row]]:
    """The topics that have any, in their order."""
    grouped: dict[Topic, list[Row]] = {topic: [] for topic in Topic}
    for row in rows:
        grouped[row.topic].append(row)
    return {topic: of for topic, of in grouped.items() if of}


def _row(name: str, entry: Entry | None, versions: Sequence[ProcedureVersion], today: date) -> Row:
    statuses = [version.status for version in versions]
    row = _told(entry, today) if entry else _untold(name, versions[-1].content)
    return replace(
        row, waiting=statuses.count(Status.PROPOSED), drafts=statuses.count(Status.DRAFT)
    )


def _told(entry: Entry, today: date) -> Row:
    known = "\n".join(entry.known_questions())
    return Row(entry.id, entry.name, entry.topic, entry, reasons(entry, today), known=known)


def _untold(name: str, content: Mapping[str, Any]) -> Row:
    """Of a draft that may lack anything."""
    asked = [*content.get("questions", ()), *content.get("asked", ())]
    title = content.get("name") or (f"“{asked[0]}”" if asked else "Thủ tục chưa đặt tên")
    topic = content.get("topic")
    known = "\n".join((title, *asked))
    return Row(name, title, Topic(topic) if topic in set(Topic) else Topic.OTHER, None, known=known)
