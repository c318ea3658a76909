"""A floor under the model: words that mean a life is in danger, in whatever sentence they stand.

It can only make a message urgent, never less so. Looked for without diacritics.
"""

import re

from bot.nlu.text import strip_diacritics

_DANGER = re.compile(
    r"\b(tu tu|tu sat|muon chet|song khong noi|uong thuoc (sau|ray|co|chuot|ngu)"
    r"|cat (co|mach) tay|nhay (cau|song|gieng)|treo co"
    r"|cuu (toi|tui|em|con|chau|me con|nguoi|mang|voi)|keu cuu"
    r"|chay nha|nha (dang |bi )?chay|chet duoi|duoi nuoc|bat coc)\b"
)
_NOT_MEANT = re.compile(r"\b(cuoi|buon cuoi|dep|ngon|them|nong|met|doi) (muon|gan) chet\b")
_DRILL = re.compile(r"\b(dien tap|tap huan|tuyen truyen|phim|canh bao)\b")


def in_danger(text: str) -> bool:
    """Whether somebody writes of a life in danger; jokes, drills and warnings aside."""
    plain = " ".join(strip_diacritics(text[:4000]).lower().split())
    plain = _NOT_MEANT.sub(" ", plain)
    return bool(_DANGER.search(plain)) and not _DRILL.search(plain)
