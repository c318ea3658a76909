"""Putting questions together that ask the same thing in other words.

Two are alike when the words that say what they are about are mostly the same: "làm lại cccd bị
mất", "mất căn cước làm lại sao". Words are taken without diacritics, short spellings as what they
stand for, and those that only make a question of it ("sao", "ở đâu") are left out. A word counts
the more, the fewer questions have it. Questions on different topics are never put together.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence

from bot.nlu.text import fold, strip_diacritics

ALIKE = 0.5
"""From here on (cosine, 0 to 1) a question belongs to those that were put together before."""

_ASKING = frozenset(
    re.findall(
        r"\w+",
        "a ai anh ba ban bac bao biet bo can cac cai cho chu co con chi da dau de den di do duoc "
        "em gi gio giup ha hoi hong i khi khong la lam lau may minh moi muon nao nay nha nhe nhi "
        "nhieu nhung o phai ra roi sao sau the thi thoi toi tui u va vay voi vui xin",
    )
)
"""Words that say that something is asked, and by whom, but not what."""


def clusters(questions: Sequence[str], topics: Sequence[Hashable]) -> list[list[int]]:
    """The places of the questions that belong together, each in its order."""
    told = [_telling(text) for text in questions]
    had_by = Counter(word for words in told for word in words)
    worth = {word: math.log((1 + len(told)) / (1 + n)) + 1 for word, n in had_by.items()}
    found: list[list[int]] = []
    centres: list[dict[str, float]] = []
    having: dict[tuple[Hashable, str], set[int]] = defaultdict(set)
    for place, words in enumerate(told):
        vector = _of_length_one({word: worth[word] for word in words})
        near: set[int] = set().union(*(having[topics[place], word] for word in vector))
        best = max(near, key=lambda c: (_likeness(vector, centres[c]), -c), default=None)
        if best is None or _likeness(vector, centres[best]) < ALIKE:
            best = len(found)
            found.append([])
            centres.append({})
        found[best].append(place)
        for word, weight in vector.items():
            centres[best][word] = centres[best].get(word, 0.0) + weight
            having[topics[place], word].add(best)
    return found


def _telling(text: str) -> frozenset[str]:
    """The words that say what is asked; all of them where none does."""
    plain = strip_diacritics(fold(strip_diacritics(fold(text))))
    words = [word for word in plain.split() if word not in "?!"]
    return frozenset(word for word in words if word not in _ASKING) or frozenset(words or [text])


def _of_length_one(vector: dict[str, float]) -> dict[str, float]:
    length = math.hypot(*vector.values())
    return {word: weight / length for word, weight in vector.items()}


def _likeness(vector: dict[str, float], centre: dict[str, float]) -> float:
    """Cosine; `vector` is of length one."""
    shared = sum(weight * centre.get(word, 0.0) for word, weight in vector.items())
    return shared / math.hypot(*centre.values())
