"""Officers' sessions: a random token in a cookie, its fingerprint in the database.

How long one lasts is for the role to say. Managers and admins, who must have a second factor: four
hours without use, half a day in all; so a stretch of work is one sign-in and a forgotten PC is
closed by night. Leaders and deputies, on a phone of their own: a night without use, three days in
all. Whoever sees more or takes it out shows again who he is (`FRESH`), whatever his session's age.
"""

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console import second_factor
from bot.console.browsers import Visitor
from bot.console.models import OfficerSession
from bot.db import now
from bot.groups.models import Officer
from bot.security.vault import vault

IDLE, ABSOLUTE = timedelta(hours=12), timedelta(days=3)
IDLE_OF_MANAGERS, ABSOLUTE_OF_MANAGERS = timedelta(hours=4), timedelta(hours=12)
FOR_THE_CODE = timedelta(minutes=10)
"""Between the password and the code."""
FRESH = timedelta(minutes=10)
"""So long a password or code counts as just given."""
TOUCH = timedelta(minutes=1)
"""How exactly the last use is known; less would write at every click."""
AT_MOST = 10
"""Sessions of one officer; one more ends the one that was used longest ago."""


async def start(
    session: AsyncSession,
    officer: Officer,
    visitor: Visitor,
    *,
    code_due: bool = False,
    by_code: bool = False,
) -> str:
    """A new session; returns its token. Sessions that ran out are removed on the way."""
    await _remove_old(session)
    if not code_due:
        await _make_room(session, officer)
    token = secrets.token_urlsafe(32)
    session.add(
        OfficerSession(
            token_key=_key(token),
            officer_id=officer.id,
            code_due=code_due,
            by_code=by_code,
            address=visitor.address,
            browser=visitor.browser,
        )
    )
    return token


async def find(session: AsyncSession, token: str, *, touch: bool = False) -> OfficerSession | None:
    """The session of a token while it lasts and its officer is active.

    `touch` says that a person used it now, and not a page left open.
    """
    found = await session.get(OfficerSession, _key(token))
    if found is None or found.code_due or not found.officer.active or _has_run_out(found):
        return None
    if touch and found.last_seen_at < now() - TOUCH:
        found.last_seen_at = now()
    return found


async def find_half_open(session: AsyncSession, token: str) -> OfficerSession | None:
    """The session of somebody whose password was right and whose code is still to come."""
    found = await session.get(OfficerSession, _key(token), with_for_update={"of": OfficerSession})
    if found is None or not found.code_due or not found.officer.active:
        return None
    return found if found.created_at > now() - FOR_THE_CODE else None


async def lock(session: AsyncSession, token: str) -> OfficerSession | None:
    """As `find`; nobody else changes it meanwhile."""
    await session.get(OfficerSession, _key(token), with_for_update={"of": OfficerSession})
    return await find(session, token)


async def renew(session: AsyncSession, token: str) -> str | None:
    """The same session under a new token, as just proved; None when it has ended meanwhile."""
    found = await lock(session, token)
    if found is None:
        return None
    renewed = secrets.token_urlsafe(32)
    found.token_key = _key(renewed)
    found.proved_at = now()
    return renewed


async def open_ones(session: AsyncSession, officer_id: uuid.UUID) -> Sequence[OfficerSession]:
    """An officer's sessions that last, the latest used first."""
    query = (
        select(OfficerSession)
        .where(OfficerSession.officer_id == officer_id, OfficerSession.code_due.is_(False))
        .order_by(OfficerSession.last_seen_at.desc())
    )
    rows = (await session.execute(query)).scalars()
    return [row for row in rows if not _has_run_out(row)]


async def end(session: AsyncSession, token: str) -> None:
    await session.execute(delete(OfficerSession).where(OfficerSession.token_key == _key(token)))


async def end_one(session: AsyncSession, officer_id: uuid.UUID, session_id: uuid.UUID) -> None:
    """One of his own; others' are not touched, whatever id is given."""
    own = (OfficerSession.officer_id == officer_id, OfficerSession.id == session_id)
    await session.execute(delete(OfficerSession).where(*own))


async def end_all(
    session: AsyncSession, officer_id: uuid.UUID, *, but: uuid.UUID | None = None
) -> None:
    """All of an officer's, but perhaps the one from which he asks."""
    query = delete(OfficerSession).where(OfficerSession.officer_id == officer_id)
    await session.execute(query if but is None else query.where(OfficerSession.id != but))


def is_fresh(opened: OfficerSession) -> bool:
    return opened.proved_at > now() - FRESH


def lasts_until(opened: OfficerSession) -> datetime:
    """When it ends whatever is done."""
    return opened.created_at + limits(opened.officer)[1]


def limits(officer: Officer) -> tuple[timedelta, timedelta]:
    """How long without use, and in all."""
    if second_factor.is_required(officer):
        return IDLE_OF_MANAGERS, ABSOLUTE_OF_MANAGERS
    return IDLE, ABSOLUTE


def _has_run_out(found: OfficerSession) -> bool:
    idle, absolute = limits(found.officer)
    return found.last_seen_at < now() - idle or found.created_at < now() - absolute


async def _remove_old(session: AsyncSession) -> None:
    old = or_(
        OfficerSession.last_seen_at < now() - IDLE,
        OfficerSession.created_at < now() - ABSOLUTE,
        OfficerSession.code_due & (OfficerSession.created_at < now() - FOR_THE_CODE),
    )
    await session.execute(delete(OfficerSession).where(old))


async def _make_room(session: AsyncSession, officer: Officer) -> None:
    kept = (
        select(OfficerSession.id)
        .where(OfficerSession.officer_id == officer.id, OfficerSession.code_due.is_(False))
        .order_by(OfficerSession.last_seen_at.desc())
        .limit(AT_MOST - 1)
    )
    superfluous = (
        OfficerSession.officer_id == officer.id,
        OfficerSession.code_due.is_(False),
        OfficerSession.id.not_in(kept),
    )
    await session.execute(delete(OfficerSession).where(*superfluous))


def _key(token: str) -> str:
    return vault().fingerprint("officer session", token)
