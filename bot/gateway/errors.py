"""What a caller hears when something goes wrong: one clear line, no trace, nobody's words."""

from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR
from litestar.types import ExceptionHandlersMap

from bot.console import errors as console_errors

log = structlog.get_logger()


def _http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if request.scope["path"].startswith("/console"):
        return console_errors.http_error(request, error)
    return Response(
        {"error": error.detail}, status_code=error.status_code, headers=error.headers or {}
    )


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, object]]:
    # The exception's text may quote what somebody wrote: only its kind and place are logged.
    log.error("unexpected error", kind=type(error).__name__, path=request.scope["path"])
    return Response(
        {"error": "Có lỗi ở máy chủ, xin thử lại sau."}, status_code=HTTP_500_INTERNAL_SERVER_ERROR
    )


exception_handlers: ExceptionHandlersMap = {HTTPException: _http_error, Exception: _unexpected}
