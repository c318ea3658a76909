"""Variants for training: seeded, and still the same message to whoever reads it."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.noise import WAYS, half_stripped, southern, spoken, teencode, telex, typos, variant
from bot.nlu.text import fold, strip_diacritics

TEXT = "Mấy anh công an ơi, nhà bên cạnh không biết hát hò gì mà nửa đêm vẫn chưa được ngủ"


def test_equal_seeds_give_equal_variants() -> None:
    one, other = Random(61), Random(61)
    assert [variant(TEXT, one) for _ in range(20)] == [variant(TEXT, other) for _ in range(20)]


def test_most_variants_differ_from_the_text_and_from_each_other() -> None:
    random = Random(61)
    variants = {variant(TEXT, random) for _ in range(50)}
    assert TEXT not in variants
    assert len(variants) >= 40


def test_teencode_is_read_back_by_folding() -> None:
    written = teencode("không biết được", Random(3))
    assert written != "không biết được"
    assert fold(written) == "không biết được"


def test_a_typo_keeps_the_number_of_words() -> None:
    assert len(typos(TEXT, Random(1)).split()) == len(TEXT.split())


def test_telex_keys_stand_for_accents() -> None:
    assert "nhaf" in {telex("nhà", Random(seed)) for seed in range(20)}
    assert "dduwowcj" in {telex("được", Random(seed)) for seed in range(20)}


def test_southern_spelling_changes_no_letter_but_endings() -> None:
    assert strip_diacritics(southern("của ngõ ngủ nữa", Random(1))) == "cua ngo ngu nua"


def test_half_stripped_keeps_the_stripped_text() -> None:
    assert strip_diacritics(half_stripped(TEXT, Random(1))) == strip_diacritics(TEXT)


def test_spoken_text_has_neither_capitals_nor_punctuation() -> None:
    assert spoken("Cháy rồi! Nhà ông Năm.", Random(1)) == "cháy rồi nhà ông năm"


@pytest.mark.parametrize("way", dict.fromkeys(WAYS), ids=lambda way: way.__name__)
@given(text=st.text(max_size=100), seed=st.integers(0, 1000))
def test_any_text_has_variants(way: object, text: str, seed: int) -> None:
    assert isinstance(way(text, Random(seed)), str)
