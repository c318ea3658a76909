"""Notes between officers. They stand in the report's story and go nowhere else: the text is in one
sealed column, and nothing that leaves the console reads events of this type."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.groups.models import Officer
from bot.reports.errors import NotAllowed
from bot.reports.models import EventType, Report
from bot.reports.service import append

MAX_NOTE = 3000
"""Characters of one note."""


async def write(session: AsyncSession, report: Report, officer: Officer, text: str) -> None:
    """Add a note, also to a report that has ended. Raises: NotAllowed."""
    text = text.strip()
    if not text:
        raise NotAllowed("Ghi chú chưa có nội dung.")
    if len(text) > MAX_NOTE:
        raise NotAllowed(f"Ghi chú dài quá {MAX_NOTE} ký tự.")
    await append(session, report, EventType.INTERNAL_NOTE, officer, text=text)
