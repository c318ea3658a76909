"""What the model says of one message (the body of Rasa's `/model/parse`), typed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bot.triage.danger import complains_of_police, in_danger
from bot.triage.details import Detail, read_details
from bot.triage.hotlines import Hotline, hotlines
from bot.triage.personal import carries_personal_data


class Category(StrEnum):
    """docs/taxonomy.md"""

    SECURITY_ORDER = "security_order"
    CRIME_INCIDENT = "crime_incident"
    DISPUTE = "dispute"
    POLICE_CONDUCT = "police_conduct"
    OTHER_SECURITY = "other_security"
    PROCEDURE_QUESTION = "procedure_question"
    BOT_REQUEST = "bot_request"
    SMALL_TALK = "small_talk"

    @property
    def is_report(self) -> bool:
        return self in REPORTS


REPORTS = frozenset(
    {
        Category.SECURITY_ORDER,
        Category.CRIME_INCIDENT,
        Category.DISPUTE,
        Category.POLICE_CONDUCT,
        Category.OTHER_SECURITY,
    }
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A procedure that may answer the question; `score` is between 0 and 1."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Understanding:
    """Probabilities are between 0 and 1; `talk` and `report` are those of the two sides that a
    wrong guess costs most between: talk that is nobody's report, and any report."""

    category: Category
    confidence: float
    talk: float = 0.0
    report: float = 0.0
    conduct: float = 0.0  # that it is about the commune's police
    likeliest_report: Category = Category.OTHER_SECURITY
    sensitive: bool = False
    sensitivity: float = 0.0  # the probability behind `sensitive`
    urgent: bool = False
    faint: bool = False  # urgent, but in so few words that within a talk it is not
    brief: bool = False  # in so few words that a complaint must be likely, within a talk
    danger: bool = False  # urgent beyond doubt: bot/triage/danger.py
    topic: str | None = None
    candidates: tuple[Candidate, ...] = ()  # found by bot/procedures/search.py
    details: tuple[Detail, ...] = ()  # what the message names, in order

    @property
    def asks(self) -> bool:
        """Whether a procedure is asked about, be it beside a report."""
        return self.topic is not None

    @property
    def asks_for_something(self) -> bool:
        return self.category in (Category.PROCEDURE_QUESTION, Category.BOT_REQUEST)

    @property
    def filed_as(self) -> Category:
        """The category of the report, if this becomes one after all."""
        return self.category if self.category.is_report else self.likeliest_report

    def going_on(self) -> "Understanding":
        """As part of a talk about a report, where people answer in fragments: "nhà màu xanh, cổng
        sắt", "lúc gà gáy" by themselves might be anything. What is more likely a complaint of the
        police than not stays one, however short: the officer it may be about reads that report."""
        unlikely = self.brief and self.conduct < SURE_OF_A_BRIEF_COMPLAINT
        return replace(
            self,
            urgent=self.urgent and not self.faint,
            conduct=0.0 if unlikely else self.conduct,
        )

    @classmethod
    def from_parse(cls, parse: Mapping[str, Any], written: str | None = None) -> "Understanding":
        """Read a parse result. Raises: KeyError, ValueError when it is not one of ours.

        `written`: what the person wrote, where only its end was parsed.
        """
        intent = parse["intent"]
        ranking = {r["name"]: float(r["confidence"]) for r in parse.get("intent_ranking", [])}
        flags = parse["flags"]
        text = str(parse.get("text", ""))
        danger, complaint = in_danger(text), complains_of_police(text)
        category, details = Category(intent["name"]), read_details(parse, written)
        urgent = danger or _is_urgent(text, flags["urgent"])
        personal = carries_personal_data(
            details, urgent=urgent, to_be_called=category is Category.OTHER_SECURITY
        )
        return cls(
            category=category,
            confidence=float(intent["confidence"]),
            talk=ranking.get(Category.SMALL_TALK, 0.0),
            report=sum(ranking.get(c, 0.0) for c in REPORTS),
            conduct=max(ranking.get(Category.POLICE_CONDUCT, 0.0), float(complaint)),
            likeliest_report=max(REPORTS, key=lambda c: (ranking.get(c, 0.0), c)),
            sensitive=bool(flags["sensitive"]["value"]) or personal,
            sensitivity=max(float(flags["sensitive"]["confidence"]), float(complaint)),
            urgent=urgent,
            faint=not danger and _is_faint(text, flags["urgent"]),
            brief=len(text.split()) < BRIEF,
            danger=danger,
            topic=(parse.get("topic") or {}).get("name"),
            details=details,
        )


FEW_WORDS = 5
SURE_OF_FEW_WORDS = 0.6
"""So sure must the model be of an alarm in fewer than `FEW_WORDS` words: a short cry for help is
plain to it, and "xe màu xanh" answers what was asked."""

FRAGMENT = 10
SURE_OF_A_FRAGMENT = 0.3
"""The same for fewer than `FRAGMENT` words, within a talk, unless they name an accident or a fire.
Of the 122 urgent messages found in the sets for measuring, none is lost by it."""

BRIEF = 12
SURE_OF_A_BRIEF_COMPLAINT = 0.5
"""So likely must a complaint of fewer than `BRIEF` words be, within a talk. None of the 81 found in
the sets for measuring is lost by it, though only five of them are so short."""


def _is_urgent(text: str, flag: Mapping[str, Any]) -> bool:
    few = len(text.split()) < FEW_WORDS
    return bool(flag["value"]) and (not few or float(flag["confidence"]) >= SURE_OF_FEW_WORDS)


def _is_faint(text: str, flag: Mapping[str, Any]) -> bool:
    few, sure = len(text.split()) < FRAGMENT, float(flag["confidence"]) >= SURE_OF_A_FRAGMENT
    return few and not sure and hotlines(text)[0] is Hotline.POLICE
