"""The console on a real server and a real database, without the rest of the service."""

import asyncio
import re
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from litestar import Litestar
from litestar.datastructures import State

from bot.channels.base import Channel
from bot.channels.web import WebChannel
from bot.channels.zalo_bot import ZaloBotChannel
from bot.console.plugins import console_plugins
from bot.console.routes import handlers
from bot.db import Database
from bot.gateway.errors import exception_handlers
from bot.live import Live
from bot.ops.children import free_port
from bot.settings import Settings
from tests.codes import code_for


@dataclass(frozen=True)
class Parts:
    """What the console uses of a gateway process."""

    settings: Settings
    db: Database
    live: Live
    channels: Mapping[str, Channel]


def console_app(settings: Settings, extra: Sequence[Any] = ()) -> Litestar:
    url = str(settings.database_url)
    db = Database(url)
    channels: dict[str, Channel] = {
        "web": WebChannel(db, settings),
        "zalo_bot": ZaloBotChannel("1:a", "secret", "http://127.0.0.1:1"),  # takes no files
    }
    parts = Parts(settings, db, Live(url), channels)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None, None]:
        await parts.live.start()
        try:
            yield
        finally:
            await parts.live.stop()
            await parts.db.close()

    return Litestar(
        route_handlers=[*handlers, *extra],
        plugins=console_plugins(settings),
        exception_handlers=exception_handlers,
        lifespan=[lifespan],
        state=State({"services": parts}),
        openapi_config=None,
    )


class Site:
    """Serves the console in a thread; a context manager."""

    def __init__(self, settings: Settings, extra: Sequence[Any] = ()) -> None:
        self.port = free_port()
        self.database_url = str(settings.database_url)
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            console_app(settings, extra),
            port=self.port,
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "Site":
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(20)

    async def drop_connections(self) -> None:
        """Cut every open connection, as a network that fails does."""
        for connection in list(self._server.server_state.connections):
            if transport := getattr(connection, "transport", None):
                self._server.servers[0].get_loop().call_soon_threadsafe(transport.abort)

    def browser(self) -> "Browser":
        """Somebody's browser: cookies of its own."""
        return Browser(self.url, self.database_url)


class Browser(httpx.AsyncClient):
    """Fills in forms as a browser would: with the page's hidden token."""

    def __init__(self, url: str, database_url: str = "") -> None:
        super().__init__(base_url=url, timeout=20)
        self._database_url = database_url

    async def submit(self, path: str, *, page: str, **fields: str | list[str]) -> httpx.Response:
        """Open `page`, fill in a form on it and send it to `path`."""
        opened = await self.get(page)
        token = re.search(r'name="_csrf_token" value="(\w+)"', opened.text)
        assert token, f"no form on {page}: {opened.status_code}"
        data = {"_csrf_token": token[1], **fields}
        return await self.post(path, data=data, headers={"referer": str(opened.url)})

    async def sign_in(self, username: str, password: str) -> httpx.Response:
        """With the code of the app, where one is asked for; the last answer."""
        path = "/console/dang-nhap"
        answer = await self.submit(path, page=path, username=username, password=password)
        if answer.headers.get("location", "").startswith("/console/ma-xac-nhan"):
            return await self.give_code(code_for(self._database_url, username))
        return answer

    async def give_code(self, code: str) -> httpx.Response:
        path = "/console/ma-xac-nhan"
        return await self.submit(path, page=path, code=code)


async def eventually(check: Callable[[], Awaitable[bool]], seconds: float = 5.0) -> None:
    """Wait until an async check holds."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await check():
        assert asyncio.get_running_loop().time() < deadline, "it never happened"
        await asyncio.sleep(0.05)
