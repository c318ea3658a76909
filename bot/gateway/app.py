"""The web application: webhooks, the web chat, pages on procedures, the console, health."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State

from bot import metrics, work
from bot.beside import beside
from bot.channels.base import Channel
from bot.channels.registry import learn_identities, open_channels
from bot.channels.web import WebChannel
from bot.console import routes as console_routes
from bot.console.plugins import console_plugins
from bot.db import Database
from bot.gateway import chat, health, webhooks
from bot.gateway.errors import exception_handlers
from bot.live import Live
from bot.messages import workflows
from bot.messages.rasa import Rasa
from bot.messages.tokens import DatabaseTokenStore
from bot.messages.workers import working
from bot.procedures import public_views
from bot.procedures.vectors import keep_up
from bot.retention import views as retention_views
from bot.security.keyring import follow, open_when_there, until_open
from bot.services import Services
from bot.settings import Settings, get_settings
from bot.takeover import new_name, present
from bot.triage.policy import Kind

NOT_COMPRESSED = ["^/$", "^/chat", "^/console", "^/health", "^/webhooks"]
POOL = 8
"""Connections kept for pages, and as many for what waits (docs/deployment.md)."""
MAX_BODY = 1024 * 1024  # bytes; the largest webhook of any platform is far below


@asynccontextmanager
async def _working(services: Services) -> AsyncIterator[None]:
    """Whatever waits for a platform, for Rasa or for its time goes on inside the block."""
    url, name = services.db.url, new_name()
    learning = asyncio.create_task(learn_identities(services.channels))
    minding = asyncio.create_task(work.mind_lost(services.db))
    try:
        async with present(url, name), working(services, url, name):
            await workflows.schedule()
            yield
    finally:
        learning.cancel()
        minding.cancel()
        await services.rasa.close()
        for channel in services.channels.values():
            await channel.close()
        await services.db.close()


def create_app(settings: Settings | None = None) -> Litestar:
    """The application of one gateway process. Raises: RuntimeError without key or database."""
    settings = settings or get_settings()
    if settings.secret_key is None or settings.database_url is None:
        raise RuntimeError("BINHYEN_SECRET_KEY and BINHYEN_DATABASE_URL are needed")
    url = str(settings.database_url)
    open_when_there(settings.secret_key.get_secret_value(), url)
    db, workers_db = Database(url, POOL), Database(url, POOL)
    channels: dict[str, Channel] = {"web": WebChannel(workers_db, settings)}
    channels |= open_channels(settings, DatabaseTokenStore(workers_db))
    metrics.begin(channels, (*Kind, "private"))
    services = Services(settings, db, Live(url), Rasa(settings), channels)
    workers = replace(services, db=workers_db, rasa=Rasa(settings))

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None, None]:
        await until_open()
        await services.live.start()
        meanings = asyncio.create_task(keep_up(db))
        keys = asyncio.create_task(follow(db))
        try:
            async with beside(_working(workers)) as app.state.workers:
                yield
        finally:
            meanings.cancel()
            keys.cancel()
            await services.live.stop()
            await services.rasa.close()
            await db.close()

    return Litestar(
        route_handlers=[
            webhooks.webhook,
            *health.handlers,
            *chat.handlers,
            public_views.router,
            retention_views.public,
            *console_routes.handlers,
        ],
        plugins=console_plugins(settings),
        exception_handlers=exception_handlers,
        lifespan=[lifespan],
        state=State({"services": services, "databases": (db, workers_db)}),
        request_max_body_size=MAX_BODY,
        # Pages hold secrets beside what others typed: compressed, their lengths would tell.
        compression_config=CompressionConfig(backend="gzip", exclude=NOT_COMPRESSED),
        openapi_config=None,
    )
