"""Signing in, showing again who one is, and changing a password."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.log import Fact, record, recorded_lately
from bot.audit.models import Action
from bot.console import recovery_codes, second_factor, sessions, throttle
from bot.console.browsers import Visitor, mark_for
from bot.console.hashing import fits, hashed
from bot.console.models import OfficerSession
from bot.console.password_rules import complaint, normalise
from bot.console.throttle import Limit
from bot.db import Database, now
from bot.groups.models import Officer
from bot.groups.service import commune_and_hamlets
from bot.metrics import SIGN_INS_FAILED

WRONG = "Tên đăng nhập hoặc mật khẩu chưa đúng."
WRONG_CODE = "Mã chưa đúng, hoặc đã dùng rồi. Xin đợi mã mới trong ứng dụng rồi nhập lại."
"""One text for all that may be wrong with a code."""


class Refused(Exception):
    """Not done. The message is for the person, in Vietnamese, and tells nothing about accounts."""


class SignInAgain(Exception):
    """The session ended meanwhile, or waited too long for its code."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session's token. While a code is due it opens nothing else than the code's page."""

    token: str
    code_due: bool = False
    mark: str = ""  # for a cookie: the browser is known from now on


async def sign_in(db: Database, username: str, password: str, visitor: Visitor) -> Opened:
    """Raises: Refused, after the same time for every account."""
    username = username.strip().lower()
    limits = throttle.for_password(username, visitor)
    await _take_a_try(db, limits)
    async with db.begin() as session:
        query = select(Officer).where(Officer.username == username, Officer.active.is_(True))
        officer = (await session.execute(query)).scalar_one_or_none()
    right = await fits(officer.password_hash if officer else None, password)
    if officer is None or not right:
        await _log_failure(db, officer, visitor)
        raise Refused(WRONG)
    if officer.password_expires_at and officer.password_expires_at < now():
        await _log_failure(db, officer, visitor)
        raise Refused(
            "Mật khẩu dùng một lần đã hết hạn. Xin người quản trị hệ thống của xã cấp lại."
        )
    async with db.begin() as session:
        if not await _still_fits(session, officer):
            raise Refused(WRONG)
        await throttle.forgive(session, limits)
        due = await second_factor.has(session, officer.id)
        if not due:
            await _log(session, Action.SIGNED_IN, officer, visitor, factor="password")
        token = await sessions.start(session, officer, visitor, code_due=due)
    return Opened(token, code_due=due, mark="" if due else mark_for(username, token))


async def give_code(db: Database, half_open: str, typed: str, visitor: Visitor) -> Opened:
    """The second step: a code of the app, or one on paper. Raises: Refused, SignInAgain."""
    async with db.begin() as session:
        found = await sessions.find_half_open(session, half_open)
    if found is None:
        raise SignInAgain
    officer = found.officer
    limits = throttle.for_code(officer.username, visitor)
    await _take_a_try(db, limits)
    on_paper = not second_factor.digits(typed) and await recovery_codes.use(db, officer.id, typed)
    async with db.begin() as session:
        if await sessions.find_half_open(session, half_open) is None:
            raise SignInAgain
        right = on_paper or await second_factor.take(session, officer.id, typed)
        if right:
            await throttle.forgive(session, limits)
            await sessions.end(session, half_open)
            token = await sessions.start(session, officer, visitor, by_code=True)
            factor = "recovery_code" if on_paper else "code"
            await _log(session, Action.SIGNED_IN, officer, visitor, factor=factor)
        else:
            await _log(session, Action.CODE_REFUSED, officer, visitor)
    if not right:
        raise Refused(WRONG_CODE)
    return Opened(token, mark=mark_for(officer.username, token))


async def prove(
    db: Database, opened: OfficerSession, token: str, typed: str, visitor: Visitor
) -> str:
    """Whoever holds a session shows again that he is its officer, by password or code.

    Returns the session's new token. Raises: Refused, SignInAgain.
    """
    await _take_a_try(db, throttle.for_proof(opened.id))
    async with db.begin() as session:
        officer = await session.get_one(Officer, opened.officer_id)
        right = await second_factor.take(session, officer.id, typed)
    right = right or await fits(officer.password_hash, typed)
    return await _proved(db, opened, token, visitor, right)


