"""What a message names, as the app keeps it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.nlu import kinds
from bot.nlu.masking import mask
from bot.nlu.times import VIETNAM
from bot.triage.details import Detail, as_entities, noticed, read_details, when, where

SAID_AT = datetime(2026, 11, 27, 14, 20, tzinfo=VIETNAM)


def parse(text: str, **pieces: str) -> dict[str, Any]:
    """A parse result in which each piece of the text is of the kind it is given for."""
    found = [
        {
            "entity": kind,
            "start": text.index(piece),
            "end": text.index(piece) + len(piece),
            "value": piece,
            "extractor": "DetailFinder",
        }
        for kind, piece in pieces.items()
    ]
    return {"text": text, "entities": found}


def named(kind: str, text: str, value: str = "") -> Detail:
    return Detail(kind, 0, len(text), text, value or text)


def test_details_are_read_with_their_words() -> None:
    details = read_details(parse("tối qua ở ấp 3", time="tối qua", hamlet="ấp 3"))
    assert details == (
        Detail(kinds.TIME, 0, 7, "tối qua", "tối qua"),
        Detail(kinds.HAMLET, 10, 14, "ấp 3", "ấp 3"),
    )


def test_places_are_those_in_what_the_person_wrote() -> None:
    written = "// gọi 0912345678"
    (phone,) = read_details(parse("gọi 0912345678", phone="0912345678"), written)
    assert written[phone.start : phone.end] == "0912345678"
    assert mask(written, as_entities([phone])) == "// gọi [số điện thoại]"


def test_details_of_another_text_are_dropped() -> None:
    assert read_details(parse("gọi 0912345678", phone="0912345678"), "…") == ()


def test_an_entity_of_our_buttons_is_no_detail() -> None:
    assert read_details({"text": "x", "entities": [{"entity": "procedure", "value": "fee"}]}) == ()


@pytest.mark.parametrize(
    ("details", "place"),
    [
        ([named(kinds.HAMLET, "ap 3", "Ấp 3"), named(kinds.ADDRESS, "nhà số 8")], "nhà số 8, Ấp 3"),
        ([named(kinds.PLACE, "tổ 7", "Tổ 7"), named(kinds.HAMLET, "ấp 3", "Ấp 3")], "Tổ 7, Ấp 3"),
        ([named(kinds.HAMLET, "ap 3", "Ấp 3"), named(kinds.HAMLET, "ấp 3", "Ấp 3")], "Ấp 3"),
        ([named(kinds.PHONE, "0912345678")], None),
        ([], None),
    ],
)
def test_the_place_goes_from_the_house_to_the_hamlet(
    details: list[Detail], place: str | None
) -> None:
    assert where(details) == place


def test_the_time_is_read_from_when_it_was_said() -> None:
    moment = when([named(kinds.TIME, "tối qua")], SAID_AT - timedelta(days=2))
    assert moment is not None
    assert moment.start == datetime(2026, 11, 24, 18, tzinfo=VIETNAM)


def test_what_lies_ahead_has_not_happened() -> None:
    details = [named(kinds.TIME, "tối mai"), named(kinds.TIME, "hôm qua")]
    moment = when(details, SAID_AT)
    assert moment is not None
    assert moment.start == datetime(2026, 11, 26, tzinfo=VIETNAM)
    assert when(details[:1], SAID_AT) is None


def test_moderation_learns_which_kinds_stand_where_and_no_words() -> None:
    details = [
        named(kinds.PHONE, "0912345678"),
        named(kinds.MARKING, "(MẬT)", "Mật"),
        named(kinds.DOUBTFUL_LINK, "bit.ly/x", "bit.ly"),
        named(kinds.PERSON, "anh Ba"),
        named(kinds.TIME, "tối qua"),
        named(kinds.HAMLET, "ấp 3"),
    ]
    assert noticed(details) == [
        {"entity": "phone", "start": 0, "end": 10},
        {"entity": "secret_marking", "start": 0, "end": 5},
        {"entity": "doubtful_link", "start": 0, "end": 8},
    ]
