"""The durable workflows: fetch an attachment, wait and tell, forget. Messages: workers.py.

DBOS keeps arguments, results and errors; so arguments are ids, results are nothing or a number, and
errors are `WorkFailed` with the kind of what went wrong.
"""

import uuid
from datetime import datetime
from functools import partial

import structlog
from dbos import DBOS, ScheduleInput

from bot.checks import watch
from bot.reports import attachments, calls, deadline_watch, reach, state_notices
from bot.retention.purge import NIGHTLY, purge
from bot.services import Services
from bot.work import FAILED as FAILURES
from bot.work import Workflow, kind_of, outlast

log = structlog.get_logger()

_workflow = partial(DBOS.workflow, max_recovery_attempts=None)
"""However often a process dies over it: DBOS would drop what was begun a hundred times."""

_services: Services | None = None


def use(services: Services) -> None:
    """Give the workflows of this process what they work with."""
    global _services
    _services = services


def services() -> Services:
    if _services is None:
        raise RuntimeError("no services: call use first")
    return _services


@_workflow(name=Workflow.FETCH)
async def fetch_attachment(attachment_id: str) -> None:
    """Fetch one file, or say on the report that it cannot be had."""
    try:
        await _fetch(attachment_id)
    except FAILURES as e:
        await _give_up(attachment_id, kind_of(e))


@DBOS.step(retries_allowed=True, max_attempts=6, interval_seconds=2, backoff_rate=3)
async def _fetch(attachment_id: str) -> None:
    await outlast(lambda: attachments.fetch(services(), uuid.UUID(attachment_id)))


@DBOS.step()
async def _give_up(attachment_id: str, kind: str) -> None:
    await outlast(lambda: attachments.give_up(services(), uuid.UUID(attachment_id), kind))


@_workflow(name=Workflow.TELL_STATE)
async def tell_state(event_id: str) -> None:
    """Tell a reporter in the morning what changed at night."""
    try:
        while (wait := await _tell_state(event_id)) > 0:
            await DBOS.sleep_async(wait)
    except FAILURES as e:
        log.error("state not told", event_id=event_id, kind=kind_of(e))


@DBOS.step(retries_allowed=True, max_attempts=3)
async def _tell_state(event_id: str) -> float:
    return await outlast(lambda: state_notices.tell_waiting(services(), int(event_id)))


@_workflow(name=Workflow.AWAIT_ANSWER)
async def await_answer(event_id: str) -> None:
    """A person waits for an officer: after a while the manager on duty is told."""
    try:
        while (wait := await _overdue(event_id)) > 0:
            await DBOS.sleep_async(wait)
    except FAILURES as e:
        log.error("not escalated", report_event=event_id, kind=kind_of(e))


@DBOS.step(retries_allowed=True, max_attempts=3)
async def _overdue(event_id: str) -> float:
    return await outlast(lambda: calls.overdue(services(), int(event_id)))


@_workflow(name=Workflow.TELL_OF_LOSS)
async def tell_of_loss(event_id: str) -> None:
    """Tell an officer, by day, that a reporter cannot be written to any more."""
    try:
        while (wait := await _tell_of_loss(event_id)) > 0:
            await DBOS.sleep_async(wait)
    except FAILURES as e:
        log.error("loss not told", report_event=event_id, kind=kind_of(e))


@DBOS.step(retries_allowed=True, max_attempts=3)
async def _tell_of_loss(event_id: str) -> float:
    return await outlast(lambda: reach.tell_of_loss(services(), int(event_id)))


@_workflow(name=Workflow.WATCH_DEADLINES)
async def watch_deadlines(_scheduled: datetime, _context: None) -> None:
    """Every half minute: bot/reports/deadline_watch.py."""
    try:
        await _watch_deadlines()
    except FAILURES as e:
        log.error("deadlines not watched", kind=kind_of(e))


@DBOS.step()
async def _watch_deadlines() -> None:
    await outlast(lambda: deadline_watch.watch(services()))


@_workflow(name=Workflow.WATCH_TROUBLES)
async def watch_troubles(_scheduled: datetime, _context: None) -> None:
    """Twice a minute: bot/checks/watch.py."""
    try:
        await _watch_troubles()
    except FAILURES as e:
        log.error("troubles not watched", kind=kind_of(e))


@DBOS.step()
async def _watch_troubles() -> None:
    await outlast(lambda: watch.watch(services()))


@_workflow(name=Workflow.FORGET)
async def forget(_scheduled: datetime, _context: None) -> None:
    """Every night: bot/retention."""
    await _forget()


@DBOS.step()
async def _forget() -> None:
    await outlast(_purge)


async def _purge() -> None:
    await purge(services())


async def schedule() -> None:
    """Have the regular work done, by one process of however many there are."""
    nightly: ScheduleInput = {
        "schedule_name": "forget",
        "workflow_fn": forget,
        "schedule": NIGHTLY,
        "cron_timezone": "Asia/Ho_Chi_Minh",
    }
    often: ScheduleInput = {
        "schedule_name": "watch_deadlines",
        "workflow_fn": watch_deadlines,
        "schedule": deadline_watch.OFTEN,
        "cron_timezone": "Asia/Ho_Chi_Minh",
    }
    troubles: ScheduleInput = {
        "schedule_name": "watch_troubles",
        "workflow_fn": watch_troubles,
        "schedule": watch.OFTEN,
    }
    await outlast(lambda: deadline_watch.begin(services()))
    await DBOS.apply_schedules_async([nightly, often, troubles])
