"""What a person asks of the assistant itself: to stay unnamed, to see or erase what is kept, to be
left alone, to hear what it reads. Only looked at in private, or in a group when it is addressed.

Precision before all: a wish is one when the whole message is nothing else, courtesies aside; "xoá
bảng" or "anh ấy giấu tên hàng giả" is none. Only the wish to stay unnamed is also found within a
longer message, as people tell a matter and ask for it in one breath; hiding a name harms nobody.
"""

import re
import unicodedata
from enum import StrEnum

from bot.nlu.text import strip_diacritics

LONGEST = 160
"""Characters of a message that may be nothing but a wish."""


class Wish(StrEnum):
    ANONYMOUS = "anonymous"
    NAMED = "named"  # officers may know the name after all
    ERASE = "erase"
    SHOW_DATA = "show_data"
    STOP = "stop"
    RESUME = "resume"
    HELP = "help"
    OPENNESS = "openness"  # what the assistant is, reads and keeps


_I = r"(?:toi|tui|em|e|minh|mk|mik|mih|con|chau|t|co|chu|bac|anh|chi|di|ong|ba)"
_MINE = rf"(?: (?:cua|ve) {_I}| {_I})"
_NOT = r"(?:khong|ko|k|kg|hong|hem|hok)"
_KNOW = r"(?:biet|bik|bit|bjt|hay)"
_NAME = r"(?:ho ten|ten tuoi|ten|danh tinh|thong tin(?: ca nhan)?|info)"
_KINDLY = r"(?:giup|gium|dum|dup|ho|cho|voi)"
_COURTESY = rf"{_I}|da|a|ah|oi|ne|nha|nhe|nhen|nghen|hen|{_KINDLY}|lam on|vui long|can bo|tro ly"
_BEFORE = rf"(?:(?:{_COURTESY}|thoi|xin|nho|muon|can|hay|bot|ad) )*"
_AFTER = (
    rf"(?: (?:{_COURTESY}|di|nua|luon|ngay|het|thoi|roi|cam on|tks|nghe|voi nha|gap"
    rf"|(?:co )?(?:duoc|dc|dk) {_NOT}|duoc|dc|{_NOT}))*"
)

_HIDE = rf"(?:giau|dau|che|giu kin|giu bi mat|bao mat|bao ve|an)(?: (?:kin|di|het|{_KINDLY}|{_I}))*"
_OTHERS = (
    r"(?:ai|(?:bat ky|bat cu) ai|nguoi ta|nguoi khac|moi nguoi|ho|no|hang xom|ca xom|ben kia"
    r"|nguoi do|ong ay|ba ay|anh ay|chi ay|ong do|ba do|can bo|cong an)(?: (?:khac|het))?"
)
_ANONYMOUS = re.compile(
    # "giấu tên giúp em", "giữ kín danh tính của tôi"; not what somebody else hides
    rf"(?<!\bno )(?<!\bho )(?<!\bay )(?<!\bta )(?<!\bdo )(?<!\bhan )(?<!can )(?<!khoi )\b"
    rf"{_HIDE} {_NAME}(?: that)?(?:{_MINE}| {_KINDLY}| (?:nha|nhe|nguoi bao)|(?= \||$))"
    rf"|\b{_I} (?:xin|muon|nho|mong|can) (?:duoc )?{_HIDE} {_NAME}(?= \||$)"
    # "đừng cho ai biết tên tui", "không muốn ai biết là tôi báo"
    rf"|(?:\bdung|\b{_NOT} duoc|^{_NOT}|\| {_NOT}) (?:co )?(?:cho|de|noi|ke|bao|tiet lo|noi ra)"
    rf"(?: (?:cho|voi|lai))* {_OTHERS} {_KNOW}(?: (?:chuyen|viec) nay)?(?: (?:la|rang))?"
    rf"(?:{_MINE}(?: (?:la ai|bao|to|noi|gui))?\b| {_NAME}{_MINE}?\b"
    r"|(?: (?:nha|nhe|a|het))*(?= \||$))"
    rf"|\b{_NOT} muon {_OTHERS} {_KNOW}(?: (?:la|rang))?"
    rf"(?:{_MINE}(?: (?:la ai|bao|to|noi|gui))?| {_NAME}{_MINE}?)\b"
    # "đừng ghi tên em", "đừng để lộ danh tính"
    rf"|\b(?:dung|{_NOT} duoc) (?:ghi|neu|noi|khai|de lo|lam lo|tiet lo|cong khai)(?: ra)?"
    rf" {_NAME}(?:{_MINE}| nguoi bao|(?= \||$))"
    rf"|\b{_NAME}{_MINE} (?:xin |nho |thi )*"
    r"(?:giu kin|giu bi mat|bao mat|dung (?:lo|noi|ghi|neu))\b"
    # "ẩn danh"; not "tài khoản ẩn danh"
    rf"|(?:^|\| ){_BEFORE}(?:bao |gui |phan anh )?an danh(?={_AFTER}(?: \||$))"
    rf"|\b{_I} (?:xin|muon|can|mong) (?:duoc )?(?:bao (?:tin |cao )?|gui |phan anh )?an danh\b"
    rf"|\bcho {_I} (?:xin )?(?:duoc )?(?:bao (?:tin |cao )?|gui |phan anh )?an danh\b"
    rf"|(?<!nguoi )\b(?:bao(?: tin| cao)?|phan anh|to giac) an danh\b"
)
_COURTEOUS = re.compile(
    rf"{_COURTESY}|thoi|xin|nho|muon|can|hay|di|nua|luon|ngay|het|roi|cam|on|duoc|dc|dk|{_NOT}"
    r"|so|lam|qua|vi|tai|ngai"  # and that he is afraid
)


