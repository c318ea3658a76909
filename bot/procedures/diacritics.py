"""Puts the diacritics back that half the residents do not type: "lam can cuoc" is "làm căn cước".

The sentence model hardly understands Vietnamese without them. The catalogue itself teaches which
word is meant: the one that stands most often beside its neighbour there (Viterbi over pairs).
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from bot.nlu.text import fold, strip_diacritics

START = "^"
BY_NEIGHBOUR = 0.8
"""The rest is how often the word stands anywhere."""

_BREAKS = re.compile(r"[.;:,?!()“”\"]")


class Diacritics:
    """What one catalogue teaches."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._pairs: Counter[tuple[str, str]] = Counter()
        for text in texts:
            self._pairs.update(_pairs(text))
        self._before: Counter[str] = Counter()
        self._spellings: dict[str, Counter[str]] = defaultdict(Counter)
        for (before, word), times in self._pairs.items():
            self._before[before] += times
            self._spellings[strip_diacritics(word)][word] += times

    def restore(self, text: str) -> str:
        """The folded text, with diacritics; one that has some is left as it is."""
        folded = fold(text)
        if has_diacritics(folded):
            return folded
        paths: dict[str, tuple[float, list[str]]] = {START: (0.0, [])}
        for typed in folded.split():
            spellings = self._spellings.get(typed) or Counter([typed])
            total = spellings.total()
            paths = {
                word: self._best(paths, word, times / total) for word, times in spellings.items()
            }
        return " ".join(max(paths.values(), key=lambda path: path[0])[1])

    def _best(
        self, paths: dict[str, tuple[float, list[str]]], word: str, anywhere: float
    ) -> tuple[float, list[str]]:
        def likelihood(before: str) -> float:
            beside = self._pairs[before, word] / (self._before[before] or 1)
            return BY_NEIGHBOUR * beside + (1 - BY_NEIGHBOUR) * anywhere

        score, before = max((s + math.log(likelihood(b)), b) for b, (s, _) in paths.items())
        return score, [*paths[before][1], word]


def has_diacritics(text: str) -> bool:
    return strip_diacritics(text) != text


@lru_cache(maxsize=16_384)
def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Neighbours within a clause; nothing is learnt from a text without diacritics."""
    if not has_diacritics(text):
        return ()
    clauses = (fold(clause).split() for clause in _BREAKS.split(text))
    return tuple(pair for words in clauses for pair in pairwise([START, *words]))
