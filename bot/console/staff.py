"""Officers' accounts, as an admin keeps them: who there is, in which role, for which hamlets.

An admin can lock nobody out for good: his own account and the last admin's are not his to close,
and `binhyen account` on the server makes or mends one.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console import second_factor, sessions
from bot.console.hashing import hashed
from bot.console.models import OfficerSession, SecondFactor
from bot.db import now
from bot.groups.models import Hamlet, Officer, Role
from bot.reports.letting_go import let_go
from bot.security.passwords import ONE_TIME_LASTS, one_time_password

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")
PHONE = re.compile(r"[0-9+ .()-]{0,32}")
WITH_HAMLETS = (Role.LEADER, Role.DEPUTY)
MAX_NAME = 200


class NotDone(Exception):
    """The message says why, in Vietnamese."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What an admin writes of an officer."""

    name: str
    role: str
    phone: str = ""
    phone_public: bool = True
    hamlets: frozenset[uuid.UUID] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Account:
    """One line of the list."""

    officer: Officer
    has_second_factor: bool
    open_sessions: int


async def accounts(session: AsyncSession) -> Sequence[Account]:
    """Everybody, those in service first."""
    officers = (
        await session.execute(
            select(Officer).order_by(Officer.active.desc(), Officer.role, Officer.username)
        )
    ).scalars()
    with_code = set((await session.execute(select(SecondFactor.officer_id))).scalars())
    opened = select(OfficerSession.officer_id, func.count()).group_by(OfficerSession.officer_id)
    counts = {row[0]: row[1] for row in await session.execute(opened)}
    return [Account(o, o.id in with_code, counts.get(o.id, 0)) for o in officers]


async def hamlets_without_leader(session: AsyncSession) -> Sequence[str]:
    led = Hamlet.officers.any((Officer.role == Role.LEADER) & Officer.active)
    query = select(Hamlet.name).where(~led).order_by(Hamlet.name)
    return (await session.execute(query)).scalars().all()


async def hamlets(session: AsyncSession) -> Sequence[Hamlet]:
    return (await session.execute(select(Hamlet).order_by(Hamlet.name))).scalars().all()


async def new_password() -> tuple[str, str]:
    """A one-time password, and what is kept of it."""
    password = one_time_password()
    return password, await hashed(password)


async def create(session: AsyncSession, username: str, entry: Entry, password_hash: str) -> Officer:
    """Raises: NotDone."""
    if not USERNAME.fullmatch(username):
        raise NotDone("Tên đăng nhập gồm chữ thường không dấu, số, dấu . _ -, ít nhất 2 ký tự.")
    role, chosen = await _checked(session, entry)
    values = {"username": username, "name": entry.name, "role": role}
    row = insert(Officer).values(password_hash=password_hash, **values).on_conflict_do_nothing()
    made = (await session.execute(row.returning(Officer.id))).scalar_one_or_none()
    if made is None:  # also when two admins press at once
        raise NotDone(f"Tên đăng nhập “{username}” đã có người dùng.")
    officer = await session.get_one(Officer, made)
    _write(officer, entry, role, chosen)
    officer.password_expires_at = now() + ONE_TIME_LASTS
    return officer


async def change(
    session: AsyncSession, admin: Officer, username: str, entry: Entry
) -> tuple[Officer, bool]:
    """The officer, and whether his role changed: then his sessions are over. Raises: NotDone."""
    role, chosen = await _checked(session, entry)
    officer = await _to_change(session, admin, username)
    changed = officer.role is not role
    if changed:
        _not_oneself(admin, officer)
        await _leaves_an_admin(session, officer)
        await sessions.end_all(session, officer.id)
    _write(officer, entry, role, chosen)
    await let_go(session, officer)
    return officer, changed


async def disable(session: AsyncSession, admin: Officer, username: str) -> Officer:
    officer = await _to_change(session, admin, username)
    _not_oneself(admin, officer)
    await _leaves_an_admin(session, officer)
    officer.active = False
    officer.left_at = now()
    await sessions.end_all(session, officer.id)
    await let_go(session, officer)
    return officer


