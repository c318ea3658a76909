"""Hashing beside the event loop, few at a time."""

from anyio import CapacityLimiter, to_thread

from bot.console.password_rules import normalise
from bot.security.passwords import hash_password, verify_password

AT_ONCE = 2
"""Each takes 64 MB and most of a core: a flood of tries must not take the whole machine."""

_limit = CapacityLimiter(AT_ONCE)


async def hashed(password: str) -> str:
    return await to_thread.run_sync(hash_password, normalise(password), limiter=_limit)


async def fits(password_hash: str | None, password: str) -> bool:
    """Takes as long where there is nothing to compare with (None)."""
    return await to_thread.run_sync(
        verify_password, password_hash, normalise(password), limiter=_limit
    )
