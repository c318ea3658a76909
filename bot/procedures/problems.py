"""What is wrong with a procedure as it is written, in an officer's words."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError

from bot.procedures.entry import SHORT, Entry

Problem = tuple[str, str]
"""A field's name and what is wrong with it."""

PROSE = ("answer", "details", "steps", "papers", "where", "time")
FIXED = ("name", "questions", "asked", "legal_source")
"""What is the same in every commune."""

MONEY = re.compile(r"\d[\d.,]{0,40}\s{0,5}(?:đồng|đ\b|nghìn|ngàn|triệu|vnđ|vnd)", re.IGNORECASE)
UNFINISHED = re.compile(r"\b(?:TODO|TBD|XXX+)\b|\?\?+|\[\s*\]|_{3,}")

_WHY = {
    "missing": "chưa ghi",
    "extra_forbidden": "không có mục này",
    "string_type": "phải là chữ",
    "string_too_short": "chưa ghi, hoặc ngắn quá",
    "string_too_long": "dài quá",
    "string_pattern_mismatch": "có ký tự không dùng được",
    "too_short": "ít quá",
    "too_long": "nhiều quá",
    "list_type": "phải là danh sách",
    "enum": "không có lựa chọn này",
    "date_type": "phải là một ngày",
    "date_from_datetime_parsing": "phải là một ngày",
    "date_parsing": "phải là một ngày",
}


def in_words(error: ValidationError) -> list[Problem]:
    """Why something is no entry at all."""
    return [(str(each["loc"][0]) if each["loc"] else "", _why(each)) for each in error.errors()]


def problems(entry: Entry, known: Collection[str], today: date) -> Iterator[Problem]:
    """Why an entry must not be told as it is; `known` are the ids of all procedures."""
    if not entry.legal_source:
        yield "legal_source", "chưa ghi"
    if entry.checked_on > today:
        yield "checked_on", "là ngày chưa tới"
    if entry.due < today:
        yield "check_by", f"đã quá ngày {entry.due:%d/%m/%Y}, phải kiểm tra lại"
    if entry.fees and not entry.fee(today):
        yield "fees", "không có mức nào đang áp dụng"
    if len(entry.answer) > SHORT:
        yield "answer", f"dài {len(entry.answer)} ký tự, trong chat chỉ nên {SHORT}"
    if entry.service and not entry.where:
        yield "where", "phải ghi, vì có xã không làm việc này"
    for other in entry.related:
        if other not in known or other == entry.id:
            yield "related", f"không có thủ tục “{other}”"
    for field in PROSE:
        for text in _texts(entry, field) if field != "answer" else _sentences(entry.answer):
            # A fine is no fee: it may be told where it belongs.
            if (found := MONEY.search(text)) and "phạt" not in text.lower():
                yield field, f"có số tiền “{found[0]}”, phải ghi ở mục lệ phí"
    for field in (*PROSE, *FIXED):
        for text in _texts(entry, field):
            if field in FIXED and "{" in text:
                yield field, "không dùng chỗ điền trong ngoặc nhọn ở mục này"
            if found := UNFINISHED.search(text):
                yield field, f"còn “{found[0]}”, chưa viết xong"


def wrong(entries: Mapping[str, Entry], today: date) -> Iterator[tuple[str, Problem]]:
    """All that is wrong with them, each with the id of the entry."""
    claimed: dict[str, str] = {}
    for entry in entries.values():
        for problem in problems(entry, entries.keys(), today):
            yield entry.id, problem
        for question in entry.questions:
            other = claimed.setdefault(" ".join(question.lower().split()), entry.id)
            if other != entry.id:
                yield entry.id, ("questions", f"“{question}” có cả ở “{other}”")


def _texts(entry: Entry, field: str) -> list[str]:
    said = getattr(entry, field)
    return [said] if isinstance(said, str) else said


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.;!?])\s+", text)


def _why(error: Any) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return _WHY.get(error["type"], "không đúng")
