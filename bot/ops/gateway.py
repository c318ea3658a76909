"""The gateway, `binhyen gateway`: pages, webhooks, and the work on what comes in by them.

A supervisor keeps its socket open and names it in BINHYEN_LISTENER: while the gateway starts or is
restarted, whoever connects waits for a moment instead of being refused. Without one it opens its
own. Any number of gateways work on one database (bot/takeover.py).
"""

import gc
import os
import resource
import socket
import sys

import uvicorn
from sqlalchemy.orm import configure_mappers

from bot.gateway.connections import Impatient, ImpatientSocket
from bot.ops.doors import listener
from bot.ops.logs import log_to
from bot.procedures import embedding
from bot.settings import Settings, get_settings

PATIENCE = 0.001
"""Seconds after which the thread that answers takes over from the one that works on what came in
(bot/beside.py)."""

FINISH = 5  # seconds; so long a request under way is waited for when the gateway is told to end


def serve() -> None:
    """Until a signal: then nothing new is taken, and what is under way gets a moment to end."""
    settings = get_settings()
    log_to(sys.stdout, "gateway")
    embedding.ask_action_server(settings)
    sys.setswitchinterval(PATIENCE)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # connections, mostly idle
    config = uvicorn.Config(
        "bot.gateway.app:create_app",
        factory=True,
        http=Impatient,
        ws=ImpatientSocket,
        access_log=False,  # addresses may carry single-use tokens
        log_config=None,  # its own would print what exceptions say
        log_level="warning",
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=FINISH,
        ws_max_size=64 * 1024,  # bytes; the web chat's frames are smaller
    )
    config.load()
    configure_mappers()
    gc.collect()
    gc.freeze()  # looking through all that is loaded stops everything for tens of milliseconds
    uvicorn.Server(config).run(sockets=[door(settings)])


def door(settings: Settings) -> socket.socket:
    """Raises: OperationError, when somebody else stands in it."""
    given = os.environ.get("BINHYEN_LISTENER")
    return socket.socket(fileno=int(given)) if given else listener(settings)


if __name__ == "__main__":
    serve()
