"""What each role may do. Default: nothing.

Every route of the console names one of these (`bot.console.guards`). A permission says what kind of
thing an officer may do at all; to which reports he may do it is for `bot.reports.access` to say.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from bot.groups.models import Officer, Role


class Permission(StrEnum):
    OWN_ACCOUNT = "own_account"  # the first page, the own password, the own sessions
    READ_REPORTS = "read_reports"
    READ_ALL_REPORTS = "read_all_reports"  # of every hamlet, and what is for the managers only
    HANDLE_REPORTS = "handle_reports"
    ALLOW_LEARNING = "allow_learning"  # that the assistant learns from a message
    REVEAL_IDENTITY = "reveal_identity"
    EXPORT = "export"
    FIGURES = "figures"  # counts without anybody's words or name
    ACCURACY = "accuracy"  # how well the assistant reads
    GAPS = "gaps"  # what residents asked and got no answer to
    READ_PROCEDURES = "read_procedures"  # what is told of them
    EDIT_PROCEDURES = "edit_procedures"  # write and propose what is to be told
    APPROVE_PROCEDURES = "approve_procedures"  # of what another officer proposed
    ANNOUNCE = "announce"
    MEMBERS = "members"
    CANNED_REPLIES = "canned_replies"  # change the ready answers
    TROUBLES = "troubles"  # what did not arrive
    MEND_TROUBLES = "mend_troubles"
    DEADLINES = "deadlines"  # hours of duty, holidays, how long each step may take
    AUDIT = "audit"
    RETENTION = "retention"  # what is erased when
    ACCOUNTS = "accounts"
    SETTINGS = "settings"


P = Permission
ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.LEADER: frozenset(
            {
                *(P.OWN_ACCOUNT, P.READ_REPORTS, P.HANDLE_REPORTS, P.ALLOW_LEARNING),
                *(P.FIGURES, P.ANNOUNCE, P.MEMBERS, P.READ_PROCEDURES),
            }
        ),
        Role.DEPUTY: frozenset(
            {P.OWN_ACCOUNT, P.FIGURES, P.ANNOUNCE, P.MEMBERS, P.READ_PROCEDURES}
        ),
        Role.MANAGER: frozenset(
            {
                *(P.OWN_ACCOUNT, P.READ_REPORTS, P.READ_ALL_REPORTS, P.HANDLE_REPORTS),
                *(P.ALLOW_LEARNING, P.REVEAL_IDENTITY, P.EXPORT, P.FIGURES, P.ACCURACY),
                *(P.ANNOUNCE, P.MEMBERS, P.CANNED_REPLIES, P.GAPS, P.TROUBLES, P.MEND_TROUBLES),
                *(P.READ_PROCEDURES, P.EDIT_PROCEDURES, P.APPROVE_PROCEDURES),
                *(P.DEADLINES, P.AUDIT, P.RETENTION),
            }
        ),
        Role.ADMIN: frozenset(
            {
                *(P.OWN_ACCOUNT, P.ACCOUNTS, P.SETTINGS, P.DEADLINES, P.TROUBLES, P.ACCURACY),
                P.READ_PROCEDURES,
            }
        ),
    }
)


def may(officer: Officer, permission: Permission) -> bool:
    """Whether the officer's role has this permission; nobody's who is not active."""
    return officer.active and permission in ROLE_PERMISSIONS.get(officer.role, frozenset())
