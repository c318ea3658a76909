"""The meanings of the catalogue's questions: kept in the database, made in the background.

Each process looks every few seconds whether the catalogue it searches has its meanings. What is
missing is made by whichever process comes first, a few at a time; the others wait for those and
read them.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import numpy as np
import structlog
from sqlalchemy import delete, select, text

from bot.db import Database
from bot.procedures.catalogue import catalogue, refresh
from bot.procedures.embedding import AT_ONCE, ModelAway, embed
from bot.procedures.meaning import Known, Meanings
from bot.procedures.models import ProcedureVector
from bot.procedures.search import Index, index, use
from bot.security.vault import vault
from bot.work import OUTAGE

log = structlog.get_logger()

LOOK = 3.0  # seconds between two looks
LOCK = 0x62696E76

Vector = np.ndarray[Any, np.dtype[np.float32]]


async def keep_up(db: Database) -> None:
    """Have the search know the meanings of whatever the catalogue holds, until cancelled."""
    while True:
        try:
            async with db.begin() as session:
                await refresh(session)
            if (await asyncio.to_thread(index)).meanings is None:
                await complete(db)
        except OUTAGE:
            log.warning("waiting for the database")
        except ModelAway:
            pass  # which is told once (embedding.py)
        except Exception as error:  # words alone answer until somebody has looked into it
            log.error("no meanings of procedures", kind=type(error).__name__)
        await asyncio.sleep(LOOK)


async def complete(db: Database) -> None:
    """Make what is missing, and search with meanings from now on."""
    entries = catalogue()
    if not entries:
        return
    procedures = list(entries.values())
    known = await asyncio.to_thread(Known, procedures)
    vectors = await _vectors(db, {_key(question): question for question in known.questions})
    ordered = np.stack([vectors[_key(question)] for question in known.questions])
    meanings = await asyncio.to_thread(Meanings, known, ordered)
    use(entries, await asyncio.to_thread(Index, procedures, meanings))


async def _vectors(db: Database, questions: Mapping[str, str]) -> dict[str, Vector]:
    while True:
        async with db.begin() as session:
            await session.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": LOCK})
            kept = set(await session.scalars(select(ProcedureVector.key)))
            missing = [key for key in questions if key not in kept][:AT_ONCE]
            if not missing:
                if gone := kept - questions.keys():
                    await session.execute(
                        delete(ProcedureVector).where(ProcedureVector.key.in_(gone))
                    )
                rows = await session.scalars(select(ProcedureVector))
                return {row.key: np.frombuffer(row.vector, np.float32) for row in rows}
            made = await asyncio.to_thread(embed, [questions[key] for key in missing])
            session.add_all(
                ProcedureVector(key=key, vector=vector.tobytes())
                for key, vector in zip(missing, made, strict=True)
            )


def _key(question: str) -> str:
    return vault().fingerprint("meaning", question)
