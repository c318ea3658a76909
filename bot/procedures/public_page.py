"""How a public page is made: for everybody alike, so that anybody's cache may check what it has.

A page carries no cookie and no script. What somebody looked for is in no page that is kept.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, cast

import segno
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.status_codes import HTTP_200_OK, HTTP_304_NOT_MODIFIED
from markupsafe import Markup

from bot.console.times import today
from bot.procedures.addresses import path_of
from bot.procedures.catalogue import current
from bot.procedures.telling import names

FRESH = {"cache-control": "public, no-cache"}
"""Kept by whom it likes, but asked for anew each time: an edit holds at once."""

FORGOTTEN = {"cache-control": "no-store"}

LONGEST_SEARCH = 200
"""Characters of a question; of a longer one the beginning is looked for."""

HTML = "text/html; charset=utf-8"

ERRORS = {
    404: ("Không tìm thấy trang này", "Thủ tục này không có, hoặc đã đổi địa chỉ. Xin tìm lại:"),
    503: ("Máy chủ đang bận", "Xin thử lại sau ít giây. Việc gấp xin gọi 113, 114 hoặc 115."),
}
OTHERWISE = ("Trang chưa mở được", "Xin thử lại, hoặc tìm thủ tục bằng ô dưới đây:")


def page(
    request: Request[Any, Any, Any],
    template: str,
    *,
    status: int = HTTP_200_OK,
    headers: Mapping[str, str] = FRESH,
    **context: Any,
) -> Response[bytes]:
    """A whole page, or only that nothing has changed since the browser was here."""
    body = _render(request, template, context)
    if headers is not FRESH:
        return Response(body, status_code=status, media_type=HTML, headers=dict(headers))
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
    shown = {**headers, "etag": tag}
    if tag in map(str.strip, request.headers.get("if-none-match", "").split(",")):
        return Response(b"", status_code=HTTP_304_NOT_MODIFIED, headers=shown)
    return Response(body, status_code=status, media_type=HTML, headers=shown)


def error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    title, text = ERRORS.get(error.status_code, OTHERWISE)
    return page(
        request,
        "public/missing.html",
        status=error.status_code,
        headers=FORGOTTEN | (error.headers or {}),
        title=title,
        text=text,
    )


@cache
def code_of(address: str) -> Markup:
    """The address as a QR code, drawn into the page."""
    drawn = segno.make(address, error="m", micro=False)
    svg = drawn.svg_inline(border=2, dark="#000", light="#fff", omitsize=True)
    return Markup(svg.replace("<svg", '<svg role="img" aria-label="Mã QR của trang này"', 1))  # noqa: S704


def _render(request: Request[Any, Any, Any], template: str, context: Mapping[str, Any]) -> bytes:
    shared = {
        "station": current().station,
        "today": today(),
        "address": "",
        "asked": "",
        "longest": LONGEST_SEARCH,
        "path_of": path_of,
        "date": _date,
        "names": names,
        "tel": _tel,
        "site": _site,
    }
    engine = cast(JinjaTemplateEngine, request.app.template_engine)
    return str(engine.get_template(template).render(**{**shared, **context})).encode()


def _date(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _tel(phone: str) -> str:
    return re.sub(r"[^\d+]", "", phone)


def _site(url: str) -> str:
    """ "dichvucong.gov.vn/abc": an address as one says it."""
    return url.partition("://")[2].rstrip("/")
