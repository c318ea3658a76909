"""What the files say of procedures, brought into the database: at every start, and by command.

The files are what a new installation begins with and how an update brings better answers. What an
officer has decided since goes before: then a changed entry of the files is a proposal to him.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import now
from bot.procedures.catalogue import renew
from bot.procedures.entry import Entry
from bot.procedures.files import digest, dump
from bot.procedures.models import Origin, Procedure, ProcedureVersion, Status
from bot.procedures.versions import publish, withdraw_published

LOCK = 0x62696E69
"""One loads at a time, whoever started it."""


@dataclass(slots=True)
class Loaded:
    """How many procedures were published, proposed to the officers, and withdrawn."""

    published: int = 0
    proposed: int = 0
    withdrawn: int = 0


async def load(session: AsyncSession, entries: Mapping[str, Entry]) -> Loaded:
    """Bring in what is new or changed; the same files again change nothing."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": LOCK})
    procedures = await _locked(session, entries)
    loaded = Loaded()
    for entry in entries.values():
        procedure = procedures.pop(entry.id)
        if procedure.file_digest != digest(entry):
            await _bring_in(session, procedure, entry, loaded)
    for procedure in procedures.values():  # in no file any more
        if procedure.file_digest is not None:
            procedure.file_digest = None
            if await _is_the_files(session, procedure) and procedure.published_version is not None:
                await withdraw_published(session, procedure, Origin.FILE)
                loaded.withdrawn += 1
    if loaded.published or loaded.withdrawn:
        await renew(session)
    return loaded


async def _locked(session: AsyncSession, entries: Mapping[str, Entry]) -> dict[str, Procedure]:
    if entries:
        new = insert(Procedure).values([{"id": entry_id} for entry_id in sorted(entries)])
        await session.execute(new.on_conflict_do_nothing(index_elements=["id"]))
    query = select(Procedure).order_by(Procedure.id).with_for_update()
    return {procedure.id: procedure for procedure in (await session.scalars(query)).all()}


async def _bring_in(
    session: AsyncSession, procedure: Procedure, entry: Entry, loaded: Loaded
) -> None:
    procedure.file_digest = digest(entry)
    if procedure.last_number:
        await _drop_proposals(session, procedure)
    if await _says(session, procedure, entry):
        return
    procedure.last_number += 1
    version = ProcedureVersion(
        procedure_id=procedure.id,
        number=procedure.last_number,
        content=dump(entry),
        status=Status.PROPOSED,
        origin=Origin.FILE,
        based_on=procedure.standing_version,
    )
    session.add(version)
    if await _is_the_files(session, procedure):
        await publish(session, procedure, version)
        loaded.published += 1
    else:
        loaded.proposed += 1


async def _drop_proposals(session: AsyncSession, procedure: Procedure) -> None:
    """What an earlier state of the files proposed and nobody decided on."""
    await session.execute(
        update(ProcedureVersion)
        .where(ProcedureVersion.procedure_id == procedure.id)
        .where(ProcedureVersion.status == Status.PROPOSED)
        .where(ProcedureVersion.origin == Origin.FILE)
        .values(status=Status.SUPERSEDED, decided_at=now())
    )


async def _says(session: AsyncSession, procedure: Procedure, entry: Entry) -> bool:
    """Whether that is what is told already: an officer's edit came back by way of the files."""
    if procedure.published_version is None:
        return False
    key = (procedure.id, procedure.published_version)
    published = await session.get_one(ProcedureVersion, key)
    return published.content == dump(entry)


async def _is_the_files(session: AsyncSession, procedure: Procedure) -> bool:
    """Whether no officer has decided anything about it."""
    if procedure.standing_version is None:
        return True
    key = (procedure.id, procedure.standing_version)
    return (await session.get_one(ProcedureVersion, key)).origin is Origin.FILE
