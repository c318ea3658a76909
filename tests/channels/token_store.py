"""A token store in memory, for tests: one lock, and a record of what was made durable when."""

import asyncio

from bot.channels.zalo_oa import Refresher, TokenPair


class MemoryTokenStore:
    def __init__(self) -> None:
        self.pairs: dict[str, TokenPair] = {}
        self.stored: list[TokenPair] = []
        self._lock = asyncio.Lock()

    async def load(self, name: str) -> TokenPair | None:
        return self.pairs.get(name)

    async def exchange(self, name: str, refresher: Refresher) -> TokenPair:
        async with self._lock:
            pair = await refresher(self.pairs.get(name))
            self.pairs[name] = pair
            self.stored.append(pair)
            return pair
