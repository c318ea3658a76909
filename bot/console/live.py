"""Telling an open console that a report it may show has changed (server-sent events)."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

from litestar import get
from litestar.response import ServerSentEvent, ServerSentEventMessage

from bot.console import cookies, guards, sessions
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, Services, services_of
from bot.live import QUEUE
from bot.reports.queue import urgency

HEARTBEAT = 20.0  # seconds; proxies cut what is silent for a minute
RETRY = 3000  # milliseconds until the browser connects again


class SessionEnded(Exception): ...


@get("/su-kien", guards=[guards.needs(Permission.READ_REPORTS)])
async def changes(request: ConsoleRequest) -> ServerSentEvent:
    """One event for each change of a report that this officer may read: code, urgent, type.

    Whether he may is asked anew for each: about other reports not even the time leaks.
    """
    token = cookies.read(request, cookies.SESSION)
    return ServerSentEvent(
        _changes(services_of(request), token),
        retry_duration=RETRY,
        headers={"x-accel-buffering": "no"},
    )


async def _changes(services: Services, token: str) -> AsyncGenerator[ServerSentEventMessage, None]:
    async with services.live.listen(QUEUE) as notices:
        yield ServerSentEventMessage(event="open", data="")
        beat = asyncio.get_running_loop().time() + HEARTBEAT
        with suppress(SessionEnded):
            while True:
                notice = await _next(notices, beat)
                change = await _readable(services, token, notice)
                if change is not None:
                    yield ServerSentEventMessage(event="change", data=json.dumps(change))
                elif notice is None:  # at its own time, whatever happens to others' reports
                    yield ServerSentEventMessage(comment="", data=None)
                    beat += HEARTBEAT


async def _next(notices: asyncio.Queue[dict[str, Any]], until: float) -> dict[str, Any] | None:
    """The next notice; None when it is time for a sign of life."""
    try:
        async with asyncio.timeout_at(until):
            return await notices.get()
    except TimeoutError:
        return None


async def _readable(
    services: Services, token: str, notice: dict[str, Any] | None
) -> dict[str, Any] | None:
    """What to tell; None for nothing. Raises: SessionEnded."""
    async with services.db.begin() as session:
        found = await sessions.find(session, token, touch=False)
        if found is None:
            raise SessionEnded
        if notice is None:
            return None
        urgent = await urgency(session, found.officer, uuid.UUID(notice["report"]))
    if urgent is None:
        return None
    return {"code": notice["code"], "type": notice["type"], "urgent": urgent}
