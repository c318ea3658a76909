"""The Rasa half's own Python: 3.10, with what requirements/rasa.txt pins, in `.venv-rasa`.

The app cannot share it: Rasa pins libraries that are years apart from the app's
(docs/architecture.md).
"""

import asyncio
import hashlib
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from dataclasses import dataclass
from pathlib import Path

import uv

from bot.ops.children import FileLock, die_with_parent, released, stop
from bot.ops.errors import OperationError
from bot.ops.inherited import NETWORK, inherited
from bot.ops.progress import Report
from bot.settings import PROJECT

LABEL = "Môi trường Rasa"

INSTALLING = (*NETWORK, "UV_*", "PIP_*", "PYENV_*", "XDG_*", "REQUESTS_CA_BUNDLE", "NETRC")
"""Where packages come from, and where they are kept; packages run code of theirs when installed."""

_DOWNLOADING = re.compile(r"^Downloading (\S+) \(([\d.]+)\s?([KMG])iB\)")
_DOWNLOADED = re.compile(r"^\s*Downloaded (\S+)")
_MEBIBYTES = {"K": 1 / 1024, "M": 1.0, "G": 1024.0}


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment with Python 3.10 and exactly the pinned requirements."""

    directory: Path
    requirements: Path

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    @property
    def complete(self) -> bool:
        """Whether it is there, as the requirements say."""
        return self._installed()

    async def prepare(self, report: Report) -> Path:
        """Its Python; installed first if the requirements changed. Cancelling stops that.

        Raises: OperationError.
        """
        if self._installed():
            return self.python
        name = self.directory.name.lstrip(".")
        lock = FileLock(Path(sys.prefix) / f"{name}.lock")
        await lock.acquire(lambda: report(f"{LABEL}: một tiến trình khác đang cài, xin chờ"))
        with released(lock):
            if not self._installed():
                await self._install(report)
        return self.python

    @property
    def _stamp(self) -> Path:
        """Inside the environment, so that it goes when the environment goes."""
        return self.directory / "requirements.sha256"

    def _wanted(self) -> str:
        return hashlib.sha256(self.requirements.read_bytes()).hexdigest()

    def _installed(self) -> bool:
        try:
            return self.python.exists() and self._stamp.read_text() == self._wanted()
        except OSError:
            return False

    async def _install(self, report: Report) -> None:
        wanted = self._wanted()
        if not await self._works():
            report(f"{LABEL}: tìm hoặc tải Python 3.10")
            create = ["venv", "--clear", "--no-project", "--python", "3.10", str(self.directory)]
            await _uv(create, report)
        report(f"{LABEL}: xem cần tải gì")
        # Without compiled bytecode importing Rasa takes 28 s, with it 6 s.
        options = ["--python", str(self.python), "--compile-bytecode"]
        await _uv(["pip", "sync", *options, str(self.requirements)], report)
        self._stamp.write_text(wanted)

    async def _works(self) -> bool:
        """Whether the environment is there and in order: it does not survive being moved."""
        if not self.python.exists():
            return False
        check = "import sys; sys.exit(sys.version_info[:2] != (3, 10))"
        process = await asyncio.create_subprocess_exec(
            self.python, "-c", check, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
        )
        return await process.wait() == 0


RASA = Environment(PROJECT / ".venv-rasa", PROJECT / "requirements" / "rasa.txt")


def ensure_rasa_environment(report: Report) -> Path:
    """The Python of the Rasa environment, outside an event loop. Raises: OperationError."""
    return asyncio.run(RASA.prepare(report))


async def _uv(arguments: list[str], report: Report) -> None:
    """Run uv. Where Python 3.10 exists under pyenv only, PYENV_VERSION brings it to light."""
    process = await asyncio.create_subprocess_exec(
        uv.find_uv_bin(),
        *arguments,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        cwd=PROJECT,
        env=inherited(*INSTALLING) | {"PYENV_VERSION": "3.10"},
        preexec_fn=die_with_parent(),
    )
    assert process.stdout is not None
    downloads = Downloads(report)
    lines = []
    try:
        async for line in process.stdout:
            lines.append(line.decode(errors="replace").rstrip())
            downloads.read(lines[-1])
        code = await process.wait()
    finally:
        await stop(process)
    if code:
        raise OperationError(f"{LABEL}: uv không cài được: {_reason(lines)}")


def _reason(lines: list[str]) -> str:
    """What uv gives as the reason, in one line: everything from its `error:` on."""
    start = next((i for i, line in enumerate(lines) if line.lstrip().startswith("error")), -1)
    return " ".join(" ".join(lines[start:]).split()) if lines else "không rõ lý do"


class Downloads:
    """Makes one progress bar of what uv says when it writes to no terminal.

    Lines: `Downloading tensorflow (497.6MiB)` … ` Downloaded tensorflow` … `Prepared 180 packages
    in 40s` … `Installed 180 packages in 3s` … `Bytecode compiled 20000 files in 60s`. Small
    packages are not announced.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._sizes: dict[str, float] = {}
        self._done: set[str] = set()

    def read(self, line: str) -> None:
        if match := _DOWNLOADING.match(line):
            self._sizes[match[1]] = float(match[2]) * _MEBIBYTES[match[3]]
            self._show()
        elif match := _DOWNLOADED.match(line):
            self._done.add(match[1])
            self._show()
        elif line.startswith("Prepared"):
            self._report(f"{LABEL}: đang cài")
        elif line.startswith("Installed"):
            self._report(f"{LABEL}: đang biên dịch")

    def _show(self) -> None:
        total = sum(self._sizes.values())
        done = sum(size for name, size in self._sizes.items() if name in self._done)
        self._report(f"{LABEL}: đang tải", done / total if total else None)
