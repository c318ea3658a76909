"""How well labelled messages are understood: what officers accept, what is missed, how sure it is.

A labelled message is a line of JSON as in benchmarks/understanding/development.jsonl. `accept`
holds every category that a careful officer would let pass, `topic_accept` every topic; a flag is
null where he could go either way, and is then not counted. All shares are between 0 and 1.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.triage.understanding import Category, Understanding

BINS = 10
"""Columns of the reliability curve."""

HARMLESS = frozenset({Category.SMALL_TALK, Category.PROCEDURE_QUESTION})
"""Where a message wrongly called sensitive takes an ordinary word out of the group."""


class InvalidExample(ValueError):
    """A line that is no labelled message; the text of the error says which and why."""


@dataclass(frozen=True, slots=True)
class Example:
    """A message and what careful officers said of it."""

    text: str
    chat: str
    category: Category
    accept: frozenset[Category]
    sensitive: bool | None
    urgent: bool | None
    topics: frozenset[str]
    style: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An example, how it was understood, and as what without its diacritics."""

    example: Example
    found: Understanding
    stripped: Understanding

    @property
    def accepted(self) -> bool:
        return self.found.category in self.example.accept

    @property
    def taken_for(self) -> Category:
        """The category that was right, as far as the answer lets one choose."""
        return self.found.category if self.accepted else self.example.category


def read_examples(path: Path) -> list[Example]:
    """Raises: OSError, InvalidExample."""
    lines = enumerate(path.read_bytes().splitlines(), 1)
    examples = [_example(number, line) for number, line in lines if line.strip()]
    if not examples:
        raise InvalidExample(f"{path.name} không có tin nào")
    return examples


def _example(number: int, line: bytes) -> Example:
    try:
        row = json.loads(line)
        category = Category(row["category"])
        topic = row.get("topic")
        return Example(
            text=_text(row["text"]),
            chat=row.get("chat", "group"),
            category=category,
            accept=frozenset(map(Category, row.get("accept", ()))) | {category},
            sensitive=row.get("sensitive"),
            urgent=row.get("urgent"),
            topics=frozenset(row.get("topic_accept") or ([topic] if topic else [])),
            style=row.get("style", "standard"),
        )
    except KeyError as error:
        raise InvalidExample(f"dòng {number}: thiếu {error}") from None
    except (ValueError, TypeError, AttributeError):
        # What the line says is not repeated: it may be somebody's message.
        raise InvalidExample(f"dòng {number}: không phải một tin đã gắn nhãn") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def measure(answers: Sequence[Answer]) -> dict[str, Any]:
    """Every measure of at least one answer, ready for JSON. Shares of nothing are None."""
    return {
        "messages": len(answers),
        **_categories(answers),
        **_flags(answers),
        "topic": _topic(answers),
        "by_category": _groups(answers, lambda a: a.example.category.value),
        "by_style": _groups(answers, lambda a: a.example.style),
        "confusion": _confusion(answers),
        "calibration": calibration(answers),
    }


def _categories(answers: Sequence[Answer]) -> dict[str, Any]:
    accepted = share(a.accepted for a in answers)
    stripped = share(a.stripped.category in a.example.accept for a in answers)
    return {
        "accepted": accepted,
        "macro_f1": _macro_f1(answers),
        "accepted_stripped": stripped,
        "stripped_loss": _difference(accepted, stripped),
    }


def _macro_f1(answers: Sequence[Answer]) -> float:
    """Mean over the categories that occur; an accepted answer counts as the right one."""
    right = Counter(a.taken_for for a in answers if a.accepted)
    asked = Counter(a.taken_for for a in answers)
    said = Counter(a.found.category for a in answers)
    scores = [2 * right[c] / (asked[c] + said[c]) for c in Category if asked[c] or said[c]]
    return sum(scores) / len(scores)


