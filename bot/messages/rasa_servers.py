"""Several Rasa servers as one: none of them remembers anything, so any may have any request."""

import time
from collections.abc import Iterator, Sequence

import httpx

REST = 5.0
"""Seconds for which a server that did not answer is asked last."""


class AnyOf(httpx.AsyncBaseTransport):
    """Sends each request to the next server, and to another one when that cannot be reached.

    Only requests that may be made twice go this way: a server may have died after its work.
    """

    def __init__(self, servers: Sequence[str], inner: httpx.AsyncBaseTransport) -> None:
        self._servers = [httpx.URL(server) for server in servers]
        self._rested = dict.fromkeys(self._servers, 0.0)  # by time.monotonic()
        self._next = 0
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises: httpx.TransportError, when no server can be reached."""
        failure: httpx.TransportError | None = None
        for server in self._in_turn():
            request.url = request.url.copy_with(
                scheme=server.scheme, host=server.host, port=server.port
            )
            request.headers["Host"] = server.netloc.decode()
            try:
                return await self._inner.handle_async_request(request)
            except httpx.TransportError as error:
                self._rested[server] = time.monotonic() + REST
                failure = error
        assert failure is not None
        raise failure

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _in_turn(self) -> Iterator[httpx.URL]:
        """All servers, those that rest last."""
        self._next = (self._next + 1) % len(self._servers)
        turn = self._servers[self._next :] + self._servers[: self._next]
        at = time.monotonic()
        yield from sorted(turn, key=lambda server: self._rested[server] > at)
