"""Learning from officers: what they say of how a report was read, and, once one of them allows it,
the reporter's first message, masked, as a candidate for training. Nothing is one by default.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.permissions import Permission, may
from bot.db import now
from bot.groups.models import Officer
from bot.nlu import kinds, shapes
from bot.nlu.masking import PLACEHOLDERS, mask
from bot.nlu.plain import Plain
from bot.nlu.shapes import find_shapes
from bot.nlu.text import without_command
from bot.reports.errors import NotAllowed
from bot.reports.models import Consent, Correction, EventType, Report
from bot.reports.service import append
from bot.reports.timeline import first_words
from bot.reports.words import without_name
from bot.triage.understanding import Category

MAX_LEARNED = 2000
"""Characters of one candidate; what is longer is cut."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message was taken for. A flag is None where nobody said."""

    category: Category
    sensitive: bool | None
    urgent: bool | None

    def agrees_with(self, other: "Reading") -> bool:
        """Whether nothing that both speak of differs."""
        ours, theirs = (self.sensitive, self.urgent), (other.sensitive, other.urgent)
        same_flags = all(a is b for a, b in zip(ours, theirs, strict=True) if None not in (a, b))
        return self.category is other.category and same_flags


def first_reading(report: Report) -> Reading | None:
    """How the model read the report's first message; None where no model read it."""
    if report.filed_category is None:
        return None
    return Reading(report.filed_category, report.filed_sensitive, report.filed_urgent)


async def word_on(session: AsyncSession, report: Report) -> Correction | None:
    """What officers have said so far, locked."""
    return await session.get(Correction, report.id, with_for_update=True)


async def take_word(
    session: AsyncSession, report: Report, word: Reading, *, ask: bool = True
) -> None:
    """Note what an officer says of a report, over whatever was said before.

    Another word than before makes nothing of an earlier consent: it was given for other labels.
    `ask`: where the word corrects the model, officers are asked whether it may learn from it.
    """
    correction = await word_on(session, report)
    if correction is None:
        correction = Correction(
            report_id=report.id,
            came_in_at=report.created_at,
            filed_category=report.filed_category,
            filed_sensitive=report.filed_sensitive,
            filed_urgent=report.filed_urgent,
        )
        session.add(correction)
    elif Reading(correction.category, correction.sensitive, correction.urgent) == word:
        return
    correction.at = now()
    correction.category = word.category
    correction.sensitive, correction.urgent = word.sensitive, word.urgent
    asked = ask and await _teaches(session, report, word)
    correction.consent = Consent.ASKED if asked else Consent.NOT_ASKED
    correction.text = correction.exported_at = None
    await session.flush()


async def _teaches(session: AsyncSession, report: Report, word: Reading) -> bool:
    first = first_reading(report)
    if first is None or word.agrees_with(first):
        return False
    return bool(await masked_words(session, report))


async def masked_words(session: AsyncSession, report: Report) -> str:
    """The report's first message as it would be learnt."""
    told = without_name(await first_words(session, report), report.known_name, _PERSON)
    return masked(told, report.details)


def decides(officer: Officer, report: Report) -> bool:
    """Whether it is for this officer to say if the assistant learns from the report.

    For what may complain of the police, only a manager.
    """
    if not may(officer, Permission.ALLOW_LEARNING):
        return False
    conduct = Category.POLICE_CONDUCT in (report.category, report.filed_category)
    for_managers = report.managers_only or conduct
    return may(officer, Permission.READ_ALL_REPORTS) or not for_managers


async def allow(session: AsyncSession, report: Report, officer: Officer, text: str) -> None:
    """Keep the masked message, as the officer shortened it, as a candidate. Raises: NotAllowed."""
    correction = await _asked(session, report, officer)
    candidate = masked(text, report.details)
    if not candidate:
        raise NotAllowed("Chưa có nội dung để trợ lý học.")
    correction.consent = Consent.GIVEN
    correction.text = candidate
    correction.exported_at = None
    await append(session, report, EventType.LEARNING_ALLOWED, officer)


async def refuse(session: AsyncSession, report: Report, officer: Officer) -> None:
    """No, or no longer: nothing of the message is kept for learning. Raises: NotAllowed."""
    correction = await _asked(session, report, officer)
    if correction.consent is Consent.REFUSED:
        return
    withdrawn = correction.consent is Consent.GIVEN
    correction.consent = Consent.REFUSED
    correction.text = correction.exported_at = None
    what = EventType.LEARNING_WITHDRAWN if withdrawn else EventType.LEARNING_REFUSED
    await append(session, report, what, officer)


async def _asked(session: AsyncSession, report: Report, officer: Officer) -> Correction:
    correction = await word_on(session, report)
    if correction is None or correction.consent is Consent.NOT_ASKED:
        raise NotAllowed("Tin này không có gì để trợ lý học thêm.")
    if not decides(officer, report):
        raise NotAllowed("Chỉ Tổ quản lý quyết định cho học từ ý kiến về công an.")
    return correction


