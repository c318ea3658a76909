"""What an officer sees when something goes wrong: a page in Vietnamese, never a trace."""

from typing import Any
from urllib.parse import quote

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, PermissionDeniedException
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap

from bot.console import cookies
from bot.console.guards import NotSignedIn, PasswordToChange, ProofNeeded, SecondFactorToSetUp
from bot.console.pages import page, page_of

HOME = "/console"
SIGN_IN = "/console/dang-nhap"
CODE = "/console/ma-xac-nhan"
PROOF = "/console/xac-nhan"
PASSWORD = "/console/mat-khau"  # noqa: S105 (an address)
SECOND_FACTOR = "/console/hai-buoc"

TITLES = {
    400: ("Yêu cầu chưa đúng", "Máy chủ không hiểu yêu cầu vừa gửi."),
    403: ("Không có quyền", "Đồng chí không có quyền làm việc này."),
    404: ("Không tìm thấy", "Trang này không có, hoặc đồng chí không được xem."),
    405: ("Không tìm thấy", "Trang này không có, hoặc đồng chí không được xem."),
    413: ("Nội dung quá lớn", "Nội dung gửi lên vượt quá mức cho phép."),
    500: ("Máy chủ gặp lỗi", "Xin thử lại sau ít phút. Nội dung của bà con không bị mất."),
}
STALE = "CSRF token verification failed"  # Litestar's words

log = structlog.get_logger()


def http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if isinstance(error, NotSignedIn):
        return _go(request, f"{SIGN_IN}?next={quote(page_of(request), safe='/')}")
    if isinstance(error, ProofNeeded):
        return _go(request, f"{PROOF}?next={quote(page_of(request), safe='/')}")
    if isinstance(error, PasswordToChange):
        return _go(request, PASSWORD)
    if isinstance(error, SecondFactorToSetUp):
        return _go(request, SECOND_FACTOR)
    if error.detail == STALE:
        return _stale_form(request)
    title, text = TITLES.get(error.status_code, TITLES[400])
    if type(error) is PermissionDeniedException and error.detail:
        text = error.detail  # ours, in Vietnamese
    return _page(request, error.status_code, title, text)


def unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    # The exception's text may quote what somebody wrote: only its kind and place are logged.
    log.error("unexpected error", kind=type(error).__name__, path=request.scope["path"])
    return _page(request, 500, *TITLES[500])


handlers: ExceptionHandlersMap = {HTTPException: http_error, Exception: unexpected}


def _page(request: Request[Any, Any, Any], status: int, title: str, text: str) -> Response[Any]:
    return page(
        request, "console/error.html", status=status, title=title, text=text, this_page=HOME
    )


def _stale_form(request: Request[Any, Any, Any]) -> Response[Any]:
    """The page was open too long, or the form is not ours. A new cookie comes with a new page."""
    text = "Trang để lâu quá. Xin quay lại, tải lại trang rồi gửi lần nữa."
    response = _page(request, 403, "Trang đã cũ", text)
    response.set_cookie(cookies.forms_gone(request))
    return response


def _go(request: Request[Any, Any, Any], address: str) -> Response[Any]:
    if "hx-request" in request.headers:
        return Response(None, status_code=204, headers={"hx-redirect": address})
    return Redirect(address, status_code=303)
