"""No text, however made, keeps a regular expression or a reader of messages busy.

Texts are made for each pattern out of its own parts, repeated: what a pattern can match in many
ways it tries in as many. Time is that of the processor, with so much room that only what grows
faster than the text fails.
"""

import ast
import importlib
import itertools
import pkgutil
import re
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import pytest

import actions
import bot
from bot.channels.text import clean, file_name, split_text, without_mentions, without_names
from bot.gateway.chat_names import looks_official, tidy_name
from bot.messages.officer_chat import _LEADING
from bot.messages.typed_codes import candidates, looks_like_code, names_code, says_more
from bot.nlu.plain import Plain, flat
from bot.nlu.shapes import find_shapes
from bot.nlu.text import fold, strip_diacritics
from bot.reports.learning import masked
from bot.reports.replies_in_words import changes_nothing_yet, is_courtesy, wants_to_change
from bot.reports.words import find, veiled
from bot.triage.danger import complains_of_police, in_danger
from bot.triage.hotlines import hotlines

LENGTHS = (64, 4096)  # characters; no platform delivers more
TOO_LONG = 0.5  # seconds of the processor
COMMON = (" ", "a", "0 ", "0.", "a ", "\n", "a1")
MOST_UNITS = 8
ELSEWHERE = re.compile(r"\.(migrations|ops|groups\.station|nlu\.(noise|near_duplicates))\b")
"""What no stranger's text reaches."""


def modules() -> Iterator[ModuleType]:
    for package in (bot, actions):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ELSEWHERE.search(found.name) or found.name.endswith("__main__"):
                continue
            try:
                yield importlib.import_module(found.name)
            except ModuleNotFoundError as error:  # the parts that run in Rasa's environment
                if (error.name or "").startswith(("bot", "actions")):
                    raise


def compiled(value: Any) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, dict):
        yield from (pattern for each in value.values() for pattern in compiled(each))
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (pattern for each in value for pattern in compiled(each))


def written(module: ModuleType) -> Iterator[re.Pattern[str]]:
    """Patterns that stand in calls: `re.sub(r"…", …)`."""
    for node in ast.walk(ast.parse(_source(module))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield re.compile(str(node.args[0].value))


def all_patterns() -> list[Any]:
    found = {
        (pattern.pattern, pattern.flags): (module.__name__, pattern)
        for module in modules()
        for pattern in (*searched(module), *written(module))
    }
    return [pytest.param(p, id=f"{name} {p.pattern[:40]}") for name, p in found.values()]


def searched(module: ModuleType) -> Iterator[re.Pattern[str]]:
    """Patterns looked for anywhere in a text, not held against the whole of a short one."""
    source = _source(module)
    for name, value in vars(module).items():
        used = set(re.findall(rf"\b{name}\.(\w+)\(", source))
        if used - {"fullmatch", "match", "items"} or not (used or isinstance(value, dict)):
            yield from compiled(value)


def _source(module: ModuleType) -> str:
    return Path(module.__file__ or "").read_text(encoding="utf-8")


def sample(parts: Iterable[Any]) -> str:
    """A text that a part of a pattern matches, or nearly."""
    return "".join(_one(*part) for part in parts)


def _one(kind: Any, value: Any) -> str:
    match kind:
        case sre.LITERAL:
            return chr(value)
        case sre.ANY | sre.NOT_LITERAL:
            return "x"
        case sre.IN:
            return _member(value)
        case sre.BRANCH:
            return sample(value[1][0])
        case sre.SUBPATTERN:
            return sample(value[3])
        case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
            return sample(value[2]) * max(value[0], 1)
        case sre.ATOMIC_GROUP:
            return sample(value)
    return ""


def _member(members: list[Any]) -> str:
    categories = {sre.CATEGORY_DIGIT: "0", sre.CATEGORY_SPACE: " ", sre.CATEGORY_WORD: "a"}
    kind, value = members[0]
    if kind is sre.NEGATE:
        return "x"
    if kind is sre.CATEGORY:
        return categories.get(value, "-")
    return chr(value[0] if kind is sre.RANGE else value)


def units(parts: Iterable[Any]) -> Iterator[str]:
    """What repeats in a pattern."""
    for kind, value in parts:
        match kind:
            case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
                yield sample(value[2])
                yield from units(value[2])
            case sre.BRANCH:
                for branch in value[1]:
                    yield from units(branch)
            case sre.SUBPATTERN:
                yield from units(value[3])
            case sre.ASSERT | sre.ASSERT_NOT:
                yield from units(value[1])


def attacks(pattern: re.Pattern[str]) -> set[tuple[str, str]]:
    """Beginnings, and what follows them again and again."""
    parsed = parser.parse(pattern.pattern, pattern.flags)
    whole = sample(parsed)
    repeated = list(dict.fromkeys(filter(None, units(parsed))))[:MOST_UNITS]
    pairs = ["".join(two) for two in itertools.pairwise(repeated)]
    wholes = {whole, whole[:-1], f"{whole} "} - {""}
    return {
        *(("", unit) for unit in (*COMMON, *repeated, *pairs, *wholes)),
        *((whole[:-1], unit) for unit in repeated),
    }


def processor_time(work: Callable[[], object]) -> float:
    before = time.thread_time()
    work()
    return time.thread_time() - before


@pytest.mark.parametrize("pattern", all_patterns())
def test_no_text_keeps_a_pattern_busy(pattern: re.Pattern[str]) -> None:
    for beginning, unit in attacks(pattern):
        for length in LENGTHS:
            text = (beginning + unit * (length // len(unit) + 1))[:length] + "\0"

            def search(text: str = text) -> None:
                for _ in pattern.finditer(text):
                    pass

            assert processor_time(search) < TOO_LONG, (unit, length)


READERS: list[Callable[[str], object]] = [
    file_name,
    lambda text: split_text(text, 2000),
    without_mentions,
    lambda text: without_names(text, ["Bot Bình Yên"]),
    tidy_name,
    looks_official,
    candidates,
    names_code,
    looks_like_code,
    says_more,
    fold,
    strip_diacritics,
    flat,
    lambda text: find_shapes(Plain(text)),
    masked,
    is_courtesy,
    wants_to_change,
    changes_nothing_yet,
    lambda text: find(text, [{"entity": "person", "text": "ông Tư"}], "Nguyễn Văn A"),
    lambda text: veiled(text, [{"entity": "phone", "text": "0900000001"}], "a a a a"),
    in_danger,
    complains_of_police,
    hotlines,
    _LEADING.match,
]
MESSAGES = [
    "a" * 1_000_000,
    "a" + "\u0301\u0323" * 500_000,
    "👨\u200d" * 500_000,
    "0900000001 " * 90_000,
    "công an, cháy nhà " * 50_000,
    "PA-[@ http://(" * 70_000,
    "\ud83d" * 1_000_000,
]


@pytest.mark.parametrize("number", range(len(MESSAGES)))
def test_a_message_of_a_million_characters_keeps_nobody_waiting(number: int) -> None:
    text = MESSAGES[number]
    assert processor_time(lambda: clean(text)) < TOO_LONG
    text = clean(text)
    for reader in READERS:
        assert processor_time(partial(reader, text)) < 2, reader
