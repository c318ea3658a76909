"""The database: which server, whether its tables are this program's, and what time it has."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.checks.finding import Finding, fault, fine, warning
from bot.db import now
from bot.libpq import connect
from bot.migrations import configuration
from bot.ops.errors import OperationError
from bot.ops.installation import unlock
from bot.security import keyring
from bot.settings import Settings

OLDEST = 15
"""The first PostgreSQL that all our statements run on."""
DRIFT = timedelta(seconds=2)
GREAT_DRIFT = timedelta(seconds=30)
"""A code of the second factor counts for half a minute."""


def server(connection: psycopg.Connection) -> Iterator[Finding]:
    """Asked below SQLAlchemy, which cannot speak to a server that knows no letters."""
    number = connection.info.server_version // 10_000
    if number < OLDEST:
        line = f"PostgreSQL {number} cũ quá."
        yield fault("database_version", line, f"Cần PostgreSQL {OLDEST} trở lên.")
    else:
        yield fine("database_version", f"PostgreSQL {number}.")
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        line = f"Cơ sở dữ liệu dùng bảng mã {encoding}, không chứa hết được chữ Việt."
        yield fault("database_encoding", line, "Tạo lại với ENCODING 'UTF8' rồi chuyển dữ liệu.")
    else:
        yield fine("database_encoding", "Bảng mã UTF-8.")


async def tables(session: AsyncSession, remedy: str) -> Finding:
    """Whether they are as this program wants them. `remedy`: the command that makes them so."""
    scripts = ScriptDirectory.from_config(configuration())
    try:
        found = await session.scalar(text("SELECT version_num FROM alembic_version"))
    except ProgrammingError:
        found = None
    if found == scripts.get_current_head():
        return fine("database_tables", "Các bảng đúng phiên bản.")
    if found is None:
        return fault("database_tables", "Cơ sở dữ liệu còn trống.", f"Chạy: {remedy}")
    if found not in {script.revision for script in scripts.walk_revisions()}:
        line = "Cơ sở dữ liệu thuộc phiên bản mới hơn chương trình này."
        return fault("database_tables", line, "Cài phiên bản mới, hoặc khôi phục bản sao lưu cũ.")
    line = f"Các bảng thuộc phiên bản cũ; {remedy} sẽ cập nhật."
    return warning("database_tables", line, f"Sao lưu, rồi chạy: {remedy}")


def key(settings: Settings, url: str) -> Finding:
    """Whether the key of the settings opens what is stored; from then on this process can."""
    with connect(url) as connection:
        if not keyring.stored(connection):
            return fine("key_fits", "Cơ sở dữ liệu chưa giữ gì bằng khóa này.")
    try:
        unlock(settings, url)
    except OperationError:
        line = "BINHYEN_SECRET_KEY không phải khóa của cơ sở dữ liệu này, không đọc được gì."
        return fault("key_fits", line, "Đặt lại đúng khóa cũ; mất khóa là mất dữ liệu.")
    return fine("key_fits", "Khóa mở được dữ liệu đã có.")


async def clock(session: AsyncSession) -> Finding:
    theirs = await session.scalar(text("SELECT clock_timestamp()"))
    assert theirs is not None
    off = abs(theirs - now())
    line = f"Đồng hồ máy này và cơ sở dữ liệu lệch {off.total_seconds():.0f} giây."
    remedy = "Bật tự chỉnh giờ ở cả hai máy: timedatectl set-ntp true"
    if off > GREAT_DRIFT:
        return fault("clock", line, remedy)
    if off > DRIFT:
        return warning("clock", line, remedy)
    return fine("clock", "Đồng hồ khớp với cơ sở dữ liệu.")
