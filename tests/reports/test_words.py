"""What an officer sees of what was said."""

import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu import kinds
from bot.reports.words import VEIL, Reader, find, legend, shown, veil, veiled, veiled_name


def entity(kind: str, text: str) -> dict[str, Any]:
    return {"entity": kind, "start": 0, "end": 1, "text": text, "value": text}


def as_read(html: str) -> str:
    """What stands on the page, without what a screen reader alone says."""
    return unescape(re.sub(r'<span class="visually-hidden">[^<]*</span>|<[^>]+>', "", html))


TEXT = "Tối qua 9 giờ ở cầu Bà Tư, xe 93P1-234.56 của chú Bảy tông tôi. Gọi 0912 345 678 nha <b>"
DETAILS = [
    entity(kinds.TIME, "tối qua"),
    entity(kinds.PLACE, "cầu Bà Tư"),
    entity(kinds.PLATE, "93P1-234.56"),
    entity(kinds.PERSON, "chú Bảy"),
    entity(kinds.PHONE, "0912 345 678"),
]


def test_what_is_named_is_marked_and_called_by_its_kind() -> None:
    html = shown(TEXT, find(TEXT, DETAILS), hide=False)
    assert '<mark class="said-place"><span class="visually-hidden">nơi: </span>cầu Bà Tư' in html
    assert '<mark class="said-time"><span class="visually-hidden">thời gian: </span>Tối qua' in html
    assert '<span class="visually-hidden">số điện thoại: </span>0912 345 678' in html
    assert "&lt;b&gt;" in html
    assert as_read(html) == TEXT


def test_numbers_are_hidden_and_the_matter_is_not() -> None:
    html = shown(TEXT, find(TEXT, DETAILS), hide=True)
    for number in ("0912", "345 678", "234.56", "93P1-"):
        assert number not in html
    assert "09••••678" in html
    assert "số điện thoại, đã che: " in html
    for left in ("Tối qua", "cầu Bà Tư", "chú Bảy"):
        assert left in html


@pytest.mark.parametrize(
    "number",
    [
        "0912345678",
        "0912.345.678",
        "+84 912 345 678",
        "079 085 012 345",
        "CCCD079085012345",
        "cmnd 270123456",
        "93P1-234.56",
        "a.b@example.com",
        "09\u200b12345678",
        "０９１２３４５６７８",
    ],
)
def test_a_number_that_nobody_noted_is_hidden_too(number: str) -> None:
    assert number not in veiled(f"số {number} nha")
    assert VEIL in veiled(f"số {number} nha")


@pytest.mark.parametrize(
    "harmless", ["ngày 27-11-2026", "27.11.2026", "mất 15.000.000 đ", "9h30", "số nhà 12/5", "113"]
)
def test_dates_sums_and_short_numbers_stay(harmless: str) -> None:
    assert veiled(f"ở đây {harmless} nha") == f"ở đây {harmless} nha"


@pytest.mark.parametrize("before", [0, 3_990, 3_996, 7_490, 12_000])
def test_nothing_shows_at_the_end_of_a_long_message(before: int) -> None:
    text = "a " * (before // 2) + " 0912345678 hết"
    assert "345678" not in veiled(text)
    assert "hết" in veiled(text)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Tôi là Cô Ba Lành đây", "Tôi là •••• đây"),
        ("toi la co ba lanh", "toi la ••••"),
        ("Ba Lành gọi", "•••• gọi"),
        ("Lành nè", "•••• nè"),
        ("nhà lành lắm, ba tôi", "nhà lành lắm, ba tôi"),
    ],
)
def test_the_reporters_name_is_hidden_where_he_calls_himself_by_it(said: str, left: str) -> None:
    assert veiled(said, name="Cô Ba Lành") == left


def test_composed_and_decomposed_letters_are_the_same() -> None:
    decomposed = "To\u0302i la\u0300 Co\u0302 Ba La\u0300nh"
    assert "nh" not in veiled(decomposed, name="Cô Ba Lành")


def test_a_detail_within_a_hidden_one_does_not_show_it() -> None:
    details = [entity(kinds.PLACE, "345"), entity(kinds.TIME, "09")]
    assert as_read(shown("gọi 0912 345 678", find("gọi 0912 345 678", details), hide=True)) == (
        "gọi 09••••678"
    )


@pytest.mark.parametrize(
    ("said", "kind", "left"),
    [
        ("0912345678", kinds.PHONE, "09••••678"),
        ("93P1-234.56", kinds.PLATE, "93••••56"),
        ("079085012345", kinds.IDENTITY_NUMBER, "••••345"),
        ("12345", kinds.BANK_ACCOUNT, "••••"),
        ("ba.lanh@example.com", kinds.EMAIL, "b••••"),
    ],
)
def test_little_of_a_number_is_left(said: str, kind: str, left: str) -> None:
    assert veil(said, kind) == left


def test_a_name_keeps_its_first_letters() -> None:
    assert veiled_name("Cô Ba Lành") == "C••• B••• L•••"
    assert veiled_name("") == ""


def test_the_legend_tells_of_what_is_there_and_nothing_else() -> None:
    assert [g.css for g in legend(find(TEXT, DETAILS))] == ["place", "time", "person", "number"]
    assert legend(find("trời đẹp quá")) == []


def test_no_officer_finds_out_an_anonymous_name_by_writing_it_down() -> None:
    reader = Reader((), "Cô Ba Lành", anonymous=True, hide=True)
    assert reader.officers("Là Ba Lành hay Tư Thạnh?") == "Là Ba Lành hay Tư Thạnh?"


@pytest.mark.parametrize("hide", [True, False])
def test_an_anonymous_name_stays_hidden_in_his_own_words(hide: bool) -> None:
    reader = Reader(DETAILS, "Cô Ba Lành", anonymous=True, hide=hide)
    assert as_read(reader.reporters("Tôi là Ba Lành, gọi 0912 345 678")).startswith("Tôi là ••••,")


WRITTEN = st.text(max_size=80) | st.lists(
    st.sampled_from(
        ["Tối qua", "0912 345 678", "<b>", "&amp;", '"', "chú Bảy", " ", "\n", "é", "e\u0301"]
    )
).map("".join)


@given(WRITTEN, st.booleans())
def test_what_was_said_is_neither_changed_nor_ever_markup(text: str, mark: bool) -> None:
    html = str(shown(text, find(text, DETAILS), hide=False, mark=mark))
    tags = r'</?mark(?: class="said-\w+")?>|</?span(?: class="visually-hidden")?>'
    assert not set("<>\"'") & set(re.sub(tags, "", html))
    assert as_read(html) == text


@given(WRITTEN)
def test_what_is_found_lies_within_the_text_and_apart(text: str) -> None:
    done = 0
    for piece in find(text, DETAILS, "Cô Ba Lành"):
        assert done <= piece.start < piece.end <= len(text)
        done = piece.end


@given(WRITTEN, WRITTEN)
def test_hidden_means_not_in_the_page(before: str, after: str) -> None:
    text = f"{before} 0987654321 {after}"
    html = shown(text, find(text, DETAILS), hide=True)
    assert "0987654321" not in html
    assert "0987654321" not in veiled(text, DETAILS)
