"""The dialogues of *.yml, read strictly: a misspelt word in a file is an error, not a lenient test.

What may stand in a file is told in README.md.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from tests.dialogues.people import CHANNELS

FOLDER = Path(__file__).parent
ME = "tôi"
"""The resident who speaks where no name is given."""

Role = Literal["leader", "manager"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Wanted(_Strict):
    """One thing to be heard: words, or a phrase of nlu_data/phrases.yml by its key."""

    text: str = ""
    phrase: str = ""
    lacks: str = ""
    lacks_phrase: str = ""
    starts: str = ""
    button: str = ""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> "Wanted":
        if len(self.model_fields_set) != 1:
            raise ValueError("one thing at a time")
        return self


Heard = Sequence[Wanted] | Literal["nothing"] | None


class Console(_Strict):
    """What an officer sees of a report."""

    viewer: Role = Field("manager", alias="as")
    report: str = "{code}"
    facts: list[str] = []  # category, state, hamlet and the like, in the box at the top
    story: list[str] = []  # anywhere on the page
    lacks: list[str] = []
    seen_by: list[Role] = []
    hidden_from: list[Role] = []


class Step(_Strict):
    """Somebody does one thing, and what comes of it."""

    by: str = ME
    says: str = ""
    presses: str = ""
    picks: str = ""
    sends: Literal["sticker", "voice", "photo", "place", "contact", ""] = ""
    in_group: str = ""
    opens: Literal["chat", "invitation", ""] = ""
    officer: Literal["acknowledges", "replies", "closes", "notes", "hands back", ""] = ""
    officer_chat: str = ""
    passes: str = ""
    console: Console | None = None

    text: str = ""  # with a photo, or of the officer
    officer_as: Role = Field("leader", alias="as")
    report: str = "{code}"  # the one the officer acts on
    outcome: str = "resolved"

    hears: Heard = None
    messages: int | None = None
    code: Literal["same", "new", "none", ""] = ""
    group_hears: Heard = None
    officer_hears: Heard = None
    only_on: list[str] = list(CHANNELS)  # the step is left out elsewhere

    @field_validator("hears", "group_hears", "officer_hears", mode="before")
    @classmethod
    def _as_list(cls, value: Any) -> Any:
        return value if value in (None, "nothing") or isinstance(value, list) else [value]

    @model_validator(mode="after")
    def _one_action(self) -> "Step":
        actions = (
            "says",
            "presses",
            "picks",
            "sends",
            "in_group",
            "opens",
            "officer",
            "officer_chat",
            "passes",
            "console",
        )
        if sum(bool(getattr(self, action)) for action in actions) != 1:
            raise ValueError("a step is one thing that somebody does")
        return self


class Dialogue(_Strict):
    name: str
    theme: str
    channels: list[Literal["telegram", "zalo_bot", "zalo_oa", "web"]] = list(CHANNELS)
    steps: list[Step] = Field(min_length=1)

    def __str__(self) -> str:
        return f"{self.theme}: {self.name}"


def dialogues() -> list[Dialogue]:
    """All of them, file by file."""
    return [
        Dialogue.model_validate(entry | {"theme": file.stem})
        for file in sorted(FOLDER.glob("*.yml"))
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]
