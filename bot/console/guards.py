"""Who may use a page; named on each handler, where a reviewer sees it.

Each handler has one of `needs(Permission.…)`, `own_account` and `open_to_strangers`. The routers
have `named`: a handler that names nothing is closed to everybody.
"""

from dataclasses import dataclass

from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from bot.console import second_factor, sessions
from bot.console.permissions import Permission, may
from bot.console.services import Connection
from bot.groups.models import Officer

REFUSAL = "Vai trò của đồng chí không làm việc này."
REFUSALS = {
    Permission.READ_REPORTS: "Vai trò của đồng chí không xem phản ánh.",
    Permission.REVEAL_IDENTITY: "Việc này dành cho Tổ quản lý.",
    Permission.MEND_TROUBLES: "Việc này dành cho Tổ quản lý.",
    Permission.AUDIT: "Trang này dành cho Tổ quản lý.",
    Permission.DEADLINES: "Trang này dành cho Tổ quản lý và quản trị hệ thống.",
    Permission.TROUBLES: "Trang này dành cho Tổ quản lý và quản trị hệ thống.",
    Permission.ACCURACY: "Trang này dành cho Tổ quản lý và quản trị hệ thống.",
}


class NotSignedIn(NotAuthorizedException):
    """Nobody is signed in, or no longer."""


class PasswordToChange(PermissionDeniedException):
    """Signed in with a one-time password: it must be changed before anything else."""


class SecondFactorToSetUp(PermissionDeniedException):
    """Whoever has such rights signs in with a code, too: it must be set up before anything else."""


class ProofNeeded(PermissionDeniedException):
    """Signed in too long ago for this: the password or a code once more."""


def signed_in(connection: Connection) -> Officer:
    """Any officer, even one whose password must be changed first. Raises: NotSignedIn."""
    officer = connection.scope.get("user")
    if not isinstance(officer, Officer):
        raise NotSignedIn
    return officer


@dataclass(frozen=True, slots=True)
class Needs:
    """A guard: an officer whose role has the permission, and who has done what signing in asks."""

    permission: Permission
    own_password: bool = True
    second_factor: bool = True
    fresh: bool = False

    def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        officer = signed_in(connection)
        if self.own_password and officer.must_change_password:
            raise PasswordToChange
        if self.second_factor and second_factor.is_due(officer, connection.auth):
            raise SecondFactorToSetUp
        if not may(officer, self.permission):
            raise PermissionDeniedException(REFUSALS.get(self.permission, REFUSAL))
        if self.fresh and not sessions.is_fresh(connection.auth):
            raise ProofNeeded


def needs(permission: Permission, *, fresh: bool = False) -> Needs:
    """`fresh`: for what shows or takes out the most, he has just proved who he is."""
    return Needs(permission, fresh=fresh)


own_account = Needs(Permission.OWN_ACCOUNT, own_password=False, second_factor=False)
"""What an officer may do before he has set a password of his own: set it, or leave."""

own_second_factor = Needs(Permission.OWN_ACCOUNT, second_factor=False)
"""And then, before he has set up the second factor."""

new_second_factor = Needs(Permission.OWN_ACCOUNT, second_factor=False, fresh=True)
"""While he sets it up."""


def open_to_strangers(_: Connection, __: BaseRouteHandler) -> None:
    """Signing in."""


def names_access(handler: BaseRouteHandler) -> bool:
    """Whether the handler itself says who may use it."""
    return any(_says_who(guard) for guard in handler.guards or ())


def named(_: Connection, handler: BaseRouteHandler) -> None:
    """Closes every handler that does not say for whom it is."""
    if not names_access(handler):
        raise PermissionDeniedException


def _says_who(guard: Guard) -> bool:
    return isinstance(guard, Needs) or guard is open_to_strangers
