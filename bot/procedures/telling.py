"""How a procedure is told in a chat: what holds today and in this commune, who says so, and a plain
warning where nobody can be sure.

The entries of the catalogue have the commune's facts filled in already.
"""

import re
from datetime import date

from bot.groups.station import Station
from bot.procedures.addresses import link, path_of
from bot.procedures.entry import Confidence, Entry, Fee
from bot.settings import get_settings
from bot.wording import say

MAX_SOURCES = 2
PORTAL = "https://dichvucong.gov.vn"
FEE_LAPSED, PERHAPS_HERE = "procedure_fee_lapsed", "procedure_perhaps_done_here"
DOUBTS = (FEE_LAPSED, PERHAPS_HERE)
"""Phrases after which one had better ask."""


def answer(entry: Entry, today: date, station: Station) -> str:
    """The answer, whether it is done here, the fee of today, its source and its date."""
    told = (entry.answer, here(entry, station), fee(entry, today))
    return _said(entry, "\n".join(filter(None, told)), today, station)


def answer_on(entry: Entry, told: str, today: date, station: Station) -> str:
    """What the entry says on what was asked of it, with its source, its date and its warning."""
    return _said(entry, told, today, station)


def _said(entry: Entry, told: str, today: date, station: Station) -> str:
    """However many doubts there are, whom to ask is said once, at the end."""
    warning = _warning(entry, today)
    unsure = warning or any(say(doubt) in told for doubt in DOUBTS)
    ask = say("procedure_ask_first", ask=whom_to_ask(station)) if unsure else ""
    links = more(entry)
    return say(
        "procedure_answer",
        name=entry.name,
        answer=told,
        source=" ".join(filter(None, (_source(entry), warning, ask))),
        more="" if links in told else links,
    )


def fee(entry: Entry, today: date) -> str:
    """What one pays today; never what one paid until yesterday. Empty where nothing is known."""
    if not entry.fees:
        return ""
    holding = " ".join(_with_end(each) for each in entry.fees if each.holds(today))
    if not holding:
        return say(FEE_LAPSED)
    named = re.match(r"(lệ )?phí\b", holding, re.IGNORECASE)
    return holding if named else say("procedure_fee", fee=holding)


def here(entry: Entry, station: Station) -> str:
    """Whether this commune's police do it, where that differs from commune to commune."""
    if entry.service is None:
        return ""
    match station.does(entry.service):
        case True:
            return say("procedure_done_here", station=station.name)
        case False:
            return say("procedure_not_done_here", station=station.name)
        case None:
            return say(PERHAPS_HERE)


def whom_to_ask(station: Station) -> str:
    """With the number where it is known; a part of a sentence."""
    if station.phone:
        return say("procedure_ask_phone", station=station.name, phone=station.phone)
    return say("procedure_ask", station=station.name)


def more(entry: Entry) -> str:
    """Where to hand it in and to read on, on the net."""
    page = link(get_settings(), path_of(entry.id))
    lines = [say("procedure_online", link=entry.online)] if entry.online else []
    lines += [say("procedure_page", link=page)] if page else []
    return "\n".join(lines) or say("procedure_portal", link=PORTAL)


def _warning(entry: Entry, today: date) -> str:
    """What nobody stands behind as it is, said plainly; empty where somebody does."""
    if entry.confidence is Confidence.LOW:
        return say("procedure_unconfirmed")
    return say("procedure_overdue", date=_day(entry.due)) if entry.due < today else ""


def _source(entry: Entry) -> str:
    named = "; ".join(map(_named, entry.legal_source[:MAX_SOURCES]))
    return say("procedure_source", source=named, checked=_day(entry.checked_on))


def _with_end(held: Fee) -> str:
    """The last day on which it holds, unless its text says so."""
    if held.until is None or names(held.text, held.until):
        return held.text
    return say("procedure_fee_until", fee=held.text.rstrip("."), date=_day(held.until))


def _named(source: str) -> str:
    """A source as one names it; since when it is in force stands in the catalogue."""
    return re.sub(r"\s*\([^)]*\)", "", source)


def names(text: str, day: date) -> bool:
    return re.search(rf"\b0?{day.day}/0?{day.month}/{day.year}\b", text) is not None


def _day(day: date) -> str:
    return day.strftime("%d/%m/%Y")
