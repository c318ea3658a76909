"""What is measured of each system, part by part."""

import statistics
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.load import figures, processes
from benchmarks.load.messages import GROUPS, Message, Residents
from benchmarks.load.system import System
from benchmarks.load.targets import Figure, Figures, Unit
from benchmarks.load.telegram import Delivered, Plan, Telegram

AT_ONCE = 50.0  # messages a second, for acknowledgements
AT_EASE = 10.0  # messages a second, for answers
GRACE = 30.0  # seconds after the last was due in which messages are still sent
SHARE = 0.9
"""Of the rate at which messages queued up were handled, which is then to be held."""
STEPS = 5
"""Rates tried, each `SHARE` of the one before, until one is held."""


@dataclass(frozen=True, slots=True)
class Size:
    """How long and how much. `seconds` of steady load, messages to queue up, messages at once."""

    seconds: float = 60
    queued: int = 1000
    burst: int = 5000
    patience: float = 600
    """Seconds after which what is not handled counts as lost."""
    flood: float = 60
    """Seconds in which queued up messages are sent, as fast as they are acknowledged."""


QUICK = Size(seconds=12, queued=200, burst=400, patience=120, flood=15)


class Measurement:
    """One system under measurement."""

    def __init__(
        self, system: System, telegram: Telegram, residents: Residents, size: Size
    ) -> None:
        self._system = system
        self._telegram = telegram
        self._residents = residents
        self._size = size
        self.costs: list[float] = []

    def warm_up(self) -> None:
        """What a process does once only."""
        messages = self._residents.everywhere(40)
        self._run(figures.schedule(messages, 5), 30)

    def answers(self) -> Figures:
        """How long until a message is answered, in a group and in private."""
        messages = self._residents.everywhere(int(AT_EASE * self._size.seconds))
        delivered, _ = self._run(figures.schedule(messages, AT_EASE), self._size.seconds + GRACE)
        due = {o.number: o.due for o in delivered.outcomes}
        private = {m.number for m in messages if not m.in_group}
        found = self._answered(messages, delivered, private, GRACE)
        waited = {number: found.get(number, figures.NEVER) - due[number] for number in private}
        waited |= {number: at - due[number] for number, at in found.items()}
        seconds = list(waited.values())
        in_private = [s for number, s in waited.items() if number in private]
        in_groups = [s for number, s in waited.items() if number not in private]
        return {
            "messages that are answered": Figure(len(seconds), Unit.COUNT),
            "message to reply, p50": _wait(seconds, 0.5),
            "message to reply, p95": _wait(seconds, 0.95),
            "message to reply, p99": _wait(seconds, 0.99),
            "message to reply, p50, in private": _wait(in_private, 0.5),
            "message to reply, p50, in groups": _wait(in_groups, 0.5),
        }

    def acknowledgements(self) -> Figures:
        """How long until the webhook says that it has a message."""
        messages = self._residents.everywhere(int(AT_ONCE * self._size.seconds))
        plan = figures.schedule(messages, AT_ONCE)
        delivered, handled = self._run(plan, self._size.seconds + GRACE)
        seconds = figures.acknowledged_after(delivered.outcomes)
        return {
            "acknowledged, p50": _wait(seconds, 0.5),
            "acknowledged, p99": _wait(seconds, 0.99),
            "acknowledged in time": Figure(sum(s < figures.NEVER for s in seconds), Unit.COUNT),
            "all of these handled after": _span(delivered, handled.values(), len(messages)),
        }

    def one_group(self) -> Figures:
        """All messages in one group; for each try another, as a conversation slows as it grows."""
        groups = iter(GROUPS)

        def write(count: int) -> list[Message]:
            return self._residents.one_group(count, next(groups))

        return self._sustained("one group", write)

    def private(self) -> Figures:
        """Each message from somebody else."""
        return self._sustained("private", self._residents.many_private)

    def burst(self) -> Figures:
        """Many messages as fast as they are acknowledged; each is looked for afterwards."""
        messages = self._residents.everywhere(self._size.burst)
        delivered, handled = self._run([(0.0, m) for m in messages], self._size.flood * 2)
        accepted = [o.number for o in delivered.outcomes if o.acknowledged is not None]
        private = {m.number for m in messages if not m.in_group} & set(accepted)
        found = self._answered(messages, delivered, private, self._size.patience)
        acknowledged = [o.acknowledged for o in delivered.outcomes if o.acknowledged is not None]
        answered = [at for number, at in found.items() if number in private]
        return {
            "burst: acknowledged": Figure(len(accepted), Unit.COUNT),
            "burst: all acknowledged after": _span(delivered, acknowledged, len(messages)),
            "burst: handled": Figure(_rate(delivered, handled.values()), Unit.RATE),
            "burst: all handled after": _span(delivered, handled.values(), len(messages)),
            "burst: all in private answered after": _span(delivered, answered, len(private)),
            "burst: acknowledged and lost": _count(figures.lost(accepted, handled)),
            "burst: in private and unanswered": _count(figures.lost(private, found)),
        }

    def _sustained(self, where: str, write: Callable[[int], list[Message]]) -> Figures:
        """The rate at which queued up messages are handled, and the highest tried that is held."""
        queued = [(0.0, message) for message in write(self._size.queued)]
        self._system.rest(self._size.patience)
        before = processes.cpu(self._system.pid)
        delivered, handled = self._run(queued, self._size.flood)
        spent = {
            name: (seconds - before.get(name, 0.0)) / max(1, len(handled))
            for name, seconds in processes.cpu(self._system.pid).items()
        }
        costs = (f"{name} {seconds * 1e3:.1f}" for name, seconds in spent.items())
        _tell(f"{where}: ms of CPU a message: {', '.join(costs)}")
        rate = _rate(delivered, handled.values())
        found = {
            f"{where}: queued up, handled": Figure(rate, Unit.RATE),
            f"{where}: sustained": Figure(0, Unit.RATE),
            f"{where}: CPU a message": Figure(sum(spent.values()), Unit.MILLISECONDS),
        }
        for _ in range(STEPS):
            rate *= SHARE
            messages = write(int(rate * self._size.seconds))
            delivered, handled = self._run(figures.schedule(messages, rate), self._size.seconds)
            due = [o.due for o in delivered.outcomes]
            held = figures.holds(due, list(handled.values()))
            _tell(f"{where}: {rate:.1f} a second {'held' if held else 'not held'}")
            if held:
                return found | {f"{where}: sustained": Figure(rate, Unit.RATE)}
        return found

    def _run(
        self, due: Sequence[tuple[float, Message]], within: float
    ) -> tuple[Delivered, Mapping[int, float]]:
        """Deliver, when nothing of what was before is left to do, and wait until all is handled."""
        self._system.rest(self._size.patience)
        self._telegram.forget()
        delivered = self._telegram.deliver(Plan(self._system.webhook, due, within))
        self.costs.append(delivered.cost)
        return delivered, self._system.handled(delivered.outcomes, self._size.patience)

    def _answered(
        self, messages: Sequence[Message], delivered: Delivered, wanted: set[int], within: float
    ) -> dict[int, float]:
        """When messages were answered; waits for the `wanted` ones for a while."""
        deadline = time.monotonic() + within
        while True:
            answers = self._telegram.answers()
            found = figures.first_answers(messages, delivered.outcomes, answers)
            if wanted <= found.keys() or time.monotonic() > deadline:
                return found
            time.sleep(1)


