"""The accounts page: admins make, change, close and mend officers' accounts.

Every handler that changes something takes a fresh proof of who presses. One-time passwords stand in
the answer to the one request that made them, and nowhere else.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.models import Action
from bot.audit.requests import log
from bot.console import guards, second_factor, staff
from bot.console.forms import Fields, as_uuid, read_form
from bot.console.pages import ROLE_NAMES, Done, page
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of
from bot.console.staff import Entry, NotDone
from bot.db import now
from bot.groups.models import Officer, Role

PATH = "/console/tai-khoan"
keeper = guards.needs(Permission.ACCOUNTS)
keeper_now = guards.needs(Permission.ACCOUNTS, fresh=True)

WHAT_ROLES_DO = {
    Role.LEADER: "đọc và giải quyết phản ánh của ấp mình",
    Role.DEPUTY: "thông báo, thành viên và số liệu; không đọc phản ánh",
    Role.MANAGER: "đọc mọi phản ánh, kể cả phản ánh về cán bộ",
    Role.ADMIN: "tài khoản và thiết lập; không đọc phản ánh",
}

Mend = Callable[[AsyncSession, Officer], Awaitable[Officer]]


@dataclass(frozen=True, slots=True)
class Issued:
    """For one page to one admin; nothing keeps it."""

    officer: Officer
    password: str


@get("/tai-khoan", guards=[keeper])
async def accounts_page(request: ConsoleRequest, done: Done = "") -> Template:
    async with services_of(request).db.begin() as session:
        accounts = await staff.accounts(session)
        leaderless = await staff.hamlets_without_leader(session)
    return _page(request, "console/staff.html", accounts=accounts, leaderless=leaderless, done=done)


@get("/tai-khoan-moi", guards=[keeper_now])
async def new_page(request: ConsoleRequest) -> Template:
    return await _form(request, None, {"phone_public": True})


@post("/tai-khoan-moi/luu", status_code=200, guards=[keeper_now])
async def create(request: ConsoleRequest) -> Template:
    form = await read_form(request)
    username, entry = form.text("username").strip().lower(), _entry(form)
    password, kept = await staff.new_password()
    try:
        async with services_of(request).db.begin() as session:
            officer = await staff.create(session, username, entry, kept)
            await log(request, session, Action.ACCOUNT_CREATED, account=username, role=officer.role)
    except NotDone as error:
        typed = _typed(entry) | {"username": username[:64]}
        return await _form(request, None, typed, status=409, error=str(error))
    return _issued(request, Issued(officer, password))


@get("/tai-khoan/{username:str}", guards=[keeper])
async def account_page(
    request: ConsoleRequest, username: FromPath[str], done: Done = ""
) -> Template:
    return await _account(request, username, done=done)


@post("/tai-khoan/{username:str}/luu", status_code=303, guards=[keeper_now])
async def change(request: ConsoleRequest, username: FromPath[str]) -> Redirect | Template:
    entry = _entry(await read_form(request))
    try:
        async with services_of(request).db.begin() as session:
            officer, other_role = await staff.change(session, request.user, username, entry)
            await log(
                request,
                session,
                Action.ACCOUNT_CHANGED,
                account=officer.username,
                role=officer.role,
                other_role=other_role,
            )
    except NotDone as error:
        return await _account(request, username, _typed(entry), status=409, error=str(error))
    return Redirect(f"{PATH}/{officer.username}?da=tai-khoan", status_code=303)


@post("/tai-khoan/{username:str}/khoa", status_code=303, guards=[keeper_now])
async def disable(request: ConsoleRequest, username: FromPath[str]) -> Redirect | Template:
    async def act(session: AsyncSession, admin: Officer) -> Officer:
        return await staff.disable(session, admin, username)

    return await _mend(request, username, act, Action.ACCOUNT_DISABLED, done="khoa")


@post("/tai-khoan/{username:str}/dang-xuat", status_code=303, guards=[keeper_now])
async def end_sessions(request: ConsoleRequest, username: FromPath[str]) -> Redirect | Template:
    async def act(session: AsyncSession, admin: Officer) -> Officer:
        return await staff.end_sessions(session, admin, username)

    return await _mend(request, username, act, Action.SESSIONS_ENDED, done="dang-xuat-het")


@post("/tai-khoan/{username:str}/mo", status_code=200, guards=[keeper_now])
async def enable(request: ConsoleRequest, username: FromPath[str]) -> Redirect | Template:
    return await _with_password(request, username, staff.enable, Action.ACCOUNT_ENABLED)


@post("/tai-khoan/{username:str}/mat-khau", status_code=200, guards=[keeper_now])
async def reset_password(request: ConsoleRequest, username: FromPath[str]) -> Redirect | Template:
    return await _with_password(request, username, staff.reset_password, Action.PASSWORD_RESET)


@post("/tai-khoan/{username:str}/hai-buoc", status_code=200, guards=[keeper_now])
async def reset_code(request: ConsoleRequest, username: FromPath[str]) -> Redirect | Template:
    reset = staff.reset_second_factor
    return await _with_password(request, username, reset, Action.SECOND_FACTOR_RESET)


async def _mend(
    request: ConsoleRequest, username: str, act: Mend, action: Action, *, done: str
) -> Redirect | Template:
    try:
        async with services_of(request).db.begin() as session:
            officer = await act(session, request.user)
            await log(request, session, action, account=officer.username)
    except NotDone as error:
        return await _account(request, username, status=409, error=str(error))
    return Redirect(f"{PATH}/{officer.username}?da={done}", status_code=303)


async def _with_password(
    request: ConsoleRequest,
    username: str,
    act: Callable[[AsyncSession, Officer, str, str], Awaitable[Officer]],
    action: Action,
) -> Template:
    password, kept = await staff.new_password()
    try:
        async with services_of(request).db.begin() as session:
            officer = await act(session, request.user, username, kept)
            await log(request, session, action, account=officer.username)
    except NotDone as error:
        return await _account(request, username, status=409, error=str(error))
    return _issued(request, Issued(officer, password))


def _issued(request: ConsoleRequest, issued: Issued) -> Template:
    return _page(request, "console/staff_issued.html", issued=issued)


async def _account(
    request: ConsoleRequest,
    username: str,
    typed: dict[str, Any] | None = None,
    **context: Any,
) -> Template:
    async with services_of(request).db.begin() as session:
        officer = await staff.find(session, username)
        if officer is None:
            raise NotFoundException
        has = await second_factor.has(session, officer.id)
    entry = Entry(
        officer.name,
        officer.role,
        officer.phone,
        officer.phone_public,
        frozenset(hamlet.id for hamlet in officer.hamlets),
    )
    return await _form(request, officer, typed or _typed(entry), has=has, **context)


async def _form(
    request: ConsoleRequest,
    account: Officer | None,
    typed: dict[str, Any],
    *,
    has: bool = False,
    **context: Any,
) -> Template:
    async with services_of(request).db.begin() as session:
        hamlets = await staff.hamlets(session)
    blank = {"username": "", "name": "", "role": "", "phone": "", "hamlets": frozenset()}
    return _page(
        request,
        "console/staff_account.html",
        account=account,
        has=has,
        typed=blank | typed,
        hamlets=hamlets,
        **context,
    )


def _page(request: ConsoleRequest, template: str, *, status: int = 200, **context: Any) -> Template:
    return page(
        request,
        template,
        status=status,
        role_names=ROLE_NAMES,
        what_roles_do=WHAT_ROLES_DO,
        with_hamlets=staff.WITH_HAMLETS,
        needs_code=second_factor.is_required,
        now=now(),
        path=PATH,
        nav="accounts",
        **context,
    )


def _entry(form: Fields) -> Entry:
    return Entry(
        form.text("name").strip(),
        form.text("role"),
        form.text("phone").strip(),
        form.text("phone_public") == "1",
        frozenset(found for text in form.all("hamlets") if (found := as_uuid(text))),
    )


def _typed(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name[: staff.MAX_NAME],
        "role": entry.role,
        "phone": entry.phone[:32],
        "phone_public": entry.phone_public,
        "hamlets": entry.hamlets,
    }


handlers = [
    accounts_page,
    new_page,
    create,
    account_page,
    change,
    disable,
    end_sessions,
    enable,
    reset_password,
    reset_code,
]
