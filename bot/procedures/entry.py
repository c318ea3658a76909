"""One procedure as it is written down: in nlu_data/procedures/, in the console, in the database.

What lapses or differs from commune to commune does not stand in its sentences: fees have fields
with the time for which they hold, and the commune's own facts are filled in where the text has
`{station}` and the like (`PLACEHOLDERS`).
"""

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

PLACEHOLDERS = ("station", "station_phone", "station_address", "station_hours", "city_police")
"""What a text may leave to the commune's setup, in braces."""

SHORT = 600
"""Characters of an answer that a chat can bear."""

A_YEAR = timedelta(days=365)


class Topic(StrEnum):
    ID_CARD = "id_card"
    PASSPORT = "passport"
    SECURITY_LICENSE = "security_license"
    RESIDENCE = "residence"
    VEHICLE = "vehicle"
    DRIVING_LICENSE = "driving_license"
    CRIMINAL_RECORD = "criminal_record"
    OTHER = "other_procedure"


class Confidence(StrEnum):
    HIGH = "high"  # an official text, or two sources that do not know of each other
    MEDIUM = "medium"  # one source
    LOW = "low"  # not confirmed: the answer says so


class Service(StrEnum):
    """What one commune's police do and another's do not; the setup says which."""

    ID_CARD = "id_card"
    VEHICLE_REGISTRATION = "vehicle_registration"
    DRIVING_LICENSE_EXCHANGE = "driving_license_exchange"
    PASSPORT = "passport"
    CRIMINAL_RECORD = "criminal_record"


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _filled_in(text: str) -> str:
    unknown = set(re.findall(r"\{([^}\n]{0,200})\}", text)) - set(PLACEHOLDERS)
    if unknown or text.count("{") != text.count("}"):
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise ValueError(f"chỉ dùng được {known} trong ngoặc nhọn")
    return text


Line = Annotated[str, AfterValidator(_on_one_line), AfterValidator(_filled_in)]
"""A text without line breaks, which the commune's facts are filled into."""

Lines = list[Annotated[Line, Field(min_length=1, max_length=600)]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


class Fee(_Strict):
    """What one pays, and from when until when; without dates it holds until further notice."""

    text: Annotated[Line, Field(min_length=1, max_length=400)]
    since: date | None = None
    until: date | None = None  # the last day

    def holds(self, today: date) -> bool:
        return (self.since is None or self.since <= today) and not self.lapsed(today)

    def lapsed(self, today: date) -> bool:
        return self.until is not None and self.until < today

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise ValueError("ngày hết hạn của mức phí đứng trước ngày bắt đầu")
        return self


class Entry(_Strict):
    """A procedure. `id` never changes: conversations, links and tests speak of it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{2,63}$")
    topic: Topic
    name: Annotated[Line, Field(min_length=3, max_length=120)]
    questions: Lines = Field(min_length=3, max_length=40)  # as an author would ask
    asked: Lines = Field(default_factory=list, max_length=400)  # as residents did
    answer: Annotated[Line, Field(min_length=20, max_length=1500)]  # for the chat
    details: Lines = Field(default_factory=list)  # paragraphs of the long form
    steps: Lines = Field(default_factory=list)
    papers: Lines = Field(default_factory=list)
    forms: Lines = Field(default_factory=list)  # number and title
    where: Annotated[Line, Field(max_length=600)] = ""
    online: str = Field(default="", pattern=r"^(https://\S{1,200})?$")
    time: Annotated[Line, Field(max_length=400)] = ""
    fees: list[Fee] = Field(default_factory=list)
    service: Service | None = None  # where it depends on the commune whether it is done here
    legal_source: Lines = Field(default_factory=list)
    verified_on: Annotated[Line, Field(max_length=1200)] = ""  # how it was checked, for officers
    checked_on: date
    check_by: date | None = None
    confidence: Confidence
    related: list[str] = Field(default_factory=list)

    def fee(self, today: date) -> str:
        """What one pays on that day; empty where it is not known."""
        return " ".join(fee.text for fee in self.fees if fee.holds(today))

    def overdue(self, today: date) -> bool:
        """Whether somebody should have looked at it again, or no fee holds any more."""
        return self.due < today or (bool(self.fees) and not self.fee(today))

    @property
    def due(self) -> date:
        """The last day on which it may stand as it is: a year, where its author set none."""
        return self.check_by or self.checked_on + min(A_YEAR, date.max - self.checked_on)

    def known_questions(self) -> tuple[str, ...]:
        """Its name, the questions its author thought of, and those that residents asked."""
        return (self.name, *self.questions, *self.asked)