PARTS: Mapping[str, Callable[[Measurement], Figures]] = {
    "answers": Measurement.answers,
    "acknowledgements": Measurement.acknowledgements,
    "group": Measurement.one_group,
    "burst": Measurement.burst,
    "private": Measurement.private,
}


@dataclass(frozen=True, slots=True)
class Measured:
    """All figures of one system; `memory`: bytes by process."""

    figures: Figures
    memory: Mapping[str, int]


def measure(system: System, telegram: Telegram, size: Size, parts: Sequence[str]) -> Measured:
    """Measure some of `PARTS`, one after the other."""
    found: Figures = {}
    m = Measurement(system, telegram, Residents(), size)
    m.warm_up()
    for part in parts:
        _tell(f"{system.name}: {part}")
        of_part = PARTS[part](m)
        for name, figure in of_part.items():
            _tell(f"  {name}: {figure}")
        found |= of_part
    used = processes.memory(system.pid)
    found["memory"] = Figure(sum(used.values()), Unit.MEGABYTES)
    found["the sender itself"] = Figure(statistics.mean(m.costs), Unit.CORE)
    return Measured(found, used)


def _start(delivered: Delivered) -> float:
    return min(o.due for o in delivered.outcomes)


def _span(delivered: Delivered, ends: Collection[float], expected: int) -> Figure:
    """Until the last of them; "not all" where some never came."""
    whole = expected and len(ends) == expected
    return Figure(max(ends) - _start(delivered) if whole else figures.NEVER, Unit.SECONDS)


def _rate(delivered: Delivered, ends: Collection[float]) -> float:
    """Messages a second, from the first that was due to the last that was handled."""
    return len(ends) / (max(ends) - _start(delivered)) if ends else 0.0


def _wait(seconds: Sequence[float], share: float) -> Figure:
    return Figure(figures.percentile(seconds, share), Unit.MILLISECONDS)


def _count(numbers: Sequence[int]) -> Figure:
    return Figure(len(numbers), Unit.COUNT)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
