"""Questions with a known procedure, others that none answers, and what the model says of them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.ops.classify import Classifier
from bot.ops.environments import RASA
from bot.ops.model import ensure_model
from bot.settings import PROJECT, Settings

HERE = Path(__file__).parent
PARAPHRASES = PROJECT / "tests" / "procedures" / "paraphrases"


@dataclass(frozen=True, slots=True)
class Question:
    """`procedure`: the right one, None where no procedure answers it."""

    text: str
    procedure: str | None = None
    style: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the topics the model gives it; `is_one`: the model takes it for a question
    on a procedure. Where it does not, it names no topics either."""

    question: Question
    topics: dict[str, float]
    is_one: bool


def development() -> list[Question]:
    """Ten to a procedure; the weights are fitted to them."""
    written = [
        yaml.safe_load(path.read_text("utf-8")) for path in sorted(PARAPHRASES.glob("*.yml"))
    ]
    rows = [(procedure, texts) for file in written for procedure, texts in file.items()]
    return [Question(text, procedure) for procedure, texts in rows for text in texts]


def held_out() -> list[Question]:
    """Three to a procedure, looked at only for the table."""
    return [q for path in sorted((HERE / "held_out.d").glob("*.jsonl")) for q in _read(path)]


def blind() -> list[Question]:
    """Written last, from names and the beginnings of answers alone, and never looked at."""
    return list(_read(HERE / "blind.jsonl"))


def outside(name: str) -> list[Question]:
    """Questions on what other offices do: `outside`, `outside_development`, `blind_outside`."""
    return list(_read(HERE / f"{name}.jsonl"))


def known(questions: Iterable[Question], procedures: Iterable[str]) -> list[Question]:
    """Without those on a procedure that is not there."""
    there = set(procedures)
    return [q for q in questions if q.procedure is None or q.procedure in there]


def ask(questions: Sequence[Question]) -> list[Asked]:
    """What the trained model makes of each."""
    model = ensure_model(Settings(), lambda *_: None)
    with Classifier(RASA.python, model) as classifier:
        parses = list(classifier.parse(q.text for q in questions))
    return [_asked(q, parse) for q, parse in zip(questions, parses, strict=True)]


def _asked(question: Question, parse: dict[str, Any]) -> Asked:
    asked = parse.get("question")
    return Asked(question, asked["topics"] if asked else {}, asked is not None)


def _read(path: Path) -> Iterator[Question]:
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            row = json.loads(line)
            yield Question(row["text"], row.get("procedure"), row.get("style", ""))
