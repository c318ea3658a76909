"""A gateway with nothing but the web chat, real in every part, and residents who use it."""

import asyncio
import json
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
import pytest
import uvicorn
from litestar import Litestar
from litestar.datastructures import State
from sqlalchemy import select, text
from websockets.asyncio.client import ClientConnection, connect

from bot.channels.base import Event
from bot.channels.web import WebChannel
from bot.console.plugins import console_plugins
from bot.db import Database
from bot.gateway import chat
from bot.gateway.app import MAX_BODY
from bot.gateway.errors import exception_handlers
from bot.groups.models import Commune, Group, Hamlet
from bot.live import Live
from bot.messages.inbox import waiting_event
from bot.messages.models import Inbound
from bot.messages.rasa import Rasa
from bot.services import Services
from bot.settings import Settings

PATIENCE = 5.0  # seconds
AP_1 = "ap-1"
AP_2 = "ap-2"


@dataclass
class Gateway:
    url: str
    services: Services

    @property
    def db(self) -> Database:
        return self.services.db

    @property
    def channel(self) -> WebChannel:
        channel = self.services.channels["web"]
        assert isinstance(channel, WebChannel)
        return channel

    async def events(self) -> list[Event]:
        """What waits to be handled, in the order of arrival."""
        async with self.db.begin() as session:
            ids = await session.execute(select(Inbound.id).order_by(Inbound.turn))
            found = [await waiting_event(session, inbound_id) for inbound_id in ids.scalars()]
        return [event for event in found if event]

    async def holds(self, words: str) -> bool:
        """Whether the words can be read anywhere in the database."""
        async with self.db.begin() as session:
            tables = await session.execute(
                text(
                    "SELECT schemaname, tablename FROM pg_tables"
                    " WHERE schemaname IN ('public', 'dbos')"
                )
            )
            for schema, table in tables.all():
                query = f'SELECT t::text FROM {schema}."{table}" t'  # noqa: S608
                rows = await session.execute(text(query))
                everything = "\n".join(rows.scalars())
                if words in everything or words.encode().hex() in everything:
                    return True
        return False


@dataclass
class Page:
    """One open page of a resident."""

    socket: ClientConnection
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def next(self, kind: str) -> dict[str, Any]:
        """The next frame of this kind; others on the way are kept in `seen`."""
        async with asyncio.timeout(PATIENCE):
            while True:
                frame: dict[str, Any] = json.loads(await self.socket.recv())
                self.seen.append(frame)
                if frame["type"] == kind:
                    return frame

    async def say(self, text: str, view: str = "group", **more: Any) -> dict[str, Any]:
        """Send a message; the acknowledgement."""
        message = {"id": str(uuid.uuid4()), "view": view, "text": text} | more
        await self.send(type="message", **message)
        return await self.next("ack")

    async def quiet(self) -> None:
        """Everything sent so far has arrived in `seen`."""
        await self.send(type="ping")
        await self.next("pong")


class Resident:
    """A browser: its cookie, and the pages it opens."""

    def __init__(self, gateway: Gateway, name: str) -> None:
        self.gateway = gateway
        self.name = name
        self.http = httpx.AsyncClient(base_url=gateway.url)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        (await self.http.get("/")).raise_for_status()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
        await self.http.aclose()

    async def connect(self, **headers: str) -> ClientConnection:
        """A websocket with this browser's cookie."""
        cookie = "; ".join(f"{key}={value}" for key, value in self.http.cookies.items())
        address = self.gateway.url.replace("http", "ws") + "/chat/ws"
        opening = connect(address, additional_headers={"Cookie": cookie} | headers, max_size=None)
        return await self._stack.enter_async_context(opening)

    async def open(self, group: str = AP_1) -> Page:
        """A page on which he is in the group and has all that waited for him."""
        page = Page(await self.connect())
        await page.send(type="hello", name=self.name, group=group)
        await page.next("ready")
        return page

    async def upload(self, content: bytes, name: str, mime: str) -> httpx.Response:
        return await self.http.post("/chat/files", files={"file": (name, content, mime)})


Visit = Callable[[str], Awaitable[Resident]]


@asynccontextmanager
async def serve(services: Services, port: int = 0) -> AsyncIterator[str]:
    """The chat's handlers, on a free port unless one is given."""
    app = Litestar(
        route_handlers=chat.handlers,
        plugins=console_plugins(services.settings),
        exception_handlers=exception_handlers,
        state=State({"services": services}),
        request_max_body_size=MAX_BODY,
        openapi_config=None,
    )
    listener = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield "http://{}:{}".format(*listener.getsockname())
    finally:
        server.should_exit = True
        await task


async def settle(db: Database) -> None:
    """A commune with two hamlets that have a web group, and one that has none."""
    async with db.begin() as session:
        session.add(Commune(name="Xã Đồng Tâm", province="Đồng Nai"))
        for name, chat_id in (("Ấp 1", AP_1), ("Ấp 2", AP_2)):
            hamlet = Hamlet(name=name)
            session.add(Group(hamlet=hamlet, channel="web", chat_id=chat_id, set_up_as=chat_id))
        session.add(Hamlet(name="Ấp 3"))


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    url = str(settings.database_url)
    db, live = Database(url), Live(url)
    services = Services(settings, db, live, Rasa(settings), {"web": WebChannel(db, settings)})
    await settle(db)
    await live.start()
    try:
        yield services
    finally:
        await live.stop()
        await services.rasa.close()
        await db.close()


@pytest.fixture
async def gateway(services: Services) -> AsyncIterator[Gateway]:
    async with serve(services) as address:
        yield Gateway(address, services)


@pytest.fixture
async def visit(gateway: Gateway) -> AsyncIterator[Visit]:
    """`await visit("Cô Sáu")`: a resident who has opened the page once."""
    async with AsyncExitStack() as stack:

        async def arrive(name: str) -> Resident:
            return await stack.enter_async_context(Resident(gateway, name))

        yield arrive
