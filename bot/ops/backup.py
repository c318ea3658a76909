"""`binhyen backup`: everything that must survive the machine, in one sealed file.

    sealed (bot/security/sealed_stream.py): one line of JSON, the `Manifest`
                                            what pg_dump wrote, to the end

The database holds all but what officers let the assistant learn from, which lies in files by then.
The key is made from BINHYEN_SECRET_KEY, which is never in a backup: without it the words in the
database could not be read either. Models are not saved: they are trained anew from the same data.

A backup is read through once more before it gets its name: what has a name was good.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import IO

import msgspec

from bot.audit.verify import End
from bot.checks.keeping import BACKUP
from bot.ops.children import FileLock, released
from bot.ops.dump import Contents, Snapshot, dump, has_table, is_empty, read_through, snapshot
from bot.ops.errors import OperationError
from bot.ops.installation import secret_of, unlock
from bot.ops.postgres import database
from bot.security.sealed_stream import NotOurs, Unreadable, seal, unseal
from bot.security.vault import Vault
from bot.settings import PROJECT, Settings

NAME = "binhyen-{}.backup"
PART = "{}.part"
TIME = "%Y%m%dT%H%M%SZ"
LEARNT = "nlu_data/messages/*/corrections-*.yml"
LAST_ENTRY = """
    SELECT number, encode(seal, 'hex') FROM public.audit_entries ORDER BY number DESC LIMIT 1
"""
LONGEST_MANIFEST = 64 * 1024 * 1024  # bytes


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself."""

    taken_at: datetime
    program: str  # version
    revision: str  # of the tables: the name of their last migration
    contents: Mapping[str, Contents]
    audit: End  # where the log ended
    files: Mapping[str, str]  # texts, by their paths in the project


def back_up(
    settings: Settings, target: Path, keep: int | None, show: Callable[[str], None]
) -> None:
    """Save everything into `target`, a new file or a folder, beside a running service too.

    `keep`: how many backups stay in the folder, the newest. Raises: OperationError.
    """
    key = key_of(settings)
    taken_at = datetime.now(UTC)
    into_folder = os.path.isdir(target)
    if keep is not None and not into_folder:
        raise OperationError("--keep chỉ dùng khi lưu vào một thư mục có sẵn.")
    path = target / NAME.format(taken_at.strftime(TIME)) if into_folder else target
    with _alone(settings), _new_file(path) as file:
        with database(settings) as url:
            _must_be_ours(settings, url)
            with snapshot(url) as seen:
                manifest = _describe(seen, taken_at)
                for piece in seal(_contents(url, seen, manifest), key):
                    file.write(piece)
        file.flush()
        os.fsync(file.fileno())
        check(Path(file.name), key)
        size = file.tell()
    _remember(settings.data_dir / BACKUP, taken_at=taken_at, path=str(path.resolve()), size=size)
    show(f"Đã sao lưu vào {path} ({size / 1e6:.1f} MB), đã đọc lại và đọc được.")
    if keep is not None:
        for old in sorted(target.glob(NAME.format("*")))[:-keep]:
            old.unlink()
            show(f"Đã xóa bản cũ: {old.name}")


def check_file(settings: Settings, path: Path, show: Callable[[str], None]) -> None:
    """Read a backup through. Raises: OperationError, when any of it is not as it was written."""
    show(describe(check(path, key_of(settings))))
    show("Bản sao lưu nguyên vẹn.")


def describe(manifest: Manifest) -> str:
    rows = sum(count for count, _ in manifest.contents.values())
    reports = manifest.contents.get("public.reports", (0, ""))[0]
    return (
        f"Sao lưu lúc {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC, phiên bản {manifest.program}: "
        f"{reports} phản ánh, {len(manifest.contents)} bảng, {rows} dòng."
    )


def check(path: Path, key: bytes) -> Manifest:
    """Read all of a backup, unpack it and keep nothing. Raises: OperationError."""
    with opened(path, key) as (manifest, pieces):
        read_through(pieces)
        return manifest