def _flags(answers: Sequence[Answer]) -> dict[str, Any]:
    sensitive = [(a.found.sensitive, a.example.sensitive, a) for a in answers]
    urgent = [(a.found.urgent, a.example.urgent, a) for a in answers]
    harmless = (f for f, r, a in sensitive if r is False and a.example.category in HARMLESS)
    return {
        "sensitive_recall": share(found for found, right, _ in sensitive if right),
        "sensitive_precision": share(
            right for found, right, _ in sensitive if found and _known(right)
        ),
        "sensitive_false": share(found for found, right, _ in sensitive if right is False),
        "sensitive_false_harmless": share(harmless),
        "urgent_recall": share(found for found, right, _ in urgent if right),
        "urgent_precision": share(right for found, right, _ in urgent if found and _known(right)),
    }


def _known(flag: bool | None) -> bool:
    return flag is not None


def _topic(answers: Sequence[Answer]) -> float | None:
    """Of all procedure questions; one that was not seen as a question has no topic."""
    asked = [a for a in answers if a.example.category is Category.PROCEDURE_QUESTION]
    return share(
        a.found.category is Category.PROCEDURE_QUESTION and a.found.topic in a.example.topics
        for a in asked
        if a.example.topics
    )


def _groups(answers: Sequence[Answer], key: Any) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        groups[key(answer)].append(answer)
    return {
        name: {
            "messages": len(group),
            "accepted": share(a.accepted for a in group),
            "accepted_stripped": share(a.stripped.category in a.example.accept for a in group),
            **{k: v for k, v in _flags(group).items() if k.endswith("recall")},
        }
        for name, group in sorted(groups.items())
    }


def _confusion(answers: Sequence[Answer]) -> dict[str, dict[str, int]]:
    """How often a category was taken for each other; accepted answers stand on the diagonal."""
    counts = Counter((a.taken_for, a.found.category) for a in answers)
    return {
        right: {said: counts[right, said] for said in Category if counts[right, said]}
        for right in Category
    }


def calibration(answers: Sequence[Answer]) -> dict[str, Any]:
    """How confidence and truth go together, in bins of equal width that are not empty."""
    bins: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        bins[min(int(answer.found.confidence * BINS), BINS - 1)].append(answer)
    curve = [_point(group) for _, group in sorted(bins.items())]
    error = sum(p["messages"] * abs(p["confidence"] - p["accepted"]) for p in curve)
    return {"expected_error": error / len(answers), "curve": curve}


def _point(answers: Sequence[Answer]) -> dict[str, float]:
    return {
        "messages": len(answers),
        "confidence": sum(a.found.confidence for a in answers) / len(answers),
        "accepted": sum(a.accepted for a in answers) / len(answers),
    }


def worst(answers: Iterable[Answer], most: int = 15) -> list[Answer]:
    """The wrong categories that were held with most confidence."""
    wrong = (a for a in answers if not a.accepted)
    return sorted(wrong, key=lambda a: -a.found.confidence)[:most]


def fallen(now: Mapping[str, Any], recorded: Mapping[str, Any], by: float = 0.02) -> list[str]:
    """The measures that got worse than recorded by more than `by`, as lines to read."""
    return [
        f"{name}: {_read(recorded[name])} → {_read(now[name])}"
        for name in HIGHER_IS_BETTER
        if _worse(name, now[name], recorded[name], by)
    ]


def _worse(name: str, now: float | None, recorded: float | None, by: float) -> bool:
    if now is None or recorded is None:
        return now is not recorded
    return (recorded - now) * (1 if HIGHER_IS_BETTER[name] else -1) > by


def _read(measure: float | None) -> str:
    return "không đo được" if measure is None else f"{measure:.3f}"


HIGHER_IS_BETTER = {
    "accepted": True,
    "macro_f1": True,
    "accepted_stripped": True,
    "sensitive_recall": True,
    "sensitive_false_harmless": False,
    "urgent_recall": True,
    "urgent_precision": True,
    "topic": True,
}
"""The measures that may not fall, or rise, unnoticed."""


def share(values: Iterable[object]) -> float | None:
    """Of the values, how many are true; None of no values."""
    known = [bool(value) for value in values]
    return sum(known) / len(known) if known else None


def _difference(one: float | None, other: float | None) -> float | None:
    return one - other if one is not None and other is not None else None
