"""`binhyen setup FILE`: the commune as a file describes it, in this installation's database."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from bot.db import Database
from bot.groups.setup import BadSetup, SetupFile, SetupResult, apply_setup, read_setup
from bot.ops.errors import OperationError
from bot.ops.installation import installation
from bot.ops.places import places_path, write_places
from bot.security.passwords import ONE_TIME_LASTS
from bot.settings import Settings


def run(settings: Settings, file: Path, show: Callable[[str], None]) -> None:
    """Create or update what `file` names, all of it or nothing. Raises: OperationError."""
    setup = _read(file)
    with installation(settings) as url:
        result = asyncio.run(_apply(url, setup))
        asyncio.run(write_places(url, places_path(settings)))
    show(f"Đã ghi: {result.hamlets} ấp, {result.groups} nhóm chat, {result.officers} cán bộ.")
    if result.passwords:
        days = ONE_TIME_LASTS.days
        show(f"Mật khẩu dùng một lần của cán bộ mới (chỉ hiện lần này, dùng trong {days} ngày):")
    for username, password in result.passwords.items():
        show(f"  {username}  {password}")


def _read(file: Path) -> SetupFile:
    try:
        return read_setup(file.read_text(encoding="utf-8"))
    except BadSetup as error:
        raise OperationError(f"{file}: {error}") from error
    except UnicodeDecodeError as error:
        raise OperationError(f"{file}: không phải tệp chữ UTF-8.") from error
    except OSError as error:
        raise OperationError(f"Không đọc được {file}: {error.strerror}.") from error


async def _apply(url: str, setup: SetupFile) -> SetupResult:
    db = Database(url)
    try:
        async with db.begin() as session:
            return await apply_setup(session, setup)
    finally:
        await db.close()
