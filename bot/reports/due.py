"""When something is due of a report, in words for officers."""

from datetime import datetime, timedelta
from typing import NamedTuple

from bot.console.times import clock
from bot.db import now
from bot.reports.models import DueKind, Report, Status

TO_DO = {
    DueKind.ACKNOWLEDGEMENT: "tiếp nhận",
    DueKind.REPLY: "trả lời người báo",
    DueKind.RESOLUTION: "giải quyết xong",
}
RESTS = {
    Status.WAITING: "Hạn tạm dừng, đang chờ người báo",
    Status.TRANSFERRED: "Hạn tạm dừng, cơ quan khác đang giải quyết",
}


class Due(NamedTuple):
    """`late`: the time is over."""

    text: str
    late: bool


def due(report: Report, at: datetime | None = None) -> Due | None:
    """ "Cần tiếp nhận trước 09:40"; "Quá hạn tiếp nhận 2 giờ"; None where nothing is due."""
    at = at or now()
    if report.due_at is None or report.due_kind is None:
        return Due(RESTS[report.status], late=False) if report.status in RESTS else None
    what = TO_DO[report.due_kind]
    if report.due_at > at:
        return Due(f"Cần {what} trước {clock(report.due_at)}", late=False)
    return Due(f"Quá hạn {what} {how_long(at - report.due_at)}", late=True)


def how_long(passed: timedelta) -> str:
    """ "40 phút", "2 giờ", "3 ngày"."""
    if passed < timedelta(hours=1):
        return f"{max(1, passed.seconds // 60)} phút"
    if passed < timedelta(days=1):
        return f"{passed.seconds // 3600} giờ"
    return f"{passed.days} ngày"
