"""The table of numbers: which make a message sensitive, and what that changes."""

from typing import Any

import pytest

from bot.channels.base import Capabilities, ChatKind
from bot.nlu import kinds
from bot.triage.policy import Kind, decide
from bot.triage.understanding import Category, Understanding

DELETES = Capabilities(reads_all_messages=True, deletes_messages=True)
CRIME, LOST, TALK = Category.CRIME_INCIDENT, Category.OTHER_SECURITY, Category.SMALL_TALK
QUESTION, REQUEST, ORDER = (
    Category.PROCEDURE_QUESTION,
    Category.BOT_REQUEST,
    Category.SECURITY_ORDER,
)


def parse(category: Category, *found: str, urgent: bool = False) -> dict[str, Any]:
    """A sure parse result that the model takes for harmless, with these kinds of details."""
    confidences = {c: 0.95 if c is category else 0.01 for c in Category}
    entities = [
        {"entity": kind, "start": n, "end": n + 1, "value": "x"} for n, kind in enumerate(found)
    ]
    return {
        "text": "x" * 20,
        "intent": {"name": category.value, "confidence": 0.95},
        "intent_ranking": [{"name": c.value, "confidence": p} for c, p in confidences.items()],
        "flags": {
            "sensitive": {"value": False, "confidence": 0.05},
            "urgent": {"value": urgent, "confidence": 0.9 if urgent else 0.05},
        },
        "entities": entities,
    }


@pytest.mark.parametrize("kind", [kinds.IDENTITY_NUMBER, kinds.BANK_ACCOUNT, kinds.PLATE])
@pytest.mark.parametrize("category", [CRIME, ORDER, LOST, QUESTION, REQUEST, TALK])
def test_somebodys_number_is_sensitive_in_every_message(kind: str, category: Category) -> None:
    assert Understanding.from_parse(parse(category, kind)).sensitive


@pytest.mark.parametrize(
    ("category", "urgent", "sensitive"),
    [
        (CRIME, False, True),  # the number that cheats
        (ORDER, False, True),
        (QUESTION, False, True),
        (REQUEST, False, True),
        (TALK, False, True),
        (CRIME, True, False),  # "cháy, gọi 0912…"
        (LOST, True, False),  # a lost child
        (LOST, False, False),  # a found purse
    ],
)
def test_a_telephone_is_sensitive_unless_everybody_should_call_it(
    category: Category, urgent: bool, sensitive: bool
) -> None:
    found = Understanding.from_parse(parse(category, kinds.PHONE, urgent=urgent))
    assert found.sensitive is sensitive


@pytest.mark.parametrize("kind", sorted(kinds.ALL - kinds.NUMBERS_OF_A_PERSON))
def test_other_details_change_nothing(kind: str) -> None:
    assert not Understanding.from_parse(parse(CRIME, kind)).sensitive


def test_a_number_does_not_make_praise_a_complaint() -> None:
    found = Understanding.from_parse(parse(Category.POLICE_CONDUCT, kinds.PHONE))
    assert found.sensitivity == 0.05


@pytest.mark.parametrize(
    ("category", "found", "urgent", "kind"),
    [
        (TALK, kinds.PHONE, False, Kind.IGNORE),  # an advert
        (TALK, kinds.BANK_ACCOUNT, False, Kind.IGNORE),  # a collection
        (LOST, kinds.PHONE, False, Kind.ACKNOWLEDGE),
        (CRIME, kinds.PHONE, True, Kind.ACKNOWLEDGE),
        (CRIME, kinds.PLATE, False, Kind.REDIRECT),
        (CRIME, kinds.BANK_ACCOUNT, False, Kind.REDIRECT),
        (QUESTION, kinds.IDENTITY_NUMBER, False, Kind.REDIRECT),
        (QUESTION, kinds.MONEY, False, Kind.ANSWER),
    ],
)
def test_what_a_number_changes_in_a_group(
    category: Category, found: str, urgent: bool, kind: Kind
) -> None:
    u = Understanding.from_parse(parse(category, found, urgent=urgent))
    assert decide(u, ChatKind.GROUP, DELETES).kind is kind
