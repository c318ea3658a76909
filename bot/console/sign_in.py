"""Signing in and out, and the password."""

from typing import Annotated

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import QueryParameter
from litestar.response import Redirect, Template

from bot.audit.models import Action
from bot.audit.requests import log
from bot.console import accounts, guards, sessions
from bot.console.accounts import Refused
from bot.console.authentication import COOKIE
from bot.console.errors import HOME, PASSWORD, SIGN_IN
from bot.console.forms import local_path, read_form
from bot.console.headers import is_https
from bot.console.pages import page
from bot.console.services import Connection, ConsoleRequest, address_of, services_of
from bot.security.passwords import MIN_LENGTH


@get("/dang-nhap", guards=[guards.open_to_strangers])
async def sign_in_page(
    request: ConsoleRequest, next_: Annotated[str, QueryParameter(name="next")] = HOME
) -> Template:
    return page(request, "console/sign_in.html", next=local_path(next_, HOME), username="")


@post("/dang-nhap", status_code=303, guards=[guards.open_to_strangers])
async def sign_in(request: ConsoleRequest) -> Response[None] | Template:
    form = await read_form(request)
    destination = local_path(form.text("next"), HOME)
    username = form.text("username")[:64]
    try:
        token = await accounts.sign_in(
            services_of(request).db, username, form.raw("password")[:1000], address_of(request)
        )
    except Refused as refused:
        return page(
            request,
            "console/sign_in.html",
            status=422,
            next=destination,
            username=username,
            error=str(refused),
        )
    response = Redirect(destination, status_code=303)
    response.set_cookie(_cookie(request, token))
    return response


@post("/dang-xuat", status_code=303, guards=[guards.own_account])
async def sign_out(request: ConsoleRequest) -> Redirect:
    async with services_of(request).db.begin() as session:
        await sessions.end(session, request.cookies[COOKIE])
        await log(request, session, Action.SIGNED_OUT)
    response = Redirect(SIGN_IN, status_code=303)
    response.delete_cookie(COOKIE, path=HOME)
    return response


@get("/mat-khau", guards=[guards.own_account])
async def password_page(request: ConsoleRequest) -> Template:
    return _password_page(request)


@post("/mat-khau", status_code=303, guards=[guards.own_account])
async def change_password(request: ConsoleRequest) -> Response[None] | Template:
    form = await read_form(request)
    try:
        token = await accounts.change_password(
            services_of(request).db,
            request.user.id,
            form.raw("current")[:1000],
            form.raw("new"),
            form.raw("repeated"),
            address_of(request),
        )
    except Refused as refused:
        return _password_page(request, error=str(refused), status=422)
    response = Redirect(f"{HOME}?da=mat-khau", status_code=303)
    response.set_cookie(_cookie(request, token))
    return response


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


def _cookie(request: Connection, token: str) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=token,
        path=HOME,
        httponly=True,
        samesite="lax",
        secure=is_https(services_of(request).settings),
        max_age=int(sessions.ABSOLUTE.total_seconds()),
    )


handlers = [sign_in_page, sign_in, sign_out, password_page, change_password]
