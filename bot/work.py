"""Durable work: what is queued in a transaction is done, once it commits, whatever crashes.

DBOS keeps the queues in the same PostgreSQL. Only ids are ever passed; what they stand for is read,
unsealed and forgotten by the workflow itself. An exception that escapes a workflow is kept by DBOS,
so workflows raise `WorkFailed`, which carries no words.
"""

import json
import logging
import uuid
from enum import StrEnum

from dbos import DBOS, DBOSConfig
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

APPLICATION_VERSION = "1"
"""Raise it when queued work can no longer be done by newer code; else work survives an update."""

POLL = 0.05  # seconds from enqueueing to start, at most


class Queue(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    ATTACHMENTS = "attachments"


class Workflow(StrEnum):
    HANDLE = "handle_message"
    DELIVER = "deliver"
    FETCH = "fetch_attachment"
    FORGET = "forget"


class WorkFailed(Exception):
    """Work that could not be done. The message is the kind of error, never its text."""


_ENQUEUE = text(
    """
    SELECT dbos.enqueue_workflow(
        workflow_name => :workflow, queue_name => :queue,
        positional_args => ARRAY[CAST(:subject AS json)],
        workflow_id => :workflow_id, queue_partition_key => :partition)
    """
)


async def enqueue(
    session: AsyncSession, workflow: Workflow, queue: Queue, subject: uuid.UUID, *, partition: str
) -> None:
    """Queue `workflow(subject)` within the session's transaction.

    Work of one partition is done one after the other, in order. Queueing the same work for the
    same subject again does nothing.
    """
    await session.execute(
        _ENQUEUE,
        {
            "workflow": workflow.value,
            "queue": queue.value,
            "subject": json.dumps(str(subject)),
            "workflow_id": f"{workflow.value}-{subject}",
            "partition": partition,
        },
    )


def configure(database_url: str) -> None:
    """Make this process a worker; call `launch` once every workflow is defined."""
    config: DBOSConfig = {
        "name": "binhyen",
        "system_database_url": database_url,
        "application_version": APPLICATION_VERSION,
        "run_migrations": False,
        "log_level": "WARNING",
        "enable_otlp": False,
    }
    DBOS(config=config)


async def launch() -> None:
    """Start working. Register the queues: how many at once, in which order, how fast."""
    logging.getLogger("dbos").setLevel(logging.WARNING)
    DBOS.launch()
    await DBOS.register_queue_async(
        Queue.INBOUND, partition_concurrency=1, worker_concurrency=16, polling_interval_sec=POLL
    )
    await DBOS.register_queue_async(
        Queue.OUTBOUND,
        partition_concurrency=1,
        limiter={"limit": 25, "period": 1.0},  # below what every platform takes overall
        partition_limiter={"limit": 20, "period": 60.0},  # a group takes 20 a minute
        polling_interval_sec=POLL,
    )
    await DBOS.register_queue_async(
        Queue.ATTACHMENTS, partition_concurrency=1, worker_concurrency=4, polling_interval_sec=0.5
    )


def stop(grace_seconds: int = 5) -> None:
    """Finish what is under way; what is not done by then is taken up at the next start."""
    DBOS.destroy(workflow_completion_timeout_sec=grace_seconds)
