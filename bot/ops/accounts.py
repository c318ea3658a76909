"""`binhyen account …`: an admin where there is none, and mending any account from the server."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.log import record
from bot.audit.models import Action
from bot.console import second_factor, staff
from bot.db import Database
from bot.groups.models import Officer, Role
from bot.ops.errors import OperationError
from bot.ops.installation import installation
from bot.security.passwords import ONE_TIME_LASTS
from bot.settings import Settings

HERE = "binhyen"  # where the log says it was done
Work = Callable[[AsyncSession, str], Awaitable[Officer]]


def make_admin(settings: Settings, username: str, name: str, show: Callable[[str], None]) -> None:
    """A new admin, with a one-time password. Raises: OperationError."""

    async def work(session: AsyncSession, password_hash: str) -> Officer:
        entry = staff.Entry(name.strip(), Role.ADMIN)
        officer = await staff.create(session, username, entry, password_hash)
        await _log(session, Action.ACCOUNT_CREATED, officer)
        return officer

    _with_password(settings, work, show)


def reset(settings: Settings, username: str, show: Callable[[str], None]) -> None:
    """A new one-time password, no second factor, and open again. Raises: OperationError."""

    async def work(session: AsyncSession, password_hash: str) -> Officer:
        officer = await staff.find(session, username)
        if officer is None:
            raise staff.NotDone(f"không có tài khoản “{username}”.")
        officer.active = True
        officer.left_at = None
        await staff.give_password(session, officer, password_hash)
        await second_factor.take_away(session, officer.id)
        await _log(session, Action.SECOND_FACTOR_RESET, officer)
        return officer

    _with_password(settings, work, show)


async def _log(session: AsyncSession, action: Action, officer: Officer) -> None:
    facts = {"account": officer.username, "role": officer.role}
    await record(session, action, officer=None, address=HERE, report=None, **facts)


def _with_password(settings: Settings, work: Work, show: Callable[[str], None]) -> None:
    try:
        with installation(settings) as url:
            officer, password = asyncio.run(_run(url, work))
    except staff.NotDone as error:
        raise OperationError(str(error)) from None
    show(f"Mật khẩu dùng một lần (chỉ hiện lần này, dùng trong {ONE_TIME_LASTS.days} ngày):")
    show(f"  {officer.username}  {password}")


async def _run(url: str, work: Work) -> tuple[Officer, str]:
    password, kept = await staff.new_password()
    db = Database(url)
    try:
        async with db.begin() as session:
            return await work(session, kept), password
    finally:
        await db.close()
