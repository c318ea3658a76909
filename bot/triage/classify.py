"""One message, as `binhyen classify` prints it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.channels.base import Capabilities, ChatKind
from bot.procedures.search import candidates
from bot.triage.policy import decide
from bot.triage.understanding import Category, Understanding

TYPICAL = Capabilities(reads_all_messages=True, deletes_messages=True, buttons=True)


def describe(parse: Mapping[str, Any], text: str, chat: str) -> dict[str, object]:
    """The model's findings and the decision for a group or private message.

    Raises: ValueError when `chat` is neither "group" nor "private".
    """
    u = replace(Understanding.from_parse(parse), candidates=candidates(parse))
    decision = decide(u, ChatKind(chat), TYPICAL)
    asks = u.category is Category.PROCEDURE_QUESTION
    return {
        "category": u.category.value,
        "confidence": round(u.confidence, 3),
        "topic": u.topic if asks else None,
        "procedure": u.candidates[0].id if asks and u.candidates else None,
        "sensitive": u.sensitive,
        "urgent": u.urgent,
        "decision": decision.kind.value,
    }
