"""What a database is asked."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from bot.db import Database


@contextmanager
def asked(db: Database) -> Iterator[list[str]]:
    """The first words of the statements of a block, in order."""
    statements: list[str] = []

    def note(*of_the_cursor: object) -> None:
        statements.append(str(of_the_cursor[2]).split()[0])

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine.sync_engine, "before_cursor_execute", note)
