"""The words by which people, places and numbers are recognised (bot/nlu/details.py).

Written with diacritics; `SPELLINGS` has them by their form without. No list here is about what
people say, believe or are.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.nlu import kinds
from bot.nlu.plain import flat, spellings

_ELDERS = "ông bà anh chị cô chú bác cậu dì thím mợ dượng cụ thầy ổng bả"
_YOUNG = "em thằng con ả lão mụ bé cháu o mệ"
_RANKS = "hai ba tư sáu bảy bẩy tám chín mười út"
_COUNTED = (
    "tuổi mươi trăm nghìn ngàn triệu đứa người thằng năm ngày bữa lần cái chiếc con giờ tiếng bên"
    " nhà vợ chồng mẹ má cha anh chị em ông bà cô chú bác nay qua kia trước sau ngoái đời mấy tui"
    " tôi rồi nữa lớp tháng tuần mà thì là phòng thước mét căn cây tấm bộ tầng gian hộ ký"
)
_SURNAMES = (
    "nguyễn trần lê phạm huỳnh hoàng phan vũ võ đặng bùi đỗ hồ ngô dương lý đinh trịnh lâm mai tô"
    " cao châu thạch điểu nông hà lương tạ quách trương đoàn đào vương phùng tăng kiều triệu lưu"
    " kim danh sơn từ thái tống văn chu nghiêm bạch mạc quan diệp ninh giang thị"
)
ACCOUNTS = (
    "stk, số tk, số tài khoản, tài khoản, tk, ngân hàng, vietcombank, vcb, agribank, bidv,"
    " vietinbank, techcombank, tcb, mbbank, mb, vpbank, acb, sacombank, tpbank, momo,"
    " chuyển khoản, chuyển vô, chuyển vào, chuyển về, chuyển qua, ck"
)
CARDS = (
    "cccd, cmnd, cmt, cmtnd, căn cước, chứng minh, định danh, hộ chiếu, bhyt, bhxh,"
    " bảo hiểm xã hội, bảo hiểm y tế, mã số thuế, mst"
)
NAMED = "tên, tên là, gặp, lh, liên hệ"
LANDMARKS = (
    "chợ, cầu, ngã ba, ngã tư, hẻm, đường, cây xăng, trường, dốc, bến, kênh, rạch, suối, hồ, quán,"
    " quốc lộ, tỉnh lộ, ql, nhà văn hóa, nhà văn hoá, nhà trọ, dãy trọ, trọ, khu công nghiệp, kcn,"
    " khu dân cư, công ty, cty, xưởng, trạm y tế, bệnh viện, bãi, tiệm, nhà hàng, nghĩa trang"
)
_OFFICES = (
    "công an, ủy ban, uỷ ban, nhà nước, trưởng ấp, chủ tịch, cảnh sát, dân phòng, cán bộ, hội phụ,"
    " khu vực, phó ban, tổ trưởng, bí thư, việt nam, trưởng thôn, quản lý, bảo vệ"
)
_PARTS_OF_PLACES = "ấp ap thôn thon khóm buôn xóm xom tổ đội khu số"

AREAS = {
    "ap": ("Ấp", kinds.HAMLET),
    "thon": ("Thôn", kinds.HAMLET),
    "khom": ("Khóm", kinds.HAMLET),
    "buon": ("Buôn", kinds.HAMLET),
    "xom": ("Xóm", kinds.PLACE),
    "to": ("Tổ", kinds.PLACE),
    "doi": ("Đội", kinds.PLACE),
    "khu": ("Khu", kinds.PLACE),
}
"""The parts of a commune: how each is called, and what it is."""

NOUNS = spellings(f"{LANDMARKS} {_PARTS_OF_PLACES}".replace(",", " "))
"""What stands before the name of a place."""

ROLES = {
    "SURNAME": spellings(_SURNAMES),
    "ELDER": spellings(_ELDERS),
    "TITLE": spellings(_YOUNG),
    "RANK": spellings(_RANKS),
}
"""What a word may be in somebody's name; the first that fits counts."""

_COUNTED_WORDS = spellings(_COUNTED)
SPELLINGS = spellings(
    " ".join(
        (
            *(_ELDERS, _YOUNG, _RANKS, _COUNTED, _SURNAMES, ACCOUNTS, CARDS, NAMED, LANDMARKS),
            *(_OFFICES, _PARTS_OF_PLACES),
        )
    ).replace(",", " ")
)
COUNTED = frozenset(_COUNTED_WORDS)

_OFFICE_NAMES = frozenset(flat(office.strip()) for office in _OFFICES.split(","))
_ELSEWHERE = frozenset({"ben tre", "ho chi", "truong sa", "ben luc", "ben cat"})


def is_office(words: Iterable[str]) -> bool:
    """Whether what follows a title ("anh Công an") is an office rather than a name."""
    return " ".join(words) in _OFFICE_NAMES


def is_elsewhere(words: Iterable[str]) -> bool:
    """Whether it is a province or the like, though it begins as a place of the commune may."""
    return " ".join(words) in _ELSEWHERE
