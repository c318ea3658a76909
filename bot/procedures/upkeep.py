"""Which procedures somebody should look at again, and why."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from bot.procedures.entry import Confidence, Entry

SOON = timedelta(days=30)


class Reason(StrEnum):
    OVERDUE = "overdue"
    LAPSING = "lapsing"  # within `SOON`
    UNCONFIRMED = "unconfirmed"
    SOURCELESS = "sourceless"


NAMES = {
    Reason.OVERDUE: "Quá hạn kiểm tra",
    Reason.LAPSING: "Sắp hết hạn",
    Reason.UNCONFIRMED: "Chưa xác nhận",
    Reason.SOURCELESS: "Thiếu căn cứ",
}


def reasons(entry: Entry, today: date) -> list[Reason]:
    """The most pressing first; none for one that is in order."""
    late = entry.overdue(today)
    holds = {
        Reason.OVERDUE: late,
        Reason.LAPSING: not late and entry.overdue(today + SOON),
        Reason.UNCONFIRMED: entry.confidence is Confidence.LOW,
        Reason.SOURCELESS: not entry.legal_source,
    }
    return [reason for reason, is_so in holds.items() if is_so]


def to_look_at(entries: Iterable[Entry], today: date) -> int:
    """How many."""
    return sum(bool(reasons(entry, today)) for entry in entries)
