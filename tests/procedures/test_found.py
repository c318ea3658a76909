"""Each procedure is found as in service, by words, topic and meaning: by its own questions, and by
ten that stand nowhere in the data, among the three that residents are told or offered.

`not_found.yml` names the questions that are not found, or only just; it may get shorter.
"""

from collections.abc import Mapping

import pytest
import yaml

from bot.ops.classify import Classifier
from bot.ops.environments import RASA
from bot.ops.model import TrainedModel
from bot.procedures import files
from bot.procedures.embedding import embed
from bot.procedures.meaning import Known, Meanings
from bot.procedures.search import Index
from bot.settings import PROJECT

HERE = PROJECT / "tests" / "procedures"
ENTRIES = files.read()
OTHERWISE: dict[str, list[str]] = {
    procedure: texts
    for path in sorted((HERE / "paraphrases").glob("*.yml"))
    for procedure, texts in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader).items()
}
NOT_FOUND: dict[str, list[str]] = yaml.safe_load((HERE / "not_found.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def index() -> Index:
    entries = list(ENTRIES.values())
    known = Known(entries)
    return Index(entries, Meanings(known, embed(known.questions)))


@pytest.fixture(scope="module")
def topics(model: TrainedModel) -> Mapping[str, Mapping[str, float]]:
    """What the model says of each question; nothing of what it takes for none."""
    asked = [q for e in ENTRIES.values() for q in (e.name, *e.questions, *OTHERWISE.get(e.id, ()))]
    with Classifier(RASA.python, model) as classifier:
        parses = [parse.get("question") for parse in classifier.parse(asked)]
    return {q: parse["topics"] if parse else {} for q, parse in zip(asked, parses, strict=True)}


@pytest.mark.parametrize("procedure", ENTRIES)
def test_a_procedure_is_found(
    procedure: str, index: Index, topics: Mapping[str, Mapping[str, float]]
) -> None:
    entry, others = ENTRIES[procedure], OTHERWISE[procedure]
    assert len(set(others)) >= 10
    assert not set(others) & set(entry.known_questions())
    asked = {entry.name, *entry.questions, *others} - set(NOT_FOUND.get(procedure, ()))
    missed = [
        question
        for question in sorted(asked)
        if procedure not in [found.id for found in index.search(question, topics[question])]
    ]
    assert not missed


def test_few_questions_are_not_found() -> None:
    """Three in a hundred, and of no procedure the half."""
    assert NOT_FOUND.keys() <= ENTRIES.keys()
    missing = [len(set(NOT_FOUND[p]) & set(OTHERWISE[p])) for p in NOT_FOUND]
    assert sum(missing) <= 0.03 * sum(map(len, OTHERWISE.values()))
    assert max(missing) < 5
