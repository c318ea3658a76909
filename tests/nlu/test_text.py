"""Folding brings the spellings of one message together, whatever is thrown at it."""

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.nlu.teencode import TEENCODE
from bot.nlu.text import MAX_CHARS, fold, strip_diacritics, without_command

VIETNAMESE = (
    "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
)

anything = st.text(st.characters(), max_size=200)
"""Also half surrogate pairs, controls, and characters nobody has assigned."""

vietnamese = st.text(st.sampled_from(VIETNAMESE + "     ?!.,"), max_size=80)


@given(anything)
def test_any_string_can_be_folded(text: str) -> None:
    fold(text).encode("utf-8")


@given(anything)
@example("e\u200bøö")  # without the hidden character a vowel and a mark of the VNI font
@example("e\u00adøö")
@example("e^øö")
@example("ae\u20dd\u0301ö")
@example("ｅøö")
@example("hòa tòa")
@example("\0ÆÖ")
@example("ùyỳ")  # a tone that moves doubles the end of the word
@example("¦📊")  # the bars of their names are Telex for "bả"
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(vietnamese)
def test_composed_and_decomposed_letters_are_the_same(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(vietnamese)
def test_case_makes_no_difference(text: str) -> None:
    assert fold(text.upper()) == fold(text)


@given(vietnamese, st.integers(0, 80), st.sampled_from("\u200b\u200c\u200d\u2060\ufeff\u00ad"))
def test_characters_without_width_make_no_difference(text: str, place: int, hidden: str) -> None:
    assert fold(text[:place] + hidden + text[place:]) == fold(text)


@given(
    st.sampled_from(
        [
            "Ch¸y nhµ råi bµ con ¬i",
            "Chaùy nhaø roài baø con ôi",
            "chays nhaf rooif baf con owi",
            "chay1 nha2 ro6i2 ba2 con o7i",
        ]
    ),
    st.integers(0, 28),
    st.sampled_from("\u200b\u200c\u200d\u2060\ufeff"),
)
def test_nor_do_they_in_old_fonts_and_keys(text: str, place: int, hidden: str) -> None:
    assert fold(text[:place] + hidden + text[place:]) == "cháy nhà rồi bà con ơi"


@given(anything)
def test_words_are_separated_by_single_blanks(text: str) -> None:
    assert fold(text) == " ".join(fold(text).split())


@given(vietnamese)
def test_stripping_leaves_no_vietnamese_letter(text: str) -> None:
    assert strip_diacritics(text).isascii()


@given(anything)
def test_stripping_twice_changes_nothing(text: str) -> None:
    assert strip_diacritics(strip_diacritics(text)) == strip_diacritics(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [("hòa", "hoà"), ("khỏe", "khoẻ"), ("thủy", "thuỷ"), ("hoạ sĩ", "họa sĩ"), ("hòan", "hoàn")],
)
def test_the_place_of_a_tone_mark_makes_no_difference(old: str, new: str) -> None:
    assert fold(old) == fold(new)


@pytest.mark.parametrize("word", ["của", "quý", "già", "mùa", "tuần", "thuở"])
def test_a_tone_mark_that_has_one_place_stays(word: str) -> None:
    assert fold(word) == word


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("CHÁYYYY", "cháy"),
        ("ơiiiii", "ơi"),
        ("trời ơiii là trờiii", "trời ơi là trời"),
        ("ko bik j", "không biết gì"),
        ("mn ơi", "mọi người ơi"),
        ("cx dc r", "cũng được rồi"),
        ("/report", "report"),
        ("gọi 0912.345.678 nha", "gọi _phone_ nha"),
        ("+84 912 345 678", "_phone_"),
        ("xe 93P2-123.45", "xe _plate_"),
        ("biển 60A 12345", "biển _plate_"),
        ("cccd 079067001234", "căn cước _identity_"),
        ("vào https://vay-nhanh.example/x?y=1 đi", "vào _link_ đi"),
        ("🔥🔥🔥", "emoji_fire"),
        ("vui :))) quá", "vui emoji_smile quá"),
        ("Thật không??? Thật!!!", "thật không ? thật !"),
        ("113 hay 114", "113 hay 114"),
    ],
)
def test_what_people_type_is_folded(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.parametrize("short", TEENCODE)
def test_a_short_spelling_is_folded_as_what_it_stands_for(short: str) -> None:
    assert fold(short) == fold(TEENCODE[short])


def test_no_short_spelling_stands_for_another() -> None:
    assert not {word for meant in TEENCODE.values() for word in meant.split()} & TEENCODE.keys()


@pytest.mark.parametrize("unit", ["á", "a b ", "🔥", "\u0301", "0912345678 ", "(((", "=", "60A-1"])
def test_a_very_long_message_is_folded_at_once(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    started = time.perf_counter()
    fold(text)
    assert time.perf_counter() - started < 1.0


def test_what_comes_after_the_limit_is_not_looked_at() -> None:
    assert fold("a " * MAX_CHARS + "cháy") == fold("a " * MAX_CHARS)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ('/choose_procedure{"procedure": "x"}', 'choose_procedure{"procedure": "x"}'),
        (" \u200b//restart", "restart"),
        ("\u00a0/\u2003/x", "x"),
        ("///", ""),
        ("km 3/4 đường", "km 3/4 đường"),
    ],
)
def test_a_typed_command_becomes_plain_words(typed: str, text: str) -> None:
    assert without_command(typed) == text


@given(anything)
@settings(max_examples=200)
def test_no_text_reaches_rasa_as_a_command(text: str) -> None:
    assert not without_command(text).strip().startswith("/")
