"""How much memory and processor time a program and all it started take, by process."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def memory(pid: int) -> dict[str, int]:
    """Bytes by process, of `pid` and its descendants: what is shared is counted once (PSS)."""
    found: dict[str, int] = {}
    for process in _family(pid):
        with suppress(OSError, psutil.NoSuchProcess):
            rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
            if match := _PSS.search(rollup):
                name = _name(process)
                found[name] = found.get(name, 0) + int(match[1]) * 1024
    return found


def cpu(pid: int) -> dict[str, float]:
    """Seconds of processor time by process so far, of `pid` and its descendants, those that have
    ended among them."""
    found: dict[str, float] = {}
    for process in _family(pid):
        with suppress(psutil.NoSuchProcess):
            name, times = _name(process), process.cpu_times()
            found[name] = found.get(name, 0.0) + sum(times[:4])  # its ended children's too
    return found


def _family(pid: int) -> Iterator[psutil.Process]:
    parent = psutil.Process(pid)
    yield parent
    yield from parent.children(recursive=True)


def _name(process: psutil.Process) -> str:
    """What runs there, without paths: a Python module by its name."""
    line: list[str] = process.cmdline() or [process.name()]
    if "-m" in line[:-1]:
        return line[line.index("-m") + 1]
    return Path(line[0].split(":")[0].split(" ")[0]).name if len(line) < 2 else Path(line[1]).name
