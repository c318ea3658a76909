"""Candidates for training as Rasa YAML, in the format of nlu_data/messages, for a person to review.

Only what an officer allowed, masked once more on the way out. Nothing in it says whose report it
was, or which.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind
from bot.db import now
from bot.reports.learning import Reading, masked
from bot.reports.models import Consent, Correction, EventType, Report, ReportEvent

HEADER = """\
# Tin cán bộ đã sửa cách hiểu và cho phép dùng, đã che thông tin riêng.
# Đọc lại từng dòng: xóa tên, địa chỉ còn sót và dòng nào không đúng loại.
# Xong thì chép vào nlu_data/messages/<loại>/ rồi chạy: binhyen train
version: "3.1"
nlu:
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    text: str
    chat: ChatKind
    reading: Reading


async def take_waiting(session: AsyncSession) -> Sequence[Candidate]:
    """The candidates that wait, marked as exported when the transaction commits."""
    query = (
        select(Correction, ReportEvent.data, Report.details)
        .join(Report, Report.id == Correction.report_id)
        .join(ReportEvent, ReportEvent.report_id == Report.id)
        .where(ReportEvent.type == EventType.CREATED)
        .where(Correction.consent == Consent.GIVEN, Correction.exported_at.is_(None))
        .with_for_update(of=Correction)
    )
    candidates = []
    for correction, data, details in (await session.execute(query)).all():
        correction.exported_at = now()
        if text := masked(correction.text or "", details):
            reading = Reading(correction.category, correction.sensitive, correction.urgent)
            candidates.append(Candidate(text, ChatKind(data["chat"]), reading))
    return candidates


def as_yaml(candidates: Iterable[Candidate]) -> str:
    """One training file. The same candidates in any order give the same text."""
    blocks: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in candidates:
        blocks[each.reading.category.value, _metadata(each)].add(each.text)
    lines = []
    for (category, metadata), texts in sorted(blocks.items()):
        lines += [f"- intent: {category}", f"  metadata: {{{metadata}}}", "  examples: |"]
        lines += [f"    - {text}" for text in sorted(texts)]
    return HEADER + "\n".join(lines) + "\n"


def _metadata(candidate: Candidate) -> str:
    """Officers file no procedure questions, so there is no topic to write."""
    reading = candidate.reading
    values: dict[str, Any] = {"sensitive": reading.sensitive, "urgent": reading.urgent}
    flags = ", ".join(f"{k}: {'null' if v is None else str(v).lower()}" for k, v in values.items())
    return f"chat: {candidate.chat.value}, {flags}"
