"""Diacritics are put back as the catalogue itself writes the words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.text import fold, strip_diacritics
from bot.procedures.diacritics import Diacritics

WRITTEN = (
    "Làm căn cước ở công an xã. Cần mang giấy tờ gì?",
    "Đăng ký tạm trú cho người thuê trọ, cần bao lâu?",
    "Căn nhà cho thuê phải khai báo tạm trú.",
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lam can cuoc", "làm căn cước"),
        ("can mang giay to gi ?", "cần mang giấy tờ gì ?"),
        ("CAN NHA cho thue", "căn nhà cho thuê"),
        ("tam tru 2 thang xyz", "tạm trú 2 thang xyz"),
        ("làm can cuoc", "làm can cuoc"),
        ("", ""),
    ],
    ids=[
        "a word by its neighbour",
        "the same letters by another neighbour",
        "folded first",
        "what is unknown stays",
        "who types some diacritics means it",
        "nothing",
    ],
)
def test_the_neighbour_says_which_word_is_meant(typed: str, meant: str) -> None:
    assert Diacritics(WRITTEN).restore(typed) == meant


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_only_diacritics_are_added(text: str) -> None:
    restored = Diacritics(WRITTEN).restore(text)
    assert strip_diacritics(restored) == strip_diacritics(fold(text))
