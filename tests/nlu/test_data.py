"""What anybody may edit in nlu_data/ must stay readable, by the app and by Rasa."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.nlu.near_duplicates import Entry, near_duplicates, read_development
from bot.nlu.written import read_written
from bot.triage.understanding import REPORTS

ROOT = Path(__file__).parents[2]
CATEGORIES = {path.name for path in (ROOT / "nlu_data/messages").iterdir() if path.is_dir()}
TOPICS = {path.stem for path in (ROOT / "nlu_data/procedures").glob("*.yml")}
FILES = sorted((ROOT / "nlu_data/messages").glob("*/*.yml"))

RASA_MARKUP = re.compile(r"\[[^\]]+\](?:\(|\{|\[)")
"""Rasa reads `[x](y)` as an entity and would cut the message; a blank after `]` avoids it."""


def blocks(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load(path.read_text("utf-8"))["nlu"])


def texts(block: dict[str, Any]) -> Iterator[str]:
    return (line.removeprefix("- ") for line in block["examples"].splitlines())


def procedures() -> list[dict[str, Any]]:
    files = sorted((ROOT / "nlu_data/procedures").glob("*.yml"))
    return [entry for path in files for entry in yaml.safe_load(path.read_text("utf-8"))]


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_holds_messages_of_its_folders_category(path: Path) -> None:
    assert {block["intent"] for block in blocks(path)} == {path.parent.name}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_block_says_what_is_known_of_its_messages(path: Path) -> None:
    for block in blocks(path):
        known = block["metadata"]
        assert known["chat"] in {"group", "private"}
        assert known["sensitive"] in {True, False, None}
        assert known["urgent"] in {True, False, None}
        assert ("topic" in known) == (block["intent"] == "procedure_question")
        assert known.get("topic") in {None, *TOPICS}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_message_is_one_line_that_rasa_leaves_as_it_is(path: Path) -> None:
    for block in blocks(path):
        for line in block["examples"].splitlines():
            assert line.startswith("- ")
            assert line.removeprefix("- ").strip()
            assert not RASA_MARKUP.search(line), line


def test_no_message_says_almost_the_same_as_another_or_as_one_kept_for_measuring() -> None:
    development = [Entry(text, None) for text in read_development()]
    entries = [*development, *(Entry(m.text, m.path) for m in read_written())]
    assert [second.text for _, second in near_duplicates(entries)] == []


def test_there_are_messages_enough_of_each_kind() -> None:
    messages = read_written()
    assert len(messages) >= 12_000
    assert sum(message.urgent is True for message in messages) >= 1_500
    assert sum(message.sensitive is True for message in messages) >= 4_000
    reports = sum(message.category in REPORTS for message in messages)
    assert 2 * reports >= len(messages)


def test_no_message_is_filed_under_two_categories() -> None:
    filed = {(text, path.parent.name) for path in FILES for b in blocks(path) for text in texts(b)}
    twice = [text for text, times in Counter(text for text, _ in filed).items() if times > 1]
    assert not twice


def test_each_category_is_an_intent_of_the_domain() -> None:
    declared = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))["intents"]
    intents = {name for intent in declared for name in intent}
    assert len(CATEGORIES) == 8
    assert intents >= CATEGORIES


def test_each_procedure_has_an_id_of_its_own() -> None:
    ids = Counter(entry["id"] for entry in procedures())
    assert len(ids) >= 90
    assert ids.most_common(1)[0][1] == 1


@pytest.mark.parametrize("entry", procedures(), ids=lambda entry: entry["id"])
def test_a_procedure_can_be_answered_and_checked(entry: dict[str, Any]) -> None:
    assert entry["topic"] in TOPICS
    assert all(entry[field] for field in ("name", "questions", "answer", "legal_source"))
    assert entry["confidence"] in {"high", "medium", "low"}
    assert isinstance(entry["checked_on"], date)
    assert all(isinstance(text, str) for text in (*entry["questions"], *entry.get("asked", ())))
