"""Setting up the second factor, and getting new codes on paper."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect, Template

from bot.audit.models import Action
from bot.audit.requests import log
from bot.console import accounts, cookies, guards, recovery_codes, second_factor, sessions
from bot.console.accounts import Opened, Refused, SignInAgain
from bot.console.browsers import visitor
from bot.console.errors import HOME, SECOND_FACTOR, SIGN_IN
from bot.console.forms import Fields, read_form
from bot.console.models import OfficerSession
from bot.console.pages import Done, page
from bot.console.permissions import Permission
from bot.console.services import ConsoleRequest, services_of
from bot.console.sign_in import set_cookies


@get("/hai-buoc", guards=[guards.own_second_factor])
async def overview(request: ConsoleRequest, done: Done = "") -> Template:
    return await _overview(request, done=done)


@post("/hai-buoc/bat-dau", status_code=303, guards=[guards.own_second_factor])
async def begin(request: ConsoleRequest) -> Response[Any]:
    """A new app. Who has one already shows all that he signs in with."""
    form = await read_form(request)
    try:
        token = await _prove(request, form)
    except SignInAgain:
        return Redirect(SIGN_IN, status_code=303)
    except Refused as refused:
        return await _overview(request, status=422, error=str(refused))
    async with services_of(request).db.begin() as session:
        opened = await sessions.lock(session, token)
        if opened is None:
            return Redirect(SIGN_IN, status_code=303)
        opened.new_secret = second_factor.new_secret()
    response = Redirect(f"{SECOND_FACTOR}/ung-dung", status_code=303)
    set_cookies(request, response, Opened(token))
    return response


@get("/hai-buoc/ung-dung", guards=[guards.new_second_factor])
async def app_page(request: ConsoleRequest) -> Response[Any]:
    secret = request.auth.new_secret
    if secret is None:
        return Redirect(SECOND_FACTOR, status_code=303)
    return _app_page(request, secret)


@post("/hai-buoc/ung-dung", status_code=200, guards=[guards.new_second_factor])
async def confirm(request: ConsoleRequest) -> Response[Any]:
    """The app shows its first code: it works. The only answer in which the codes on paper stand."""
    secret = request.auth.new_secret
    if secret is None:
        return Redirect(SECOND_FACTOR, status_code=303)
    step = second_factor.step_of(
        secret, second_factor.digits((await read_form(request)).text("code"))
    )
    if step is None:
        text = "Mã chưa đúng. Xin xem lại giờ trên điện thoại có đúng không, rồi nhập mã đang hiện."
        return _app_page(request, secret, status=422, error=text)
    codes = await recovery_codes.new_codes()
    async with services_of(request).db.begin() as session:
        token = cookies.read(request, cookies.SESSION)
        opened = await sessions.lock(session, token)
        if opened is None or opened.new_secret != secret:  # another window was quicker
            return Redirect(SECOND_FACTOR, status_code=303)
        await second_factor.keep(session, request.user.id, secret, step)
        await codes.keep(session, request.user.id)
        await log(request, session, Action.SECOND_FACTOR_SET_UP)
        await sessions.end_all(session, request.user.id)
        token = await sessions.start(session, request.user, visitor(request), by_code=True)
    response = _codes_page(request, codes.shown, first=True)
    set_cookies(request, response, Opened(token))
    return response


@post("/hai-buoc/ma-du-phong", status_code=200, guards=[guards.own_second_factor])
async def more_codes(request: ConsoleRequest) -> Response[Any]:
    form = await read_form(request)
    async with services_of(request).db.begin() as session:
        if not await second_factor.has(session, request.user.id):
            return Redirect(SECOND_FACTOR, status_code=303)
    try:
        token = await _prove(request, form)
    except SignInAgain:
        return Redirect(SIGN_IN, status_code=303)
    except Refused as refused:
        return await _overview(request, status=422, error=str(refused))
    codes = await recovery_codes.new_codes()
    async with services_of(request).db.begin() as session:
        await codes.keep(session, request.user.id)
        await log(request, session, Action.RECOVERY_CODES_MADE)
    response = _codes_page(request, codes.shown, first=False)
    set_cookies(request, response, Opened(token))
    return response


@post("/hai-buoc/tat", status_code=303, guards=[guards.needs(Permission.OWN_ACCOUNT)])
async def switch_off(request: ConsoleRequest) -> Response[Any]:
    """For those who need not have one."""
    form = await read_form(request)
    try:
        if second_factor.is_required(request.user):
            raise Refused("Vai trò của đồng chí luôn cần xác nhận hai bước.")
        token = await _prove(request, form)
    except SignInAgain:
        return Redirect(SIGN_IN, status_code=303)
    except Refused as refused:
        return await _overview(request, status=422, error=str(refused))
    async with services_of(request).db.begin() as session:
        await second_factor.take_away(session, request.user.id)
        await log(request, session, Action.SECOND_FACTOR_OFF)
        await sessions.end_all(session, request.user.id, but=request.auth.id)
    response = Redirect(f"{SECOND_FACTOR}?da=tat-hai-buoc", status_code=303)
    set_cookies(request, response, Opened(token))
    return response


async def _prove(request: ConsoleRequest, form: Fields) -> str:
    """Asks for nothing where there is only a password, and it was given just now."""
    token = cookies.read(request, cookies.SESSION)
    async with services_of(request).db.begin() as session:
        has = await second_factor.has(session, request.user.id)
    if not has and sessions.is_fresh(request.auth):
        return token
    return await accounts.prove_fully(
        services_of(request).db,
        request.auth,
        token,
        form.raw("password")[:1000],
        form.text("code")[:64],
        visitor(request),
    )


async def _overview(request: ConsoleRequest, status: int = 200, **context: Any) -> Template:
    async with services_of(request).db.begin() as session:
        has = await second_factor.has(session, request.user.id)
        left = await recovery_codes.left(session, request.user.id)
    return page(
        request,
        "console/second_factor.html",
        status=status,
        has=has,
        asks_password=has or not sessions.is_fresh(request.auth),
        left=left,
        required=second_factor.is_required(request.user),
        path=SECOND_FACTOR,
        nav="account",
        **context,
    )


def _app_page(request: ConsoleRequest, secret: str, status: int = 200, **context: Any) -> Template:
    username = request.user.username
    return page(
        request,
        "console/second_factor_app.html",
        status=status,
        picture=second_factor.picture(secret, username),
        address=second_factor.address(secret, username),
        secret=second_factor.in_groups(secret),
        path=SECOND_FACTOR,
        nav="account",
        **context,
    )


def _codes_page(request: ConsoleRequest, codes: Sequence[str], *, first: bool) -> Template:
    # Answered as what it is now: with the second factor, all of the console is open.
    request.scope["auth"] = OfficerSession(officer_id=request.user.id, by_code=True)
    return page(
        request, "console/recovery_codes.html", codes=codes, first=first, home=HOME, nav="account"
    )


handlers = [overview, begin, app_page, confirm, more_codes, switch_off]
