"""Where the chat platforms deliver: verify, store each event, answer 200."""

import json
from typing import Annotated, Any

from litestar import Request, post
from litestar.exceptions import ClientException, NotAuthorizedException, NotFoundException
from litestar.params import Parameter

from bot.channels.base import Malformed, Rejected
from bot.metrics import RECEIVED, REFUSED

PATHS = {"telegram": "telegram", "zalo-bot": "zalo_bot", "zalo-oa": "zalo_oa"}


@post("/webhooks/{platform:str}", status_code=200, exclude_from_csrf=True)
async def webhook(
    request: Request[Any, Any, Any], platform: Annotated[str, Parameter(max_length=32)]
) -> dict[str, bool]:
    """Take one delivery in. A repeated one changes nothing.

    401: not the platform's. 400: not what the platform sends. 413: too large. 404: channel off.
    """
    services = request.app.state.services
    channel = services.channels.get(PATHS.get(platform, ""))
    if channel is None:
        raise NotFoundException("no such channel here")
    body = await request.body()
    try:
        channel.verify(request.headers, body)
        events = channel.parse(_object(body))
    except Rejected:
        REFUSED.labels(channel.name, "unauthorised").inc()
        raise NotAuthorizedException("wrong or missing secret") from None
    except (Malformed, RecursionError) as e:
        REFUSED.labels(channel.name, "malformed").inc()
        raise ClientException(str(e) if isinstance(e, Malformed) else "nested too deep") from None
    for event in events:
        if await services.inbox.receive(event):
            RECEIVED.labels(channel.name).inc()
    return {"ok": True}


def _object(body: bytes) -> dict[str, object]:
    """The JSON object in a body; an empty body, which platforms send to probe, is an empty one."""
    if not body.strip():
        return {}
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("the body is not JSON") from None
    if not isinstance(data, dict):
        raise Malformed("the body is not a JSON object")
    return data
