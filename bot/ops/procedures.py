"""`binhyen procedures …`: the answers on procedures, between their files and the database."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Database
from bot.ops.errors import OperationError
from bot.ops.installation import installation
from bot.procedures.entry import Confidence
from bot.procedures.exporting import export, published_as_written
from bot.procedures.files import FOLDER, BadFile, read
from bot.procedures.labels import FIELDS
from bot.procedures.loading import load
from bot.procedures.models import Procedure
from bot.procedures.problems import wrong
from bot.settings import Settings

T = TypeVar("T")


def run_load(settings: Settings, folder: Path, show: Callable[[str], None]) -> None:
    """Bring the files of `folder` into this installation's database. Raises: OperationError."""
    loaded = _with_session(settings, lambda session: load(session, read(folder)))
    show(
        f"Thủ tục: {loaded.published} mục mới hoặc đã đổi được dùng ngay, {loaded.proposed} mục "
        f"chờ duyệt vì cán bộ đã sửa, {loaded.withdrawn} mục ngừng trả lời vì không còn trong tệp."
    )


def run_export(settings: Settings, folder: Path, show: Callable[[str], None]) -> None:
    """Write what is told into the files of `folder`. Raises: OperationError."""
    exported = _with_session(settings, lambda session: export(session, folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in exported.files.items():
            path.write_text(text, encoding="utf-8")
            show(f"Đã ghi {path}")
    except OSError as error:
        raise OperationError(f"Không ghi được vào {folder}: {error.strerror}.") from error
    if exported.files:
        show(
            "Trước khi giữ trong kho mã, xin đọc lại từng dòng asked đã thêm: đó là lời bà con, đã "
            "che số và tên; còn sót gì của ai thì xóa dòng ấy."
        )
    else:
        show("Các tệp đã đúng như những gì trợ lý đang trả lời.")
    for entry_id in exported.left:
        show(f"Để nguyên trong tệp, vì chưa nạp hoặc còn chờ duyệt: {entry_id}")


def run_check(
    settings: Settings, folder: Path | None, on: date, show: Callable[[str], None]
) -> None:
    """Look for what must not be told: in the files of `folder`, or without one in what the
    assistant answers now. Raises: OperationError, where there is any."""
    try:
        entries = read(folder) if folder else _with_session(settings, published_as_written)
    except BadFile as error:
        raise OperationError(str(error)) from error
    found = 0
    for entry_id, (field, why) in wrong(entries, on):
        show(f"{entry_id}: {FIELDS.get(field, field)}: {why}")
        found += 1
    if found:
        raise OperationError(f"{found} chỗ phải sửa trong {len(entries)} thủ tục.")
    low = sum(entry.confidence is Confidence.LOW for entry in entries.values())
    show(f"{len(entries)} thủ tục đều dùng được ngày {on:%d/%m/%Y}; {low} mục chưa được xác nhận.")


async def load_at_start(
    settings: Settings, show: Callable[[str], None], folder: Path = FOLDER
) -> None:
    """Bring the files in before the first page is served. A broken file does not keep the service
    from starting where there is something to answer with. Raises: OperationError."""
    url = str(settings.database_url)
    try:
        await _in_transaction(url, lambda session: load(session, read(folder)))
    except BadFile as error:
        if not await _in_transaction(url, _any):
            raise OperationError(str(error)) from error
        show(f"{error} Các thủ tục đã nạp lần trước vẫn được dùng.")


async def _any(session: AsyncSession) -> bool:
    return (await session.execute(select(Procedure.id).limit(1))).first() is not None


def _with_session(settings: Settings, work: Callable[[AsyncSession], Coroutine[Any, Any, T]]) -> T:
    """Do `work` in this installation's database. Raises: OperationError."""
    with installation(settings) as url:
        try:
            return asyncio.run(_in_transaction(url, work))
        except BadFile as error:
            raise OperationError(str(error)) from error


async def _in_transaction(url: str, work: Callable[[AsyncSession], Coroutine[Any, Any, T]]) -> T:
    db = Database(url)
    try:
        async with db.begin() as session:
            return await work(session)
    finally:
        await db.close()
