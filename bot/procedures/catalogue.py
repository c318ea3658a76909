"""The checked answers on procedures (nlu_data/procedures/), and how one is said."""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import yaml

from bot.settings import PROJECT
from bot.wording import part, say

FOLDER = PROJECT / "nlu_data" / "procedures"
MAX_SOURCES = 2


@dataclass(frozen=True, slots=True)
class Procedure:
    """One entry; `confidence` is high, medium or low (not confirmed)."""

    id: str
    topic: str
    name: str
    answer: str
    legal_source: tuple[str, ...]
    confidence: str
    checked_on: date
    recheck_after: date | None = None


@cache
def catalogue() -> dict[str, Procedure]:
    """Every procedure by its id."""
    entries: list[dict[str, Any]] = []
    for path in sorted(FOLDER.glob("*.yml")):
        entries += yaml.safe_load(path.read_text(encoding="utf-8"))
    return {e["id"]: _procedure(e) for e in entries}


def _procedure(entry: dict[str, Any]) -> Procedure:
    recheck = entry.get("recheck_after")
    return Procedure(
        id=entry["id"],
        topic=entry["topic"],
        name=entry["name"],
        answer=" ".join(entry["answer"].split()),
        legal_source=tuple(" ".join(s.split()) for s in entry["legal_source"]),
        confidence=entry["confidence"],
        checked_on=_date(entry["checked_on"]),
        recheck_after=_date(recheck) if recheck else None,
    )


def _date(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def answer(procedure: Procedure, today: date) -> str:
    """The answer with its legal source, the date it was checked, and a warning where one is due."""
    sources = "; ".join(map(_named, procedure.legal_source[:MAX_SOURCES]))
    return say(
        "procedure_answer",
        name=procedure.name,
        answer=procedure.answer,
        source=sources,
        checked=procedure.checked_on.strftime("%d/%m/%Y"),
        warning=_warning(procedure, today),
    )


def _named(source: str) -> str:
    """A source as one names it; since when it is in force stands in the catalogue."""
    return re.sub(r"\s*\([^)]*\)", "", source)


def _warning(procedure: Procedure, today: date) -> str:
    warning = part("procedure_warning") if procedure.confidence == "low" else ""
    if procedure.recheck_after and today > procedure.recheck_after:
        lapsed = procedure.recheck_after.strftime("%d/%m/%Y")
        warning += part("procedure_expired", date=lapsed)
    return warning
