"""A program that is kept running: started, watched, and started again when it dies."""

import asyncio
import time
from asyncio.subprocess import DEVNULL, STDOUT
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import structlog

from bot.ops.children import die_with_parent, last_line, stop
from bot.ops.errors import OperationError
from bot.ops.log_files import Drain, drain

log = structlog.get_logger()

SLOWEST_RESTART = 15.0  # seconds
STEADY = 60.0
"""Seconds a program must have run for its next death to count as the first."""
PROBE_PAUSE = 2.0  # seconds
GIVE_UP = 4
"""Starts without once being ready, after which an essential program is given up."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. `probe` is an address that answers once the program can be used."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str] = field(repr=False)
    directory: Path
    log: Path
    probe: str
    essential: bool = False
    patience: float = 60.0  # seconds without an answer, after which it is started again
    pass_fds: tuple[int, ...] = ()
    nice: int = 0
    check: Callable[[], object] = lambda: None  # before every start; raises OperationError


class Keeper:
    """Keeps one program running until `run` is cancelled, and then ends it."""

    def __init__(self, program: Program, tell: Callable[[str], None] = lambda _: None) -> None:
        """`tell` is given one line for the person at the terminal when something is wrong."""
        self.program = program
        self._tell = tell
        self._said = ""
        self.ready = asyncio.Event()
        self.pid: int | None = None
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._process: asyncio.subprocess.Process | None = None
        self._output: Drain

    async def run(self) -> None:
        """Raises: OperationError, when an essential program cannot be started at all. One that was
        up once is started for as long as it takes."""
        deaths = 0
        was_up = False
        while True:
            await self._wanted.wait()
            if not self._may_start():
                await asyncio.sleep(SLOWEST_RESTART)
                continue
            started = time.monotonic()
            reached = await self._run_once()
            was_up |= reached
            if not self._wanted.is_set():
                continue
            deaths = 1 if reached and time.monotonic() - started > STEADY else deaths + 1
            if self.program.essential and not was_up and deaths >= GIVE_UP:
                raise OperationError(f"{self.program.name} không chạy được: {self._reason()}")
            self._say(f"{self.program.name} dừng, đang khởi động lại: {self._reason()}")
            await asyncio.sleep(min(0.5 * 2 ** (deaths - 1), SLOWEST_RESTART))

    async def pause(self) -> None:
        """End the program at once, as a crash would, and keep it down until `resume`."""
        self._wanted.clear()
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    def resume(self) -> None:
        self._wanted.set()

    def _may_start(self) -> bool:
        try:
            self.program.check()
        except OperationError as error:
            log.error("program not started", program=self.program.name, reason=str(error))
            self._say(str(error))
            return False
        return True

    def _say(self, line: str) -> None:
        """Tell the person; the same again is told once."""
        if line != self._said:
            self._tell(line)
        self._said = line

    def _reason(self) -> str:
        return f"{last_line(self.program.log) or 'không rõ lý do'} (xem {self.program.log})"

    async def _run_once(self) -> bool:
        """One life of the program; True if it was ready at some time."""
        process = self._process = await self._spawn()
        self.pid = process.pid
        watcher = asyncio.create_task(self._watch(process))
        reached = False
        try:
            code = await process.wait()
            reached = self.ready.is_set()
            await asyncio.to_thread(self._output.wait)
            log.warning("program ended", program=self.program.name, code=code, was_ready=reached)
        finally:
            self.ready.clear()
            watcher.cancel()
            await stop(process)
            self.pid = None
        return reached

    async def _spawn(self) -> asyncio.subprocess.Process:
        with drain(self.program.log, self.program.name) as self._output:
            process = await asyncio.create_subprocess_exec(
                *self.program.command,
                stdin=DEVNULL,
                stdout=self._output.fd,
                stderr=STDOUT,
                cwd=self.program.directory,
                env=self.program.environment,
                pass_fds=self.program.pass_fds,
                # Ctrl+C in the terminal reaches the supervisor alone, which ends all in order.
                process_group=0,
                preexec_fn=die_with_parent(nice=self.program.nice),
            )
        log.info("program started", program=self.program.name, pid=process.pid)
        return process

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Say when the program answers; end it when it has stopped answering for long."""
        answered = time.monotonic()
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            while True:
                if await self._answers(client):
                    answered = time.monotonic()
                    self._note_ready()
                elif self.ready.is_set() and time.monotonic() - answered > self.program.patience:
                    log.error("program hangs", program=self.program.name)
                    process.kill()
                    return
                await asyncio.sleep(PROBE_PAUSE if self.ready.is_set() else 0.1)

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(self.program.probe)).status_code < 500
        except httpx.HTTPError:
            return False

    def _note_ready(self) -> None:
        if not self.ready.is_set():
            self.ready.set()
            self._output.trusted = True
            log.info("program ready", program=self.program.name)
