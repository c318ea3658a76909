"""Procedures in files: nlu_data/procedures/, one file a topic."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bot.procedures.entry import Entry
from bot.procedures.problems import in_words
from bot.settings import PROJECT

FOLDER = PROJECT / "nlu_data" / "procedures"


class BadFile(ValueError):
    """A file cannot be used; the message says which entry and why, in Vietnamese, on one line."""


def read(folder: Path = FOLDER) -> Mapping[str, Entry]:
    """Every entry by its id, in the order of the files. Raises: BadFile."""
    found: dict[str, Entry] = {}
    for path in sorted(folder.glob("*.yml")):
        for entry in parse(path.read_text(encoding="utf-8"), path.name):
            if entry.id in found:
                raise BadFile(f"{path.name}: “{entry.id}” có hai lần.")
            found[entry.id] = entry
    return found


@cache
def shipped() -> Mapping[str, Entry]:
    """Those that come with the program, read once. Raises: BadFile."""
    return read()


def parse(text: str, name: str) -> list[Entry]:
    """The entries of one file. Raises: BadFile."""
    try:
        data = yaml.load(text, Loader=yaml.CSafeLoader) or []
    except yaml.YAMLError as e:
        line = getattr(getattr(e, "problem_mark", None), "line", None)
        where = f" ở dòng {line + 1}" if line is not None else ""
        raise BadFile(f"{name}: không đúng dạng YAML{where}.") from None
    if not isinstance(data, list):
        raise BadFile(f"{name}: phải là danh sách các mục.")
    return [_entry(name, each) for each in data]


def dump(entry: Entry) -> dict[str, Any]:
    """What the entry says, as JSON; what it leaves open is left out."""
    return entry.model_dump(mode="json", exclude_defaults=True)


def digest(entry: Entry) -> str:
    """Another one for every change."""
    return hashlib.sha256(json.dumps(dump(entry), sort_keys=True).encode()).hexdigest()


def _entry(file: str, data: Any) -> Entry:
    try:
        return Entry.model_validate(data)
    except ValidationError as e:
        name = data.get("id") if isinstance(data, dict) else data
        field, why = in_words(e)[0]
        raise BadFile(f"{file}: “{name}”: {field}: {why}.") from None
