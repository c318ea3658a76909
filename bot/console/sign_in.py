"""Signing in, in one step or two, showing again who one is, the password, and signing out."""

from typing import Annotated, Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.params import QueryParameter
from litestar.response import Redirect, Template

from bot.audit.models import Action
from bot.audit.requests import log
from bot.console import accounts, cookies, guards, sessions
from bot.console.accounts import Opened, Refused, SignInAgain
from bot.console.browsers import visitor
from bot.console.errors import CODE, HOME, PASSWORD, SIGN_IN
from bot.console.forms import local_path, read_form
from bot.console.pages import page
from bot.console.services import ConsoleRequest, services_of
from bot.security.passwords import MIN_LENGTH

Next = Annotated[str, QueryParameter(name="next")]


@get("/dang-nhap", guards=[guards.open_to_strangers])
async def sign_in_page(request: ConsoleRequest, next_: Next = HOME) -> Template:
    return page(request, "console/sign_in.html", next=local_path(next_, HOME), username="")


@post("/dang-nhap", status_code=303, guards=[guards.open_to_strangers])
async def sign_in(request: ConsoleRequest) -> Response[Any]:
    form = await read_form(request)
    destination = local_path(form.text("next"), HOME)
    username = form.text("username")[:64]
    try:
        opened = await accounts.sign_in(
            services_of(request).db, username, form.raw("password")[:1000], visitor(request)
        )
    except Refused as refused:
        typed = {"next": destination, "username": username}
        return page(request, "console/sign_in.html", status=422, error=str(refused), **typed)
    return come_in(
        request, opened, with_next(CODE, destination) if opened.code_due else destination
    )


@get("/ma-xac-nhan", guards=[guards.open_to_strangers])
async def code_page(request: ConsoleRequest, next_: Next = HOME) -> Response[Any]:
    """Before the password there is nothing here to see."""
    destination = local_path(next_, HOME)
    async with services_of(request).db.begin() as session:
        found = await sessions.find_half_open(session, cookies.read(request, cookies.SESSION))
    if found is None:
        return Redirect(with_next(SIGN_IN, destination), status_code=303)
    return page(request, "console/code.html", next=destination, on_paper=False)


@post("/ma-xac-nhan", status_code=303, guards=[guards.open_to_strangers])
async def give_code(request: ConsoleRequest) -> Response[Any]:
    form = await read_form(request)
    destination = local_path(form.text("next"), HOME)
    on_paper = bool(form.text("paper"))
    typed = form.text("paper") if on_paper else form.text("code")
    half_open = cookies.read(request, cookies.SESSION)
    try:
        opened = await accounts.give_code(
            services_of(request).db, half_open, typed[:64], visitor(request)
        )
    except SignInAgain:
        return Redirect(with_next(SIGN_IN, destination), status_code=303)
    except Refused as refused:
        context = {"next": destination, "on_paper": on_paper}
        return page(request, "console/code.html", status=422, error=str(refused), **context)
    return come_in(request, opened, destination)


@get("/xac-nhan", guards=[guards.own_account])
async def proof_page(request: ConsoleRequest, next_: Next = HOME) -> Template:
    return page(request, "console/proof.html", next=local_path(next_, HOME))


@post("/xac-nhan", status_code=303, guards=[guards.own_account])
async def prove(request: ConsoleRequest) -> Response[Any]:
    form = await read_form(request)
    destination = local_path(form.text("next"), HOME)
    token = cookies.read(request, cookies.SESSION)
    try:
        renewed = await accounts.prove(
            services_of(request).db,
            request.auth,
            token,
            form.raw("proof")[:1000],
            visitor(request),
        )
    except SignInAgain:
        return Redirect(with_next(SIGN_IN, destination), status_code=303)
    except Refused as refused:
        context = {"next": destination, "error": str(refused)}
        return page(request, "console/proof.html", status=422, **context)
    return come_in(request, Opened(renewed), destination)


@post("/dang-xuat", status_code=303, guards=[guards.own_account])
async def sign_out(request: ConsoleRequest) -> Redirect:
    async with services_of(request).db.begin() as session:
        await sessions.end(session, cookies.read(request, cookies.SESSION))
        await log(request, session, Action.SIGNED_OUT)
    response = Redirect(SIGN_IN, status_code=303)
    response.set_cookie(cookies.gone(request, cookies.SESSION))
    return response


@get("/mat-khau", guards=[guards.own_account])
async def password_page(request: ConsoleRequest) -> Template:
    return _password_page(request)


@post("/mat-khau", status_code=303, guards=[guards.own_account])
async def change_password(request: ConsoleRequest) -> Response[Any]:
    form = await read_form(request)
    try:
        opened = await accounts.change_password(
            services_of(request).db,
            request.auth,
            form.raw("current")[:1000],
            form.raw("new")[:1000],
            form.raw("repeated")[:1000],
            visitor(request),
        )
    except Refused as refused:
        return _password_page(request, error=str(refused), status=422)
    return come_in(request, opened, f"{HOME}?da=mat-khau")


def _password_page(
    request: ConsoleRequest, error: str | None = None, status: int = 200
) -> Template:
    return page(
        request,
        "console/password.html",
        status=status,
        error=error,
        min_length=MIN_LENGTH,
        path=PASSWORD,
    )


def come_in(request: ConsoleRequest, opened: Opened, destination: str) -> Redirect:
    response = Redirect(destination, status_code=303)
    set_cookies(request, response, opened)
    return response


def set_cookies(request: ConsoleRequest, response: Response[Any], opened: Opened) -> None:
    lasts = sessions.FOR_THE_CODE if opened.code_due else sessions.ABSOLUTE
    response.set_cookie(cookies.cookie(request, cookies.SESSION, opened.token, lasts))
    if opened.mark:
        response.set_cookie(cookies.cookie(request, cookies.MARK, opened.mark, cookies.A_YEAR))


def with_next(path: str, destination: str) -> str:
    return path if destination == HOME else f"{path}?next={quote(destination, safe='/')}"


handlers = [
    sign_in_page,
    sign_in,
    code_page,
    give_code,
    proof_page,
    prove,
    sign_out,
    password_page,
    change_password,
]
