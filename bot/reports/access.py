"""Who may read which reports. Default: none.

READ_ALL_REPORTS (managers)   all
READ_REPORTS (leaders)        those of their own hamlets, except those for the managers only
neither (deputies, admins)    none
"""

from sqlalchemy import ColumnElement, and_, false, true

from bot.console.permissions import Permission, may
from bot.groups.models import Officer
from bot.reports.models import Report


def readable_by(officer: Officer) -> ColumnElement[bool]:
    """A condition on `Report` that holds for what this officer may read."""
    if may(officer, Permission.READ_ALL_REPORTS):
        return true()
    if may(officer, Permission.READ_REPORTS):
        own = [h.id for h in officer.hamlets]
        return and_(Report.hamlet_id.in_(own), Report.managers_only.is_(False))
    return false()


def same_readers(one: Report, other: Report) -> bool:
    """Whether the same officers may read both."""
    return (one.hamlet_id, one.managers_only) == (other.hamlet_id, other.managers_only)


def may_read(officer: Officer, report: Report) -> bool:
    """`readable_by` for one report in hand."""
    if may(officer, Permission.READ_ALL_REPORTS):
        return True
    own = any(hamlet.id == report.hamlet_id for hamlet in officer.hamlets)
    return may(officer, Permission.READ_REPORTS) and own and not report.managers_only


def reads_reports(officer: Officer) -> bool:
    """Whether the officer's role reads any report at all."""
    return may(officer, Permission.READ_REPORTS)
