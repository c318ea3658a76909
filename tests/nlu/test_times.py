"""When it happened, as residents say it, becomes a date and an hour in Việt Nam."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.text import strip_diacritics
from bot.nlu.times import VIETNAM, Moment, find_times, resolve

NOW = datetime(2026, 11, 27, 14, 20, tzinfo=VIETNAM)  # a Friday afternoon


def at(day: int, hour: int = 0, minute: int = 0, *, month: int = 11, year: int = 2026) -> datetime:
    """`hour` may be 24, the end of the day."""
    return datetime(year, month, day, tzinfo=VIETNAM) + timedelta(hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ("hồi 2h sáng", at(27, 2)),
        ("2g khuya", at(27, 2)),
        ("9 giờ 30 tối hôm kia", at(25, 21, 30)),
        ("tối hôm kia lúc 9 giờ rưỡi", at(25, 21, 30)),
        ("7h15 sáng nay", at(27, 7, 15)),
        ("luc 22:45", at(26, 22, 45)),
        ("8h kém 15", at(27, 7, 45)),
        ("ba giờ rưỡi chiều", at(26, 15, 30)),
        ("từ 4h chiều", at(26, 16)),
        ("11h khuya", at(26, 23)),
        ("mười hai giờ khuya", at(27)),
        ("đêm qua lúc 2h", at(27, 2)),
        ("2h sáng hôm qua", at(26, 2)),
        ("22h ngày 12/11/2026", at(12, 22)),
        ("sáu giờ tối", at(26, 18)),
        ("nửa tiếng trước", at(27, 13, 50)),
    ],
)
def test_a_time_of_the_clock(said: str, when: datetime) -> None:
    assert resolve(said, NOW) == Moment(when, when)


@pytest.mark.parametrize(
    ("said", "start", "end"),
    [
        ("tối qua", at(26, 18), at(26, 24)),
        ("đêm qua", at(26, 21), at(27, 4)),
        ("hồi hôm", at(26, 20), at(27, 5)),
        ("hồi sáng", at(27, 5), at(27, 11)),
        ("hồi chiều", at(27, 13), NOW),
        ("chiều hôm kia", at(25, 13), at(25, 18)),
        ("sáng thứ bảy", at(21, 5), at(21, 11)),
        ("tối thứ 7 tuần trước", at(21, 18), at(21, 24)),
        ("chủ nhật tuần rồi", at(22), at(23)),
        ("thứ năm này", at(3, month=12), at(4, month=12)),
        ("hôm qua", at(26), at(27)),
        ("hqua", at(26), at(27)),
        ("bữa nay", at(27), NOW),
        ("3 bữa nay", at(24), NOW),
        ("mấy bữa nay", at(20), NOW),
        ("hai ngày trước", at(25), at(26)),
        ("nãy giờ", NOW - timedelta(hours=1), NOW),
        ("nay gio", NOW - timedelta(hours=1), NOW),
        ("sáng giờ", at(27, 5), NOW),
        ("mùng 5", at(5), at(6)),
        ("hôm mùng sáu", at(6), at(7)),
        ("12/11", at(12), at(13)),
        ("ngày 30", at(30, month=10), at(31, month=10)),
        ("15/12", at(15, month=12), at(16, month=12)),
        ("20/1", at(20, month=1), at(21, month=1)),
        ("rạng sáng 12/11", at(12, 3), at(12, 6)),
        ("ngày 5 tháng 3 năm 2025", at(5, month=3, year=2025), at(6, month=3, year=2025)),
        ("tuần trước", at(16), at(23)),
        ("năm ngoái", at(1, month=1, year=2025), at(1, month=1)),
        ("tối mai", at(28, 18), at(28, 24)),
    ],
)
def test_a_vague_time_is_an_interval(said: str, start: datetime, end: datetime) -> None:
    assert resolve(said, NOW) == Moment(start, end)


@pytest.mark.parametrize(
    "said",
    ["tối qua", "hồi 2h sáng", "9 giờ 30 tối hôm kia", "sáng thứ bảy", "3 bữa nay", "nãy giờ"],
)
def test_diacritics_make_no_difference(said: str) -> None:
    assert resolve(strip_diacritics(said), NOW) == resolve(said, NOW)


def test_before_noon_tonight_is_last_night() -> None:
    morning = at(27, 7)
    assert resolve("khuya nay có người rình", morning) == Moment(at(26, 22), at(27, 3))
    assert resolve("hồi hôm", at(27, 1)) == Moment(at(26, 20), at(27, 1))


@pytest.mark.parametrize(
    "said",
    [
        "hồi đó tui còn nhỏ",
        "tôi qua nhà nó",
        "toi qua nha no choi",
        "hoi toi cai gi vay",
        "đêm nào cũng nhậu",
        "cứ thứ bảy là đua xe",
        "lần thứ hai rồi",
        "mở cửa 24/7",
        "quán ở đường 30/4",
        "nhà 41/6 hẻm chùa",
        "em năm nay lớp 12",
        "5g mạng yếu quá",
        "lúc này đang họp",
        "gửi em sáng kiến tối đa",
        "",
    ],
)
def test_what_is_no_time_stays_none(said: str) -> None:
    assert find_times(said, NOW) == []


def test_a_time_stands_where_it_was_said() -> None:
    text = "Nhà em bị trộm hồi 2h sáng nay, tới chiều hôm qua vẫn còn"
    found = find_times(text, NOW)
    assert [text[told.start : told.end] for told in found] == ["2h sáng nay", "chiều hôm qua"]
    assert [told.moment.start for told in found] == [at(27, 2), at(26, 13)]


def test_a_number_of_a_hamlet_counts_no_days() -> None:
    text = "ấp 3 hôm nay mất điện"
    assert [text[t.start : t.end] for t in find_times(text, NOW)] == ["hôm nay"]


@given(st.integers(10**9, 7 * 10**9))
def test_what_has_been_lies_behind(seconds: int) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    tolerance = timedelta(minutes=15)  # two clocks may differ
    for said in ("tối qua", "hồi 2h sáng", "hôm kia", "thứ bảy", "3 bữa nay", "mùng 5"):
        moment = resolve(said, now)
        assert moment is not None
        assert moment.start <= moment.end
        assert moment.start <= now + tolerance


@given(st.text(st.sampled_from("0123456789/:hg -.tốiqua thứmùngngàybữahômsángnay,"), max_size=80))
def test_any_mixture_is_read_without_an_error(text: str) -> None:
    for told in find_times(text, NOW):
        assert 0 <= told.start < told.end <= len(text)
        assert told.moment.start <= told.moment.end
        assert told.moment.start.tzinfo is VIETNAM
