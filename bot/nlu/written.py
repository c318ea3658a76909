"""The training messages as their authors filed them in nlu_data/messages/<category>/<voice>.yml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
MESSAGES = ROOT / "nlu_data/messages"


@dataclass(frozen=True)
class Written:
    """One message; flags are None where its author could not say."""

    text: str
    category: str
    chat: str
    sensitive: bool | None
    urgent: bool | None
    topic: str | None
    path: Path


def read_written(directory: Path = MESSAGES) -> list[Written]:
    """All messages, in the order of their files. Raises: OSError, KeyError, yaml.YAMLError."""
    return [message for path in sorted(directory.glob("*/*.yml")) for message in _read(path)]


def _read(path: Path) -> Iterator[Written]:
    for block in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)["nlu"]:
        about = block["metadata"]
        for line in block["examples"].splitlines():
            yield Written(
                line.removeprefix("- "),
                block["intent"],
                about["chat"],
                about["sensitive"],
                about["urgent"],
                about.get("topic"),
                path,
            )
