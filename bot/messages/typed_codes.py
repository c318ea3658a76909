"""Codes that residents type to open their private channel, as people type them.

"mã của tôi là acde 3467" holds a code; so does "ACDE-3467". Whether it is a good one only the
database knows (conversations.py); here is what may be one, and what was surely meant to be.
"""

import re

from bot.messages.conversations import CODE_ALPHABET, CODE_LENGTH
from bot.nlu.text import strip_diacritics
from bot.reports.codes import find_code

MOST = 3
"""Candidates of one message that are looked up."""

_SPACED = re.compile(
    rf"(?<![A-Z0-9])[{CODE_ALPHABET}](?:[ .\-_]?[{CODE_ALPHABET}]){{{CODE_LENGTH - 1}}}(?![A-Z0-9])"
)
_LIKE_ONE = re.compile(r"(?<![A-Z0-9])(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{6,10}(?![A-Z0-9])")
_NAMED = re.compile(r"\bMA\b")
_BESIDE = re.compile(
    r"\b(MA|SO|CODE|RIENG|CUA|TOI|TUI|EM|ANH|CHI|CO|CHU|LA|DAY|NE|NHAP|GUI|DA|THUA|CHAO|AH?|NHE)\b"
)
"""Words that come with a code and tell nothing."""


def candidates(text: str) -> list[str]:
    """What may be a code, in the form in which codes are made."""
    found = (re.sub(r"[^A-Z0-9]", "", match[0]) for match in _SPACED.finditer(_plain(text)))
    return list(dict.fromkeys(found))[:MOST]


def looks_like_code(text: str) -> bool:
    """Whether the whole message has the form of a code; a plate may have it too."""
    alone = re.sub(r"[ .\-_]", "", _plain(text).strip())
    in_form = len(alone) == CODE_LENGTH and set(alone) <= set(CODE_ALPHABET)
    return in_form and _LIKE_ONE.search(alone) is not None


def names_code(text: str) -> bool:
    """Whether a message says that it holds a code, and not that of a report."""
    plain = _plain(text)
    return bool(_NAMED.search(plain) and _LIKE_ONE.search(plain)) and not find_code(text)


def says_more(text: str) -> bool:
    """Whether there is more in the message than its code."""
    rest = _LIKE_ONE.sub(" ", _SPACED.sub(" ", _plain(text)))
    return re.search(r"[A-Z]", _BESIDE.sub(" ", rest)) is not None


def _plain(text: str) -> str:
    return strip_diacritics(text).upper()
