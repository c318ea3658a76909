"""Fetching what came with a report: once, in the background, sealed at rest."""

import uuid
from typing import TYPE_CHECKING

import structlog

from bot.channels.base import DeliveryError, Retryable
from bot.reports.models import Attachment, EventType, Report
from bot.reports.service import note

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger()


async def fetch(services: "Services", attachment_id: uuid.UUID) -> None:
    """Fetch the file if that is not done. Raises: Retryable, to be tried again."""
    async with services.db.begin() as session:
        attachment = await session.get(Attachment, attachment_id)
        if attachment is None or attachment.ref is None:
            return
        channel, ref = services.channels.get(attachment.channel), attachment.ref
    if channel is None:
        await give_up(services, attachment_id, "channel_off")
        return
    try:
        fetched = await channel.fetch(ref)
    except Retryable:
        raise
    except DeliveryError as e:
        await give_up(services, attachment_id, e.code)
        return
    async with services.db.begin() as session:
        attachment = await session.get_one(Attachment, attachment_id, with_for_update=True)
        if attachment.ref is None:
            return  # another run was quicker
        attachment.error = None
        attachment.content = fetched.content
        attachment.size = len(fetched.content)
        attachment.mime = fetched.mime[:128] or attachment.mime
        attachment.ref = None
        report = await session.get_one(Report, attachment.report_id)
        await note(session, report, EventType.ATTACHMENT, attachment=str(attachment.id))


async def give_up(services: "Services", attachment_id: uuid.UUID, error: str) -> None:
    """The file cannot be had; the report shows that there was one."""
    log.warning("attachment not fetched", error=error)
    async with services.db.begin() as session:
        attachment = await session.get_one(Attachment, attachment_id)
        attachment.error = error[:64]
        report = await session.get_one(Report, attachment.report_id)
        await note(session, report, EventType.ATTACHMENT_LOST, attachment=str(attachment.id))
