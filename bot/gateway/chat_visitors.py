"""Who is at the other end of the web chat: a random id in a sealed cookie, and nothing else."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from bot.security.vault import Unreadable, vault
from bot.settings import Settings

COOKIE = "binhyen_visitor"
MAX_AGE = 400 * 24 * 3600  # seconds; browsers keep no cookie longer
PURPOSE = b"visitor:"

Connection = ASGIConnection[Any, Any, Any, Any]


def new_visitor() -> str:
    return secrets.token_hex(16)


def visitor_of(connection: Connection) -> str | None:
    """The visitor's id; None for a stranger, or when the cookie is from another key."""
    try:
        plain = vault().unseal(urlsafe_b64decode(connection.cookies.get(COOKIE, "")))
    except (Unreadable, ValueError):
        return None
    return plain.removeprefix(PURPOSE).decode() if plain.startswith(PURPOSE) else None


def cookie_for(visitor: str, settings: Settings) -> Cookie:
    return Cookie(
        COOKIE,
        value=urlsafe_b64encode(vault().seal_outside(PURPOSE + visitor.encode())).decode(),
        max_age=MAX_AGE,
        httponly=True,
        samesite="lax",
        secure=settings.public_base.startswith("https://"),
    )


def from_our_page(connection: Connection, settings: Settings) -> bool:
    """Whether the request comes from our own page. Only browsers, which say so, need asking."""
    origin = connection.headers.get("origin")
    if origin is None:
        return True
    own = {urlsplit(settings.public_base).netloc, connection.headers.get("host", "")}
    try:
        return urlsplit(origin).netloc in own - {""}
    except ValueError:
        return False


def known_visitor(connection: Connection, _: BaseRouteHandler) -> None:
    """Guard: only visitors of our own page. Raises: HTTPException."""
    if not from_our_page(connection, connection.app.state.services.settings):
        raise PermissionDeniedException("Yêu cầu đến từ một trang khác.")
    if visitor_of(connection) is None:
        raise NotAuthorizedException("Xin mở lại trang trò chuyện.")
