"""`binhyen restore`: a backup into an empty database, all of it or nothing.

The backup is read through before anything is written. Then one transaction fills the database,
compares every table with what the backup says of it, and settles what nobody can know:

- Whatever waited to be sent may have gone out after the backup was made. It is not sent by itself:
  it stands in the console as “not known whether it arrived”, and a person decides. The same with
  what a reporter was to hear in the morning, if that morning has passed.
- What had come in and was not handled yet is handled. Its reports were lost with the old database,
  so its sender hears anew, with the code that is good now.
- What officers are to hear (reminders, whom nobody has answered) goes out: rather twice.
- Nobody is signed in: who was shut out after the backup must not come back with an old cookie.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import func, select, text, update

from bot.audit.log import record
from bot.audit.models import Action
from bot.audit.verify import End, Findings, verify
from bot.db import Database, migrate, now
from bot.libpq import connect
from bot.messages.models import Inbound, Outbound, OutboundStatus
from bot.migrations import configuration
from bot.ops import audit
from bot.ops.backup import check, describe, key_of, opened
from bot.ops.children import private_folder
from bot.ops.dump import is_empty, load
from bot.ops.errors import OperationError
from bot.ops.installation import unlock
from bot.ops.places import places_path, write_places
from bot.ops.postgres import database
from bot.ops.supervisor import alone
from bot.reports.state_notices import tell_now
from bot.settings import PROJECT, Settings
from bot.work import Workflow

NOT_KNOWN = "restored"  # the error of what may have gone out
HERE = "binhyen"  # where the log says it was done
RESTORED = "restored"
"""The folder of the data directory with what could not be written into the project."""

SETTLED = (
    f"""UPDATE public.outbound SET status = 'unknown', error = '{NOT_KNOWN}', done_at = now()
        WHERE status = 'pending';""",  # noqa: S608
    "DELETE FROM public.officer_sessions;",
)
"""Run on the tables as the backup has them: only what they have had since the first migration."""

DUE = text(
    """
    SELECT workflow_uuid FROM dbos.workflow_status
    WHERE name = :name AND status IN ('DELAYED', 'ENQUEUED', 'PENDING')
    AND NOT (status = 'DELAYED' AND delay_until_epoch_ms > extract(epoch FROM now()) * 1000)
    """
)


def restore(settings: Settings, path: Path, show: Callable[[str], None]) -> None:
    """Raises: OperationError. Whatever it is about the file, nothing has been written then."""
    key = key_of(settings)
    manifest = check(path, key)
    _must_be_known(manifest.revision)
    show(describe(manifest))
    with alone(settings.data_dir), database(settings) as url:
        if not is_empty(url):
            raise OperationError(
                "Cơ sở dữ liệu này đã có dữ liệu; binhyen restore không ghi đè. Hãy dùng một "
                "BINHYEN_DATA_DIR mới, hoặc một BINHYEN_DATABASE_URL còn trống."
            )
        with opened(path, key) as (manifest, pieces):
            load(url, pieces, manifest.contents, SETTLED)
        # First, as a damaged log ends what comes after, and nobody may restore a second time.
        _bring_back(manifest.files, settings.data_dir / RESTORED, show)
        _go_on(settings, url, manifest.taken_at, manifest.audit, show)


def settle_recovered(settings: Settings, show: Callable[[str], None]) -> None:
    """After PostgreSQL itself went back to an earlier time: what `restore` does besides filling
    the database. Raises: OperationError."""
    key_of(settings)
    with alone(settings.data_dir), database(settings) as url:
        if is_empty(url):
            raise OperationError("Cơ sở dữ liệu còn trống.")
        with connect(url) as connection:
            _wait_for_recovery(connection)
            with connection.transaction():
                for statement in SETTLED:
                    connection.execute(statement.encode())
        _go_on(settings, url, None, None, show)


def _wait_for_recovery(connection: psycopg.Connection) -> None:
    """PostgreSQL lets itself be read while it still goes on to the time it was told."""
    for _ in range(600):
        if connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,):
            return
        time.sleep(0.1)
    raise OperationError("PostgreSQL vẫn đang phục hồi hoặc bị dừng lại; hãy xem nhật ký của nó.")


def _must_be_known(revision: str) -> None:
    try:
        ScriptDirectory.from_config(configuration()).get_revision(revision)
    except CommandError:
        raise OperationError(
            "Bản sao lưu này do một phiên bản mới hơn làm ra; hãy cài phiên bản ấy trước."
        ) from None


def _go_on(
    settings: Settings,
    url: str,
    taken_at: datetime | None,
    end: End | None,
    show: Callable[[str], None],
) -> None:
    """Make the tables those of this version, and say what a person has to look at."""
    migrate(url)
    unlock(settings, url)
    left = asyncio.run(_settle(url, taken_at, end, places_path(settings)))
    show(f"{left.waiting} tin nhận được mà chưa xử lý: sẽ được xử lý khi chạy binhyen serve.")
    show(
        f"{left.unknown} tin chưa rõ đã gửi đi chưa: không tự gửi lại; Tổ quản lý xem và quyết "
        "định ở trang “Sự cố”."
    )
    file = settings.data_dir / audit.FILE
    if left.log.whole:
        if not file.exists():
            audit.remember(file, left.log.end)
        show(f"Nhật ký nguyên vẹn: {left.log.checked} mục.")
        show("Đã phục hồi xong. Mọi cán bộ phải đăng nhập lại.")
        return
    for line in audit.in_words(left.log, end):
        show(line)
    audit.note_damage(settings.data_dir)
    raise OperationError("đã phục hồi xong, nhưng nhật ký đã bị can thiệp từ trước khi sao lưu.")


@dataclass(frozen=True, slots=True)
class Left:
    """What was unfinished when the backup was made."""

    waiting: int
    unknown: int
    log: Findings


async def _settle(url: str, taken_at: datetime | None, end: End | None, places: Path) -> Left:
    db = Database(url)
    try:
        log = await verify(db, end)
        async with db.begin() as session:
            await session.execute(text("ANALYZE"))
            for (name,) in await session.execute(DUE, {"name": Workflow.TELL_STATE}):
                await tell_now(session, int(name.rpartition("-")[2]))
            await session.execute(
                update(Outbound)
                .where(Outbound.status == OutboundStatus.PENDING)
                .values(status=OutboundStatus.UNKNOWN, error=NOT_KNOWN, done_at=now())
            )
            unknown = select(func.count()).where(Outbound.status == OutboundStatus.UNKNOWN)
            waiting = select(func.count()).where(
                Inbound.handled_at.is_(None), Inbound.failed.is_(None)
            )
            left = Left(
                (await session.execute(waiting)).scalar_one(),
                (await session.execute(unknown)).scalar_one(),
                log,
            )
            if log.whole:
                saved = taken_at.isoformat(timespec="seconds") if taken_at else None
                await record(session, Action.RESTORED, officer=None, address=HERE, saved=saved)
    finally:
        await db.close()
    await write_places(url, places)
    return left


def _bring_back(files: Mapping[str, str], elsewhere: Path, show: Callable[[str], None]) -> None:
    """What officers let the assistant learn from; what is there already stays as it is.

    `elsewhere`: for what cannot be written into the project, which may be another user's.
    """
    for name, content in files.items():
        path = PROJECT / name
        try:
            if path.exists():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        except OSError as error:
            kept = elsewhere / name
            private_folder(kept.parent)
            kept.write_text(content, encoding="utf-8")
            show(f"Không ghi được {path}: {error.strerror}. Đã ghi vào {kept}: hãy chép sang đó.")
        else:
            show(f"Đã ghi lại {name}.")
