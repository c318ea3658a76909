"""Officers' sessions: a random token in a cookie, its fingerprint in the database."""

import secrets
import uuid
from datetime import timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.models import OfficerSession
from bot.db import now
from bot.groups.models import Officer
from bot.security.vault import vault

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
TOUCH = timedelta(minutes=1)
"""How exactly the last use is known; less would write at every click."""


async def start(session: AsyncSession, officer: Officer) -> str:
    """A new session; returns its token. Sessions that ran out are removed on the way."""
    expired = or_(
        OfficerSession.last_seen_at < now() - IDLE, OfficerSession.created_at < now() - ABSOLUTE
    )
    await session.execute(delete(OfficerSession).where(expired))
    token = secrets.token_urlsafe(32)
    session.add(OfficerSession(token_key=_key(token), officer_id=officer.id))
    return token


async def find(session: AsyncSession, token: str, *, touch: bool) -> OfficerSession | None:
    """The session of a token while it lasts and its officer is active.

    `touch` says that a person used it now, and not a page left open.
    """
    query = (
        select(OfficerSession)
        .join(OfficerSession.officer)
        .where(
            OfficerSession.token_key == _key(token),
            OfficerSession.last_seen_at >= now() - IDLE,
            OfficerSession.created_at >= now() - ABSOLUTE,
            Officer.active.is_(True),
        )
    )
    found = (await session.execute(query)).scalar_one_or_none()
    if found is not None and touch and found.last_seen_at < now() - TOUCH:
        found.last_seen_at = now()
    return found


async def end(session: AsyncSession, token: str) -> None:
    await session.execute(delete(OfficerSession).where(OfficerSession.token_key == _key(token)))


async def end_all(session: AsyncSession, officer_id: uuid.UUID) -> None:
    await session.execute(delete(OfficerSession).where(OfficerSession.officer_id == officer_id))


def _key(token: str) -> str:
    return vault().fingerprint("officer session", token)
