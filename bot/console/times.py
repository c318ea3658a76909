"""Times as officers read them, in Vietnam's one time zone (no daylight saving since 1975)."""

from datetime import datetime, timedelta, timezone

from bot.db import now

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")


def exact(at: datetime) -> str:
    """ "14:05, 02/10/2025"."""
    return at.astimezone(VIETNAM).strftime("%H:%M, %d/%m/%Y")


def clock(at: datetime) -> str:
    """The time today, with the day before it otherwise."""
    local = at.astimezone(VIETNAM)
    return local.strftime("%H:%M" if local.date() == _today() else "%H:%M %d/%m")


def ago(at: datetime, reference: datetime | None = None) -> str:
    """ "5 phút trước"; the date when it is more than a week ago."""
    passed = (reference or now()) - at
    if passed < timedelta(minutes=1):
        return "vừa xong"
    if passed < timedelta(hours=1):
        return f"{passed.seconds // 60} phút trước"
    if passed < timedelta(days=1):
        return f"{passed.seconds // 3600} giờ trước"
    if passed < timedelta(days=7):
        return f"{passed.days} ngày trước"
    return at.astimezone(VIETNAM).strftime("%d/%m/%Y")


def _today() -> object:
    return now().astimezone(VIETNAM).date()
