"""What the console needs of the process it runs in; `bot.gateway.app.Services` has it."""

from collections.abc import Mapping
from typing import Any, Protocol, cast

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State

from bot.channels.base import Channel
from bot.console.models import OfficerSession
from bot.db import Database
from bot.groups.models import Officer
from bot.live import Live
from bot.settings import Settings

Connection = ASGIConnection[Any, Any, Any, Any]
ConsoleRequest = Request[Officer, OfficerSession, State]
"""A request behind a guard: somebody is signed in."""


class Services(Protocol):
    @property
    def settings(self) -> Settings: ...
    @property
    def db(self) -> Database: ...
    @property
    def live(self) -> Live: ...
    @property
    def channels(self) -> Mapping[str, Channel]: ...


def services_of(connection: Connection) -> Services:
    return cast(Services, connection.app.state.services)


def address_of(connection: Connection) -> str:
    """Where the person is; behind a proxy on this machine, as the proxy says (uvicorn reads it)."""
    return connection.client.host if connection.client else ""
