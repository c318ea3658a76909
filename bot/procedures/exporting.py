"""What is told of procedures, back into the files, so that edits can be kept in the repository.

An entry that says the same already keeps its text to the letter, so that what changes in a file is
what an officer changed. An entry of the files that the officers have not decided on yet, or that
was never loaded, is left as it is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.procedures.entry import Entry
from bot.procedures.files import digest, parse
from bot.procedures.models import Origin, Procedure, ProcedureVersion, Status

WIDTH = 110
_READ_OTHERWISE = re.compile(r"[\x85\u2028\u2029\ufeff]")  # as new lines, or not at all


@dataclass(frozen=True, slots=True)
class Exported:
    """The files that are others now, and the entries of the files that were left alone."""

    files: Mapping[Path, str]
    left: Sequence[str]


async def export(session: AsyncSession, folder: Path) -> Exported:
    """What to write into `folder`, which may have files already. Raises: BadFile."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yml"))}
    here = {
        entry.id: (entry, path) for path, text in texts.items() for entry in parse(text, path.name)
    }
    known = {entry_id: entry for entry_id, (entry, _) in here.items()}
    left = sorted(await _left(session, known))
    wanted = await published_as_written(session) | {each: known[each] for each in left}
    by_file: dict[Path, list[Entry]] = {path: [] for path in texts}
    for entry in wanted.values():
        _, path = here.get(entry.id, (entry, folder / f"{entry.topic}.yml"))
        by_file.setdefault(path, []).append(entry)
    files = {path: _written(texts.get(path, ""), each) for path, each in by_file.items()}
    files = {path: text for path, text in files.items() if text != texts.get(path)}
    return Exported(files, left)


async def published_as_written(session: AsyncSession) -> dict[str, Entry]:
    """The published entries with the commune's facts left open, by id."""
    query = select(ProcedureVersion.content).where(ProcedureVersion.status == Status.PUBLISHED)
    found = await session.scalars(query.order_by(ProcedureVersion.procedure_id))
    return {entry.id: entry for entry in map(Entry.model_validate, found)}


async def _left(session: AsyncSession, here: Mapping[str, Entry]) -> set[str]:
    """Those of the files that say what the database has not taken in yet."""
    rows = await session.execute(select(Procedure.id, Procedure.file_digest))
    digests = {row.id: row.file_digest for row in rows}
    proposed = select(ProcedureVersion.procedure_id).where(
        ProcedureVersion.status == Status.PROPOSED, ProcedureVersion.origin == Origin.FILE
    )
    waiting = set((await session.scalars(proposed)).all())
    return {
        entry.id
        for entry in here.values()
        if entry.id in waiting or digests.get(entry.id) != digest(entry)
    }


def _written(old: str, entries: Sequence[Entry]) -> str:
    """A file's text: its head, then its entries in their order, new ones at the end."""
    text, *blocks = re.split(r"^(?=- )", old, flags=re.MULTILINE)
    left = {entry.id: entry for entry in entries}
    for block in blocks:
        [said] = parse(block, "")
        entry = left.pop(said.id, None)
        if entry == said:
            text += block
        elif entry is not None:
            text += _block(entry) + block[len(block.rstrip()) + 1 :]
    for entry in left.values():
        text = f"{text.rstrip()}\n\n{_block(entry)}" if text else _block(entry)
    return text


def _block(entry: Entry) -> str:
    data = entry.model_dump(mode="python", exclude_defaults=True)
    data = {name: data[name] for name in Entry.model_fields if name in data}
    return yaml.dump(
        [_plain(data)], Dumper=_Dumper, width=WIDTH, allow_unicode=True, sort_keys=False
    )


def _plain(value: Any) -> Any:
    """Enums as their text."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, str) else value


class _Dumper(yaml.SafeDumper):
    """Long texts folded, as the files have them."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style: str | None = None
    if _READ_OTHERWISE.search(text):
        style = '"'
    elif len(text) > WIDTH and text == " ".join(text.split()):
        style = ">"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
