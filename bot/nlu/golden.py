"""Sentences that any healthy model understands; a server whose model does not refuses to start.

Not a measure of quality: they are plain, and catch a model that came back untrained or mixed up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Golden:
    """A text and what must come out of it."""

    text: str
    category: str
    topic: str | None = None
    flags: tuple[str, ...] = field(default=())


GOLDEN = (
    Golden("chay nha roi ba con oi, ap 3, goi cuu hoa gium", "crime_incident", flags=("urgent",)),
    Golden(
        "làm căn cước cho con 8 tuổi cần giấy tờ gì ạ",
        "procedure_question",
        topic="id_card",
    ),
    Golden(
        "nhà kế bên đêm nào cũng tụ tập đánh bài ăn tiền", "crime_incident", flags=("sensitive",)
    ),
    Golden("chúc cả nhà ngủ ngon", "small_talk"),
)


def mismatches(golden: Golden, parsed: Mapping[str, Any]) -> Iterable[str]:
    """What is wrong with a parse result, in words."""
    if parsed["intent"]["name"] != golden.category:
        yield f"category {parsed['intent']['name']} instead of {golden.category}"
    if parsed["topic"]["name"] != golden.topic:
        yield f"topic {parsed['topic']['name']} instead of {golden.topic}"
    if golden.topic and parsed.get("question") is None:
        yield "no question"
    for flag in golden.flags:
        if not parsed["flags"][flag]["value"]:
            yield f"not {flag}"
