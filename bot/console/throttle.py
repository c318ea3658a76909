"""Slowing down whoever guesses passwords, without locking anybody's account.

Tries are counted for one name from one address: a stranger's tries elsewhere do not keep the
officer out. Names that do not exist are counted too, so waiting tells nothing.
"""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.models import SignInFailures
from bot.db import now
from bot.security.vault import vault

FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
FORGET = timedelta(hours=1)


async def admit(session: AsyncSession, name: str, address: str) -> timedelta:
    """How long to wait before the next try; zero when one may be made now, which then counts.

    It counts before the password is looked at, so that many tries at once are no way around.
    """
    await session.execute(delete(SignInFailures).where(SignInFailures.last_at < now() - FORGET))
    key = _key(name, address)
    await session.execute(insert(SignInFailures).values(key=key).on_conflict_do_nothing())
    tries = await session.get_one(SignInFailures, key, with_for_update=True)
    wait = tries.last_at + _pause(tries.count) - now()
    if wait > timedelta(0):
        return wait
    tries.count += 1
    tries.last_at = now()
    return timedelta(0)


async def forgive(session: AsyncSession, name: str, address: str) -> None:
    """The password was right."""
    await session.execute(delete(SignInFailures).where(SignInFailures.key == _key(name, address)))


def _pause(failures: int) -> timedelta:
    if failures < FREE_TRIES:
        return timedelta(0)
    doublings = min(failures - FREE_TRIES, 10)
    return min(FIRST_WAIT * int(2**doublings), LONGEST_WAIT)


def _key(name: str, address: str) -> str:
    return vault().fingerprint("sign in", name, address)
