"""`python -m bot.ops.gateway`: serves the pages on a socket the supervisor has opened already.

The supervisor keeps the socket open: while the gateway starts or is restarted, whoever connects
waits for a moment instead of being refused.
"""

import os
import resource
import socket
import sys

import uvicorn

from bot.gateway.connections import Impatient, ImpatientSocket
from bot.ops.logs import log_to


def serve() -> None:
    log_to(sys.stdout, "gateway")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # connections, mostly idle
    listener = socket.socket(fileno=int(os.environ["BINHYEN_LISTENER"]))
    config = uvicorn.Config(
        "bot.gateway.app:create_app",
        factory=True,
        http=Impatient,
        ws=ImpatientSocket,
        access_log=False,  # addresses may carry single-use tokens
        log_config=None,  # its own would print what exceptions say
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=5,
        ws_max_size=64 * 1024,  # bytes; the web chat's frames are smaller
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    serve()
