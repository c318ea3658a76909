"""Every night what is done and old is forgotten, and nothing else."""

import uuid
from datetime import timedelta

from sqlalchemy import select

from bot.db import now
from bot.messages.models import Inbound, Outbound, OutboundKind, OutboundStatus
from bot.messages.retention import KEPT, UNDELIVERED_KEPT, forget
from bot.procedures import gaps
from bot.procedures.models import ProcedureGap
from bot.services import Services

OLD = now() - KEPT - timedelta(hours=1)
ANCIENT = now() - UNDELIVERED_KEPT - timedelta(hours=1)


def inbound(key: str, **values: object) -> Inbound:
    return Inbound(key=key, channel="web", received_at=ANCIENT, **values)


def outbound(key: str, status: OutboundStatus, **values: object) -> Outbound:
    message = {"kind": OutboundKind.MESSAGE, "channel": "web", "target_key": "t", "payload": {}}
    return Outbound(
        id=uuid.uuid4(), key=key, status=status, created_at=ANCIENT, **message, **values
    )


async def test_forgetting_deletes_what_is_done_and_old_and_nothing_else(worker: Services) -> None:
    async with worker.db.begin() as session:
        session.add_all(
            [
                inbound("handled long ago", handled_at=OLD),
                inbound("handled just now", handled_at=now()),
                inbound("still waiting", payload={"text": "x"}),
                inbound("failed", payload={"text": "x"}, failed="ChannelOff"),
                outbound("sent long ago", OutboundStatus.SENT, done_at=OLD),
                outbound("sent just now", OutboundStatus.SENT, done_at=now()),
                outbound("dead for days", OutboundStatus.DEAD, done_at=OLD),
                outbound("dead for a month", OutboundStatus.DEAD, done_at=ANCIENT),
                outbound("pending", OutboundStatus.PENDING),
            ]
        )
    await forget(worker)
    async with worker.db.begin() as session:
        came = set((await session.execute(select(Inbound.key))).scalars())
        went = set((await session.execute(select(Outbound.key))).scalars())
    assert came == {"handled just now", "still waiting", "failed"}
    assert went == {"sent just now", "dead for days", "pending"}


async def test_what_moderation_may_ask_after_is_gone_by_the_morning(worker: Services) -> None:
    seen = [{"entity": "phone", "start": 4, "end": 14}]
    async with worker.db.begin() as session:
        session.add(inbound("said an hour ago", handled_at=now(), noticed=seen))
    async with worker.db.begin() as session:
        assert (await session.scalars(select(Inbound.noticed))).all() == [seen]
    await forget(worker)
    async with worker.db.begin() as session:
        assert (await session.scalars(select(Inbound.noticed))).all() == [None]


async def test_questions_without_an_answer_are_forgotten_in_the_end(worker: Services) -> None:
    for age in (gaps.KEPT - timedelta(hours=1), gaps.KEPT + timedelta(hours=1)):
        async with worker.db.begin() as session:
            session.add(
                ProcedureGap(inbound_id=uuid.uuid4(), asked_at=now() - age, question=str(age))
            )
    await forget(worker)
    async with worker.db.begin() as session:
        assert (await session.scalars(select(ProcedureGap.question))).all() == [
            str(gaps.KEPT - timedelta(hours=1))
        ]
