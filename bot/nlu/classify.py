"""Reads one JSON object `{"text": ...}` a line and writes one parse result a line, in order.

    python -m bot.nlu.classify MODEL [--places FILE]

The first line written is `{"ready": true}`. A line that cannot be read is answered like an empty
message, with an `error` that repeats nothing of it. Nothing else is written to standard output.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

from bot.nlu import places
from bot.nlu.quiet import hush


def main(arguments: list[str] | None = None) -> None:
    """Answer until the input ends; exit code 1 if the model cannot be loaded."""
    parser = argparse.ArgumentParser(prog="bot.nlu.classify", description=__doc__)
    parser.add_argument("model", type=Path, metavar="MODEL", help="a trained model (.tar.gz)")
    parser.add_argument("--places", type=Path, metavar="FILE", help="the commune's names (JSON)")
    options = parser.parse_args(arguments)
    answers = _own_stdout()
    hush()
    places.use(options.places)
    from bot.nlu.interpreter import Interpreter, ModelError

    try:
        interpreter = Interpreter.load(options.model)
    except ModelError as error:
        parser.exit(1, f"{error}\n")
    _write(answers, {"ready": True})
    for line in sys.stdin.buffer:
        _write(answers, answer(interpreter, line))


def answer(interpreter: Any, line: bytes) -> dict[str, Any]:
    """The parse result of one line of input."""
    try:
        text = json.loads(line)["text"]
        if isinstance(text, str):
            parsed: dict[str, Any] = interpreter.parse(text)
            return parsed
        problem = "text is not a string"
    except (ValueError, KeyError, TypeError, RecursionError):
        problem = 'not a JSON object with a "text"'
    return {**interpreter.parse(""), "error": problem}


def _own_stdout() -> BinaryIO:
    """Standard output for the answers alone: whatever a library prints goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _write(answers: BinaryIO, result: dict[str, Any]) -> None:
    answers.write(json.dumps(result).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
