"""Durable work: what is queued in a transaction is done, once it commits, whatever crashes.

DBOS keeps the queues in the same PostgreSQL. Only ids are ever passed; what they stand for is read,
unsealed and forgotten by the workflow itself. An exception that escapes a workflow is kept by DBOS,
so workflows raise `WorkFailed`, which carries no words.
"""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import structlog
from dbos import DBOS, DBOSConfig, _dbos, _sys_db
from dbos._error import DBOSMaxStepRetriesExceeded
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Database
from bot.ops.logs import adopt

log = structlog.get_logger()

APPLICATION_VERSION = "1"
"""Raise it when newer code cannot finish what older code has begun (docs/deployment.md)."""

LOST_AFTER = 30.0  # seconds for which work is claimed and not under way


class Queue(StrEnum):
    ATTACHMENTS = "attachments"
    STATE_NOTICES = "state_notices"  # what waits for the morning, and holds nobody up
    TIMERS = "timers"  # work that mostly sleeps; none waits for another


class Workflow(StrEnum):
    FETCH = "fetch_attachment"
    FORGET = "forget"
    TELL_STATE = "tell_state"
    AWAIT_ANSWER = "await_answer"
    TELL_OF_LOSS = "tell_of_loss"
    WATCH_DEADLINES = "watch_deadlines"
    WATCH_TROUBLES = "watch_troubles"


class WorkFailed(Exception):
    """Work that could not be done. The message is the kind of error, never its text."""


OUTAGE = (OperationalError, InterfaceError)
"""What SQLAlchemy raises while PostgreSQL is away."""

FAILED = (WorkFailed, DBOSMaxStepRetriesExceeded)
"""What a workflow catches: a step's failure, or that all its tries failed."""

Result = TypeVar("Result")


async def outlast(work: Callable[[], Awaitable[Result]]) -> Result:
    """Do `work`, again and again while the database is away; it must bear being done twice.

    Raises: WorkFailed for anything else that goes wrong.
    """
    while True:
        try:
            return await work()
        except OUTAGE:
            log.warning("waiting for the database")
            await asyncio.sleep(1)
        except WorkFailed:
            raise
        except Exception as e:
            raise WorkFailed(type(e).__name__) from None


_ENQUEUE = text(
    """
    SELECT dbos.enqueue_workflow(
        workflow_name => :workflow, queue_name => :queue,
        positional_args => ARRAY[CAST(:subject AS json)],
        workflow_id => :workflow_id, queue_partition_key => :partition,
        delay_until_epoch_ms => CAST(:not_before AS bigint))
    """
)


async def enqueue(
    session: AsyncSession,
    workflow: Workflow,
    queue: Queue,
    subject: uuid.UUID | int,
    *,
    partition: str | None = None,
    not_before: datetime | None = None,
) -> None:
    """Queue `workflow(subject)` within the session's transaction.

    Work of one partition is done one after the other, in order. Of what one transaction queues the
    smaller subject goes first, as its time is the same. A queue registered without
    `partition_concurrency` takes no partition. Queueing the same work for the same subject again
    does nothing.
    """
    await session.execute(
        _ENQUEUE,
        {
            "workflow": workflow.value,
            "queue": queue.value,
            "subject": json.dumps(str(subject)),
            "workflow_id": f"{workflow.value}-{subject}",
            "partition": partition,
            "not_before": int(not_before.timestamp() * 1000) if not_before else None,
        },
    )


async def insist(work: Callable[[], Awaitable[Result]]) -> Result:
    """`outlast` it, and try three times in all. Raises: WorkFailed."""
    for pause in (0.5, 1.0):
        try:
            return await outlast(work)
        except WorkFailed:
            await asyncio.sleep(pause)
    return await outlast(work)


def kind_of(error: WorkFailed | DBOSMaxStepRetriesExceeded) -> str:
    """One word for what went wrong, from a step or from the last of its retries."""
    last = error.errors[-1] if isinstance(error, DBOSMaxStepRetriesExceeded) else error
    return str(last)[:64]


def _wait_for_a_restarting_database() -> None:
    """Have DBOS wait for PostgreSQL whatever words psycopg finds for its absence.

    DBOS 3.4 knows "connection failed"; psycopg 3.3 says "connection is bad". Unknown words end a
    workflow that only had to wait.
    """
    inner = vars(_sys_db)
    known: Callable[[Exception], bool] = inner["retriable_postgres_exception"]

    def retriable(error: Exception) -> bool:
        away = isinstance(error, DBAPIError) and "connection is bad" in str(error.orig)
        return away or known(error)

    inner["retriable_postgres_exception"] = retriable


def configure(database_url: str, name: str = "local") -> None:
    """Make this process a worker; call `launch` once every workflow is defined.

    `name`: no two processes that work at the same time have the same (bot/takeover.py).
    """
    _wait_for_a_restarting_database()
    config: DBOSConfig = {
        "name": "binhyen",
        "system_database_url": database_url,
        "application_version": APPLICATION_VERSION,
        "executor_id": name,
        "sys_db_pool_size": 6,
        "run_migrations": False,
        "log_level": "WARNING",
        "enable_otlp": False,
    }
    DBOS(config=config)


async def launch() -> None:
    """Start working. Register the queues: how many at once, in which order, how fast."""
    DBOS.launch()
    adopt("dbos")
    await DBOS.register_queue_async(
        Queue.ATTACHMENTS, partition_concurrency=1, worker_concurrency=4, polling_interval_sec=1.0
    )
    await DBOS.register_queue_async(
        Queue.STATE_NOTICES, worker_concurrency=8, polling_interval_sec=5.0
    )
    await DBOS.register_queue_async(Queue.TIMERS, polling_interval_sec=1.0)


_TAKE_UP = text(
    """
    UPDATE dbos.workflow_status
    SET status = 'ENQUEUED', owner_xid = NULL, started_at_epoch_ms = NULL
    WHERE status = 'PENDING' AND queue_name IS NOT NULL AND executor_id = :executor
      AND started_at_epoch_ms < (extract(epoch FROM now()) - :seconds) * 1000
      AND workflow_uuid <> ALL(:under_way)
    """
)


async def take_up_lost(db: Database) -> int:
    """Queue again what this process has claimed and does not do; how much it was.

    A database that dies between a claim and its answer leaves such work, and DBOS would see to it
    only at the next start.
    """
    under_way = _dbos._get_dbos_instance()._active_workflows_set.activeList()
    asked = {"executor": DBOS.executor_id, "seconds": LOST_AFTER, "under_way": under_way}
    async with db.begin() as session:
        found = await session.execute(_TAKE_UP, asked)
        return int(getattr(found, "rowcount", 0))


async def mind_lost(db: Database) -> None:
    """Look for lost work every so often, for as long as the process lives."""
    while True:
        await asyncio.sleep(LOST_AFTER / 2)
        if lost := await outlast(lambda: take_up_lost(db)):
            log.warning("lost work taken up", pieces=lost)


def stop(grace_seconds: int = 5) -> None:
    """Finish what is under way; what is not done by then is taken up at the next start."""
    DBOS.destroy(workflow_completion_timeout_sec=grace_seconds)
