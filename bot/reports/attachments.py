"""Fetching what came with a report, or from an officer's chat: once, in the background, sealed at
rest."""

import uuid
from typing import TYPE_CHECKING

import structlog

from bot.channels import photos
from bot.channels.base import DeliveryError, Fetched, Retryable
from bot.channels.web_files import mime_of
from bot.reports import sent_files
from bot.reports.errors import NotAllowed
from bot.reports.models import Attachment, EventType, Report
from bot.reports.service import append

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
    try:
        await _keep(services, attachment_id, fetched)
    except NotAllowed:
        await give_up(services, attachment_id, "not_allowed")


async def _keep(services: "Services", attachment_id: uuid.UUID, fetched: Fetched) -> None:
    """Store the file, a photo without what tells of its sender; what an officer sent goes on to the
    reporter. Raises: NotAllowed, if that is no file to be sent."""
    picture = (mime_of(fetched.content, "") or fetched.mime).startswith("image/")
    photo = await photos.cleaned(fetched.content) if picture else None
    async with services.db.begin() as session:
        attachment = await session.get(Attachment, attachment_id, with_for_update=True)
        if attachment is None or attachment.ref is None:
            return  # another run was quicker, or its sender had it erased
        attachment.error = None
        attachment.content = photo.content if photo else fetched.content
        attachment.size = len(attachment.content)
        attachment.mime = photo.mime if photo else fetched.mime[:128] or attachment.mime
        attachment.uncleaned = picture and photo is None
        attachment.ref = None
        report = await session.get_one(Report, attachment.report_id)
        if officer := attachment.officer:
            if attachment.uncleaned:
                raise NotAllowed(sent_files.UNREADABLE)
            name, mime = attachment.name, attachment.mime
            upload = sent_files.as_upload(name, mime, attachment.content)
            attachment.kind, attachment.name, attachment.mime = (
                upload.kind,
                upload.name,
                upload.mime,
            )
            await sent_files.pass_on(session, report, attachment, officer)
        data = {"attachment": str(attachment.id)}
        await append(session, report, EventType.ATTACHMENT, attachment.officer, data=data)


async def give_up(services: "Services", attachment_id: uuid.UUID, error: str) -> None:
    """The file cannot be had; the report shows that there was one."""
    log.warning("attachment not fetched", error=error)
    async with services.db.begin() as session:
        attachment = await session.get(Attachment, attachment_id, with_for_update=True)
        if attachment is None or attachment.ref is None or attachment.error:
            return  # fetched, erased, or given up before
        attachment.error = error[:64]
        report = await session.get_one(Report, attachment.report_id)
        data = {"attachment": str(attachment.id)}
        await append(session, report, EventType.ATTACHMENT_LOST, attachment.officer, data=data)
        if attachment.officer:
            await sent_files.tell_lost(session, report, attachment)
