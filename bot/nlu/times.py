"""When something happened, as people say it: "9 giờ 30 tối hôm kia", "3 bữa nay", "2g khuya".

Pure: the same text and the same `now` give the same moments, in Việt Nam's time (UTC+7, without
summer time). Vague words give intervals: "tối qua" is from 18:00 to midnight. Days of the month
are those of the calendar on the wall, not of the lunar one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from bot.nlu.plain import Plain, one_of, spellings

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")

_NUMBERS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "sau": 6, "bay": 7,
    "tam": 8, "chin": 9, "muoi": 10, "muoi mot": 11, "muoi hai": 12,
}  # fmt: skip
_PARTS = {  # first and last hour; beyond 24 is the next morning
    "rang sang": (3, 6), "gan sang": (3, 6), "sang som": (4, 8), "sang": (5, 11),
    "trua": (11, 13), "xe chieu": (15, 18), "chieu": (13, 18), "chap toi": (18, 20),
    "toi": (18, 24), "nua dem": (23, 25), "nua khuya": (23, 27), "dem": (21, 28),
    "khuya": (22, 27), "hom": (20, 29),
}  # fmt: skip
_NIGHT = frozenset({"dem", "khuya", "nua dem", "nua khuya", "hom"})
_UNITS = {
    "phut": timedelta(minutes=1), "p": timedelta(minutes=1), "tieng": timedelta(hours=1),
    "gio": timedelta(hours=1), "ngay": timedelta(days=1), "bua": timedelta(days=1),
    "hom": timedelta(days=1), "dem": timedelta(days=1), "tuan": timedelta(weeks=1),
    "thang": timedelta(days=30),
}  # fmt: skip
_FEW = 3
_LATELY = timedelta(days=7)
_THE_OTHER_DAY = timedelta(days=14)
_JUST_NOW = timedelta(hours=1)
_CLOCKS_DIFFER = timedelta(minutes=15)
_AHEAD = 31
"""Days by which a date without a year may lie ahead; a later one was last year's."""

_MEANT = spellings(
    "hôm bữa buổi hồi lúc khi qua nay kia kìa nọ trước rồi vừa mới đây cách xong rạng gần sáng sớm "
    "trưa xế chiều chạp chập tối đêm khuya nửa giờ phút tiếng rưỡi kém thứ một hai ba bốn tư năm "
    "lăm sáu bảy bẩy tám chín mười mấy vài chủ nhật tuần tháng ngày mùng mồng nãy bây mai mốt hổm "
    "rày này sau ngoái ban"
)

_WORDS_FOR_NUMBERS = one_of(_NUMBERS)
_NUMBER = rf"(?:\d{{1,2}}|{_WORDS_FOR_NUMBERS})"
_PART = one_of(_PARTS.keys() - {"hom"})
_WEEKDAY = r"thu (?:hai|ba|tu|nam|sau|bay|[2-7])|t[2-7]|chu nhat|cn"
_LONG = "phut|tieng|gio|ngay|bua|hom|tuan|thang"

