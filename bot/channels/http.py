"""One request to a platform's API, and what its failure means for a message.

What counts is whether the platform can have taken the message. A refused connection cannot; an
answer that never came can. A call that does no harm twice (`repeatable`: delete, look up) is
simply tried again later.

httpx puts the address of a failed request, and so a bot's token, into log lines: `quiet_logs`.
Errors are raised `from None` for the same reason.
"""

import logging
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.channels.base import (
    DeliveryError,
    Misconfigured,
    OutcomeUnknown,
    RateLimited,
    Retryable,
)

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
DEFAULT_PAUSE = 30.0
"""Seconds to wait when a platform says "too many" without saying how long."""


def quiet_logs() -> None:
    """Keep addresses (with tokens) and messages out of the logs of the libraries below us."""
    for name, level in (
        ("httpx", logging.WARNING),
        ("httpcore", logging.WARNING),
        ("telegram", logging.WARNING),
        ("telegram.request", logging.CRITICAL),
    ):
        logging.getLogger(name).setLevel(level)


def is_loopback(url: str) -> bool:
    """Whether an API address is on this machine: a fake platform, or Telegram's own server."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def client_options(api_url: str) -> dict[str, Any]:
    """What every httpx client of ours is made with.

    A proxy of the environment is not used for this machine. Loading the certificates takes a
    while, so all clients share one context.
    """
    return {"trust_env": not is_loopback(api_url), "verify": _certificates()}


def new_client(api_url: str, timeout: float) -> httpx.AsyncClient:
    """A client for one platform."""
    quiet_logs()
    return httpx.AsyncClient(timeout=timeout, **client_options(api_url))


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def network_error(error: Exception, *, repeatable: bool) -> DeliveryError:
    """What an httpx error means."""
    if isinstance(error, _NEVER_SENT):
        return Retryable("no_connection")
    code = "timeout" if isinstance(error, httpx.TimeoutException) else "connection_lost"
    return Retryable(code) if repeatable else OutcomeUnknown(code)


def status_error(status: int, pause: float | None, *, repeatable: bool) -> DeliveryError:
    """What an HTTP status without a readable answer means."""
    if status == 429:
        return RateLimited("rate", DEFAULT_PAUSE if pause is None else pause)
    if status == 401:
        return Misconfigured("token")
    if status >= 500 and (repeatable or status != 504):
        return Retryable(f"http_{status}")
    if status >= 500 or status < 300:
        return OutcomeUnknown(f"http_{status}")
    return Misconfigured(f"http_{status}")


def pause_of(response: httpx.Response) -> float | None:
    """Seconds of a Retry-After header."""
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None


async def call(
    client: httpx.AsyncClient, method: str, url: str, *, repeatable: bool = False, **request: Any
) -> Mapping[str, Any]:
    """The JSON object that an API answers with, whatever its status below 500 is.

    Zalo answers errors with status 200, and its proxies answer in HTML.

    Raises: DeliveryError.
    """
    try:
        response = await client.request(method, url, **request)
    except httpx.HTTPError as error:
        raise network_error(error, repeatable=repeatable) from None
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or response.status_code >= 500:
        raise status_error(response.status_code, pause_of(response), repeatable=repeatable)
    return answer
