"""What the model says of one message (the body of Rasa's `/model/parse`), typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


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
    likeliest_report: Category = Category.OTHER_SECURITY
    sensitive: bool = False
    sensitivity: float = 0.0  # the probability behind `sensitive`
    urgent: bool = False
    topic: str | None = None
    candidates: tuple[Candidate, ...] = ()

    @property
    def filed_as(self) -> Category:
        """The category of the report, if this becomes one after all."""
        return self.category if self.category.is_report else self.likeliest_report

    @classmethod
    def from_parse(cls, parse: Mapping[str, Any]) -> "Understanding":
        """Read a parse result. Raises: KeyError, ValueError when it is not one of ours."""
        intent = parse["intent"]
        ranking = {r["name"]: float(r["confidence"]) for r in parse.get("intent_ranking", [])}
        flags = parse["flags"]
        return cls(
            category=Category(intent["name"]),
            confidence=float(intent["confidence"]),
            talk=ranking.get(Category.SMALL_TALK, 0.0),
            report=sum(ranking.get(c, 0.0) for c in REPORTS),
            likeliest_report=max(REPORTS, key=lambda c: (ranking.get(c, 0.0), c)),
            sensitive=bool(flags["sensitive"]["value"]),
            sensitivity=float(flags["sensitive"]["confidence"]),
            urgent=bool(flags["urgent"]["value"]),
            topic=(parse.get("topic") or {}).get("name"),
            candidates=tuple(
                Candidate(p["id"], float(p["score"])) for p in parse.get("procedures", [])
            ),
        )
