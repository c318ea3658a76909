"""How a procedure is told in a chat: what holds today and in this commune, who says so, and a plain
warning where nobody can be sure.

The entries of the catalogue have the commune's facts filled in already.
"""

import re
from datetime import date

from bot.groups.station import Station
from bot.procedures.entry import Confidence, Entry, Fee
from bot.wording import part, say

MAX_SOURCES = 2
PORTAL = "https://dichvucong.gov.vn"


def answer(entry: Entry, today: date, station: Station) -> str:
    """The answer with the fee of today, whether it is done here, its source and its date."""
    lines = (
        entry.answer,
        fee(entry, today, station),
        here(entry, station),
        f"{source(entry)}{warning(entry, today, station)}",
    )
    return say(
        "procedure_answer",
        name=entry.name,
        answer="\n".join(filter(None, lines)),
        more=more(entry),
    )


def answer_on(entry: Entry, told: str, today: date, station: Station) -> str:
    """What the entry says on what was asked of it, with its source, its date and its warning."""
    link = more(entry)
    lines = (told, f"{source(entry)}{warning(entry, today, station)}")
    return say(
        "procedure_answer",
        name=entry.name,
        answer="\n".join(lines),
        more="" if link in told else link,
    )


def fee(entry: Entry, today: date, station: Station) -> str:
    """What one pays today; never what one paid until yesterday. Empty where nothing is known."""
    if not entry.fees:
        return ""
    holding = [each for each in entry.fees if each.holds(today)]
    if not holding:
        return say("procedure_fee_lapsed", ask=ask(station))
    return say("procedure_fee", fee=" ".join(map(_with_end, holding)))


def here(entry: Entry, station: Station) -> str:
    """Whether this commune's police do it, where that differs from commune to commune."""
    if entry.service is None:
        return ""
    match station.does(entry.service):
        case True:
            return say("procedure_done_here", station=station.name)
        case False:
            return say("procedure_not_done_here", station=station.name, where=entry.where)
        case None:
            return say("procedure_perhaps_done_here", ask=ask(station))


def source(entry: Entry) -> str:
    named = "; ".join(map(_named, entry.legal_source[:MAX_SOURCES]))
    return say("procedure_source", source=named, checked=_day(entry.checked_on))


def warning(entry: Entry, today: date, station: Station) -> str:
    """What nobody stands behind as it is, said plainly; empty where somebody does."""
    if entry.confidence is Confidence.LOW:
        return part("procedure_unconfirmed", ask=ask(station))
    if entry.due < today:
        return part("procedure_overdue", date=_day(entry.due), ask=ask(station))
    return ""


def ask(station: Station) -> str:
    """Whom to ask, with the number where it is known; a part of a sentence."""
    if station.phone:
        return say("procedure_ask_phone", station=station.name, phone=station.phone)
    return say("procedure_ask", station=station.name)


def more(entry: Entry) -> str:
    """Where to hand it in or read on, on the net."""
    if entry.online:
        return say("procedure_online", link=entry.online)
    return say("procedure_portal", link=PORTAL)


def _with_end(held: Fee) -> str:
    """The last day on which it holds, unless its text says so."""
    if held.until is None or _names(held.text, held.until):
        return held.text
    return say("procedure_fee_until", fee=held.text.rstrip("."), date=_day(held.until))


def _named(source: str) -> str:
    """A source as one names it; since when it is in force stands in the catalogue."""
    return re.sub(r"\s*\([^)]*\)", "", source)


def _names(text: str, day: date) -> bool:
    return re.search(rf"\b0?{day.day}/0?{day.month}/{day.year}\b", text) is not None


def _day(day: date) -> str:
    return day.strftime("%d/%m/%Y")
