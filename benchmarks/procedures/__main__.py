"""How often the right procedure is found, and nothing where there is nothing to find.

    .venv/bin/python -m benchmarks.procedures [--tune] [--misses] [--response-selector]

Prints tables of the held-out and of the blind questions; benchmarks/README.md holds them. `--tune`
prints the weights for bot/procedures/search.py, fitted to the development set, instead; `--misses`
what was not found there; `--response-selector` how Rasa's own does, which trains for half an hour.
Meanings are kept in data/comparison and not made again.
"""

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.procedures.questions import Asked, ask, blind, development, held_out, known, outside
from benchmarks.procedures.remembered import Remembered, Vectors
from benchmarks.procedures.tuning import Array, Opinions, collect, scores, tune
from bot.ops.environments import RASA
from bot.procedures import files
from bot.procedures.entry import Entry
from bot.procedures.meaning import MAX_CHARS, Known
from bot.procedures.search import WITH_MEANINGS, WITHOUT, Index, Weights, is_clear
from bot.settings import PROJECT
from bot.triage.policy import Answer, choose
from bot.triage.understanding import Candidate

KEPT = PROJECT / "data" / "comparison" / "meanings.npz"


Scored = tuple[Array, Array]
"""Procedures in order and the scores of all, a row a question, as `scores` gives them."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Which of the opinions count, by their place in `Index.opinions`."""

    name: str
    opinions: tuple[int, ...]
    familiar: tuple[int, ...]
    weights: Weights | None = None  # None: fitted here, to the development set


