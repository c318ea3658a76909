"""Is the process alive, is the service ready, and numbers for Prometheus."""

import hmac
from ipaddress import ip_address
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.gateway.gauges import Snapshot, gauges

HELD_UP = 5.0
"""Seconds without a turn of the loop in which messages are handled, after which it is stuck."""


@get("/health/live")
async def live(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """The process answers, and works on what came in; 503 where it no longer does."""
    if await request.app.state.workers.answers(HELD_UP):
        return Response({"status": "live"})
    return Response({"status": "stuck"}, status_code=HTTP_503_SERVICE_UNAVAILABLE)


@get("/health/ready")
async def ready(request: Request[Any, Any, Any]) -> Response[dict[str, object]]:
    """200 when messages are answered now; 503 with the names of what is not ready yet.

    Messages are taken in before: they wait for what is missing.
    """
    services = request.app.state.services
    missing = []
    try:
        async with services.db.begin() as session:
            await session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        missing.append("database")
    if not await services.rasa.is_ready():
        missing.append("rasa")
    if not await services.rasa.actions_are_ready():
        missing.append("actions")
    return Response(
        {"status": "waiting" if missing else "ready", "waiting_for": missing},
        status_code=HTTP_503_SERVICE_UNAVAILABLE if missing else HTTP_200_OK,
    )


@get("/metrics")
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Prometheus' text format, for this machine and who has METRICS_TOKEN: a leader could tell
    from the counts that a complaint came in."""
    services = request.app.state.services
    if not _may_count(request, services.settings.metrics_token):
        raise NotFoundException
    text = generate_latest(Snapshot(await gauges(services, request.app.state.databases)))
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _may_count(request: Request[Any, Any, Any], token: SecretStr | None) -> bool:
    if request.client is not None and _is_local(request.client.host):
        return True
    given = request.headers.get("Authorization", "")
    wanted = f"Bearer {token.get_secret_value()}" if token else ""
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


handlers = [live, ready, metrics]
