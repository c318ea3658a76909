"""Starting a program with a web server in it, and ending it."""

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from bot.ops.children import die_with_parent, last_line

START = 600.0  # seconds


@contextmanager
def running(
    command: Sequence[str | Path], home: Path, environment: Mapping[str, str], probe: str
) -> Iterator[int]:
    """Its process id, once `probe` answers 200; what it says goes to output.log.

    Raises: SystemExit, when it does not start.
    """
    log = home / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent(),
        )
    try:
        deadline = time.monotonic() + START
        while not _answers(probe):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{command[0]} does not start: {last_line(log)}")
            time.sleep(0.5)
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def _answers(probe: str) -> bool:
    try:
        return httpx.get(probe, timeout=10, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
