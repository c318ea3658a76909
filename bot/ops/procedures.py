"""`binhyen procedures …`: the answers on procedures, between their files and the database."""

import asyncio
from collections.abc import Callable

from sqlalchemy import select

from bot.db import Database, migrate
from bot.ops.errors import OperationError
from bot.ops.postgres import database
from bot.procedures import files
from bot.procedures.files import BadFile
from bot.procedures.loading import Loaded, load
from bot.procedures.models import Procedure
from bot.security.vault import open_vault
from bot.settings import Settings


def run_load(settings: Settings, show: Callable[[str], None]) -> None:
    """Bring the files into this installation's database. Raises: OperationError."""
    if settings.secret_key is None:
        raise OperationError("Chưa đặt BINHYEN_SECRET_KEY: dùng đúng khóa của binhyen serve.")
    open_vault(settings.secret_key.get_secret_value())
    with database(settings) as url:
        migrate(url)
        try:
            loaded = asyncio.run(_load(url))
        except BadFile as error:
            raise OperationError(str(error)) from error
    show(
        f"Thủ tục: {loaded.published} mục mới hoặc đã đổi được dùng ngay, {loaded.proposed} mục "
        f"chờ duyệt vì cán bộ đã sửa, {loaded.withdrawn} mục ngừng trả lời vì không còn trong tệp."
    )


async def load_at_start(settings: Settings, show: Callable[[str], None]) -> None:
    """The same before the first page is served. A broken file does not keep the service from
    starting where there is something to answer with. Raises: OperationError."""
    assert settings.secret_key is not None
    open_vault(settings.secret_key.get_secret_value())
    url = str(settings.database_url)
    try:
        await _load(url)
    except BadFile as error:
        if not await _any(url):
            raise OperationError(str(error)) from error
        show(f"{error} Các thủ tục đã nạp lần trước vẫn được dùng.")


async def _load(url: str) -> Loaded:
    db = Database(url)
    try:
        async with db.begin() as session:
            return await load(session, files.read())
    finally:
        await db.close()


async def _any(url: str) -> bool:
    db = Database(url)
    try:
        async with db.begin() as session:
            return (await session.execute(select(Procedure.id).limit(1))).first() is not None
    finally:
        await db.close()
