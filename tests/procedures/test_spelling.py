"""The same words, however they are typed, and no others."""

import pytest

from bot.procedures.spelling import has, plain, plain_of, spelt, which, without


@pytest.mark.parametrize(
    ("text", "phrase", "there"),
    [
        ("Mướn nhà có nhập hộ khẩu được không?", "mướn nhà", True),
        ("muon nha co nhap ho khau duoc khong", "mướn nhà", True),
        ("muốn nhà mình có hộ khẩu", "mướn nhà", False),
        ("giữ bí mật giúp", "bị mất", False),
        ("xin mở khoá tài khoản", "mở khóa", True),
        ("đăng kí xe", "đăng ký xe", True),
        ("bằng lái B2", "b2", True),
        ("thi bằng B22", "b2", False),
        ("", "b2", False),
    ],
)
def test_a_phrase_is_found_as_it_is_typed(text: str, phrase: str, there: bool) -> None:
    assert has(spelt(text), (phrase,)) is there


def test_the_longest_phrase_is_taken_out_whole() -> None:
    left = without(spelt("Làm thẻ căn cước ở đâu?"), ("căn cước", "thẻ căn cước"))
    assert plain_of(left) == "lam o dau"
    assert without(spelt("ở đâu"), ()) == spelt("ở đâu")


def test_a_longer_phrase_is_not_the_shorter_one_within_it() -> None:
    lists = (("hết hạn",), ("sắp hết hạn", "bị hư"), ())
    assert which(spelt("bằng sắp hết hạn"), lists) == [1]
    assert which(spelt("bang het han"), lists) == [0]
    assert which(spelt("bị hư, hết hạn"), lists) == [0, 1]
    assert which(spelt("bị mất"), lists) == []
    assert which(spelt("bị mất"), ((), ())) == []


@pytest.mark.parametrize("text", ["Đăng kí xe, ở đâu?", "8t", "", "!!", "CT07 với ĐKX10"])
def test_without_its_tones_a_text_is_plain(text: str) -> None:
    assert plain_of(spelt(text)) == plain(text)
