"""`binhyen classify`: what the assistant makes of each message, without database or server."""

import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from bot.channels.base import MAX_TEXT, ChatKind
from bot.ops.children import die_with_parent
from bot.ops.errors import OperationError
from bot.ops.model import TrainedModel, rasa_environment
from bot.settings import PROJECT


class InvalidLine(ValueError):
    """A line that is no message. The text of the error is for its sender."""


@dataclass(frozen=True, slots=True)
class Message:
    text: str
    chat: str = ChatKind.GROUP.value


class Classifier:
    """The model in a process of its own; a context manager."""

    def __init__(self, python: Path, model: TrainedModel, places: Path | None = None) -> None:
        """`places`: the commune's names (bot/ops/places.py), if they are known."""
        self._command: list[str | Path] = [python, "-m", "bot.nlu.classify", model.path]
        if places is not None:
            self._command += ["--places", places.absolute()]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=PROJECT,
            env=rasa_environment(),
            preexec_fn=die_with_parent(),
        )
        try:
            self._read()  # {"ready": true}
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._errors.close()

    def parse(self, texts: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Rasa's parse result of each text, in order, each as soon as it is known."""
        assert self._process is not None
        assert self._process.stdin is not None
        for text in texts:
            try:
                self._process.stdin.write(json.dumps({"text": text}).encode() + b"\n")
                self._process.stdin.flush()
            except BrokenPipeError:
                raise self._failure() from None
            yield self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._failure()
        said: dict[str, Any] = json.loads(line)
        return said

    def _failure(self) -> OperationError:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").split("\n")
        reason = next((line.strip() for line in reversed(lines) if line.strip()), "không rõ lý do")
        return OperationError(f"Không phân loại được: {reason}")


def classify(source: IO[bytes], target: IO[str], classifier: Classifier) -> bool:
    """Answer every line of `source` with one line in `target`; True when none was invalid.

    Empty lines have no answer. A line that is no message is answered `{"error": "…"}`.
    """
    from bot.triage.classify import describe

    clean = True
    for raw in source:
        if not raw.strip():
            continue
        try:
            message = read_line(raw)
            (parse,) = classifier.parse([message.text])
            answer = describe(parse, message.text, message.chat)
        except InvalidLine as error:
            clean, answer = False, {"error": str(error)}
        target.write(json.dumps(answer, ensure_ascii=False) + "\n")
        target.flush()
    return clean


def read_line(raw: bytes) -> Message:
    """A JSON object `{"text": …, "chat": "group" | "private"}`, or the bare text of a message.

    Only a line that starts with a brace is taken for JSON. Raises: InvalidLine.
    """
    try:
        line = raw.decode().strip().removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise InvalidLine("không phải UTF-8") from None
    message = _read_object(line) if line.startswith("{") else Message(line)
    if not message.text.strip():
        raise InvalidLine("“text” trống")
    if len(message.text) > MAX_TEXT:
        raise InvalidLine(f"dài quá {MAX_TEXT} ký tự")
    return message


def _read_object(line: str) -> Message:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise InvalidLine("JSON không hợp lệ") from None
    text, chat = value.get("text"), value.get("chat", ChatKind.GROUP.value)
    if not isinstance(text, str):
        raise InvalidLine("thiếu “text”")
    if chat not in list(ChatKind):
        raise InvalidLine("“chat” phải là “group” hoặc “private”")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidLine("“text” có ký tự không hợp lệ") from None
    return Message(text, chat)
