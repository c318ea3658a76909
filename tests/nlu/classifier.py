"""The real `python -m bot.nlu.classify`, to be asked from a test."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from bot.ops.environments import RASA

ROOT = Path(__file__).parents[2]

Parsed = dict[str, Any]


class Classifier:
    """A running process; what it says besides its answers is kept in `complaints`."""

    def __init__(self, model: Path, complaints: IO[bytes], places: Path | None = None) -> None:
        names: list[str | Path] = ["--places", places] if places else []
        self.complaints = complaints
        self._process = subprocess.Popen(
            [RASA.python, "-m", "bot.nlu.classify", model, *names],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        self.first_line = json.loads(self._output.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._input.close()
        self._process.wait(10)

    def ask(self, text: str) -> Parsed:
        return self.send(json.dumps({"text": text}).encode())

    def ask_all(self, texts: Iterable[str]) -> list[Parsed]:
        return [self.ask(text) for text in texts]

    def send(self, line: bytes) -> Parsed:
        self._input.write(line + b"\n")
        self._input.flush()
        answer: Parsed = json.loads(self._output.readline())
        return answer

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin
        return self._process.stdin

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout
        return self._process.stdout
