"""kill -9, as the kernel kills: nothing is said before. The supervisor starts again what died."""

import os
import random
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bot.ops.processes import Keeper
from tests.crash.ledger import Kill
from tests.service import RunningService

WEIGHTS = {"gateway": 4, "actions": 3, "postgres": 2, "rasa": 1}
"""Rasa takes longest to come back."""
LATE = 5.0  # seconds; at most so long does a program live that should have been killed before


@dataclass(frozen=True)
class Appointment:
    """Not before `after` seconds of the storm. `draw`, from 0 to 1: which of several processes."""

    program: str
    after: float
    draw: float


def appointments(kills: int, seconds: float, dice: random.Random) -> Sequence[Appointment]:
    """Each program's share, at any moments."""
    total = sum(WEIGHTS.values())
    shares = {program: kills * weight // total for program, weight in WEIGHTS.items()}
    for program in sorted(WEIGHTS, key=lambda name: kills * WEIGHTS[name] % total, reverse=True):
        shares[program] += sum(shares.values()) < kills
    found = [
        Appointment(program, dice.uniform(0, seconds), dice.random())
        for program, share in shares.items()
        for _ in range(share)
    ]
    return sorted(found, key=lambda each: each.after)


class Killer:
    """Keeps appointments, those with each program on a thread of its own."""

    def __init__(self, service: RunningService, plan: Sequence[Appointment]) -> None:
        self.kills: list[Kill] = []
        self._service = service
        self._began = time.monotonic()
        self._plans = [[each for each in plan if each.program == name] for name in WEIGHTS]

    def kill(self) -> None:
        """Returns when all appointments are kept."""
        self._began = time.monotonic()
        with ThreadPoolExecutor(len(self._plans)) as threads:
            for work in [threads.submit(self._keep, plan) for plan in self._plans]:
                work.result()

    def _keep(self, plan: Sequence[Appointment]) -> None:
        """As soon as the program lives; in its start too, but not in two starts together."""
        in_start, last = False, None
        for appointment in plan:
            time.sleep(max(0.0, self._began + appointment.after - time.monotonic()))
            killed = False
            while not killed:
                pid, ready = self._found(appointment, last, at_work=in_start)
                in_start, last = not ready, pid
                if appointment.program == "postgres":
                    pid, last = _one_of(pid, appointment.draw), None
                killed = self._kill(appointment.program, pid)

    def _kill(self, program: str, pid: int) -> bool:
        """False when it had just ended by itself."""
        kill = Kill(program, time.time())
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        self.kills.append(kill)
        return True

    def _found(self, appointment: Appointment, last: int | None, at_work: bool) -> tuple[int, bool]:
        """The process, once there is another than the `last`, and whether it is at work."""
        waited = False
        while True:
            pid, ready = self._state(appointment.program)
            if pid is None or pid == last or (at_work and not ready):
                waited = True
                time.sleep(0.05)
            elif waited:  # the moment of its return is no random one
                waited = False
                time.sleep(appointment.draw * LATE)
            else:
                return pid, ready

    def _state(self, program: str) -> tuple[int | None, bool]:
        """The process, and whether it is at work."""
        if program == "postgres":
            pid = self._postgres()
            return pid, pid is not None
        found = keeper(self._service, program)
        return found.pid, found.ready.is_set()

    def _postgres(self) -> int | None:
        file = self._service.settings.data_dir / "postgres" / "cluster" / "postmaster.pid"
        try:
            lines = file.read_text().splitlines()
            os.kill(int(lines[0]), 0)
        except (OSError, ValueError, IndexError):
            return None
        return int(lines[0]) if len(lines) >= 8 and lines[7].strip() == "ready" else None


def keeper(service: RunningService, program: str) -> Keeper:
    found = getattr(service.supervisor, program)
    assert isinstance(found, Keeper)
    return found


def _one_of(postmaster: int, draw: float) -> int:
    """The server, or one of its processes. When one dies so, it cuts all others and recovers."""
    file = Path(f"/proc/{postmaster}/task/{postmaster}/children")
    children = [int(pid) for pid in file.read_text().split()]
    return postmaster if draw < 0.5 or not children else children[int(draw * len(children))]
