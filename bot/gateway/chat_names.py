"""The name under which neighbours see a member in the group."""

import re
import unicodedata

from bot.channels.text import clean
from bot.gateway.chat_frames import MAX_NAME
from bot.nlu.text import strip_diacritics

_OFFICIAL = re.compile(
    r"\b(tro ?ly|cong ?an|canh ?sat|can ?bo|binh ?yen|to ?quan ?ly|dan ?phong|uy ?ban)\b"
    r"|\b(ubnd|cskv|csgt|admin)\b"
)


def tidy_name(name: str) -> str:
    """The name with nothing invisible in it; "" when nothing is left."""
    text = unicodedata.normalize("NFKC", clean(name, 4 * MAX_NAME))
    visible = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(visible.split())[:MAX_NAME].strip()


def looks_official(name: str) -> bool:
    """Whether neighbours could take the name for the assistant's or an officer's."""
    return _OFFICIAL.search(strip_diacritics(name).lower()) is not None
