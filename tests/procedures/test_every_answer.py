"""Every procedure of the files, as it is told on a given day, with and without a known station."""

from collections.abc import Iterator
from datetime import date

import pytest

from bot.channels.base import Capabilities
from bot.groups.station import Station, filled
from bot.procedures.entry import Confidence, Entry, Service
from bot.procedures.files import shipped
from bot.procedures.telling import answer, fee

KNOWN = Station(
    "Xã Đồng Tâm",
    "Đồng Nai",
    "số 1 đường 2, Ấp 2",
    "0251 3000 113",
    "7 giờ 30 đến 17 giờ, thứ Hai đến thứ Sáu",
    dict.fromkeys(Service, False),
)
ROOM = Capabilities().max_text - 400
"""What the tightest platform takes, less the ways on below an answer."""
DAYS = (date(2026, 11, 27), date(2027, 1, 1), date(2027, 3, 1), date(2028, 1, 1))


def told(day: date) -> Iterator[tuple[Entry, str]]:
    for station in (KNOWN, Station()):
        for entry in shipped().values():
            here = filled(entry, station)
            yield here, answer(here, day, station)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_it_fits_in_one_message_and_leaves_nothing_open(day: date) -> None:
    for entry, text in told(day):
        assert len(text) <= ROOM, entry.id
        assert not set("{}") & set(text), entry.id
        assert "()" not in text, entry.id
        assert "  " not in text, entry.id
        assert "Căn cứ: " in text, entry.id
        assert entry.checked_on.strftime("Kiểm tra ngày %d/%m/%Y") in text, entry.id


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_no_fee_is_told_but_those_of_the_day(day: date) -> None:
    for entry, text in told(day):
        line = fee(entry, day)
        assert line in text, entry.id
        holding = [each.text for each in entry.fees if each.holds(day)]
        for each in entry.fees:
            held = any(each.text.rstrip(".") in text for text in holding)
            assert (each.text.rstrip(".") in line) is held, entry.id


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_what_is_unsure_says_whom_to_ask(day: date) -> None:
    for entry, text in told(day):
        if entry.overdue(day) or entry.confidence is Confidence.LOW:
            assert text.count("Trước khi đi, anh/chị") == 1, entry.id