def _whole(core: str, after: str = _AFTER) -> re.Pattern[str]:
    return re.compile(rf"{_BEFORE}(?:{core}){after}")


_DATA = r"(?:(?:cac |nhung )?(?:du lieu|dl|data|thong tin ca nhan|du lieu ca nhan))"
_OWN_DATA = (
    rf"(?:{_DATA}(?: ca nhan)?{_MINE}?|(?:thong tin|tin nhan|lich su(?: chat| tro chuyen)?"
    rf"|ten|so dien thoai|sdt|ten va so dien thoai){_MINE})"
)
_IT = r"(?:tro ly|bot|may)(?: nay)?"
_LEAVE = r"(?:nhan|gui|nhan tin|gui tin|lam phien)(?: tin(?: nhan)?| thong bao)?"
_WHOLE = {
    Wish.NAMED: _whole(
        rf"(?:{_NOT} can|khoi(?: can)?|het can|bo|huy|{_NOT}) (?:giau|giu kin|che|an)"
        rf"(?: {_KINDLY}| {_I})*(?: {_NAME}| danh)(?:{_MINE})?"
        rf"|(?:cu |co the )?(?:cho|de) (?:can bo|cong an|moi nguoi|ho|ai|anh cong an|chu cong an)"
        rf"(?: khu vuc)? {_KNOW} (?:{_NAME}|la ai|{_I} la ai)(?: that)?{_MINE}?"
        rf"|(?:cu |co the )?(?:ghi|de|neu|hien|cong khai) (?:ro )?{_NAME}(?: that)?{_MINE}?"
        rf"(?: cung (?:duoc|dc|ok)| di| duoc roi)",
        r"(?: (?:cung|duoc|dc|ok|khong sao|di|nua|nha|nhe|a|da|luon|roi|dau))*",
    ),
    Wish.ERASE: _whole(
        rf"(?:xoa|go)(?: (?:bo|sach|het|tat ca|toan bo|moi|{_KINDLY}))* {_OWN_DATA}"
        rf"(?: (?:da|dang) (?:gui|luu|giu|nhan|bao))?"
        rf"|(?:dung|{_NOT} duoc) (?:luu|giu|luu giu)(?: lai)? {_OWN_DATA}"
    ),
    Wish.SHOW_DATA: _whole(
        rf"(?:du lieu|thong tin)(?: cua)? {_I} (?:dang )?(?:co|gom|con|luu|giu)"
        r"(?: nhung)? (?:gi|ji)"
        rf"|(?:tro ly|bot|may|he thong|day)?(?: ?dang| ?co| ?con)* ?(?:giu|luu|biet)(?: lai)?"
        rf"(?: nhung)? (?:gi|ji|thong tin gi|du lieu gi) (?:cua|ve) {_I}"
        rf"|(?:xem|coi)(?: lai)? {_OWN_DATA}"
    ),
    Wish.STOP: _whole(
        rf"stop|/stop|/dung|ngung|ngung lai|(?:dung|ngung|khoi|thoi dung) (?:co )?{_LEAVE}"
        rf"(?: (?:cho )?{_I})?"
        rf"|{_NOT} (?:muon )?(?:nhan|nhan tin)(?: tin(?: nhan)?| thong bao)? nua"
        rf"|huy (?:nhan|dang ky)(?: nhan)?(?: tin(?: nhan)?| thong bao)"
    ),
    Wish.RESUME: _whole(
        rf"(?:nhan|gui)(?: tin| thong bao)? (?:lai|tiep) (?:di|cho {_I}|binh thuong|duoc roi)"
        r"|bat dau lai|/batdau|mo lai tin nhan"
    ),
    Wish.HELP: _whole(r"/help|/trogiup|/huongdan|help|tro giup|huong dan(?: su dung)?"),
    Wish.OPENNESS: _whole(
        r"/noiquy|/noi_quy"
        r"|(?:xem |coi |doc |cho xem )?noi quy(?: nhom| chung)?(?: la gi| the nao)?"
        rf"|{_IT} la (?:ai|gi|nguoi hay may)"
        r"|(?:ban|cau|may|ong|em|anh|chi|day|do|ai)?(?: ?la)? ?(?:nguoi|may|bot|robot) hay"
        r" (?:la )?(?:may|bot|robot|nguoi)(?: that)?(?: vay| do| the)?"
        r"|(?:co phai )?(?:la )?nguoi that (?:khong|ko|k|hong)(?: vay)?"
        r"|(?:ma )?ai (?:la nguoi )?(?:doc|xem|coi|thay)(?: duoc| dc)?(?: may| nhung| cac)? "
        r"(?:tin|tin nhan|cai|loi)(?: (?:nay|nhan|cua (?:toi|tui|em|con)))*(?: vay| the| ha)?"
        rf"|{_IT} (?:dang )?(?:doc|nghe|luu|ghi|giu)(?: lai| duoc)*(?: nhung| tin)? (?:gi|ji|nao)"
        rf"|{_IT} co (?:doc|nghe|theo doi|luu|ghi)(?: am| lai| het| duoc)*"
        rf"(?: tin(?: nhan)?| chuyen)?(?: (?:trong|cua|o|rieng|nhom|{_I}))* {_NOT}"
        rf"|(?:(?:tin nhan|tin|noi chuyen|nhan)(?: o)?(?: day| nay)? )?(?:co|bi)(?: bi)?"
        rf" (?:ghi|luu)(?: am)? lai {_NOT}"
    ),
}
_STOP_WORDS = frozenset({"dừng", "dừng lại", "dừng đi", "dừng nha", "dừng nhé", "thôi dừng lại"})
"""Looked for with their marks: without them "dừng" is also "đúng", the commonest of answers."""


