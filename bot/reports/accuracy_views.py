"""How well the assistant reads reports (managers and admins): counts, nobody's words."""

from litestar import get
from litestar.response import Template

from bot.console import guards
from bot.console.pages import page
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of
from bot.reports import accuracy, accuracy_chart, labels


@get("/hieu-dung", guards=[guards.needs(Permission.ACCURACY)])
async def accuracy_page(request: ConsoleRequest) -> Template:
    async with services_of(request).db.begin() as session:
        found = await accuracy.accuracy(session)
    return page(
        request,
        "reports/accuracy.html",
        found=found,
        chart=accuracy_chart.draw(found.weeks),
        read_as=labels.read_as,
        nav="accuracy",
    )


handlers = [accuracy_page]
