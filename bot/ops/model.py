"""The language model of this installation: trained here, kept with its hash, never taken on trust.

A Rasa model archive can run code when it is loaded, so only an archive this installation trained
is used, and only while its bytes are the ones that training left.

    <data_dir>/models/<fingerprint, 12 digits>/model.tar.gz
                                               training.json
                                               model.json    what `TrainedModel` holds
"""

import asyncio
import hashlib
import json
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.ops.children import (
    FileLock,
    die_with_parent,
    last_line,
    open_log,
    private_folder,
    released,
    stop,
)
from bot.ops.environments import RASA
from bot.ops.errors import OperationError
from bot.ops.inherited import THREADS, inherited
from bot.ops.progress import Report
from bot.settings import PROJECT, Settings

NOT_LEARNT = (
    "serve.py",
    "classify.py",
    "quiet.py",
    "tracker.py",
    "standing.py",
    "golden.py",
    "leaner.py",
    "log_lines.py",
)
"""What no model is made from, though it stands beside what is: changing it needs no training."""

KEPT = 2
"""Models: the one in use, and the one before it for a server that has not been restarted yet."""


@dataclass(frozen=True, slots=True)
class TrainedModel:
    path: Path
    sha256: str
    fingerprint: str
    training: Mapping[str, Any]


def models_dir(settings: Settings) -> Path:
    return private_folder(settings.data_dir) / "models"


def ensure_model(settings: Settings, report: Report) -> TrainedModel:
    """The model for the present data, configuration and components; trained if there is none.

    Raises: OperationError.
    """
    return asyncio.run(prepare_model(models_dir(settings), report))


async def prepare_model(models: Path, report: Report) -> TrainedModel:
    """The same, inside a running event loop. Cancelling it stops the training."""
    mark = fingerprint()
    home = models / mark[:12]
    if (home / "model.json").exists():
        return load(home)
    lock = FileLock(models / "lock")
    await lock.acquire(lambda: report("Một tiến trình khác đang huấn luyện, xin chờ"))
    with released(lock):
        if not (home / "model.json").exists():
            await _train_into(home, mark, report)
            _prune(models, keep=home)
    return load(home)


def load(home: Path) -> TrainedModel:
    """What was trained into `home`, checked against the hash noted then.

    Raises: OperationError, when the archive is not the one that was trained.
    """
    try:
        note = json.loads((home / "model.json").read_text())
        model = TrainedModel(
            home / "model.tar.gz", note["sha256"], note["fingerprint"], note["training"]
        )
        intact = _sha256(model.path) == model.sha256
    except (OSError, ValueError, KeyError, TypeError):
        intact = False
    if not intact:
        raise OperationError(
            f"Mô hình ở {home} không còn đúng như lúc huấn luyện nên không được dùng. "
            "Hãy xóa thư mục này rồi chạy: binhyen train"
        )
    return model


def fingerprint(project: Path = PROJECT) -> str:
    """A hash of everything a model is made from: equal fingerprints, equal models."""
    digest = hashlib.sha256()
    for path in _ingredients(project):
        digest.update(f"{path.relative_to(project).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _ingredients(project: Path) -> Iterator[Path]:
    yield from (project / "config.yml", project / "domain.yml", project / "requirements/rasa.txt")
    yield project / "nlu_data/rules.yml"
    yield from _files(project / "nlu_data/messages", "*")
    yield from (f for f in _files(project / "bot/nlu", "*.py") if f.name not in NOT_LEARNT)


def _files(directory: Path, pattern: str) -> Iterable[Path]:
    """Without hidden files: an editor's swap file is no reason to train."""
    found = (path for path in directory.rglob(pattern) if path.is_file())
    return sorted(path for path in found if not path.name.startswith("."))


async def _train_into(home: Path, mark: str, report: Report) -> None:
    """Train beside `home` and move the whole folder there: it is complete or absent."""
    python = await RASA.prepare(report)
    output = home.parent / f"training-{mark[:12]}"
    shutil.rmtree(output, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)
    private_folder(output)
    try:
        await _train(python, output, report)
        note = {
            "fingerprint": mark,
            "sha256": _sha256(output / "model.tar.gz"),
            "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "training": json.loads((output / "training.json").read_text()),
        }
        (output / "model.json").write_text(json.dumps(note, ensure_ascii=False, indent=2) + "\n")
        output.rename(home)
    except (OSError, ValueError) as error:
        raise OperationError(f"Huấn luyện không để lại mô hình dùng được: {error}") from error
    finally:
        shutil.rmtree(output, ignore_errors=True)


async def _train(python: Path, output: Path, report: Report) -> None:
    report("Huấn luyện: đang chuẩn bị", 0.0)
    log = output.parent.parent / "logs" / "train.log"
    with open_log(log) as errors:
        process = await asyncio.create_subprocess_exec(
            *(python, "-m", "bot.nlu.train", "--output", output),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=errors,
            cwd=PROJECT,
            env=rasa_environment(),
            limit=2**20,
            preexec_fn=die_with_parent(),
        )
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            if (step := _step(line)) is not None:
                report(f"Huấn luyện: {step[0]}", step[1])
        code = await process.wait()
    finally:
        await stop(process)
    if code:
        raise OperationError(f"Huấn luyện không thành công: {last_line(log) or f'mã {code}'}")


def _step(line: bytes) -> tuple[str, float] | None:
    """`{"progress": 0.4, "step": "train", "label": "…"}`; libraries may print other lines."""
    try:
        said = json.loads(line)
        return str(said["label"]), float(said["progress"])
    except (ValueError, KeyError, TypeError):
        return None


def rasa_environment() -> dict[str, str]:
    """Environment of every process of the Rasa half: none of the app's settings or secrets."""
    return inherited(*THREADS) | {
        "PYTHONPATH": str(PROJECT),
        "PYTHONIOENCODING": "utf-8",
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _prune(models: Path, keep: Path) -> None:
    """Remove all but the last few models; `keep` is the newest."""
    notes = sorted(models.glob("*/model.json"), key=lambda note: note.stat().st_mtime, reverse=True)
    for note in notes[KEPT:]:
        if note.parent != keep:
            shutil.rmtree(note.parent, ignore_errors=True)
