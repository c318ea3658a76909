"""The machine: both Pythons and what is installed in them, the disk, the model, the port."""

import re
import shutil
import socket
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bot.checks.finding import Finding, fault, fine, warning
from bot.ops.children import FileLock
from bot.ops.environments import RASA
from bot.ops.errors import OperationError
from bot.ops.model import fingerprint, load
from bot.settings import PROJECT, Settings

PYTHON = (3, 11)
LOW_DISK, FULL_DISK = 10.0, 3.0  # per cent free
LEAST_DISK = 1024**3  # bytes
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


def rasa_environment() -> Finding:
    if RASA.complete:
        return fine("rasa_environment", "Môi trường Python của Rasa đã cài đủ.")
    line = "Môi trường Python của Rasa chưa cài, hoặc không còn đúng phiên bản."
    return fault("rasa_environment", line, "Chạy: binhyen install")


def model(models: Path) -> Finding:
    """Whether there is a model for the present data, and it is the one that was trained here."""
    home = models / fingerprint()[:12]
    if not (home / "model.json").exists():
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


def is_running(settings: Settings) -> bool:
    """Whether `serve` runs on this data directory."""
    if not (settings.data_dir / "lock").exists():
        return False
    lock = FileLock(settings.data_dir / "lock")
    try:
        return not lock.try_acquire()
    finally:
        lock.release()


def running(settings: Settings) -> Iterator[Finding]:
    if is_running(settings):
        yield fine("running", "Dịch vụ đang chạy.")
        return
    yield warning("running", "Dịch vụ không chạy trên dữ liệu này.", "Chạy: binhyen serve")
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError:
        line = f"Cổng {settings.port} trên {settings.host} không mở được, hoặc đã có người dùng."
        yield fault("port", line, "Tắt chương trình ấy, hoặc đặt BINHYEN_PORT khác.")
    else:
        yield fine("port", f"Cổng {settings.port} còn trống.")
