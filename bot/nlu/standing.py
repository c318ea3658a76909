"""Where the form of a conversation stands, told to Rasa with each message.

Rasa remembers nothing (tracker.py). The one thing that reaches its tracker store with a message is
the sender's name, so that name says it: `<conversation>?asked=where&ended=when&ended=photos`.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode


@dataclass(frozen=True)
class Standing:
    """`asked`: the slot of `report_form` that waits for an answer; `ended`: those that have one."""

    asked: str
    ended: tuple[str, ...] = ()


def sender(conversation: str, standing: Standing | None) -> str:
    """The name under which Rasa gets a message of the conversation."""
    if standing is None:
        return conversation
    told = urlencode({"asked": standing.asked, "ended": standing.ended}, doseq=True)
    return f"{conversation}?{told}"


def read(sender: str) -> tuple[str, Standing | None]:
    """The conversation, and where it stands: None where no question waits."""
    conversation, _, told = sender.partition("?")
    values = parse_qs(told)
    if not (asked := values.get("asked")):
        return conversation, None
    return conversation, Standing(asked[0], tuple(values.get("ended", ())))
