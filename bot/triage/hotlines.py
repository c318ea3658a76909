"""Which number to call first. All three are said: a wrong order must not hide the right one."""

import re
from enum import StrEnum

from bot.nlu.text import strip_diacritics


class Hotline(StrEnum):
    POLICE = "113"
    FIRE_AND_RESCUE = "114"
    AMBULANCE = "115"


# Looked for in the text without diacritics. They choose only the order of the numbers.
_FIRE_AND_RESCUE = re.compile(
    r"\b(chay (nha|rung|xe|lon|ro|quan|tro|bep|day|kho|mai|rom|ray|roi)|bi chay|boc chay|dang chay"
    r"|no (binh|ga)|lua|khoi den|cuu hoa|chua chay|duoi nuoc|chet duoi|lu cuon|nuoc cuon|mac ket"
    r"|sap nha|dien giat|chay)\b"
)
_AMBULANCE = re.compile(
    r"\b(cap cuu|bi thuong|chay mau|bat tinh|ngat|nam im|khong tho|tai nan|dung xe|tong xe|te xe"
    r"|gay (tay|chan|xuong)|tu tu|uong thuoc (sau|ray|co|chuot)|thuoc tru sau|ran can|co giat)\b"
)
_RUNNING = re.compile(r"\b(chay xe|chay ra|chay vo|chay toi|chay theo|bo chay|chay tron)\b")


def hotlines(text: str) -> tuple[Hotline, Hotline, Hotline]:
    """The three numbers, the likeliest first."""
    plain = _RUNNING.sub(" ", strip_diacritics(text[:2000]).lower())
    first: list[Hotline] = []
    if _FIRE_AND_RESCUE.search(plain):
        first.append(Hotline.FIRE_AND_RESCUE)
    if _AMBULANCE.search(plain):
        first.append(Hotline.AMBULANCE)
    ordered = dict.fromkeys([*first, Hotline.POLICE, Hotline.FIRE_AND_RESCUE, Hotline.AMBULANCE])
    one, two, three = ordered
    return one, two, three