VARIANTS = (
    Variant("words only", (0,), (0,)),
    Variant("e5 only", (2, 3), (1,)),
    Variant("words and topic (until meanings are made)", (0, 1), (0,), WITHOUT),
    Variant("words and e5, without topic", (0, 2, 3), (0, 1)),
    Variant("all", (0, 1, 2, 3), (0, 1), WITH_MEANINGS),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--response-selector", action="store_true")
    options = parser.parse_args()
    entries = list(files.read().values())
    if options.response_selector:
        show_response_selector(entries)
        return
    of = Known(entries)
    sets = [(held_out(), outside("outside")), (blind(), outside("blind_outside"))]
    measured = [question for pair in sets for some in pair for question in some]
    questions = [*development(), *outside("outside_development"), *measured]
    vectors = Vectors(KEPT)
    vectors.make([*of.questions, *(of.diacritics.restore(q.text)[:MAX_CHARS] for q in questions)])
    index = Index(entries, Remembered(of, vectors))
    inside = ask(known(development(), index.ids))
    nothing = ask(outside("outside_development"))
    learnt = collect(index, inside), collect(index, nothing)
    if options.tune:
        show_tuning(*learnt)
    elif options.misses:
        show_misses(index, inside, learnt[0])
    else:
        for inside_ones, outside_ones in sets:
            show_table(index, learnt, ask(known(inside_ones, index.ids)), ask(outside_ones))


def show_tuning(inside: Opinions, nothing: Opinions) -> None:
    for name, opinions, familiar in (
        ("WITH_MEANINGS", (0, 1, 2, 3), (0, 1)),
        ("WITHOUT", (0, 1), (0,)),
    ):
        few, none = inside.only(opinions, familiar), nothing.only(opinions, familiar)
        weights = tune(few, none)
        print(f"{name} = Weights({weights.opinions}, {weights.sure})")
        (order, sure), (_, unsure) = scores(weights, few), scores(weights, none)
        first = order[:, 0] == few.right
        print("good from | answered | of them right | don't-know right")
        for least in np.arange(0.1, 0.75, 0.05):
            answered = sure.max(axis=1) >= least
            silent = (unsure.max(axis=1) < least).mean()
            right = first[answered].mean()
            print(f"{least:.2f} {answered.mean():.3f} {right:.3f} {silent:.3f}")


def show_table(
    index: Index, learnt: tuple[Opinions, Opinions], asked: Sequence[Asked], others: Sequence[Asked]
) -> None:
    inside, nothing = collect(index, asked), collect(index, others)
    print(f"{len(index.ids)} procedures, {len(asked)} questions, {len(others)} that none answers\n")
    print(_line(("", "first", "first three", "don't-know right")))
    print(_line(("---",) * 4))
    for v in VARIANTS:
        few, none = inside.only(v.opinions, v.familiar), nothing.only(v.opinions, v.familiar)
        fitted = v.weights or tune(*(o.only(v.opinions, v.familiar) for o in learnt))
        _show_row(v.name, index, few, scores(fitted, few), scores(fitted, none))
    _show_row("in service", index, inside, in_service(inside), in_service(nothing))
    show_answers(index, inside, nothing, asked, others)


def _show_row(name: str, index: Index, inside: Opinions, found: Scored, nothing: Scored) -> None:
    unknown = [answer is Answer.NONE for answer, _ in _choices(index, nothing)]
    print(_line((name, *_found(found[0], inside), f"{np.mean(unknown):.3f}")), flush=True)


def in_service(of: Opinions) -> Scored:
    """As `Index.search` does: with meanings only where words and topic are not sure."""
    by_words, with_meanings = scores(WITHOUT, of.only((0, 1), (0,))), scores(WITH_MEANINGS, of)
    clear = _clear(by_words, of)[:, None]
    order, certain = (np.where(clear, *pair) for pair in zip(by_words, with_meanings, strict=True))
    return order, certain


def _clear(by_words: Scored, of: Opinions) -> Array:
    return is_clear(by_words[1].max(axis=1), of.opinions[:, 0])


def show_answers(
    index: Index,
    inside: Opinions,
    nothing: Opinions,
    asked: Sequence[Asked],
    others: Sequence[Asked],
) -> None:
    """What residents get, by search alone and with the model before it."""
    found = in_service(inside)
    choices = _choices(index, found)
    right = [a.question.procedure in c[1] for a, c in zip(asked, choices, strict=True)]
    for name, answer in (("answered", Answer.FOUND), ("a choice", Answer.CHOICE)):
        these = [r for r, c in zip(right, choices, strict=True) if c[0] is answer]
        print(f"\n{name}: {len(these) / len(asked):.3f}", end="")
        if these:
            print(f", with the right one {np.mean(these):.3f}", end="")
    unknown = [answer is Answer.NONE for answer, _ in _choices(index, in_service(nothing))]
    left = [u or not a.is_one for u, a in zip(unknown, others, strict=True)]
    print(f"\ntaken for a question by the model: {np.mean([a.is_one for a in asked]):.3f}")
    print(f"nothing told to what none answers, the model before it: {np.mean(left):.3f}")
    by_words = scores(WITHOUT, inside.only((0, 1), (0,)))
    print(f"found by words and topic alone: {_clear(by_words, inside).mean():.3f}")
    styles = sorted({a.question.style for a in asked})
    order, _ = found
    for style in styles:
        these = np.array([a.question.style == style for a in asked])
        part = Opinions(
            inside.opinions[these], inside.familiar[these], inside.right[these], inside.procedures
        )
        print(f"{style}: {these.sum()} questions, first {_found(order[these], part)[0]}")


def show_misses(index: Index, asked: Sequence[Asked], inside: Opinions) -> None:
    order, _ = scores(WITH_MEANINGS, inside)
    for place, a in enumerate(asked):
        if order[place, 0] != inside.right[place]:
            rank = int(np.flatnonzero(order[place] == inside.right[place])[0]) + 1
            found = index.ids[order[place, 0]]
            print(f"{a.question.procedure} #{rank} <- {found} | {a.question.text}")


def show_response_selector(entries: Sequence[Entry]) -> None:
    """What Rasa's ResponseSelector makes of the same questions, knowing the same."""
    questions = {entry.id: list(entry.known_questions()) for entry in entries}
    sets = {"held-out": known(held_out(), questions), "blind": known(blind(), questions)}
    texts = [q.text for some in sets.values() for q in some]
    with tempfile.TemporaryDirectory() as folder:
        given = [Path(folder, name) for name in ("known", "texts", "answers")]
        given[0].write_text(json.dumps(questions))
        given[1].write_text(json.dumps(texts))
        rasa_half = [RASA.python, "-m", "benchmarks.procedures.response_selector", *given]
        subprocess.run(rasa_half, check=True, cwd=PROJECT)
        rankings = iter(json.loads(given[2].read_bytes()))
    print(_line(("", "first", "first three")))
    print(_line(("---",) * 3))
    for name, some in sets.items():
        ranks = [[p for p, _ in next(rankings)].index(q.procedure) for q in some]
        print(_line((name, *(f"{np.mean([r < n for r in ranks]):.3f}" for n in (1, 3)))))


def _choices(index: Index, found: Scored) -> list[tuple[Answer, tuple[str, ...]]]:
    return [
        choose(tuple(Candidate(index.ids[p], float(sure[p])) for p in order[:3]))
        for order, sure in zip(*found, strict=True)
    ]


def _found(order: Array, of: Opinions) -> tuple[str, str]:
    hits = order[:, :3] == of.right[:, None]
    return f"{hits[:, 0].mean():.3f}", f"{hits.any(axis=1).mean():.3f}"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
