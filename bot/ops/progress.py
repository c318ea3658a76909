"""Long steps tell what they are doing; a terminal shows it as bars, anything else as lines."""

from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Report(Protocol):
    """Called whenever there is something new to show. `fraction` is 0 to 1, None when unknown."""

    def __call__(self, label: str, fraction: float | None = None, /) -> None: ...


def silent(label: str, fraction: float | None = None, /) -> None:
    """A `Report` nobody reads."""


class Terminal:
    """Shows several steps at once. Without a terminal each new label is printed once."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[percent]}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.console.is_terminal:
            self._progress.stop()

    def print(self, text: str) -> None:
        """A line that stays, above the bars."""
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def step(self) -> "Step":
        """One running step: a `Report` that is removed from view by leaving its context."""
        return Step(self, self._progress)


class Step:
    def __init__(self, terminal: Terminal, progress: Progress) -> None:
        self._terminal = terminal
        self._progress = progress
        self._task: TaskID | None = None
        self._endless = True
        self._label = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None

    def __call__(self, label: str, fraction: float | None = None, /) -> None:
        if not self._terminal.console.is_terminal:
            if label != self._label:
                self._terminal.print(label)
            self._label = label
            return
        if self._task is None or (fraction is None) != self._endless:
            self._restart(label, endless=fraction is None)
        if self._task is not None:
            percent = "" if fraction is None else f"{fraction:.0%}"
            self._progress.update(
                self._task, description=label, completed=fraction or 0, percent=percent
            )

    def _restart(self, label: str, *, endless: bool) -> None:
        """A new bar: one that was full once stays full, whatever it is told."""
        self.__exit__()
        self._endless = endless
        total = None if endless else 1.0
        self._task = self._progress.add_task(label, total=total, percent="")
