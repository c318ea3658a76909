"""Signing in and out, and changing a password."""

import uuid
from datetime import timedelta
from math import ceil

from anyio import CapacityLimiter, to_thread
from sqlalchemy import select

from bot.audit.log import record, recorded_lately
from bot.audit.models import Action
from bot.console import sessions, throttle
from bot.console.password_rules import complaint, normalise
from bot.db import Database
from bot.groups.models import Officer
from bot.security.passwords import hash_password, verify_password

HASHES_AT_ONCE = 2
"""Each takes 64 MB and most of a core: a flood of tries must not take the whole machine."""

_limit = CapacityLimiter(HASHES_AT_ONCE)


class Refused(Exception):
    """Not done. The message is for the person, in Vietnamese, and tells nothing about accounts."""


async def sign_in(db: Database, username: str, password: str, address: str) -> str:
    """The token of a new session. Raises: Refused, after the same time for every account."""
    await _take_a_try(db, username, address)
    async with db.begin() as session:
        query = select(Officer).where(Officer.username == username, Officer.active.is_(True))
        officer = (await session.execute(query)).scalar_one_or_none()
    fits = await _fits(officer.password_hash if officer else None, password)
    if officer is None or not fits:
        await _log_failure(db, officer, address)
        raise Refused("Tên đăng nhập hoặc mật khẩu chưa đúng.")
    async with db.begin() as session:
        await throttle.forgive(session, username, address)
        await record(session, Action.SIGNED_IN, officer=officer, address=address)
        return await sessions.start(session, officer)


async def change_password(
    db: Database, officer_id: uuid.UUID, current: str, new: str, repeated: str, address: str
) -> str:
    """Set a new password and end every session; returns the token of a new one.

    A one-time password needs no repeating: the session was opened with it. Raises: Refused.
    """
    async with db.begin() as session:
        officer = await session.get_one(Officer, officer_id)
    if not officer.must_change_password:
        await _take_a_try(db, officer.username, address)
        if not await _fits(officer.password_hash, current):
            async with db.begin() as session:
                refused = Action.PASSWORD_NOT_CHANGED
                await record(session, refused, officer=officer, address=address)
            raise Refused("Mật khẩu hiện tại chưa đúng.")
    if problem := complaint(normalise(new), officer.username):
        raise Refused(problem)
    if normalise(new) != normalise(repeated):
        raise Refused("Hai lần nhập mật khẩu mới chưa giống nhau.")
    if await _fits(officer.password_hash, new):
        raise Refused("Mật khẩu mới phải khác mật khẩu đang dùng.")
    hashed = await to_thread.run_sync(hash_password, normalise(new), limiter=_limit)
    async with db.begin() as session:
        officer = await session.get_one(Officer, officer_id, with_for_update=True)
        officer.password_hash = hashed
        officer.must_change_password = False
        await throttle.forgive(session, officer.username, address)
        await record(session, Action.PASSWORD_CHANGED, officer=officer, address=address)
        await sessions.end_all(session, officer.id)
        return await sessions.start(session, officer)


async def _log_failure(db: Database, officer: Officer | None, address: str) -> None:
    """Names the account where there is one. What was typed otherwise may be a password, and is not
    kept; of names that do not exist the log takes one a minute from one address."""
    failed, minute = Action.SIGN_IN_FAILED, timedelta(minutes=1)
    async with db.begin() as session:
        lately = await recorded_lately(
            session, failed, officer=officer, address=address, within=minute
        )
        if officer or not lately:
            await record(session, failed, officer=officer, address=address)


async def _take_a_try(db: Database, username: str, address: str) -> None:
    async with db.begin() as session:
        wait = await throttle.admit(session, username, address)
    if wait > timedelta(0):
        raise Refused(f"Thử sai nhiều lần quá. Xin đợi {_in_words(wait)} rồi thử lại.")


async def _fits(password_hash: str | None, password: str) -> bool:
    return await to_thread.run_sync(
        verify_password, password_hash, normalise(password), limiter=_limit
    )


def _in_words(wait: timedelta) -> str:
    seconds = ceil(wait.total_seconds())
    return f"{seconds} giây" if seconds <= 90 else f"{ceil(seconds / 60)} phút"
