"""Short answers to the assistant's questions, as people type them: yes, no, skip, enough, change.

Whole messages only, without diacritics: what says more is an answer in its own words.
"""

import re

from bot.nlu.text import strip_diacritics

SAYS_SOMETHING = 2
"""Words after "sửa lại" that tell what is right."""

_POLITE = r"(?:giup|da|vang|uh|u|ok|oke|thoi|a|nha|nhe|nghe|di|em|e|anh|chi|chu|co|bac|cb|can bo|ạ)"


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{_POLITE}\s+)*(?:{pattern})(?:\s+{_POLITE})*")


_SKIP = _whole(
    r"bo qua|skip|qua|tiep|tiep tuc|tiep theo|cau khac|"
    r"(?:khong|ko|k|hong|hk|hok|kg|chua) (?:biet|ro|nho|nho ro|chac|de y)|quen roi|khong tra loi"
)
_STOP = _whole(
    r"du roi|vay du roi|the du roi|nhu vay thoi|vay thoi|the thoi|nhiu do thoi|bay nhieu thoi|"
    r"(?:khong|ko|k|hong|dung|khoi) hoi nua|het roi|khoi|thoi khoi|thoi"
)
_CHANGE = re.compile(
    r"(?:da |vang |a |ui |em |toi |tui )*"
    r"(?:sua lai|sua giup|muon sua|cho sua|ghi nham|go nham|nham roi|noi nham|sai roi)\b"
)
_YES = _whole(r"co|co chu|co do|co a|duoc|duoc chu|dong y|yes|y|dung|dung roi|cho biet|cu cho biet")
_NO = _whole(
    r"khong|ko|k|hong|hok|hk|kg|khong co|ko co|k co|hong co|chua|khong dau|hong dau|no|"
    r"khong ai|ko ai|hong ai|khong ai sao|ko ai bi gi|khong ai bi gi|khong sao|"
    r"(?:khong|ko|k|hong|chua)(?: co)? ai(?: bi)?(?: gi| sao| thuong| lam sao| nguy hiem| het)*|"
    r"giau ten|giu kin|khong cho"
)
_COURTESY = _whole(
    r"(?:da|vang|ok|oke|u|uh|uhm|um|cam on|cam on nhieu|cam on can bo|cam on nha|cam on lam|tks|"
    r"thanks|thank you|chao|xin chao|hi|hello|alo|haha+|hihi+|hehe+|kaka+|:\)+|=\)+)"
    r"(?:\s+(?:nhieu|lam|can bo|nha))*"
)


def wants_to_skip(text: str) -> bool:
    return _SKIP.fullmatch(_plain(text)) is not None


def wants_to_stop(text: str) -> bool:
    return _STOP.fullmatch(_plain(text)) is not None


def wants_to_change(text: str) -> bool:
    """ "Sửa lại", alone or with what it should be."""
    return _CHANGE.match(_plain(text)) is not None


def changes_nothing_yet(text: str) -> bool:
    """ "Sửa lại" alone: what it should be is still to come."""
    plain = _plain(text)
    found = _CHANGE.match(plain)
    if found is None:
        return False
    said = [w for w in plain[found.end() :].split() if not re.fullmatch(_POLITE, w)]
    return len(said) < SAYS_SOMETHING


def is_yes(text: str) -> bool:
    return _YES.fullmatch(_plain(text)) is not None


def is_no(text: str) -> bool:
    return _NO.fullmatch(_plain(text)) is not None


def is_courtesy(text: str) -> bool:
    """Thanks, a greeting or a laugh, which answers nothing."""
    plain = _plain(text)
    return not any(c.isalnum() for c in plain) or _COURTESY.fullmatch(plain) is not None


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w:=)]+", " ", strip_diacritics(text).lower()).split())
