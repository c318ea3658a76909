"""Times as officers read them, in Vietnam's one time zone (no daylight saving since 1975)."""

from datetime import date, datetime, timedelta, timezone

from bot.db import now

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")


WEEKDAYS = ("Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy", "Chủ nhật")


def exact(at: datetime) -> str:
    """ "14:05, 02/10/2025"."""
    return at.astimezone(VIETNAM).strftime("%H:%M, %d/%m/%Y")


def clock(at: datetime) -> str:
    """The time today, with the day before it otherwise."""
    local = at.astimezone(VIETNAM)
    return local.strftime("%H:%M" if local.date() == today() else "%H:%M %d/%m")


def hour(at: datetime) -> str:
    """ "14:05"."""
    return at.astimezone(VIETNAM).strftime("%H:%M")


def day(at: datetime) -> str:
    """ "Hôm nay, 27/11/2026"; "Thứ sáu, 20/11/2026"."""
    date = at.astimezone(VIETNAM).date()
    today = now().astimezone(VIETNAM).date()
    near = {today: "Hôm nay", today - timedelta(days=1): "Hôm qua"}
    return f"{near.get(date, WEEKDAYS[date.weekday()])}, {date:%d/%m/%Y}"


def between(start: datetime, end: datetime | None) -> str:
    """ "21:30, 25/11/2026"; "18:00 – 24:00, 26/11/2026"; "26/11/2026" for a whole day;
    "từ 21:30, 25/11/2026" while it goes on."""
    if end is None:
        return f"từ {exact(start)}"
    first, last = start.astimezone(VIETNAM), end.astimezone(VIETNAM)
    if first == last:
        return exact(start)
    midnight = last.hour == last.minute == 0
    last_day = last.date() - timedelta(days=midnight)
    whole_days = first.hour == first.minute == 0 and midnight
    if first.date() == last_day:
        hours = f"{first:%H:%M} – {'24:00' if midnight else f'{last:%H:%M}'}, "
        return f"{'' if whole_days else hours}{first:%d/%m/%Y}"
    if whole_days:
        return f"{first:%d/%m/%Y} – {last_day:%d/%m/%Y}"
    return f"{exact(start)} – {exact(end)}"


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


def lasted(time: timedelta) -> str:
    """ "dưới 1 phút"; "45 phút"; "2 giờ 10 phút"; "3 ngày 4 giờ"."""
    minutes = int(time.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    parts = [(days, "ngày"), (hours, "giờ"), (0 if days else minutes % 60, "phút")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "dưới 1 phút"


def today() -> date:
    return now().astimezone(VIETNAM).date()
