"""`binhyen export-corrections`: what officers let the assistant learn from, into files."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bot.audit.log import record
from bot.audit.models import Action
from bot.console.times import VIETNAM
from bot.db import Database, now
from bot.ops.errors import OperationError
from bot.ops.installation import installation
from bot.reports.corrections import Candidate, as_yaml, take_waiting
from bot.settings import Settings

HERE = "binhyen"
"""Where the log says that it was done: at the machine itself, by whoever has it."""

NOTHING = "Chưa có tin nào chờ xuất: cán bộ chưa cho trợ lý học từ tin nào mới."


def run(settings: Settings, target: Path, show: Callable[[str], None]) -> None:
    """Write what waits and mark it as exported, both or neither. Raises: OperationError."""
    with installation(settings) as url:
        written = asyncio.run(_export(url, target))
    if not written:
        show(NOTHING)
        return
    for path, count in written.items():
        show(f"{path}: {count} tin")
    show("Đọc lại từng dòng, rồi chép vào nlu_data/messages/<loại>/ và chạy: binhyen train")


async def _export(url: str, target: Path) -> Mapping[Path, int]:
    """The files written, and how many messages are in each."""
    db = Database(url)
    written: dict[Path, int] = {}
    try:
        async with db.begin() as session:
            for path, candidates in _sorted_out(await take_waiting(session), target).items():
                _write(path, as_yaml(candidates))
                written[path] = len(candidates)
            if written:
                count = sum(written.values())
                await record(session, Action.EXPORTED, officer=None, address=HERE, messages=count)
    except BaseException:
        for path in written:  # nothing was marked as exported, so nothing stays
            path.unlink(missing_ok=True)
        raise
    finally:
        await db.close()
    return written


def _sorted_out(
    candidates: Sequence[Candidate], target: Path
) -> Mapping[Path, Sequence[Candidate]]:
    """All in one file where `target` names one; else a file in the folder of each category.

    The day in its name keeps it from meeting an earlier export among the training messages.
    """
    if target.suffix in (".yml", ".yaml"):
        return {target: candidates} if candidates else {}
    name = f"corrections-{now().astimezone(VIETNAM):%Y%m%d}.yml"
    files: dict[Path, list[Candidate]] = {}
    for each in sorted(candidates, key=lambda c: c.reading.category):
        files.setdefault(target / each.reading.category.value / name, []).append(each)
    return files


def _write(path: Path, text: str) -> None:
    """A new file, for its owner alone. Never over one that is there. Raises: OperationError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "x", encoding="utf-8", opener=_private) as file:
            file.write(text)
    except FileExistsError as error:
        raise OperationError(
            f"{path} đã có và có thể đang được người khác sửa, nên không ghi đè. Chưa xuất tin "
            "nào: hãy chọn nơi khác."
        ) from error
    except OSError as error:
        raise OperationError(f"Không ghi được {path}: {error.strerror}.") from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
