"""The durable workflows: handle a message, deliver an answer, fetch an attachment, forget.

DBOS keeps arguments, results and errors; so arguments are ids, results are nothing or a number, and
errors are `WorkFailed` with the kind of what went wrong.
"""

import uuid
from datetime import datetime

import structlog
from dbos import DBOS, ScheduleInput

from bot.channels.base import Retryable
from bot.gateway.metrics import FAILED
from bot.messages import delivery, handling, inbox, retention
from bot.reports import attachments
from bot.services import Services
from bot.work import WorkFailed, Workflow

log = structlog.get_logger()

_services: Services | None = None


def use(services: Services) -> None:
    """Give the workflows of this process what they work with."""
    global _services
    _services = services


def services() -> Services:
    if _services is None:
        raise RuntimeError("no services: call use first")
    return _services


@DBOS.workflow(name=Workflow.HANDLE)
async def handle_message(inbound_id: str) -> None:
    """Handle one stored event; what fails again and again goes to a person as it is."""
    try:
        await _handle(inbound_id)
    except WorkFailed as e:
        FAILED.labels(str(e)).inc()
        log.error("message not handled", inbound=inbound_id, kind=str(e))
        await _hand_over(inbound_id, str(e))


@DBOS.step(retries_allowed=True, max_attempts=5, interval_seconds=0.5, backoff_rate=3)
async def _handle(inbound_id: str) -> None:
    try:
        await handling.handle(services(), uuid.UUID(inbound_id))
    except Exception as e:
        raise WorkFailed(type(e).__name__) from None


@DBOS.step()
async def _hand_over(inbound_id: str, kind: str) -> None:
    try:
        await handling.hand_over(services(), uuid.UUID(inbound_id))
    except Exception:
        async with services().db.begin() as session:
            await inbox.fail(session, uuid.UUID(inbound_id), kind)


@DBOS.workflow(name=Workflow.DELIVER)
async def deliver(outbound_id: str) -> None:
    """Try until the row has its last word."""
    while (wait := await _attempt(outbound_id)) >= 0:
        await DBOS.sleep_async(wait)


@DBOS.step(retries_allowed=True, max_attempts=5, interval_seconds=1, backoff_rate=3)
async def _attempt(outbound_id: str) -> float:
    try:
        return await delivery.attempt(services(), uuid.UUID(outbound_id))
    except Exception as e:
        raise WorkFailed(type(e).__name__) from None


@DBOS.workflow(name=Workflow.FETCH)
async def fetch_attachment(attachment_id: str) -> None:
    try:
        await _fetch(attachment_id)
    except WorkFailed as e:
        await attachments.give_up(services(), uuid.UUID(attachment_id), str(e))


@DBOS.step(retries_allowed=True, max_attempts=6, interval_seconds=2, backoff_rate=3)
async def _fetch(attachment_id: str) -> None:
    try:
        await attachments.fetch(services(), uuid.UUID(attachment_id))
    except Retryable as e:
        raise WorkFailed(e.code) from None
    except Exception as e:
        raise WorkFailed(type(e).__name__) from None


@DBOS.workflow(name=Workflow.FORGET)
async def forget(_scheduled: datetime, _context: None) -> None:
    """Every night: bot/messages/retention.py."""
    await _forget()


@DBOS.step()
async def _forget() -> None:
    try:
        await retention.forget(services())
    except Exception as e:
        raise WorkFailed(type(e).__name__) from None


async def schedule() -> None:
    """Have the nightly work done, by one process of however many there are."""
    nightly: ScheduleInput = {
        "schedule_name": "forget",
        "workflow_fn": forget,
        "schedule": retention.NIGHTLY,
        "cron_timezone": "Asia/Ho_Chi_Minh",
    }
    await DBOS.apply_schedules_async([nightly])