@dataclass(frozen=True, slots=True)
class Question:
    """What the page of a report asks or tells about learning from it."""

    consent: Consent
    reading: Reading  # the officer's
    text: str  # as it would be learnt, or as it was allowed
    exported: bool


async def question(session: AsyncSession, officer: Officer, report: Report) -> Question | None:
    """What to show this officer; None where there is nothing to decide, or not for him."""
    correction = await session.get(Correction, report.id)
    if correction is None or correction.consent is Consent.NOT_ASKED:
        return None
    if not decides(officer, report):
        return None
    text = correction.text or await masked_words(session, report)
    reading = Reading(correction.category, correction.sensitive, correction.urgent)
    return Question(correction.consent, reading, text, correction.exported_at is not None)


# --- Masking --------------------------------------------------------------------------------------

Entities = Iterable[Mapping[str, Any]]

_CAPITALS = "".join(c for c in map(chr, range(0x1EFA)) if c.isupper())
_NAME = rf"[{_CAPITALS}][^\W\d_]*"
_TITLES = "ông|bà|anh|chị|cô|chú|bác|dì|cậu|mợ|thím|thầy|em|cháu|bé|thằng|con|tên là|tên"
_NOT_NAMES = r"(?!(?:Công [Aa]n|Cảnh [Ss]át|Ấp|Xã|Thôn|Trưởng|Zalo|Facebook)\b)"
_FAMILIES = (
    "Nguyễn|Trần|Lê|Phạm|Huỳnh|Hoàng|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Trương|Đinh|Mai|Lương"
)
_PERSON = PLACEHOLDERS[kinds.PERSON]
_FLOOR = (
    (re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE), "[đường dẫn]"),
    (
        re.compile(rf"\b((?i:{_TITLES})) {_NOT_NAMES}{_NAME}(?: {_NAME}){{0,3}}"),
        rf"\1 {_PERSON}",
    ),
    (re.compile(rf"\b(?:{_FAMILIES})(?: {_NAME}){{1,3}}"), _PERSON),
)
_SHAPES = {
    shapes.PHONE: kinds.PHONE,
    shapes.PLATE: kinds.PLATE,
    shapes.IDENTITY: kinds.IDENTITY_NUMBER,
    shapes.HOUSE: kinds.ADDRESS,
    shapes.EMAIL: kinds.EMAIL,
}
_LONG_NUMBER = re.compile(r"(?<!\d)(?!\d{1,3}(?:[. ]000)+(?!\d))\d(?:[ .-]{0,2}\d){6,}(?!\d)")
_MARKUP = re.compile(r"\](?=[(\[{])")  # Rasa reads [x](y) as an entity


def masked(text: str, details: Entities | None = ()) -> str:
    """One line for a training file, without what tells who somebody is.

    `details` are what the report's messages named; each is masked wherever it stands in `text`.
    Below that is a floor of plain patterns, for what an officer typed and what was not found. A
    floor, not a promise: an officer reads the line before it is kept, and a person before it is
    learnt from. Masking twice changes nothing.
    """
    line = without_command(_one_line(text[: 2 * MAX_LEARNED]))
    line = mask(line, _named(line, details or ()))
    line = mask(line, _numbers(line))
    for pattern, placeholder in _FLOOR:
        line = pattern.sub(placeholder, line)
    return _MARKUP.sub("] ", line)[:MAX_LEARNED].strip()


def _named(line: str, details: Entities) -> Iterator[dict[str, Any]]:
    """Where the personal ones among `details` stand: their own places are those of other texts."""
    for detail in details:
        piece = _one_line(str(detail.get("text", "")))
        if not piece or detail["entity"] not in kinds.PERSONAL:
            continue
        for found in re.finditer(rf"(?<!\w){re.escape(piece)}(?!\w)", line, re.IGNORECASE):
            yield _entity(detail["entity"], *found.span())


def _numbers(line: str) -> Iterator[dict[str, Any]]:
    """Numbers and addresses by their shape; any long number but a sum of money."""
    plain = Plain(line)
    sums = []
    for shape in find_shapes(plain):
        start, end = plain.span(shape.start, shape.end)
        if shape.kind == shapes.MONEY:
            sums.append((start, end))
        elif shape.kind in _SHAPES:
            yield _entity(_SHAPES[shape.kind], start, end)
    for found in _LONG_NUMBER.finditer(line):
        if not any(start <= found.start() < end for start, end in sums):
            yield _entity(kinds.IDENTITY_NUMBER, *found.span())


def _entity(kind: str, start: int, end: int) -> dict[str, Any]:
    return {"entity": kind, "start": start, "end": end}


def _one_line(text: str) -> str:
    """Composed, with plain digits and single blanks, without what nobody sees."""
    visible = (
        str(unicodedata.digit(c, c)) if c.isdigit() else c
        for c in unicodedata.normalize("NFC", text)
        if unicodedata.category(c) not in {"Cf", "Cs", "Co", "Cn"}
    )
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in visible).split())
