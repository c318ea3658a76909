"""Who writes what and where: the same for every system that is measured.

The words are those of benchmarks/understanding/development.jsonl, each with a number behind it so
that none is ever written twice and no cache flatters. In a group four of five messages are talk.
"""

import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

WORDS = Path(__file__).parent.parent / "understanding" / "development.jsonl"

GROUPS: Final = tuple(range(-1001, -1013, -1))
"""The hamlets' groups. What is answered in each stays below what Telegram lets into a group."""
MEMBERS: Final = 300  # of each group
FIRST_MEMBER, FIRST_STRANGER = 5_000_000_000, 6_000_000_000

TALK = "small_talk"
REPORTS = ("crime_incident", "dispute", "other_security", "police_conduct", "security_order")
IN_GROUP = {TALK: 80, "procedure_question": 8, "bot_request": 2} | dict.fromkeys(REPORTS, 2)
IN_PRIVATE = {"procedure_question": 55, "bot_request": 15} | dict.fromkeys(REPORTS, 6)
"""Of a hundred messages, by category."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `number` is its id and its update's. A group's chat id is below zero."""

    number: int
    chat: int
    sender: int
    text: str

    @property
    def in_group(self) -> bool:
        return self.chat < 0

    def update(self) -> bytes:
        """The body of Telegram's webhook."""
        kind = "supergroup" if self.in_group else "private"
        title = {"title": "Ấp"} if self.in_group else {"first_name": "Người dân"}
        body: dict[str, Any] = {
            "update_id": self.number,
            "message": {
                "message_id": self.number,
                "date": int(time.time()),
                "chat": {"id": self.chat, "type": kind} | title,
                "from": {"id": self.sender, "is_bot": False, "first_name": "Người dân"},
                "text": self.text,
            },
        }
        return json.dumps(body).encode()


class Residents:
    """Writes messages; numbers never repeat, and equal seeds write equal messages."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)  # noqa: S311
        self._words = _words()
        self._next = 1

    def in_group(self, group: int) -> Message:
        sender = FIRST_MEMBER - 1000 * group + self._random.randrange(MEMBERS)
        return self._message(group, sender, self._text("group", IN_GROUP))

    def in_private(self) -> Message:
        """From somebody who has never written before, and writes once."""
        stranger = FIRST_STRANGER + self._next
        return self._message(stranger, stranger, self._text("private", IN_PRIVATE))

    def one_group(self, count: int, group: int) -> list[Message]:
        return [self.in_group(group) for _ in range(count)]

    def many_private(self, count: int) -> list[Message]:
        return [self.in_private() for _ in range(count)]

    def everywhere(self, count: int) -> list[Message]:
        """Half in private, half in the groups in turn."""
        return [
            self.in_group(GROUPS[n // 2 % len(GROUPS)]) if n % 2 else self.in_private()
            for n in range(count)
        ]

    def _text(self, chat: str, shares: dict[str, int]) -> str:
        [category] = self._random.choices(list(shares), list(shares.values()))
        return self._random.choice(self._words[chat, category])

    def _message(self, chat: int, sender: int, text: str) -> Message:
        number = self._next
        self._next += 1
        return Message(number, chat, sender, f"{text} {number}")


def _words() -> dict[tuple[str, str], Sequence[str]]:
    """Texts by where they are written and what they are."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in WORDS.read_text(encoding="utf-8").splitlines():
        example = json.loads(line)
        found.setdefault((example["chat"], example["category"]), []).append(example["text"])
    return dict(found)
