"""How the answer on a procedure is said in a chat."""

import re
from datetime import date

from bot.procedures.entry import Confidence, Entry
from bot.wording import part, say

MAX_SOURCES = 2


def answer(entry: Entry, today: date) -> str:
    """The answer with its legal source, the date it was checked, and a warning where one is due."""
    sources = "; ".join(map(_named, entry.legal_source[:MAX_SOURCES]))
    return say(
        "procedure_answer",
        name=entry.name,
        answer=entry.answer,
        source=sources,
        checked=entry.checked_on.strftime("%d/%m/%Y"),
        warning=_warning(entry, today),
    )


def _named(source: str) -> str:
    """A source as one names it; since when it is in force stands in the catalogue."""
    return re.sub(r"\s*\([^)]*\)", "", source)


def _warning(entry: Entry, today: date) -> str:
    warning = part("procedure_warning") if entry.confidence is Confidence.LOW else ""
    if entry.check_by and today > entry.check_by:
        lapsed = entry.check_by.strftime("%d/%m/%Y")
        warning += part("procedure_expired", date=lapsed)
    return warning
