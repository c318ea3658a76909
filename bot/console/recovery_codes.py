"""Codes on paper that stand in for the app, each once.

Twelve letters: the first four find the row, the other eight (39 bits) are kept as an argon2id hash.
"""

import secrets
import uuid

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.hashing import fits, hashed
from bot.console.models import RecoveryCode
from bot.db import Database
from bot.security.passwords import EASY_LETTERS

HOW_MANY = 10
SELECTOR, SECRET = 4, 8  # letters


class Codes:
    """New codes, to show once, and what is kept of them."""

    def __init__(self, shown: list[str], kept: list[tuple[str, str]]) -> None:
        self.shown = shown
        self._kept = kept

    async def keep(self, session: AsyncSession, officer_id: uuid.UUID) -> None:
        """These from now on; earlier ones are worth nothing any more."""
        await session.execute(delete(RecoveryCode).where(RecoveryCode.officer_id == officer_id))
        for selector, code_hash in self._kept:
            code = RecoveryCode(officer_id=officer_id, selector=selector, code_hash=code_hash)
            session.add(code)


async def new_codes() -> Codes:
    selectors: set[str] = set()
    while len(selectors) < HOW_MANY:
        selectors.add(_letters(SELECTOR))
    made = [(selector, _letters(SECRET)) for selector in selectors]
    kept = [(selector, await hashed(secret)) for selector, secret in made]
    return Codes([f"{a}-{b[:4]}-{b[4:]}" for a, b in made], kept)


async def use(db: Database, officer_id: uuid.UUID, typed: str) -> bool:
    """Whether the code was one of his; it is gone then. Unknown ones take as long."""
    code = "".join(letter for letter in typed.lower() if letter in EASY_LETTERS)[:64]
    selector, secret = code[:SELECTOR], code[SELECTOR:]
    async with db.begin() as session:
        found = await session.get(RecoveryCode, (officer_id, selector))
    if not await fits(found.code_hash if found else None, secret) or found is None:
        return False
    async with db.begin() as session:
        same = (
            RecoveryCode.officer_id == officer_id,
            RecoveryCode.selector == selector,
            RecoveryCode.code_hash == found.code_hash,
        )
        gone = delete(RecoveryCode).where(*same).returning(RecoveryCode.selector)
        return (await session.execute(gone)).first() is not None  # nobody else was quicker


async def left(session: AsyncSession, officer_id: uuid.UUID) -> int:
    query = select(func.count()).where(RecoveryCode.officer_id == officer_id)
    return (await session.execute(query)).scalar_one()


def _letters(how_many: int) -> str:
    return "".join(secrets.choice(EASY_LETTERS) for _ in range(how_many))
