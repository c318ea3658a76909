"""What a caller hears when something goes wrong: one clear line, no trace, nobody's words."""

from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import ClientException, HTTPException, ServiceUnavailableException
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR
from litestar.types import ExceptionHandlersMap
from sqlalchemy.exc import DataError, InterfaceError, OperationalError

from bot.console import errors as console_errors
from bot.procedures import public_page
from bot.procedures.addresses import ROOT

log = structlog.get_logger()


def _http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if request.scope["path"].startswith("/console"):
        return console_errors.http_error(request, error)
    if request.scope["path"].startswith(ROOT):
        return public_page.error(request, error)
    return Response(
        {"error": error.detail}, status_code=error.status_code, headers=error.headers or {}
    )


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, object]]:
    # The exception's text may quote what somebody wrote: only its kind and place are logged.
    log.error("unexpected error", kind=type(error).__name__, path=request.scope["path"])
    return Response(
        {"error": "Có lỗi ở máy chủ, xin thử lại sau."}, status_code=HTTP_500_INTERNAL_SERVER_ERROR
    )


def _database_away(request: Request[Any, Any, Any], _: Exception) -> Response[Any]:
    """Platforms deliver again, people come again."""
    log.warning("database away", path=request.scope["path"])
    away = ServiceUnavailableException(
        "Máy chủ đang bận, xin thử lại sau ít giây.", headers={"Retry-After": "5"}
    )
    return _http_error(request, away)


def _unreadable(request: Request[Any, Any, Any], _: Exception) -> Response[Any]:
    """Letters that are none, or that no database takes: only a stranger sends those."""
    return _http_error(request, ClientException("Nội dung gửi lên không đọc được."))


exception_handlers: ExceptionHandlersMap = {
    HTTPException: _http_error,
    OperationalError: _database_away,
    InterfaceError: _database_away,
    DataError: _unreadable,
    UnicodeError: _unreadable,
    Exception: _unexpected,
}
