"""Texts are split as platforms count, and cut only where it is certain what is cut."""

import unicodedata
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.text import (
    clean,
    disarm_mentions,
    split_text,
    units,
    without_mentions,
    without_names,
)

any_text = st.text(alphabet=st.characters(exclude_categories=()))


def squeezed(text: str) -> str:
    return "".join(text.split())


@settings(deadline=None)
@given(any_text, st.integers(min_value=2, max_value=60))
def test_no_part_is_too_long_or_blank_and_nothing_is_lost(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert all(part.strip() and units(part) <= limit for part in parts)
    expected = unicodedata.normalize("NFC", clean(text))
    assert squeezed("".join(parts)) == squeezed(expected)


def test_a_text_is_cut_between_paragraphs_first() -> None:
    text = "Một hai ba.\n\nBa bốn.\nNăm sáu"
    assert split_text(text, 20) == ["Một hai ba.", "Ba bốn.\nNăm sáu"]


def test_then_between_lines_sentences_and_words() -> None:
    assert split_text("Một hai ba\nbốn năm sáu", 15) == ["Một hai ba", "bốn năm sáu"]
    assert split_text("Một hai ba. Bốn năm", 15) == ["Một hai ba.", "Bốn năm"]
    assert split_text("Một hai ba bốn năm", 15) == ["Một hai ba bốn", "năm"]
    assert split_text("abcdefghij", 4) == ["abcd", "efgh", "ij"]


def test_a_short_first_line_does_not_stand_alone() -> None:
    assert split_text("Hỏi:\n\n" + "a" * 30, 20) == ["Hỏi:\n\n" + "a" * 14, "a" * 16]


def test_an_emoji_counts_twice_and_is_not_cut_in_two() -> None:
    assert units("🏠") == 2
    assert split_text("🏠🏠🏠", 5) == ["🏠🏠", "🏠"]


def test_letters_are_composed_before_they_are_counted() -> None:
    decomposed = unicodedata.normalize("NFD", "Bình Yên")
    assert split_text(decomposed, 8) == ["Bình Yên"]


@settings(deadline=None)
@given(any_text)
def test_clean_text_can_be_stored_and_encoded(text: str) -> None:
    cleaned = clean(text)
    assert "\0" not in cleaned
    cleaned.encode("utf-8")


@settings(deadline=None)
@given(any_text, any_text)
def test_whatever_hides_or_turns_what_stands_beside_it_is_gone(before: str, after: str) -> None:
    cleaned = clean(f"{before}\u202e\u2066\u200b\ufeff\u3164\x07{after}")
    hidden = {c for c in cleaned if unicodedata.category(c) in ("Cc", "Cf")}
    assert hidden <= set("\n\t\u00ad\u200d") | set(filter(str.isprintable, hidden)) | VISIBLE_FORMS
    assert not {unicodedata.bidirectional(c) for c in cleaned} & TURNING


TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
VISIBLE_FORMS = {chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) == "Cf"} - set(
    "\u061c\u200b\u200c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
"""Signs of other scripts that Unicode counts as formats though they show, and some for music."""


def test_what_hides_takes_no_room_from_what_shows() -> None:
    assert clean("\u200b" * 100_000 + "cháy nhà", 100) == "cháy nhà"


@pytest.mark.parametrize("break_", ["\r\n", "\r", "\x0b", "\x85", "\u2028", "\u2029"])
def test_every_kind_of_new_line_is_one(break_: str) -> None:
    assert clean(f"một{break_}hai") == "một\nhai"


@pytest.mark.parametrize("value", [None, 5, True, [], {}, b"x"])
def test_what_is_no_text_is_empty(value: object) -> None:
    assert clean(value) == ""


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("@Bot Bình Yên lịch tiếp dân?", "lịch tiếp dân?"),
        ("nhờ @bot bình yên, xem giúp", "nhờ xem giúp"),
        (unicodedata.normalize("NFD", "@Bot Bình Yên ơi"), "ơi"),
        ("@Bot Bình Yênh", "Yênh"),  # the shorter name matches, the longer does not
        ("hỏi Bot Bình Yên", "hỏi Bot Bình Yên"),
        ("Xuống dòng\n\n  thụt vào", "Xuống dòng\n\n  thụt vào"),
    ],
)
def test_the_bots_names_are_cut_and_nothing_else(text: str, rest: str) -> None:
    assert without_names(text, ["Bot Bình", "Bot Bình Yên"]) == rest


def test_without_known_names_nothing_is_cut() -> None:
    assert without_names("@Bot Bình Yên ơi", ["", " "]) == "@Bot Bình Yên ơi"


def test_bracket_mentions_are_cut_on_the_way_in_and_disarmed_on_the_way_out() -> None:
    assert without_mentions("[@388] mấy giờ [sic] họp [@1]?") == "mấy giờ [sic] họp ?"
    assert disarm_mentions("[@388] và [sic]") == "@388 và [sic]"


@pytest.mark.parametrize("between", ["", "\u200b", "\x01", "\u0f73", "\uff9e"])
def test_thousands_of_marks_on_a_letter_are_no_work(between: str) -> None:
    text = clean("a" + f"\u0301\u0323{between}" * 30_000)
    before = perf_counter()
    for form in ("NFC", "NFD", "NFKC"):
        unicodedata.normalize(form, text.replace("\u200b", "").replace("\x01", ""))
    assert perf_counter() - before < 1


def test_what_any_language_writes_stays() -> None:
    for text in (
        "ch\u00adµo b\u00adíc",
        "Ế a\u0302\u0301\u0323b",
        "👨\u200d👩\u200d👧 👮🏽\u200d♀\ufe0f",
        "กี่ที่",
        "हिन्दी",
    ):
        assert clean(text) == text
