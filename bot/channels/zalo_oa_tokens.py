"""The access token of a Zalo Official Account, which lives 25 hours.

It is renewed with a refresh token that works once and comes back changed. Whoever loses the new
one must ask an administrator of the account to consent again, so:

* one renewal at a time, over all processes: the store holds a lock while it runs;
* the new pair is stored before anybody uses it;
* who comes second finds that the pair has changed, and takes it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import httpx

from bot.channels.base import Misconfigured, Retryable
from bot.channels.http import call
from bot.channels.reading import number

RENEW_AFTER = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class TokenPair:
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    issued_at: datetime  # aware, UTC


Refresher = Callable[[TokenPair | None], Awaitable[TokenPair]]


class TokenStore(Protocol):
    """Durable and shared by all processes; what it keeps must be encrypted."""

    async def load(self, name: str) -> TokenPair | None:
        """The stored pair, without waiting for a renewal that is under way."""
        ...

    async def exchange(self, name: str, refresher: Refresher) -> TokenPair:
        """Store and return what `refresher` makes of the stored pair.

        Holds a lock on `name` across processes from before the pair is read until the new one
        is durable. When `refresher` raises, nothing changes and the error goes on.
        """
        ...


class OAuth:
    """The account's OAuth service. `app_secret` is the application's, not the webhook's key."""

    def __init__(self, client: httpx.AsyncClient, url: str, app_id: str, app_secret: str) -> None:
        self._client = client
        self._url = f"{url.rstrip('/')}/v4/oa/access_token"
        self._app_id = app_id
        self._app_secret = app_secret

    async def renew(self, refresh_token: str, now: datetime) -> TokenPair:
        """A new pair; the given token is spent. Raises: DeliveryError."""
        form = {
            "refresh_token": refresh_token,
            "app_id": self._app_id,
            "grant_type": "refresh_token",
        }
        headers = {"secret_key": self._app_secret}
        answer = await call(
            self._client, "POST", self._url, repeatable=True, data=form, headers=headers
        )
        access, refresh = answer.get("access_token"), answer.get("refresh_token")
        if isinstance(access, str) and isinstance(refresh, str) and access and refresh:
            return TokenPair(access, refresh, now)
        if -15000 < (number(answer.get("error")) or 0) <= -14000:  # e.g. -14020, spent already
            raise Misconfigured("refresh_token")
        raise Retryable("token_renewal")


class Tokens:
    """The access token to use now. `first` is the pair of the settings; its access may be ""."""

    def __init__(
        self,
        store: TokenStore,
        name: str,
        oauth: OAuth,
        first: TokenPair,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._name = name
        self._oauth = oauth
        self._first = first
        self._now = now

    async def current(self) -> str:
        """The access token, renewed before it gets old. Raises: DeliveryError."""
        pair = await self._store.load(self._name) or self._first
        if not pair.access_token:
            return await self.renewed(pair.access_token)
        if self._now() - pair.issued_at >= RENEW_AFTER:
            try:
                return await self.renewed(pair.access_token)
            except Retryable:  # it still has hours to live
                return pair.access_token
        return pair.access_token

    async def renewed(self, refused: str) -> str:
        """The access token that follows `refused`. Raises: DeliveryError."""

        async def refresh(stored: TokenPair | None) -> TokenPair:
            pair = stored or self._first
            if pair.access_token and pair.access_token != refused:
                return pair
            return await self._renew(pair)

        return (await self._store.exchange(self._name, refresh)).access_token

    async def _renew(self, pair: TokenPair) -> TokenPair:
        """With the stored refresh token, or with one the installer has set since it was lost."""
        try:
            return await self._oauth.renew(pair.refresh_token, self._now())
        except Misconfigured:
            if pair.refresh_token == self._first.refresh_token:
                raise
        return await self._oauth.renew(self._first.refresh_token, self._now())
