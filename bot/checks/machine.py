"""The machine: both Pythons and what is installed in them, the disk, the model, the port."""

import re
import shutil
import socket
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import httpx

from bot.checks.finding import Finding, fault, fine, warning
from bot.ops.children import FileLock
from bot.ops.doors import reachable
from bot.ops.environments import RASA, Environment
from bot.ops.errors import OperationError
from bot.ops.model import fingerprint, load
from bot.settings import PROJECT, Settings

PYTHON = (3, 11)
LOW_DISK, FULL_DISK = 10.0, 3.0  # per cent free
LEAST_DISK = 1024**3  # bytes
TIMEOUT = 5.0  # seconds
_PIN = re.compile(r"^([\w.-]+)==([\w.+!-]+) \\$", re.MULTILINE)  # those for every machine


def python(requirements: Path = PROJECT / "requirements" / "app.txt") -> Finding:
    """Whether this Python has exactly what the pins say."""
    check, remedy = "python", "Chạy: make install"
    if sys.version_info < PYTHON:
        return fault(check, f"Python {sys.version.split()[0]} cũ quá.", "Cần Python 3.11 trở lên.")
    pins = _PIN.findall(requirements.read_text())
    wrong = [name for name, wanted in pins if _installed(name) != wanted]
    if wrong:
        more = f" và {len(wrong) - 3} gói khác" if len(wrong) > 3 else ""
        line = f"Gói Python thiếu hoặc khác phiên bản: {', '.join(wrong[:3])}{more}."
        return fault(check, line, remedy)
    return fine(check, f"Python {sys.version.split()[0]}, đủ {len(pins)} gói.")


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def rasa_environment(rasa: Environment = RASA, *, apart: bool = False) -> Finding:
    """`apart`: the programs are started one by one, so that Rasa may be on another machine."""
    if rasa.complete:
        return fine("rasa_environment", "Môi trường Python của Rasa đã cài đủ.")
    if apart and not rasa.directory.exists():
        return fine("rasa_environment", "Máy này không cần môi trường của Rasa: Rasa ở nơi khác.")
    line = "Môi trường Python của Rasa chưa cài, hoặc không còn đúng phiên bản."
    return fault("rasa_environment", line, "Chạy: binhyen install")


def model(models: Path, project: Path = PROJECT, *, apart: bool = False) -> Finding:
    """Whether there is a model for the present data, and it is the one that was trained here.

    `apart`: as for `rasa_environment`; then whether Rasa answers is what counts.
    """
    try:
        home = models / fingerprint(project)[:12]
    except OSError:
        line = "Máy này không có dữ liệu để huấn luyện mô hình."
        return fine("model", line) if apart else fault("model", line, "Cài lại chương trình.")
    if not (home / "model.json").exists():
        if apart:
            return fine("model", "Máy này không có mô hình: Rasa ở nơi khác, hoặc chưa huấn luyện.")
        line = "Chưa có mô hình cho dữ liệu hiện nay; lần khởi động tới sẽ huấn luyện vài phút."
        return warning("model", line, "Muốn làm trước: binhyen train")
    try:
        trained = load(home)
    except OperationError:
        line = f"Mô hình ở {home} không còn đúng như lúc huấn luyện nên không được dùng."
        return fault("model", line, "Xóa thư mục ấy rồi chạy: binhyen train")
    return fine("model", f"Mô hình còn nguyên như lúc huấn luyện ({trained.sha256[:12]}).")


def disk(path: Path) -> Finding:
    """Room where the data are, or will be."""
    while not path.exists():
        path = path.parent
    usage = shutil.disk_usage(path)
    percent = 100 * usage.free / usage.total
    line = f"Đĩa còn trống {percent:.0f} % ({usage.free / 1e9:.1f} GB)."
    remedy = "Dọn bớt tệp hoặc thêm đĩa; đầy đĩa thì không nhận được tin."
    if percent < FULL_DISK or usage.free < LEAST_DISK / 4:
        return fault("disk", line, remedy)
    if percent < LOW_DISK or usage.free < LEAST_DISK:
        return warning("disk", line, remedy)
    return fine("disk", line)


def is_apart(settings: Settings) -> bool:
    """Whether each program is started by itself (bot/ops/alone.py), on this machine or several."""
    together = settings.database_url is None or settings.rasa_token is None
    return not together and not _is_locked(settings.data_dir)


def is_running(settings: Settings) -> bool:
    """Whether `serve` runs on this data directory, or a gateway by itself on this machine."""
    if not is_apart(settings):
        return _is_locked(settings.data_dir)
    try:
        address = f"http://{reachable(settings)}/health/live"
        said = httpx.get(address, timeout=TIMEOUT, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return False
    return bool(said == {"status": "live"})


def _is_locked(data_dir: Path) -> bool:
    """Only `serve` holds this lock."""
    if not (data_dir / "lock").exists():
        return False
    lock = FileLock(data_dir / "lock")
    try:
        return not lock.try_acquire()
    finally:
        lock.release()


def running(settings: Settings, *, runs: bool, apart: bool) -> Iterator[Finding]:
    """`runs`: what `is_running` said; `apart`: what `is_apart` did."""
    if runs:
        yield fine("running", "Dịch vụ đang chạy.")
        return
    if apart:
        line = f"Không có binhyen gateway trả lời ở {reachable(settings)}."
        yield warning("running", line, "Chạy: binhyen gateway; nếu nó ở máy khác thì xem ở đó.")
    else:
        yield warning("running", "Dịch vụ không chạy trên dữ liệu này.", "Chạy: binhyen serve")
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError:
        where = f"Cổng {settings.port} trên {settings.host}"
        line = f"{where} không mở được, hoặc đã có chương trình khác dùng."
        yield fault("port", line, "Tắt chương trình ấy, hoặc đặt BINHYEN_PORT khác.")
    else:
        yield fine("port", f"Cổng {settings.port} còn trống.")
