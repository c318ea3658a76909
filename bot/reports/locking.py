"""Locking reports. Several are locked in the order in which they came in (merging.py)."""

from sqlalchemy import Select
from sqlalchemy.orm import selectinload

from bot.reports.models import Report

POINTED_TO = (
    selectinload(Report.hamlet),
    selectinload(Report.conversation),
    selectinload(Report.officer),
)
"""Read after the lock. PostgreSQL joins before it waits: whoever waits for another officer would
see his report, and yet nobody as the one who has it."""


def locked(query: Select[Report]) -> Select[Report]:
    return query.options(*POINTED_TO).with_for_update(of=Report)