async def prove_fully(
    db: Database, opened: OfficerSession, token: str, password: str, code: str, visitor: Visitor
) -> str:
    """With all he signs in with, before that itself is changed. As `prove`."""
    await _take_a_try(db, throttle.for_proof(opened.id))
    async with db.begin() as session:
        officer = await session.get_one(Officer, opened.officer_id)
        needs_code = await second_factor.has(session, officer.id)
    right = await fits(officer.password_hash, password)
    if right and needs_code:
        async with db.begin() as session:
            right = await second_factor.take(session, officer.id, code)
        right = right or await recovery_codes.use(db, officer.id, code)
    return await _proved(db, opened, token, visitor, right)


async def _proved(
    db: Database, opened: OfficerSession, token: str, visitor: Visitor, right: bool
) -> str:
    async with db.begin() as session:
        renewed = None
        if right:
            await throttle.forgive(session, throttle.for_proof(opened.id))
            renewed = await sessions.renew(session, token)
        action = Action.PROVED if right else Action.NOT_PROVED
        await _log(session, action, opened.officer, visitor)
    if not right:
        raise Refused("Mật khẩu hoặc mã chưa đúng.")
    if renewed is None:
        raise SignInAgain
    return renewed


async def change_password(
    db: Database, opened: OfficerSession, current: str, new: str, repeated: str, visitor: Visitor
) -> Opened:
    """Set a new password and end every session; opens a new one.

    A one-time password needs no repeating: the session was opened with it. Raises: Refused.
    """
    async with db.begin() as session:
        officer = await session.get_one(Officer, opened.officer_id)
        commune, hamlets = await commune_and_hamlets(session)
    limits = throttle.for_proof(opened.id)
    if not officer.must_change_password:
        await _take_a_try(db, limits)
        if not await fits(officer.password_hash, current):
            async with db.begin() as session:
                await _log(session, Action.PASSWORD_NOT_CHANGED, officer, visitor)
            raise Refused(
                "Mật khẩu hiện tại chưa đúng. Quên thì nhờ người quản trị hệ thống của xã cấp lại."
            )
    known = (officer.username, officer.name, officer.phone, commune, *hamlets)
    if problem := complaint(normalise(new), *known):
        raise Refused(problem)
    if normalise(new) != normalise(repeated):
        raise Refused("Hai lần nhập mật khẩu mới chưa giống nhau.")
    if await fits(officer.password_hash, new):
        raise Refused("Mật khẩu mới phải khác mật khẩu đang dùng.")
    changed = await hashed(new)
    async with db.begin() as session:
        before = officer.password_hash
        officer = await session.get_one(Officer, opened.officer_id, with_for_update=True)
        if officer.password_hash != before:
            raise Refused("Mật khẩu vừa được đổi ở nơi khác. Xin đăng nhập lại.")
        officer.password_hash = changed
        officer.must_change_password = False
        officer.password_expires_at = None
        await throttle.forgive(session, limits)
        await _log(session, Action.PASSWORD_CHANGED, officer, visitor)
        await sessions.end_all(session, officer.id)
        token = await sessions.start(session, officer, visitor, by_code=opened.by_code)
    return Opened(token, mark=mark_for(officer.username, token))


async def _still_fits(session: AsyncSession, officer: Officer) -> bool:
    """Whether what was compared is still his password: an admin may have given another or closed
    the account meanwhile. Nobody does before the session is there, to be ended with the others."""
    found = await session.get_one(Officer, officer.id, with_for_update={"key_share": True})
    return found.active and found.password_hash == officer.password_hash


async def _log_failure(db: Database, officer: Officer | None, visitor: Visitor) -> None:
    """Names the account where there is one. What was typed otherwise may be a password, and is not
    kept; of names that do not exist the log takes one a minute from one address."""
    SIGN_INS_FAILED.inc()
    failed, minute, address = Action.SIGN_IN_FAILED, timedelta(minutes=1), visitor.address
    async with db.begin() as session:
        lately = await recorded_lately(
            session, failed, officer=officer, address=address, within=minute
        )
        if officer or not lately:
            await record(session, failed, officer=officer, address=address)


async def _log(
    session: AsyncSession, action: Action, officer: Officer, visitor: Visitor, **facts: Fact
) -> None:
    address = visitor.address
    await record(session, action, officer=officer, address=address, report=None, **facts)


async def _take_a_try(db: Database, limits: Sequence[Limit]) -> None:
    async with db.begin() as session:
        wait = await throttle.admit(session, limits)
    if wait > timedelta(0):
        raise Refused(f"Thử sai nhiều lần quá. Xin đợi {_in_words(wait)} rồi thử lại.")


def _in_words(wait: timedelta) -> str:
    seconds = ceil(wait.total_seconds())
    return f"{seconds} giây" if seconds <= 90 else f"{ceil(seconds / 60)} phút"