@contextmanager
def opened(path: Path, key: bytes) -> Iterator[tuple[Manifest, Iterator[bytes]]]:
    """What a backup says of itself, and the dump in it. Raises: OperationError."""
    try:
        with path.open("rb") as file:
            pieces = unseal(file, key)
            line, rest = _first_line(pieces)
            yield msgspec.json.decode(line, type=Manifest), chain([rest], pieces)
    except OSError as error:
        raise OperationError(f"Không đọc được {path}: {error.strerror}.") from error
    except NotOurs:
        raise OperationError(f"{path} không phải là bản sao lưu của Bình Yên.") from None
    except (Unreadable, msgspec.MsgspecError):
        raise OperationError(
            f"{path} không mở được: tệp đã hỏng hay bị cắt cụt, hoặc được làm với khóa "
            "BINHYEN_SECRET_KEY khác."
        ) from None


def key_of(settings: Settings) -> bytes:
    """Made from the secret itself, as no database is at hand when a backup is opened."""
    return Vault(secret_of(settings)).derive("backup")


def _must_be_ours(settings: Settings, url: str) -> None:
    """Raises: OperationError, also for a mistyped key: it would not open what it has sealed."""
    if is_empty(url):
        raise OperationError("Cơ sở dữ liệu còn trống, chưa có gì để sao lưu.")
    if not has_table(url, "public.alembic_version"):
        raise OperationError("Cơ sở dữ liệu này không phải của Bình Yên.")
    if has_table(url, "public.vault_keys"):  # else it is of an earlier version
        unlock(settings, url)


def _describe(seen: Snapshot, taken_at: datetime) -> Manifest:
    (revision,) = seen.one("SELECT version_num FROM public.alembic_version")
    return Manifest(
        taken_at,
        version("binhyen"),
        revision,
        seen.contents(),
        End(*(seen.one(LAST_ENTRY) or (0, ""))),
        _learnt(),
    )


def _learnt() -> dict[str, str]:
    try:
        return {
            path.relative_to(PROJECT).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(PROJECT.glob(LEARNT))
        }
    except OSError as error:
        raise OperationError(f"Không đọc được {error.filename}: {error.strerror}.") from error


def _contents(url: str, seen: Snapshot, manifest: Manifest) -> Iterator[bytes]:
    yield msgspec.json.encode(manifest) + b"\n"
    yield from dump(url, seen)


def _first_line(pieces: Iterable[bytes]) -> tuple[bytes, bytes]:
    """The line, and what of the next one has been read already."""
    begun = b""
    for piece in pieces:
        begun += piece
        if b"\n" in piece or len(begun) > LONGEST_MANIFEST:
            break
    line, _, rest = begun.partition(b"\n")
    return line, rest


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    lock = FileLock(settings.data_dir / "backup.lock")
    if not lock.try_acquire():
        raise OperationError("Đang có một lần sao lưu khác; hãy chờ lần ấy xong.")
    with released(lock):
        yield


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that gets its name when the block ends well, and is gone otherwise.

    What a backup that was killed left behind in the folder goes too. Raises: OperationError.
    """
    part = path.with_name("." + PART.format(path.name))
    try:
        if path.exists():
            raise OperationError(f"{path} đã có; binhyen backup không ghi đè.")
        for left in path.parent.glob("." + PART.format(NAME.format("*"))):
            left.unlink()
        part.unlink(missing_ok=True)
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            yield file
        part.rename(path)
        _sync(path.parent)
    except OSError as error:
        raise OperationError(f"Không ghi được {path}: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            part.unlink()


def _sync(folder: Path) -> None:
    """Have the names in a folder outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remember(file: Path, **facts: object) -> None:
    """For `binhyen doctor` and the alerts: the last one that was made here and could be read."""
    part = file.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(facts))
    part.replace(file)
