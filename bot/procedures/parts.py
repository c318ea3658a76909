"""What may be asked of any procedure, and what an entry says on it: "lệ phí bao nhiêu?", "kể kỹ
hơn"."""

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from bot.groups.station import Station
from bot.procedures.entry import Entry
from bot.procedures.spelling import plain
from bot.procedures.telling import fee, here, more

LONGEST = 10
"""Words of a question that still leans on the one before."""


class Part(StrEnum):
    """In the order in which words are tried: "bao nhiêu ngày" asks for the time."""

    STEPS = "steps"
    DETAILS = "details"
    FORMS = "forms"
    ONLINE = "online"
    TIME = "time"
    FEE = "fee"
    PAPERS = "papers"
    PLACE = "place"


_ASKED = {
    Part.STEPS: r"(?:cac|tung|may|nhung) buoc|tung buoc mot|buoc nao|trinh tu|cach lam|lam the nao|"
    r"lam (?:lam )?sao|the nao",
    Part.DETAILS: r"(?:(?:noi|ke|giai thich|huong dan|tra loi) (?:cho (?:toi|tui|em|minh|e) )?)?"
    r"(?:ro|ky|cu the|chi tiet|day du)(?: (?:ro|ky|cu the|chi tiet|hon|rang|ra))*|(?:noi|ke) them",
    Part.FORMS: r"(?:mau )?to khai|(?:mau|bieu|to) (?:don|mau)|don mau|(?:dien |khai |ghi )?"
    r"mau (?:nao|gi|so may)",
    Part.ONLINE: r"online|onl|qua mang|tren mang|truc tuyen|dich vu cong|vneid|tren dien thoai|"
    r"bang dien thoai",
    Part.TIME: r"(?:mat |het )?bao lau|(?:may|bao nhieu) (?:ngay|bua|hom|tuan|thang|lau)|khi nao|"
    r"chung nao|bao gio|hoi nao|thoi (?:han|gian)|lau",
    Part.FEE: r"(?:le )?phi|(?:het|ton|mat)? ?bao nhieu(?: tien)?|(?:het|ton|mat) nhieu(?: tien)?|"
    r"(?:ton|mat|het) tien|nhieu tien|tien|may tien|mien phi",
    Part.PAPERS: r"giay to|giay|ho so|(?:dem|mang|cam)(?: theo)?|can|chuan bi|thu tuc",
    Part.PLACE: r"o dau|cho nao|noi nao|dau|cong an xa|tren xa|o xa",
}
_FILLER = (
    r"a|da|vay|con|the|thi|la|co|khong|ko|k|hong|hok|duoc|dc|lam|nop|xin|di|toi|tui|em|minh|thoi|"
    r"gi|j|nhung|sao|ra|lay|xong|moi|va|voi|nua|ha|ta|nhe|nha|bao|nhieu|tien|ton|phai|can|"
    r"bo|cho|hoi|cua|no|nay|do|cai|nhi|anh|chi|ad|ban|giup|muon|dinh|nhu|nao|day|o|u|ua|roi|neu|"
    r"be|chau|nhoc|gai|trai|dua|vo|chong|me|ba|cha|ong|nguoi|truong hop|viec|e|c|z|v|tai|"
    r"dang k[iy]|dky|dki|"
    r"tro l[iy]|oi|lai|chao|can bo|chu|bac|di|mn|moi nguoi|bot"
)
"""Words that may stand beside what is asked about and still name nothing else."""
_TELLS = {
    Part.FEE: r"^(?!.*\bphạt\b).*(?:\bphí\b|\d đồng\b|\bmiễn\b)",
    Part.TIME: r"\bngày\b|thời hạn|giờ làm việc|\btháng\b",
    Part.PAPERS: r"giấy|tờ khai|hồ sơ|bản sao|ảnh|mang|khai sinh",
    Part.PLACE: r"\bnơi\b|\btại\b|nộp|đến Công an|trực tiếp",
    Part.ONLINE: r"VNeID|dichvucong|trực tuyến|online",
    Part.FORMS: r"\bmẫu\b|tờ khai|phiếu|\b[A-ZĐ]{2,3}\d\d\b",
}


def parts_asked(text: str) -> tuple[Part, ...]:
    """What a question asks about, if it names nothing else."""
    rest, parts = plain(text), []
    if len(rest.split()) > LONGEST:
        return ()
    for part, words in _ASKED.items():
        rest, found = re.subn(rf"\b(?:{words})\b", " ", rest)
        if found:
            parts.append(part)
    return tuple(parts) if _only_filler(rest) else ()


def asks_for_one(text: str, parts: Iterable[Part]) -> bool:
    """Whether one of the parts is asked about, whatever else the question names."""
    words = plain(text)
    return any(re.search(rf"\b(?:{_ASKED[part]})\b", words) for part in parts)


def names_nothing_else(text: str) -> bool:
    """Whether only parts are asked about in these plain words, or nothing at all."""
    for words in _ASKED.values():
        text = re.sub(rf"\b(?:{words})\b", " ", text)
    return _only_filler(text)


def _only_filler(text: str) -> bool:
    return not re.sub(rf"\b(?:{_FILLER})\b", " ", text).strip()


def told_on(entry: Entry, part: Part, today: date, station: Station) -> str:
    """What the entry's fields say on that part, else its sentences; empty where both are silent."""
    return _field(entry, part, today, station) or _sentences(entry.answer, part)


def numbered(lines: Iterable[str]) -> str:
    """Each on a line of its own, with its number where there are several."""
    told = list(lines)
    if len(told) < 2:
        return "".join(told)
    return "\n".join(f"{number}. {line}" for number, line in enumerate(told, 1))


def _details(entry: Entry) -> str:
    return "\n".join(filter(None, (*entry.details, numbered(entry.steps))))


def _field(entry: Entry, part: Part, today: date, station: Station) -> str:
    match part:
        case Part.STEPS:
            return numbered(entry.steps) or "\n".join(entry.details)
        case Part.DETAILS:
            return _details(entry)
        case Part.FORMS:
            return numbered(entry.forms)
        case Part.ONLINE:
            return more(entry) if entry.online else ""
        case Part.TIME:
            return entry.time
        case Part.FEE:
            return fee(entry, today)
        case Part.PAPERS:
            return numbered(entry.papers)
        case Part.PLACE:
            return "\n".join(filter(None, (entry.where, here(entry, station))))


def _sentences(answer: str, part: Part) -> str:
    """What the answer says on that part; empty where it says nothing apart."""
    if part not in _TELLS:
        return ""
    sentences = re.split(r"(?<=[.;])\s+(?=[A-ZĐÀ-Ỹ0-9])", answer)
    told = [s for s in sentences if re.search(_TELLS[part], s, re.IGNORECASE)]
    return " ".join(told) if len(told) < len(sentences) else ""
