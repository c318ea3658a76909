"""Slowing down whoever guesses, without locking anybody's account.

Failed tries are counted together in three ways, each with its own patience:

- for one name from one network: 5, then half a minute, doubled each time up to 15 minutes;
- for one name from anywhere, against guessers with many addresses: 50, then half a minute each;
- from one network for any name, against one password tried at every account: 100, then the same.

A browser in which the officer has signed in before (`browsers.known_as`) counts for itself alone:
no stranger's tries, in his office or elsewhere, keep him out. Names that do not exist are counted
too, so waiting tells nothing. Codes are counted for the account, known browsers apart: nobody comes
so far without the password.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.browsers import Visitor, known_as, network
from bot.console.models import SignInFailures
from bot.db import now
from bot.security.vault import vault

FREE_TRIES = 5
FREE_FOR_NAME = 50
FREE_FOR_NETWORK = 100
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
FORGET = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """What is counted together."""

    key: str
    free: int
    longest: timedelta
    shared: bool = False  # others' failures are in it: a success does not clear it


def for_password(name: str, visitor: Visitor) -> list[Limit]:
    if mark := known_as(name, visitor.mark):
        return [_own("device", name, mark)]
    where = network(visitor.address)
    return [
        _own("sign in", name, where),
        Limit(_key("name", name), FREE_FOR_NAME, FIRST_WAIT, shared=True),
        Limit(_key("network", where), FREE_FOR_NETWORK, FIRST_WAIT, shared=True),
    ]


def for_code(username: str, visitor: Visitor) -> list[Limit]:
    return [_own("code", username, known_as(username, visitor.mark))]


def for_proof(session_id: uuid.UUID) -> list[Limit]:
    """Somebody signed in shows again who he is: a stolen session is no way to guess."""
    return [_own("proof", str(session_id))]


async def admit(session: AsyncSession, limits: Sequence[Limit]) -> timedelta:
    """How long to wait before the next try; zero when one may be made now, which then counts.

    It counts before the password is looked at, so that many tries at once are no way around.
    """
    await _forget_old(session)
    waits = []
    for limit in sorted(limits, key=lambda limit: limit.key):  # one order: no two wait in a ring
        # Locked as it is made: one that is just being forgiven is made anew.
        row = insert(SignInFailures).values(key=limit.key)
        await session.execute(
            row.on_conflict_do_update(index_elements=["key"], set_={"key": limit.key})
        )
        tries = await session.get_one(SignInFailures, limit.key, populate_existing=True)
        waits.append((tries, tries.last_at + _pause(limit, tries.count) - now()))
    longest = max(wait for _, wait in waits)
    if longest > timedelta(0):
        return longest
    for tries, _ in waits:
        tries.count += 1
        tries.last_at = now()
    return timedelta(0)


async def forgive(session: AsyncSession, limits: Sequence[Limit]) -> None:
    """It was right: what this person got wrong before is forgotten, what others did is not."""
    for limit in sorted(limits, key=lambda limit: limit.key):
        rows = SignInFailures.key == limit.key
        if limit.shared:
            less = func.greatest(SignInFailures.count - 1, 0)
            await session.execute(update(SignInFailures).where(rows).values(count=less))
        else:
            await session.execute(delete(SignInFailures).where(rows))


async def _forget_old(session: AsyncSession) -> None:
    old = (
        select(SignInFailures.key)
        .where(SignInFailures.last_at < now() - FORGET)
        .with_for_update(skip_locked=True)
    )
    await session.execute(delete(SignInFailures).where(SignInFailures.key.in_(old)))


def _pause(limit: Limit, failures: int) -> timedelta:
    if failures < limit.free:
        return timedelta(0)
    doublings = min(failures - limit.free, 10)
    return min(FIRST_WAIT * int(2**doublings), limit.longest)


def _own(*what: str) -> Limit:
    return Limit(_key(*what), FREE_TRIES, LONGEST_WAIT)


def _key(*what: str) -> str:
    return vault().fingerprint("failures", *what)