async def enable(
    session: AsyncSession, admin: Officer, username: str, password_hash: str
) -> Officer:
    """Whoever comes back begins with a new password."""
    officer = await reset_password(session, admin, username, password_hash)
    officer.active = True
    officer.left_at = None
    return officer


async def reset_password(
    session: AsyncSession, admin: Officer, username: str, password_hash: str
) -> Officer:
    """A new one-time password; the second factor stays, and is asked for as before."""
    officer = await _to_change(session, admin, username)
    _not_oneself(admin, officer)
    await give_password(session, officer, password_hash)
    return officer


async def reset_second_factor(
    session: AsyncSession, admin: Officer, username: str, password_hash: str
) -> Officer:
    """For whoever has lost his phone and his paper. He gets a new one-time password with it: what
    he knew alone must not be enough for a stranger to set up a phone of his own."""
    officer = await reset_password(session, admin, username, password_hash)
    await second_factor.take_away(session, officer.id)
    return officer


async def end_sessions(session: AsyncSession, admin: Officer, username: str) -> Officer:
    officer = await _to_change(session, admin, username)
    await sessions.end_all(session, officer.id)
    return officer


async def give_password(session: AsyncSession, officer: Officer, password_hash: str) -> None:
    """A one-time password; whoever is signed in with the old one is so no longer."""
    officer.password_hash = password_hash
    officer.must_change_password = True
    officer.password_expires_at = now() + ONE_TIME_LASTS
    await sessions.end_all(session, officer.id)


async def find(session: AsyncSession, username: str) -> Officer | None:
    if not USERNAME.fullmatch(username):
        return None
    query = select(Officer).where(Officer.username == username)
    return (await session.execute(query)).scalar_one_or_none()


async def _to_change(session: AsyncSession, admin: Officer, username: str) -> Officer:
    """Admins are locked first, always: of two who close each other's account one is too late."""
    admins = (
        select(Officer.id)
        .where(Officer.role == Role.ADMIN, Officer.active.is_(True))
        .order_by(Officer.id)
    )
    if admin.id not in (await session.execute(admins.with_for_update())).scalars().all():
        raise NotDone("Đồng chí không còn là người quản trị.")
    found = await find(session, username)
    if found is None:
        raise NotDone("Không có tài khoản này.")
    await session.refresh(found, with_for_update=True)
    return found


def _not_oneself(admin: Officer, officer: Officer) -> None:
    if officer.id == admin.id:
        raise NotDone("Việc này với tài khoản của mình thì nhờ một người quản trị khác.")


async def _leaves_an_admin(session: AsyncSession, officer: Officer) -> None:
    others = select(func.count()).where(
        Officer.role == Role.ADMIN, Officer.active.is_(True), Officer.id != officer.id
    )
    if officer.role is Role.ADMIN and not (await session.execute(others)).scalar_one():
        raise NotDone("Đây là người quản trị cuối cùng. Xin thêm một người nữa trước.")


async def _checked(session: AsyncSession, entry: Entry) -> tuple[Role, list[Hamlet]]:
    if not 0 < len(entry.name) <= MAX_NAME:
        raise NotDone("Xin ghi họ tên.")
    if not PHONE.fullmatch(entry.phone):
        raise NotDone("Số điện thoại chỉ gồm chữ số và dấu + . ( ) -.")
    if entry.role not in set(Role):
        raise NotDone("Xin chọn vai trò.")
    role = Role(entry.role)
    if role not in WITH_HAMLETS:
        return role, []
    query = select(Hamlet).where(Hamlet.id.in_(entry.hamlets)).order_by(Hamlet.name)
    chosen = list((await session.execute(query)).scalars())
    if not chosen:
        raise NotDone("Xin chọn ít nhất một ấp.")
    return role, chosen


def _write(officer: Officer, entry: Entry, role: Role, chosen: list[Hamlet]) -> None:
    officer.name = entry.name
    officer.phone = entry.phone
    officer.phone_public = entry.phone_public
    officer.role = role
    officer.hamlets = chosen
    officer.on_duty = officer.on_duty and role is Role.MANAGER
