"""Where the pages listen."""

import errno
import os
import socket
from typing import Final

from bot.ops.errors import OperationError
from bot.settings import Settings

LOOPBACK: Final = "127.0.0.1"


def listener(settings: Settings) -> socket.socket:
    """The open door to the pages. Raises: OperationError, when somebody else stands in it."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=1024)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "đã có chương trình khác dùng" if taken else os.strerror(error.errno or 0)
        raise OperationError(
            f"Không mở được cổng {settings.port} trên {settings.host}: {reason}. "
            "Đặt BINHYEN_PORT để dùng cổng khác."
        ) from error


def reachable(settings: Settings) -> str:
    """host:port at which this machine reaches its own pages."""
    host = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(settings.host, settings.host)
    return f"[{host}]:{settings.port}" if ":" in host else f"{host}:{settings.port}"
