"""Who may read which reports. Default: none.

leader   reports of his own hamlets, except those for the managers only
manager  all
deputy   none (figures and announcements only)
admin    none
"""

from sqlalchemy import ColumnElement, and_, false, true

from bot.groups.models import Officer, Role
from bot.reports.models import Report


def readable_by(officer: Officer) -> ColumnElement[bool]:
    """A condition on `Report` that holds for what this officer may read."""
    if not officer.active:
        return false()
    if officer.role is Role.MANAGER:
        return true()
    if officer.role is Role.LEADER:
        own = [h.id for h in officer.hamlets]
        return and_(Report.hamlet_id.in_(own), Report.managers_only.is_(False))
    return false()


def same_readers(one: Report, other: Report) -> bool:
    """Whether the same officers may read both."""
    return (one.hamlet_id, one.managers_only) == (other.hamlet_id, other.managers_only)


def may_read(officer: Officer, report: Report) -> bool:
    """`readable_by` for one report in hand."""
    if not officer.active:
        return False
    if officer.role is Role.MANAGER:
        return True
    own = any(hamlet.id == report.hamlet_id for hamlet in officer.hamlets)
    return officer.role is Role.LEADER and own and not report.managers_only


def reads_reports(officer: Officer) -> bool:
    """Whether the officer's role reads any report at all."""
    return officer.active and officer.role in (Role.LEADER, Role.MANAGER)
