"""Rotating platform tokens in the database: one refresher at a time, saved before they are used."""

from collections.abc import Awaitable, Callable

from msgspec import convert, to_builtins
from sqlalchemy import text

from bot.channels.zalo_oa import TokenPair
from bot.db import Database
from bot.messages.models import ChannelToken


class DatabaseTokenStore:
    """The `TokenStore` of bot/channels/zalo_oa.py on PostgreSQL."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def load(self, name: str) -> TokenPair | None:
        async with self._db.begin() as session:
            row = await session.get(ChannelToken, name)
            return convert(row.pair, TokenPair) if row else None

    async def exchange(
        self, name: str, refresher: Callable[[TokenPair | None], Awaitable[TokenPair]]
    ) -> TokenPair:
        """Run `refresher` alone in the whole installation and keep what it returns."""
        async with self._db.begin() as session:
            lock = text("SELECT pg_advisory_xact_lock(hashtext(:name))")
            await session.execute(lock, {"name": f"token {name}"})
            row = await session.get(ChannelToken, name)
            pair = await refresher(convert(row.pair, TokenPair) if row else None)
            await session.merge(ChannelToken(name=name, pair=to_builtins(pair)))
        return pair
