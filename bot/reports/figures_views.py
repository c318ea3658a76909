"""The page of figures: what came in, where and when, and how soon it was taken on."""

from datetime import date, timedelta
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from litestar.response import Template

from bot.console import guards
from bot.console.pages import page
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of
from bot.console.times import VIETNAM, lasted
from bot.db import now
from bot.reports import figures, figures_chart
from bot.wording import CATEGORY_NAMES

WEEKDAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
WEEKDAYS_IN_FULL = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
LEVELS = {"urgent": "Khẩn", "sensitive": "Nhạy cảm", "ordinary": "Thường"}
SPANS = {7: "7 ngày", 30: "30 ngày", 91: "3 tháng", 365: "12 tháng"}


@get("/so-lieu", guards=[guards.needs(Permission.FIGURES)])
async def figures_page(
    request: ConsoleRequest,
    first: Annotated[str, QueryParameter(name="tu", max_length=32)] = "",
    last: Annotated[str, QueryParameter(name="den", max_length=32)] = "",
) -> Template:
    today = now().astimezone(VIETNAM).date()
    coarse = figures.coarse(request.user)
    asked = figures.period(_date(first), _date(last), today, whole_months=coarse)
    async with services_of(request).db.begin() as session:
        found = await figures.figures(session, request.user, asked)
    return page(
        request,
        "reports/figures.html",
        found=found,
        period=asked,
        coarse=figures.COARSE if coarse else 0,
        spans=[(asked_for(today, days), name) for days, name in SPANS.items()],
        chart=figures_chart.draw(asked, found.days),
        shade=figures_chart.shade,
        weekdays=list(zip(WEEKDAYS, WEEKDAYS_IN_FULL, strict=True)),
        categories=CATEGORY_NAMES,
        levels=LEVELS,
        lasted=lasted,
        nav="figures",
    )


def asked_for(today: date, days: int) -> figures.Period:
    return figures.period(today - timedelta(days=days - 1), today, today)


def _date(value: str) -> date | None:
    """A day as a browser's date field gives it; anything else is no day."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


handlers = [figures_page]
