"""Every phrase is used, and every phrase that is used exists."""

import re

import yaml

from bot.settings import PROJECT
from bot.wording import PHRASES

SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("bot", "actions")
    for path in (PROJECT / folder).rglob("*.py")
)
KEYS: set[str] = set(yaml.safe_load(PHRASES.read_text(encoding="utf-8")))
MADE_OF_TWO = {
    f"{about}_{end}"
    for about in ("group_moved", "group_private_question")
    for end in ("deleted", "recall")
} | {
    f"{of}_{question}"
    for of in ("ask", "answer", "button_again")
    for question in ("where", "when", "danger", "photos", "name")
}


def test_every_phrase_that_is_said_exists() -> None:
    said = set(re.findall(r'\b(?:say|part)\(\s*"(\w+)"', SOURCES))
    assert said
    assert said <= KEYS


def test_every_phrase_is_said_somewhere() -> None:
    unused = {key for key in KEYS - MADE_OF_TWO if not re.search(rf"[\"']{key}[\"']", SOURCES)}
    assert unused == set()


def test_no_phrase_for_the_group_names_a_matter() -> None:
    phrases = yaml.safe_load(PHRASES.read_text(encoding="utf-8"))
    for key in (k for k in KEYS if k.startswith(("group_moved", "group_private", "group_open"))):
        placeholders = set(re.findall(r"{(\w+)}", phrases[key]))
        assert placeholders <= {"link", "at", "token"}
