"""Who may use a page; named on each handler, where a reviewer sees it.

Every console router has `settled` or stricter: a handler that forgets its guard is still closed to
strangers, and reports are closed to everybody whom `bot.reports.access` does not name.
"""

from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from bot.console.services import Connection
from bot.groups.models import Officer, Role
from bot.reports.access import reads_reports


class NotSignedIn(NotAuthorizedException):
    """Nobody is signed in, or no longer."""


class PasswordToChange(PermissionDeniedException):
    """Signed in with a one-time password: it must be changed before anything else."""


def signed_in(connection: Connection, _: BaseRouteHandler) -> None:
    """Any officer, even one whose password must be changed first."""
    if connection.scope.get("user") is None:
        raise NotSignedIn


def settled(connection: Connection, handler: BaseRouteHandler) -> None:
    """Any officer who has a password of his own."""
    signed_in(connection, handler)
    if _officer(connection).must_change_password:
        raise PasswordToChange


def report_reader(connection: Connection, handler: BaseRouteHandler) -> None:
    """An officer whose role reads reports; which ones is for the query to say."""
    settled(connection, handler)
    if not reads_reports(_officer(connection)):
        raise PermissionDeniedException("Vai trò của đồng chí không xem phản ánh.")


def watches_system(connection: Connection, handler: BaseRouteHandler) -> None:
    """Managers and admins: what could not be delivered, without anybody's words."""
    settled(connection, handler)
    if _officer(connection).role not in (Role.MANAGER, Role.ADMIN):
        raise PermissionDeniedException("Trang này dành cho Tổ quản lý và quản trị hệ thống.")


def manager(connection: Connection, handler: BaseRouteHandler) -> None:
    settled(connection, handler)
    if _officer(connection).role is not Role.MANAGER:
        raise PermissionDeniedException("Việc này dành cho Tổ quản lý.")


def _officer(connection: Connection) -> Officer:
    officer = connection.scope["user"]
    assert isinstance(officer, Officer)
    return officer
