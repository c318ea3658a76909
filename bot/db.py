"""The database: engine, sessions, the base of all tables, and columns that are sealed at rest."""

import json
import math
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    event,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from bot.libpq import SILENT
from bot.metrics import PART_SECONDS
from bot.security.vault import vault

T = TypeVar("T")


def now() -> datetime:
    return datetime.now(UTC)


class Sealed(TypeDecorator[T]):
    """A value that only this installation's keys can read, and only in its own column."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str = "") -> None:
        """`place`, "table.column", is filled in when the column joins its table."""
        super().__init__()
        self.place = place

    def to_bytes(self, value: T) -> bytes:
        raise NotImplementedError

    def from_bytes(self, plain: bytes) -> T:
        raise NotImplementedError

    def process_bind_param(self, value: T | None, dialect: Dialect) -> bytes | None:
        return None if value is None else vault().seal(self.to_bytes(value), self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> T | None:
        return None if value is None else self.from_bytes(vault().unseal(value, self.place))


class SealedText(Sealed[str]):
    cache_ok = True

    def to_bytes(self, value: str) -> bytes:
        return value.encode("utf-8", "replace")

    def from_bytes(self, plain: bytes) -> str:
        return plain.decode()


class SealedJSON(Sealed[Any]):
    cache_ok = True

    def to_bytes(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")

    def from_bytes(self, plain: bytes) -> Any:
        return json.loads(plain)


class SealedBytes(Sealed[bytes]):
    """A file."""

    cache_ok = True

    def to_bytes(self, value: bytes) -> bytes:
        return value

    def from_bytes(self, plain: bytes) -> bytes:
        return plain


@event.listens_for(Column, "after_parent_attach")
def _tell_place(column: Column[Any], table: Table) -> None:
    if isinstance(column.type, Sealed):
        column.type = type(column.type)(f"{table.name}.{column.name}")


class EnumText(TypeDecorator[StrEnum]):
    """A `StrEnum` as its text, so that a new member needs no migration."""

    impl = String(32)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.enum(value)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012


class WithId:
    """A random id (UUID version 4), which tells nothing about order or number."""

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)


class Database:
    """Engine and sessions of one process."""

    def __init__(self, url: str, pool_size: int = 10) -> None:
        self.url = url
        # What overflows is opened and closed each time, which costs more than a few statements.
        self.engine: AsyncEngine = create_async_engine(
            url, pool_size=pool_size, max_overflow=10, hide_parameters=True, connect_args=SILENT
        )
        _ask_the_rested(self.engine)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        by_itself = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._autocommitting = async_sessionmaker(by_itself, expire_on_commit=False)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end, rolled back on an exception."""
        with PART_SECONDS.labels("transaction").time():
            async with self._sessions.begin() as session:
                yield session

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[AsyncSession]:
        """Each statement is a transaction of its own, without BEGIN and COMMIT: for reading, and
        for writing what one statement writes. Nothing is taken back, and no row stays locked."""
        with PART_SECONDS.labels("transaction").time():
            async with self._autocommitting.begin() as session:
                yield session

    async def close(self) -> None:
        await self.engine.dispose()


RESTED = 1.0
"""Seconds after which a connection is asked whether it still is one, before it is used again."""


def _ask_the_rested(engine: AsyncEngine) -> None:
    """What `pool_pre_ping` does, but not each time: under load it is every fifth statement."""
    dialect = engine.dialect

    @event.listens_for(engine.sync_engine, "checkin")
    def put_back(_: object, record: ConnectionPoolEntry) -> None:
        record.info["since"] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def taken(connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
        if time.monotonic() - record.info.get("since", math.inf) < RESTED:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as e:
            raise InvalidatePoolError from e


def migrate(database_url: str) -> None:
    """Bring our tables and those of the work queue up to date.

    Safe to call from several processes at once.
    """
    from dbos import DBOS

    from bot.migrations import upgrade

    upgrade(database_url)
    DBOS.migrate(database_url)
