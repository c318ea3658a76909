"""Finds training messages that say almost the same in almost the same words.

    python -m bot.nlu.near_duplicates [--remove]

They teach a template and flatter every score. Two messages are near-duplicates when their words
without diacritics, numbers aside, are the same, or when half of their pairs of neighbouring words
are. A message that stands in the development set may not be learnt from either. Prints the pairs;
exit code 1 if there are any. `--remove` takes the later one of each pair out of its file.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bot.nlu.text import fold, strip_diacritics
from bot.nlu.written import ROOT, read_written

DEVELOPMENT = ROOT / "benchmarks/understanding/development.jsonl"

ALIKE = 0.5
"""Share of two messages' pairs of words that both have (Jaccard), from which they are too alike."""

SHARED = 3
"""Pairs of words they must share at least: two short cries are alike, and both are worth having."""

TELLING = 100
"""A pair of words in more messages than this is not looked at: it tells little."""


@dataclass(frozen=True)
class Entry:
    """A message and where it stands; `path` is None for one of the development set."""

    text: str
    path: Path | None


def main(arguments: list[str] | None = None) -> None:
    """Print each pair; see the module."""
    parser = argparse.ArgumentParser(prog="bot.nlu.near_duplicates", description=__doc__)
    parser.add_argument("--remove", action="store_true", help="take the later one out of its file")
    remove = parser.parse_args(arguments).remove
    development = [Entry(text, None) for text in read_development()]
    entries = [*development, *(Entry(m.text, m.path) for m in read_written())]
    pairs = list(near_duplicates(entries))
    for first, second in pairs:
        print(f"{_place(first)}: {first.text}\n{_place(second)}: {second.text}\n")  # noqa: T201
    if remove:
        for entry in dict.fromkeys(second for _, second in pairs):
            take_out(entry)
    print(f"{len(entries)} messages, {len(pairs)} near-duplicates")  # noqa: T201
    parser.exit(0 if remove or not pairs else 1)


def read_development(path: Path = DEVELOPMENT) -> list[str]:
    """The texts that nothing may learn from."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [json.loads(line)["text"] for line in lines]


def near_duplicates(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Each entry that is too like an earlier one, after the earlier one.

    Two messages of the development set are nobody's business here.
    """
    said = [_words(entry.text) for entry in entries]
    pairs = [frozenset(pairwise(words)) for words in said]
    times = Counter(pair for found in pairs for pair in found)
    same: dict[tuple[str, ...], int] = {}
    having: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, words in enumerate(said):
        twin = same.setdefault(words, place)
        if twin == place:
            twin = _most_alike(pairs, place, having)
        for pair in pairs[place]:
            if times[pair] <= TELLING:
                having[pair].append(place)
        if twin != place and entries[place].path:
            yield entries[twin], entries[place]


def _most_alike(
    pairs: Sequence[frozenset[tuple[str, str]]],
    place: int,
    having: dict[tuple[str, str], list[int]],
) -> int:
    """The earlier message that is too like this one, or this one itself."""
    shared = Counter(other for pair in pairs[place] for other in having.get(pair, ()))
    for other in sorted(other for other, times in shared.items() if times >= SHARED):
        both = len(pairs[place] & pairs[other])
        if both / len(pairs[place] | pairs[other]) >= ALIKE:
            return other
    return place


def _words(text: str) -> tuple[str, ...]:
    """Without diacritics, numbers and what stands for numbers."""
    plain = re.sub(r"_\w+_|\d+", " ", strip_diacritics(fold(text)))
    return tuple(re.findall(r"\w+", plain)) or tuple(text.split())


def _place(entry: Entry) -> str:
    return str(entry.path.relative_to(ROOT)) if entry.path else "development set"


def take_out(entry: Entry) -> None:
    """Remove the last line with this message from its file."""
    assert entry.path
    lines = entry.path.read_text("utf-8").splitlines(keepends=True)
    last = max(n for n, line in enumerate(lines) if line.strip() == f"- {entry.text.strip()}")
    entry.path.write_text("".join([*lines[:last], *lines[last + 1 :]]), "utf-8")


if __name__ == "__main__":
    main()
