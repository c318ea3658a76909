"""The routes outside the console, called as their schema allows and as it does not."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from litestar import Litestar
from litestar.datastructures import State
from litestar.openapi.config import OpenAPIConfig
from schemathesis import Case, GenerationMode

from bot.beside import beside
from bot.channels.registry import open_channels
from bot.channels.web import WebChannel
from bot.console.plugins import console_plugins
from bot.db import Database
from bot.gateway import chat, health, webhooks
from bot.gateway.app import MAX_BODY
from bot.gateway.errors import exception_handlers
from bot.live import Live
from bot.messages.rasa import Rasa
from bot.messages.tokens import DatabaseTokenStore
from bot.procedures import public_views
from bot.services import Services
from bot.settings import Settings

SECRET = "fuzz-secret"
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "X-Bot-Api-Secret-Token": SECRET}

integer, string = {"type": "integer"}, {"type": "string", "maxLength": 200}
PERSON = {"type": "object", "properties": {"id": integer, "first_name": string, "is_bot": {}}}
CHAT = {
    "type": "object",
    "required": ["id", "type"],
    "properties": {"id": integer, "type": {"enum": ["private", "group", "supergroup", "channel"]}},
}
MESSAGE = {
    "type": "object",
    "required": ["message_id", "date", "chat", "from"],
    "properties": {
        "message_id": integer,
        "date": {"type": "integer", "minimum": 0, "maximum": 4_000_000_000},
        "chat": CHAT,
        "from": PERSON,
        "text": string,
        "caption": string,
        "location": {"type": "object", "properties": {"latitude": {}, "longitude": {}}},
        "photo": {"type": "array", "maxItems": 2, "items": {"type": "object"}},
        "migrate_to_chat_id": integer,
        "entities": {"type": "array", "maxItems": 2, "items": {"type": "object"}},
    },
}
UPDATE = {
    "type": "object",
    "properties": {
        "update_id": integer,
        "message": MESSAGE,
        "edited_message": MESSAGE,
        "callback_query": {"type": "object", "properties": {"from": PERSON, "message": MESSAGE}},
        "event_name": {"enum": ["message.text.received", "message.image.received"]},
        "my_chat_member": {"type": "object", "properties": {"chat": CHAT, "from": PERSON}},
    },
}
"""Roughly what platforms send; what they send exactly is in tests/channels."""


def _schema() -> dict[str, Any]:
    """The document that Litestar makes of the routes, with what a webhook's body is."""
    handlers = [webhooks.webhook, *health.handlers, *chat.handlers, public_views.router]
    config = OpenAPIConfig(title="Bình Yên", version="1")
    document = Litestar(route_handlers=handlers, openapi_config=config).openapi_schema.to_schema()
    webhook = document["paths"]["/webhooks/{platform}"]["post"]
    webhook["requestBody"] = {"content": {"application/json": {"schema": UPDATE}}}
    webhook["parameters"][0]["schema"] = {"enum": [*webhooks.PATHS, "khac"]}
    return document


SCHEMA = schemathesis.openapi.from_dict(_schema())
ROUTES = [
    pytest.param(operation.ok(), id=operation.ok().label)
    for operation in SCHEMA.get_all_operations()
]


@pytest.fixture
def gateway(settings: Settings) -> Iterator[str]:
    """The gateway's own routes on a real server; nothing behind them works on what comes in."""
    secrets = {"telegram_token": "1:a", "telegram_secret": SECRET}
    secrets |= {"zalo_bot_token": "1:a", "zalo_bot_secret": SECRET}
    settings = Settings.model_validate(settings.model_dump() | secrets)
    url = str(settings.database_url)
    db = Database(url)
    channels = {"web": WebChannel(db, settings), **open_channels(settings, DatabaseTokenStore(db))}
    services = Services(settings, db, Live(url), Rasa(settings), channels)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with beside(nullcontext()) as app.state.workers:
            yield

    app = Litestar(
        route_handlers=[
            webhooks.webhook,
            *health.handlers,
            *chat.handlers,
            public_views.router,
        ],
        plugins=console_plugins(settings),
        exception_handlers=exception_handlers,
        lifespan=[lifespan],
        state=State({"services": services, "databases": (db,)}),
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        on_shutdown=[db.close, services.rasa.close],
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield "http://{}:{}".format(*listener.getsockname())
    server.should_exit = True
    thread.join(20)


@pytest.mark.parametrize("route", ROUTES)
def test_no_call_of_a_route_makes_it_fail(gateway: str, route: Any) -> None:
    calls = st.one_of(
        route.as_strategy(generation_mode=GenerationMode.POSITIVE),
        route.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    statuses = set()

    @examples(
        max_examples=60 if "webhooks" in route.path else 20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=calls)
    def call(case: Case) -> None:
        answer = case.call(base_url=gateway, headers=HEADERS)
        statuses.add(answer.status_code)
        if case.operation.path == "/health/ready":
            assert answer.status_code == 503  # there is no Rasa here
        else:
            assert answer.status_code < 500, answer.status_code

    call()
    if "webhooks" in route.path:
        assert statuses >= {200, 400}  # some were taken in, some were refused