def wish_in(text: str) -> Wish | None:
    """What the whole message asks of the assistant; None where it says anything else, too."""
    if len(text) > LONGEST:
        return None
    plain = _plain(text)
    spoken = plain.replace("| ", "").strip()
    if " ".join(_words(text)) in _STOP_WORDS:
        return Wish.STOP
    for wish, pattern in _WHOLE.items():
        if pattern.fullmatch(spoken):
            return wish
    if _ANONYMOUS.search(plain) and _only_courtesies(_ANONYMOUS.sub(" ", plain)):
        return Wish.ANONYMOUS
    return None


def asks_to_stay_unnamed(text: str) -> bool:
    """Whether the wish stands anywhere in the message, however much else it tells."""
    return _ANONYMOUS.search(_plain(text[:4000])) is not None


def _only_courtesies(rest: str) -> bool:
    return all(_COURTEOUS.fullmatch(word) for word in rest.replace("|", " ").split())


def _plain(text: str) -> str:
    """Lower case without marks; "|" stands where a clause ends."""
    plain = strip_diacritics(unicodedata.normalize("NFC", text)).lower()
    clauses = (re.findall(r"/?\w+", clause) for clause in re.split(r"[.,;:!?\n…]+", plain))
    return " | ".join(" ".join(words) for words in clauses if words)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFC", text).lower())