_KINDS = {
    "now": r"(?:hoi|luc|khi|moi|ban|vua) nay|nay (?:gio|h)|vua xong|moi day|bay gio",
    "lately": r"(?:hom|bua) ray|(?:may|vai) (?:bua|hom|ngay) (?:nay|ray)",
    "since": rf"(?P<since_n>{_NUMBER}) ?(?P<since_unit>ngay|bua|hom|dem|tuan|thang|tieng) nay",
    "ago": rf"cach day (?P<ago_n1>{_NUMBER}|may|nua) ?(?P<ago_unit1>{_LONG})"
    rf"|(?P<ago_n2>{_NUMBER}|may|nua) ?(?P<ago_unit2>{_LONG}|p) truoc",
    "vague": r"(?:hom|bua) (?:truoc|no|hom)|hom bua",
    "clock": r"(?P<h1>[01]?\d|2[0-3]) ?(?P<unit>h|g|gio)(?!\w)"
    r"(?: ?(?P<m1>[0-5]\d)(?!\w)(?: ?(?:p|phut)\b)?"
    r"| (?P<half>ruoi)| kem (?P<less>[1-5]?\d|muoi|nam))?"
    r"|(?P<h2>[01]\d|[1-9]|2[0-3])(?:h|g|:)(?P<m2>[0-5]\d)(?:p|phut)?"
    rf"|(?P<h3>{_WORDS_FOR_NUMBERS}) gio(?: (?P<half3>ruoi))?",
    "date": r"(?:ngay |hom |bua )?(?P<d1>\d{1,2})/(?P<mo1>\d{1,2})(?:/(?P<y1>20\d\d|\d\d))?"
    r"|(?:ngay |hom )?(?P<d2>\d{1,2})[-.](?P<mo2>\d{1,2})[-.](?P<y2>20\d\d)"
    r"|(?:(?:ngay|hom|bua) )?(?P<d3>\d{1,2}) thang (?P<mo3>1[0-2]|\d)(?: nam (?P<y3>20\d\d))?"
    rf"|(?:hom |bua |ngay )?(?:mung|mong) (?P<d4>{_NUMBER})(?: thang (?P<mo4>{_NUMBER}))?"
    r"|(?:ngay|hom) (?P<d5>[12]?\d|3[01])",
    "weekday": rf"(?:hom |bua |ngay )?(?P<wd>{_WEEKDAY})"
    r"(?: (?P<which>tuan (?:truoc|roi|qua|nay|sau)|vua (?:roi|qua)|roi|truoc|nay))?",
    "period": r"(?P<span>tuan|thang|nam) (?:truoc|roi|vua roi|ngoai)",
    "day": r"(?:hom|bua|ngay) (?P<rel>qua|nay|kia|mai|mot)|(?P<short>hqua|hnay|hkia)",
    "parted": rf"(?:buoi )?(?P<part1>{_PART}) (?P<rel1>qua|nay|kia|mai)",
    "told": rf"(?:hoi|luc|khi) (?P<part2>{_PART}|hom)",
    "until": rf"(?P<part3>{_PART}) (?:gio|h)(?! ?\d)",
    "part": rf"(?:buoi )?(?P<part4>{_PART})",
}
_PIECE = re.compile(
    r"(?<![\w/.,:-])(?:"
    + "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items())
    + r")(?![\w/])"
)
_GLUE = re.compile(r"[ ,]*(?:(?:luc|vao|khoang|tam|cua|hoi|tu|chung)[ ]+)*")
_AGAIN_AND_AGAIN = re.compile(r"\b(?:cu|moi|hang|ca|nhieu|bao)(?: (?:toi|den))? $")
_EVERY = re.compile(r" ?(?:nao|cung)\b")
_NO_DATE_BEFORE = re.compile(r"\b(?:duong|nha|so|hem|kiet|to|ngo|thua|phong|lop|ap|ty so) $")
_NO_DATE_AFTER = re.compile(r" ?(?:lit|ky|kg|mau|sao|thua|to|so)\b")
_ORDINAL_BEFORE = re.compile(r"\b(?:lan|nguoi|dua|cai|lop|vo|chong|doi|hang|chuyen|dieu|phan) $")
_NUMBERED_BEFORE = re.compile(r"\b(?:ap|to|thon|xom|khom|doi|khu|so|lop|nha|hem|phong) $")
_GOING_SOMEWHERE = re.compile(
    r" (?:nha|ben|cho|tiem|duong|truong|xin|lay|hoi|do|day|tim|gap|muon|uy ban|xa|nuoc)\b"
)
_SAID_OF_ONESELF = re.compile(r"\b(?:cua|voi|cho|nha|bao|me|ba|vo|chong|con|nho|hoi) $")
_SHORT_DAYS = {"hqua": "qua", "hnay": "nay", "hkia": "kia"}
_DAYS = {"qua": -1, "nay": 0, "kia": -2, "mai": 1, "mot": 2}
_WEEKDAYS = {"hai": 0, "ba": 1, "tu": 2, "nam": 3, "sau": 4, "bay": 5, "nhat": 6, "cn": 6}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Moment:
    """From `start` to `end`, both in Việt Nam's time; the same for a time of the clock."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Told:
    """A moment and where the text tells it: offsets into the text."""

    start: int
    end: int
    moment: Moment


@dataclass(frozen=True)
class _Piece:
    start: int
    end: int
    kind: str
    groups: Mapping[str, str | None]

    def first(self, *names: str) -> str:
        return next((value for name in names if (value := self.groups[name])), "")


def find_times(text: str, now: datetime) -> list[Told]:
    """Every moment the text tells, in order. `now` is aware; any string is safe."""
    plain = Plain(text)
    return [Told(*plain.span(t.start, t.end), t.moment) for t in tell_times(plain, now)]


def tell_times(plain: Plain, now: datetime) -> Iterator[Told]:
    """The same with places of `Plain.text`."""
    local = now.astimezone(VIETNAM)
    for group in _groups(plain):
        moment = _resolved(group, local)
        if moment is not None:
            yield Told(group[0].start, group[-1].end, moment)


def resolve(text: str, now: datetime) -> Moment | None:
    """The first moment that the text tells."""
    return next((told.moment for told in find_times(text, now)), None)


def _groups(plain: Plain) -> Iterator[list[_Piece]]:
    """Pieces that stand beside each other and complete each other are one time."""
    group: list[_Piece] = []
    for piece in _pieces(plain):
        if group and not _continues(group, piece, plain.text):
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _continues(group: list[_Piece], piece: _Piece, text: str) -> bool:
    gap = text[group[-1].end : piece.start]
    if len(gap) > 24 or not _GLUE.fullmatch(gap):
        return False
    return not _roles(piece) & {role for known in group for role in _roles(known)}


def _roles(piece: _Piece) -> frozenset[str]:
    """What a time needs once: an hour, a part of the day, a day."""
    return _ROLES.get(piece.kind, frozenset({"day", "part", "clock"}))


_ROLES = {
    "clock": frozenset({"clock"}),
    "part": frozenset({"part"}),
    "told": frozenset({"part"}),
    "parted": frozenset({"part", "day"}),
    "date": frozenset({"day"}),
    "weekday": frozenset({"day"}),
    "day": frozenset({"day"}),
    "vague": frozenset({"day"}),
}


def _pieces(plain: Plain) -> Iterator[_Piece]:
    start = 0
    while match := _PIECE.search(plain.text, start):
        piece = _Piece(match.start(), match.end(), match.lastgroup or "", match.groupdict())
        if plain.spells(piece.start, piece.end, _MEANT) and _is_time(piece, plain):
            yield piece
            start = piece.end
        else:  # "ấp 3 hôm nay": not three days
            blank = plain.text.find(" ", piece.start, piece.end)
            start = blank + 1 if blank >= 0 else piece.end


def _is_time(piece: _Piece, plain: Plain) -> bool:
    """Not what recurs ("tối nào cũng"), is counted ("lần thứ hai") or has another reading."""
    before = plain.text[max(0, piece.start - 16) : piece.start]
    after = plain.text[piece.end : piece.end + 10]
    if _AGAIN_AND_AGAIN.search(before) or _EVERY.match(after):
        return False
    if piece.kind == "date":
        return piece.first("date") != "24/7" and not (
            _NO_DATE_BEFORE.search(before) or _NO_DATE_AFTER.match(after)
        )
    if piece.kind in {"since", "ago"}:
        return not _NUMBERED_BEFORE.search(before)
    if piece.kind == "weekday":
        return not _ORDINAL_BEFORE.search(before)
    written = plain.written(piece.start, piece.end).lower()
    if piece.kind == "now" and written.endswith("này"):
        return False  # "mới này", "lúc này": not what was
    if piece.kind == "part" and written == "toi":
        return not after.lstrip()[:1].isdigit()  # "tu 1h toi 3h"
    if piece.kind == "told" and written.endswith("toi"):
        return False  # "hỏi tôi", typed without diacritics
    if written.startswith(("toi ", "dem ")):  # "tôi qua nhà", "đem qua đây"
        return not (_GOING_SOMEWHERE.match(after) or _SAID_OF_ONESELF.search(before))
    return True


def _resolved(group: list[_Piece], now: datetime) -> Moment | None:
    by_kind = {piece.kind: piece for piece in group}
    if len(group) == 1 and (alone := _ALONE.get(group[0].kind)):
        return alone(group[0], now)
    day = _day(by_kind, now)
    part = _part(by_kind)
    if clock := by_kind.get("clock"):
        night = part in _NIGHT and "parted" in by_kind
        return _at(clock, part, day, now, after_midnight=night)
    if day is None:
        return _latest_part(part, now) if "told" in by_kind else None
    return _part_of(day, part, now)


def _day(by_kind: Mapping[str, _Piece], now: datetime) -> tuple[date, date] | None:
    """The first and the last day meant, if any is."""
    today = now.date()
    if piece := by_kind.get("date"):
        return _one(_date(piece, today))
    if piece := by_kind.get("weekday"):
        return _one(_weekday(piece, today))
    if "vague" in by_kind:
        return today - _THE_OTHER_DAY, today - _DAY
    piece = by_kind.get("day") or by_kind.get("parted")
    if piece is None:
        return None
    word = _SHORT_DAYS.get(piece.first("short"), piece.first("rel", "rel1"))
    return _one(today + _DAYS[word] * _DAY)


def _one(day: date | None) -> tuple[date, date] | None:
    return (day, day) if day else None


def _part(by_kind: Mapping[str, _Piece]) -> str:
    pieces = (by_kind.get(kind) for kind in ("parted", "told", "part"))
    named = (piece.first("part1", "part2", "part4") for piece in pieces if piece)
    return next(named, "")


def _date(piece: _Piece, today: date) -> date | None:
    """A day of the calendar; without a month or a year the last one that has been."""
    day = _number(piece.first("d1", "d2", "d3", "d4", "d5"))
    month = _number(piece.first("mo1", "mo2", "mo3", "mo4"))
    year = _number(piece.first("y1", "y2", "y3"))
    if not month:
        return _last_with_day(day, today)
    if year:
        return _calendar(year if year > 99 else 2000 + year, month, day)
    this_year = _calendar(today.year, month, day)
    if this_year and this_year <= today + _AHEAD * _DAY:
        return this_year
    return _calendar(today.year - 1, month, day)


def _last_with_day(day: int, today: date) -> date | None:
    if (found := _calendar(today.year, today.month, day)) and found <= today:
        return found
    last_of_month = today.replace(day=1) - _DAY
    return _calendar(last_of_month.year, last_of_month.month, day)


def _calendar(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _weekday(piece: _Piece, today: date) -> date:
    name = piece.first("wd")
    wanted = int(name[-1]) - 2 if name[-1].isdigit() else _WEEKDAYS[name.split()[-1]]
    monday = today - today.weekday() * _DAY
    which = piece.first("which")
    if which == "nay":  # "thứ năm này": the one to come
        return today + (wanted - today.weekday()) % 7 * _DAY
    if which in {"tuan truoc", "tuan roi", "tuan qua"}:
        return monday + (wanted - 7) * _DAY
    if which == "tuan nay":
        return monday + wanted * _DAY
    if which == "tuan sau":
        return monday + (wanted + 7) * _DAY
    return today - (today.weekday() - wanted) % 7 * _DAY


def _part_of(days: tuple[date, date], part: str, now: datetime) -> Moment:
    """A part of a day; of today no more than has been, unless all of it lies ahead."""
    from_hour, to_hour = _PARTS[part] if part else (0, 24)
    first, last = days
    if part in _NIGHT and first == last == now.date() and now.hour < 12:
        first = last = first - _DAY  # "khuya nay", said in the morning
    start, end = _clock(first, from_hour), _clock(last, to_hour)
    return Moment(start, now if start < now < end else end)


def _latest_part(part: str, now: datetime) -> Moment:
    """ "Hồi chiều", "hồi hôm": the last one that has begun."""
    from_hour, _ = _PARTS[part]
    day = now.date()
    if _clock(day, from_hour) > now:
        day -= _DAY
    return _part_of((day, day), part, now) if part not in _NIGHT else _night(day, part, now)


def _night(day: date, part: str, now: datetime) -> Moment:
    from_hour, to_hour = _PARTS[part]
    start, end = _clock(day, from_hour), _clock(day, to_hour)
    return Moment(start, now if start < now < end else end)


def _at(
    clock: _Piece,
    part: str,
    day: tuple[date, date] | None,
    now: datetime,
    *,
    after_midnight: bool = False,
) -> Moment | None:
    """A time of the clock, on its day or on the last day on which it has been.

    `after_midnight`: small hours belong to the night that began on `day` ("đêm qua lúc 2h").
    """
    if clock.first("unit") == "g" and not (part or day or clock.first("m1", "half")):
        return None  # five grams, the fifth generation
    hour = _number(clock.first("h1", "h2", "h3"))
    since_midnight = _on_the_dial(clock) + timedelta(hours=_added_hours(hour, part))
    if after_midnight and hour < 6:
        since_midnight += _DAY
    if day is not None:
        start, end = (_clock(each, 0) + since_midnight for each in day)
        return Moment(start, end)
    step = timedelta(hours=24 if part or hour > 12 or hour == 0 else 12)
    at = _clock(now.date(), 0) + since_midnight + (_DAY - step)
    while at > now + _CLOCKS_DIFFER:
        at -= step
    return Moment(at, at)


def _on_the_dial(clock: _Piece) -> timedelta:
    minutes = _number(clock.first("m1", "m2")) or (30 if clock.first("half", "half3") else 0)
    hours = _number(clock.first("h1", "h2", "h3"))
    return timedelta(hours=hours, minutes=minutes - _number(clock.first("less")))


def _added_hours(hour: int, part: str) -> int:
    """What makes of an hour on the dial one of the day."""
    if part in {"chieu", "xe chieu", "toi", "chap toi"}:
        return 12 if hour < 12 else 0
    if part == "trua":
        return 12 if hour < 4 else 0
    if part in _NIGHT:
        return 12 if 6 <= hour <= 12 else 0
    return 0


def _now(_piece: _Piece, now: datetime) -> Moment:
    return Moment(now - _JUST_NOW, now)


def _lately(_piece: _Piece, now: datetime) -> Moment:
    return Moment(_clock(now.date(), 0) - _LATELY, now)


def _since(piece: _Piece, now: datetime) -> Moment:
    length = _number(piece.first("since_n")) * _UNITS[piece.first("since_unit")]
    return Moment(_whole_days(now - length, length), now)


def _ago(piece: _Piece, now: datetime) -> Moment:
    unit = _UNITS[piece.first("ago_unit1", "ago_unit2")]
    said = piece.first("ago_n1", "ago_n2")
    length = unit / 2 if said == "nua" else (_FEW if said == "may" else _number(said)) * unit
    if unit < _DAY:
        return Moment(now - length, now - length)
    start = _whole_days(now - length, length)
    return Moment(start, start + _DAY)


def _until_now(piece: _Piece, now: datetime) -> Moment:
    return Moment(min(_latest_part(piece.first("part3"), now).start, now), now)


def _period(piece: _Piece, now: datetime) -> Moment:
    """The last calendar week, month or year."""
    today = now.date()
    if piece.first("span") == "tuan":
        end = today - today.weekday() * _DAY
        return Moment(_clock(end - 7 * _DAY, 0), _clock(end, 0))
    end = today.replace(day=1)
    if piece.first("span") == "nam":
        end = end.replace(month=1)
        return Moment(_clock(end.replace(year=end.year - 1), 0), _clock(end, 0))
    return Moment(_clock((end - _DAY).replace(day=1), 0), _clock(end, 0))


_ALONE = {
    "now": _now,
    "lately": _lately,
    "since": _since,
    "ago": _ago,
    "until": _until_now,
    "period": _period,
}


def _whole_days(at: datetime, length: timedelta) -> datetime:
    return _clock(at.date(), 0) if length >= _DAY else at


def _clock(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(), VIETNAM) + timedelta(hours=hour)


def _number(said: str) -> int:
    """0 for nothing."""
    return int(said) if said.isdigit() else _NUMBERS.get(said, 0)
