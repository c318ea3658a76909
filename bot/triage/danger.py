"""A floor under the model: words that leave no doubt, in whatever sentence they stand.

They only ever add to what the model found: an alarm, or that a message complains of the police and
must pass the leader by. Looked for without diacritics and without what nobody sees, in the whole
message.
"""

import re

from bot.nlu.plain import flat

_DANGER = re.compile(
    r"\b(tu tu|tu sat|(toi|tui|em|e|con|chau|minh) (chi )?muon chet|(khong|het) muon song"
    r"|uong thuoc (sau|ray|co|chuot|ngu)|cat (co|mach) tay|nhay (cau|song|gieng)|treo co"
    r"|cuu (toi|tui|em|con|chau|me con|nguoi|mang|voi)|keu cuu"
    r"|chay nha|nha (dang |bi )?chay|chet duoi|duoi nuoc|bat coc"
    r"|(con|chau|be|em|me|ba|ong|cha|bo|vo|chong)\b.{0,20}\b(mat tich|di lac))\b"
)
_NOT_NOW = re.compile(r"\b(dien tap|tap huan|tuyen truyen|phim|canh bao|da tim thay)\b")

_POLICE = r"(cong an|canh sat|cskv|khu vuc)"
_WRONG = (
    r"(an (tien|hoi lo)|hoi lo|nhan tien|vong tien|doi tien|voi tien|bao che|thien vi|chong lung"
    r"|quat nat|nat no|hach sach|danh (dap )?(dan|con toi|con tui|nguoi))"
)
_COMPLAINT = re.compile(rf"\b{_POLICE}\b.{{0,80}}\b{_WRONG}\b|\b{_WRONG}\b.{{0,40}}\b{_POLICE}\b")


def in_danger(text: str) -> bool:
    """Whether somebody writes of a life in danger; drills, films and warnings aside."""
    plain = _plain(text)
    return bool(_DANGER.search(plain)) and not _NOT_NOW.search(plain)


def complains_of_police(text: str) -> bool:
    """Whether a message ties the police to what no officer may do."""
    return bool(_COMPLAINT.search(_plain(text)))


def _plain(text: str) -> str:
    return " ".join(flat(text).split())
