"""What one check found, in a line for a person and a word for a machine."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"  # works, but somebody should look at it
    FAULT = "fault"  # does not work, or is not safe


MARKS = {State.OK: "✓", State.WARNING: "!", State.FAULT: "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """`check` names what was looked at, whatever came out; `line` and `remedy` are Vietnamese.

    Neither holds a secret, a name or a word of anybody.
    """

    check: str
    state: State
    line: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.line} {self.remedy}".strip()


def fine(check: str, line: str) -> Finding:
    return Finding(check, State.OK, line)


def warning(check: str, line: str, remedy: str = "") -> Finding:
    return Finding(check, State.WARNING, line, remedy)


def fault(check: str, line: str, remedy: str = "") -> Finding:
    return Finding(check, State.FAULT, line, remedy)
