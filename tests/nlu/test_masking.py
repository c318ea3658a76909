"""What leaves the installation says nothing about who is meant."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu import kinds
from bot.nlu.masking import PLACEHOLDERS, mask
from bot.nlu.text import fold


def entity(kind: str, start: int, end: int) -> dict[str, Any]:
    return {"entity": kind, "start": start, "end": end, "value": "?"}


def found(text: str, **pieces: str) -> list[dict[str, Any]]:
    return [
        entity(k, text.index(piece), text.index(piece) + len(piece)) for k, piece in pieces.items()
    ]


def test_people_and_their_numbers_are_replaced() -> None:
    text = "anh Ba số 0912 345 678 chạy xe 60F9-312.08"
    details = found(text, person="anh Ba", phone="0912 345 678", plate="60F9-312.08")
    assert mask(text, details) == "[tên người] số [số điện thoại] chạy xe [biển số xe]"


def test_places_times_and_sums_stay() -> None:
    text = "tối qua ở ấp 3 mất 3tr2"
    assert mask(text, found(text, time="tối qua", hamlet="ấp 3", money="3tr2")) == text


def test_every_personal_kind_has_a_placeholder() -> None:
    assert set(PLACEHOLDERS) == kinds.PERSONAL


def test_order_makes_no_difference_and_overlap_hides_both() -> None:
    details = [entity(kinds.PERSON, 4, 8), entity(kinds.PHONE, 0, 6)]
    assert mask("0123456789", details) == "[số điện thoại]89"


@pytest.mark.parametrize(("start", "end"), [(0, 6), (-1, 2), (3, 2)])
def test_details_of_another_text_are_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="another text"):
        mask("chào", [entity(kinds.PHONE, start, end)])


@given(
    st.text(max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6)
)
def test_nothing_masked_is_left(text: str, places: list[tuple[int, int]]) -> None:
    spans = [(min(p), max(p)) for p in places if max(p) <= len(text)]
    masked = mask(text, [entity(kinds.PERSON, start, end) for start, end in spans])
    covered = {place for start, end in spans for place in range(start, end)}
    rest = "".join(char for place, char in enumerate(text) if place not in covered)
    assert masked.replace(PLACEHOLDERS[kinds.PERSON], "") == rest or "[" in text


def test_a_masked_number_is_learnt_from_as_a_number() -> None:
    assert fold("gọi [số điện thoại] nha") == fold("gọi 0912345678 nha")
    assert fold("xe [biển số xe]") == fold("xe 93P1-123.45")
