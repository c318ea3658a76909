"""Text as it comes from platforms and as they take it. Pure functions.

Platforms count a message's length in UTF-16 code units, not in characters: an emoji is two.
"""

import re
import unicodedata
from collections.abc import Iterable

from bot.channels.base import MAX_TEXT

MOST_MARKS = 8
_MARKS_BY_FORM = "\uff9e\uff9f"  # which become marks in a compatible form

_BREAKS = ("\n\n", "\n", ". ", "! ", "? ")
_NEW_LINE = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_HIDDEN = re.compile(
    r"[\0-\x08\x0e-\x1f\x7f-\x9f\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c"
    r"\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
"""Controls and what takes no room: zero-width marks, fillers, tags, and what turns the direction of
the letters around it. `\u200d` stays, as it joins emoji, and `\u00ad`, an "ư" in old fonts."""
_BRACKET_MENTION = re.compile(r"\[@([^\[\]\n]{1,128})\]")


def clean(value: object, limit: int = MAX_TEXT) -> str:
    """`value` as text that a database and an encoder take and in which every character shows; ""
    when it is not text.

    JSON may carry half of a surrogate pair (`"\\ud83d"`), which no encoder takes: whole pairs are
    joined, halves become U+FFFD. What is hidden in a text is there to deceive whoever reads it, an
    officer or the assistant, so it goes before anything is cut off.
    """
    if not isinstance(value, str):
        return ""
    try:
        value.encode()
    except UnicodeEncodeError:
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _HIDDEN.sub("", _NEW_LINE.sub("\n", value))
    return with_few_marks(text[: 2 * limit])[:limit]


def one_line(value: object, limit: int) -> str:
    """A name as it may stand in a line with others; "" when there is none."""
    return " ".join(clean(value, 2 * limit).split())[:limit].strip()


def with_few_marks(text: str) -> str:
    """`text` with at most `MOST_MARKS` on a letter. No language has more, and composing sorts them:
    of the hundred thousand that fit into one form, for an hour."""
    if text.isascii():
        return text
    kept, marks = [], 0
    for char in text:
        kind = unicodedata.category(char)[0]
        if kind == "M" or char in _MARKS_BY_FORM:
            marks += 1
            if marks > MOST_MARKS:
                continue
        elif kind != "C":  # what is taken out later stands between no marks
            marks = 0
        kept.append(char)
    return "".join(kept)


def visible(text: str) -> str:
    """`text` without controls and marks that turn its direction; what joins an emoji stays."""
    kept = (c for c in text if c in "\n\t\u200d" or unicodedata.category(c) not in ("Cc", "Cf"))
    return "".join(kept).strip().strip("\u200d").strip()


def file_name(name: str) -> str:
    """A file's name as it may be shown and saved: no path, nothing that hides its ending."""
    return " ".join(visible(re.split(r"[/\\]", name)[-1]).split())


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def head(text: str, limit: int) -> str:
    """The longest beginning of `text` of at most `limit` units; no character is cut in two."""
    return text.encode("utf-16-le", "surrogatepass")[: 2 * limit].decode("utf-16-le", "ignore")


def split_text(text: str, limit: int) -> list[str]:
    """`text` in parts of at most `limit` units, cut between paragraphs where that is possible.

    A break counts only in the second half of a part, or a short first line would stand alone
    before a long paragraph. Blank text has no parts.
    """
    rest = unicodedata.normalize("NFC", clean(text, len(text))).strip()
    parts = []
    while units(rest) > limit:
        part = _up_to_break(head(rest, limit), follows=rest)
        parts.append(part.rstrip())
        rest = rest[len(part) :].lstrip()
    return [*parts, rest] if rest else parts


def _up_to_break(part: str, follows: str) -> str:
    for mark in _BREAKS:
        if (at := part.rfind(mark)) >= len(part) // 2:
            return part[: at + len(mark)]
    space = len(part) if follows[len(part)].isspace() else part.rfind(" ")
    return part[:space] if space >= len(part) // 2 else part


def without_names(text: str, names: Iterable[str]) -> str:
    """`text` without "@name" of any of `names`: Zalo writes the bot's display name into it.

    The longest name goes first, so that "@Bot Bình Yên" does not leave "Yên" behind.
    """
    known = {unicodedata.normalize("NFC", name).strip() for name in names}
    by_length = sorted(filter(None, known), key=len, reverse=True)
    if not by_length:
        return text
    pattern = "|".join(re.escape(name) for name in by_length)
    normal = unicodedata.normalize("NFC", text)
    cut, count = re.subn(rf"@(?:{pattern})(?!\w)[,:]?", " ", normal, flags=re.IGNORECASE)
    return tidy(cut) if count else text


def without_mentions(text: str) -> str:
    """`text` without `[@id]`, as Zalo OA writes a mention of a member, the account or everyone."""
    cut, count = _BRACKET_MENTION.subn(" ", text)
    return tidy(cut) if count else text


def disarm_mentions(text: str) -> str:
    """`[@id]` as plain "@id", so that passing on what somebody typed calls nobody."""
    return _BRACKET_MENTION.sub(r"@\1", text)


def tidy(text: str) -> str:
    """`text` without the gaps that a cut mention leaves."""
    return re.sub(r"[ \t]{2,}", " ", text).strip()
