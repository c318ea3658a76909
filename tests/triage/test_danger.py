"""Words that leave no doubt, whatever the model thinks of the sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.danger import complains_of_police, in_danger


@pytest.mark.parametrize(
    "text",
    [
        "em muốn chết",
        "e muon tu tu",
        "chị ấy uống thuốc ngủ rồi",
        "chồng đánh em, cứu em với",
        "chay nha ba Tam roi ba con oi",
        "con toi bi mat tich tu sang gio",
        "thằng nhỏ đuối nước ngoài suối",
    ],
)
def test_a_life_in_danger_is_noticed(text: str) -> None:
    assert in_danger(text)


@pytest.mark.parametrize("hidden", ["\u200b", "\u200d", "\u00ad", "\u034f", "\ufe0f", "\u202e"])
def test_nothing_hidden_in_the_words_hides_the_danger(hidden: str) -> None:
    assert in_danger(hidden.join("cháy nhà"))
    assert complains_of_police(hidden.join("công an đòi tiền"))


@pytest.mark.parametrize(
    "text", ["ＣＨÁＹ ＮＨÀ", "𝐜𝐡𝐚𝐲 𝐧𝐡𝐚", "CHÁY\n\t NHÀ", "dài " * 2000 + "cháy nhà"]
)
def test_danger_is_noticed_in_any_letters_and_at_any_place(text: str) -> None:
    assert in_danger(text)


@pytest.mark.parametrize(
    "text",
    [
        "nóng muốn chết luôn bà con",
        "phim hay muốn chết, coi chưa",
        "mai diễn tập chữa cháy nhà văn hóa, nghe kêu cứu đừng hoảng",
        "đã tìm thấy cháu bé đi lạc, cảm ơn bà con",
        "chúc cả nhà ngủ ngon",
        "",
    ],
)
def test_idioms_drills_and_good_news_are_no_danger(text: str) -> None:
    assert not in_danger(text)


@pytest.mark.parametrize(
    "text",
    [
        "thang cong an khu vuc Duc an tien no roi nen lam lo",
        "công an đánh con tôi trong đồn",
        "anh công an ấp đòi tiền mới chịu làm giấy",
        "bao che cho nha do chinh la ong cong an",
    ],
)
def test_a_complaint_of_the_police_is_noticed(text: str) -> None:
    assert complains_of_police(text)


@pytest.mark.parametrize(
    "text",
    [
        "nhà ông Tám Rượu kế bên đêm nào cũng đánh bài ăn tiền, cán bộ coi giùm",
        "cảm ơn anh công an đã giúp",
        "có người giả danh ngân hàng đòi tiền tôi",
    ],
)
def test_what_is_told_to_the_police_is_no_complaint_of_them(text: str) -> None:
    assert not complains_of_police(text)


@given(st.text())
def test_any_text_may_be_searched(text: str) -> None:
    assert in_danger(text) in (True, False)
    assert complains_of_police(text) in (True, False)
