"""Which number to call first. All three are said: a wrong order must not hide the right one."""

import re
from enum import StrEnum

from bot.nlu.text import strip_diacritics


class Hotline(StrEnum):
    POLICE = "113"
    FIRE_AND_RESCUE = "114"
    AMBULANCE = "115"


NAMES = {
    Hotline.POLICE: "công an",
    Hotline.FIRE_AND_RESCUE: "cháy, cứu nạn",
    Hotline.AMBULANCE: "cấp cứu",
}

# Looked for in the text without diacritics. They choose only the order of the numbers.
_FIRE_AND_RESCUE = re.compile(
    r"\b(chay|no (binh|ga)|lua|khoi den|cuu hoa|chua chay|duoi nuoc|chet duoi|lu cuon|nuoc cuon"
    r"|mac ket|sap nha|dien giat)\b"
)
_AMBULANCE = re.compile(
    r"\b(cap cuu|bi thuong|chay mau|bat tinh|ngat|nam im|khong tho|tai nan|dung xe|tong xe|te xe"
    r"|gay (tay|chan|xuong)|tu tu|tu sat|muon chet|uong thuoc (sau|ray|co|chuot|ngu)|cat tay"
    r"|thuoc tru sau|ran can|co giat|dau tim|dot quy)\b"
)
_NO_FIRE = re.compile(
    r"\b(chay (mau|xe|honda|ra|vo|vao|toi|den|theo|tron|qua|lai|len|xuong|nhanh|au|ve|di|mat dep)"
    r"|(bo|xe|nguoi|no|dang) chay(?= (xe|dung|tong|ra|ve|theo|qua))|bo chay|xe chay)\b"
)


def hotlines(text: str) -> tuple[Hotline, Hotline, Hotline]:
    """The three numbers, the likeliest first."""
    words = " ".join(_without_running(text[:2000].lower()).split())
    plain = strip_diacritics(words)
    first: list[Hotline] = []
    if _FIRE_AND_RESCUE.search(_NO_FIRE.sub(" ", plain)):
        first.append(Hotline.FIRE_AND_RESCUE)
    if _AMBULANCE.search(plain) or "chảy máu" in text.lower():
        first.append(Hotline.AMBULANCE)
    ordered = dict.fromkeys([*first, Hotline.POLICE, Hotline.FIRE_AND_RESCUE, Hotline.AMBULANCE])
    one, two, three = ordered
    return one, two, three


def _without_running(text: str) -> str:
    """Where somebody writes diacritics, "chạy" and "chảy" are no fire."""
    return re.sub(r"\b(chạy|chảy|chãy)\b", " ", text)
