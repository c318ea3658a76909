"""`binhyen person …`: a copy of one person's data, or its erasure, at his written request.

He is found by a code of a report of his, or by the address of his chat. The number of his request
goes into the log, and so does that it was done.
"""

import asyncio
import json
import os
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.log import record
from bot.audit.models import Action
from bot.db import Database
from bot.messages.conversations import find_conversation
from bot.messages.models import Conversation
from bot.messages.own_copy import OwnCopy, copy_of, in_words
from bot.messages.own_data import erase
from bot.ops.children import private_folder
from bot.ops.errors import OperationError
from bot.ops.installation import installation
from bot.reports.codes import as_typed
from bot.reports.models import Report
from bot.settings import Settings

HERE = "binhyen"
"""Where the log says that it was done."""

REQUEST = re.compile(r"[\w.:/+-]{3,40}", re.ASCII)
Show = Callable[[str], None]
T = TypeVar("T")


def run_export(settings: Settings, who: str, request: str, target: Path, show: Show) -> None:
    """Write a copy into the new folder `target`. Raises: OperationError."""
    _check(request)

    with installation(settings) as url, _new_folder(target) as folder:

        async def work(session: AsyncSession, conversation: Conversation) -> OwnCopy:
            await _log(session, Action.PERSON_EXPORTED, request)
            copy = await copy_of(session, conversation)
            _write(folder, copy)  # in the transaction: what cannot be written is not logged
            return copy

        copy = asyncio.run(_with_person(url, who, work))
    show(f"Đã ghi vào {target}: du-lieu.txt, du-lieu.json, {len(copy.files)} tệp.")
    if left := copy.kept["khong_chac_cua_nguoi_nay"]:
        show(f"Không kèm, vì không chắc là của người này: {', '.join(left)}")
    show("Giao tận tay đúng người đã làm đơn, rồi xóa thư mục này.")


def run_erase(settings: Settings, who: str, request: str, show: Show) -> None:
    """Erase as he could himself in his chat, and tell what was done. Raises: OperationError."""
    _check(request)

    async def work(session: AsyncSession, conversation: Conversation) -> str:
        await _log(session, Action.PERSON_ERASED, request)
        return await erase(session, conversation)

    with installation(settings) as url:
        show(asyncio.run(_with_person(url, who, work)))
    show("Báo lại đúng như trên cho người đã làm đơn.")


def _check(request: str) -> None:
    if not REQUEST.fullmatch(request):
        raise OperationError(
            "--request là số của đơn, như 12/2026: chữ không dấu, số, dấu . : / + - và không có "
            "khoảng trắng."
        )


async def _log(session: AsyncSession, action: Action, request: str) -> None:
    await record(session, action, officer=None, address=HERE, request=request)


async def _with_person(
    url: str, who: str, work: Callable[[AsyncSession, Conversation], Awaitable[T]]
) -> T:
    db = Database(url)
    try:
        async with db.begin() as session:
            return await work(session, await _find(session, who))
    finally:
        await db.close()


async def _find(session: AsyncSession, who: str) -> Conversation:
    channel, separator, chat = who.partition(":")
    if separator:
        conversation = await find_conversation(session, channel, chat)
    else:
        code = as_typed(who)
        query = select(Report).where(Report.code == code)
        report = (await session.execute(query)).scalar_one_or_none() if code else None
        conversation = report.conversation if report else None
    if conversation is None:
        raise OperationError(
            "Không tìm thấy người này. Cần mã một phản ánh mà người ấy gửi riêng (PA-…), hoặc "
            "KÊNH:ĐỊA-CHỈ của cuộc trò chuyện, như telegram:123456."
        )
    return conversation


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A folder that gets its name when the block ends well, and is gone otherwise.

    What one that was killed left behind goes too. Raises: OperationError.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        if target.exists():
            raise OperationError(f"{target} đã có; hãy chọn một thư mục mới.")
        shutil.rmtree(part, ignore_errors=True)
        yield private_folder(part)
        part.rename(target)
    except OSError as error:
        raise OperationError(f"Không ghi được vào {target}: {error.strerror}.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(folder: Path, copy: OwnCopy) -> None:
    text = json.dumps(copy.kept, ensure_ascii=False, indent=2) + "\n"
    files = {"du-lieu.json": text.encode(), "du-lieu.txt": in_words(copy.kept).encode()}
    files |= {each.name: each.content for each in copy.files}
    for name, content in files.items():
        with open(folder / name, "xb", opener=_private) as file:
            file.write(content)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
