"""Forgetting, every night, what was only needed to handle and deliver messages.

Kept for a while: the fingerprints by which a repeated delivery is recognised (platforms repeat for
up to a day), and the work queue's history, which holds ids and no words.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from dbos import DBOS
from sqlalchemy import and_, delete, not_, update

from bot.channels import web_mailbox
from bot.db import now
from bot.messages.models import Inbound, Outbound, OutboundStatus, PrivateInvitation
from bot.procedures import gaps
from bot.procedures.spoken_of import forget_old_questions

if TYPE_CHECKING:
    from bot.services import Services

KEPT = timedelta(days=3)
UNDELIVERED_KEPT = timedelta(days=30)
"""So long a manager may still send again what did not arrive, and so long it is known which report
a delivered message was about, for whoever answers to that very message. It holds no words."""
DONE = (OutboundStatus.SENT, OutboundStatus.RETRIED, OutboundStatus.DROPPED)
ANSWERABLE = and_(
    Outbound.status == OutboundStatus.SENT,
    Outbound.report_id.is_not(None),
    Outbound.platform_id.is_not(None),
)
NIGHTLY = "17 2 * * *"
BATCH = 1000


async def forget(services: "Services") -> None:
    """Delete what is done and old. What still waits to be handled is never deleted."""
    before = now() - KEPT
    async with services.db.begin() as session:
        await session.execute(delete(Inbound).where(Inbound.handled_at < before))
        noticed = (Inbound.handled_at.is_not(None), Inbound.noticed.is_not(None))
        await session.execute(update(Inbound).where(*noticed).values(noticed=None))
        await session.execute(
            delete(Outbound).where(
                Outbound.status.in_(DONE), Outbound.done_at < before, not_(ANSWERABLE)
            )
        )
        await session.execute(delete(Outbound).where(Outbound.done_at < now() - UNDELIVERED_KEPT))
        await session.execute(
            delete(PrivateInvitation).where(PrivateInvitation.expires_at < before)
        )
        await gaps.forget_old(session)
        await forget_old_questions(session)
        await web_mailbox.purge(session)
    while done := await _finished_work(before.isoformat()):
        await DBOS.delete_workflows_async(done)


async def _finished_work(before: str) -> list[str]:
    finished = await DBOS.list_workflows_async(
        status=["SUCCESS", "ERROR", "CANCELLED"],
        completed_before=before,
        limit=BATCH,
        load_input=False,
        load_output=False,
    )
    return [work.workflow_id for work in finished]
