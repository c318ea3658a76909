"""Whether a secret can be guessed: too short, too regular, or written in somebody's manual."""

import math
from collections import Counter
from itertools import pairwise

KNOWN = (
    *(
        "changeme",
        "change-me",
        "change_me",
        "replace",
        "example",
        "password",
        "passwd",
        "secret-key",
    ),
    *(
        "secret_key",
        "secretkey",
        "your-secret",
        "your_secret",
        "webhook-secret",
        "binhyen",
        "thaydoi",
    ),
    *("matkhau", "qwerty", "123456", "abcdef", "for tests", "lorem ipsum"),
)
"""Parts of the keys that manuals and tests show; so long that chance does not make them."""

KEY_BITS = 100.0
SECRET_BITS = 40.0
SHORTEST_SECRET = 16  # characters


def is_weak(secret: str, bits: float) -> bool:
    """Whether `secret` is worth fewer than `bits`, as far as its letters tell.

    They tell little of a random one; what is weak here is weak for certain.
    """
    lowered = secret.casefold()
    return (
        _repeats(secret)
        or _counts_up(secret)
        or _information(secret) < bits
        or any(word in lowered for word in KNOWN)
    )


def _information(secret: str) -> float:
    """Bits, were each letter drawn by itself, as often as it stands here."""
    total = len(secret)
    return -sum(n * math.log2(n / total) for n in Counter(secret).values())


def _repeats(secret: str) -> bool:
    """One piece, again and again."""
    return (secret + secret).find(secret, 1) < len(secret)


def _counts_up(secret: str) -> bool:
    steps = [abs(ord(b) - ord(a)) <= 1 for a, b in pairwise(secret)]
    return sum(steps) * 2 > len(steps)
