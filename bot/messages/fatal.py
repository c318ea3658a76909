"""A message over which one process after the other dies goes to a person as it is.

What waits first when a process starts may be what ended the one before. So each start counts those
messages, and an end in order forgives them: a message pays for nothing that it does not wait for.
"""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import text

from bot.db import Database
from bot.messages.handling import give_up, leave_failed
from bot.work import OUTAGE, outlast

if TYPE_CHECKING:
    from bot.services import Services

ENOUGH = 20
"""Starts. Many, as others wait beside the one that kills, and all of them while Rasa is away."""
KIND = "ProcessDied"

_COUNT = text(
    """
    WITH waiting AS MATERIALIZED (
        SELECT id, lane, urgent, turn FROM inbound
        WHERE handled_at IS NULL AND failed IS NULL AND payload IS NOT NULL
        ORDER BY urgent DESC, turn LIMIT :at_once
    ), first AS MATERIALIZED (
        SELECT DISTINCT ON (lane) id, lane FROM waiting ORDER BY lane, urgent DESC, turn
    ), free AS MATERIALIZED (
        SELECT id FROM first WHERE pg_try_advisory_xact_lock(hashtextextended(lane, 0))
    )
    UPDATE inbound SET tries = tries + 1 FROM free WHERE inbound.id = free.id
    RETURNING inbound.id, inbound.tries
    """
)
_FORGIVE = text(
    "UPDATE inbound SET tries = 0 WHERE tries > 0 AND handled_at IS NULL AND failed IS NULL"
)


async def begin(services: "Services", at_once: int) -> None:
    """To be called before the process handles anything. `at_once`: messages it will begin with."""
    for inbound_id, tries in await outlast(lambda: count(services.db, at_once)):
        if tries > ENOUGH:  # handing it over was fatal, too
            await outlast(partial(leave_failed, services, inbound_id, KIND))
        elif tries == ENOUGH:
            await give_up(services, inbound_id, KIND)


async def end(services: "Services") -> None:
    """The process ends in order."""
    with suppress(*OUTAGE):  # then they keep their count
        async with services.db.begin() as session:
            await session.execute(_FORGIVE)


async def count(db: Database, at_once: int) -> Sequence[tuple[uuid.UUID, int]]:
    """Of what nobody works on, what would be begun first; at how many starts it was there."""
    async with db.begin() as session:
        rows = await session.execute(_COUNT, {"at_once": at_once})
        return [(row.id, row.tries) for row in rows]
