"""The right procedure is found, from the moment an entry says so; words alone, as after an edit."""

from collections.abc import Mapping

import numpy as np
import pytest
import yaml

from bot.procedures import files
from bot.procedures.entry import Topic
from bot.procedures.meaning import Known, Meanings
from bot.procedures.search import SURE_BY_WORDS, Array, Index
from bot.settings import PROJECT
from bot.triage.policy import Answer, choose
from tests.procedures.conftest import entry

PARAPHRASES = PROJECT / "tests" / "procedures" / "paraphrases"
ENTRIES = files.read()
NO_TOPIC: Mapping[str, float] = {}


OTHERWISE: dict[str, list[str]] = {
    procedure: texts
    for path in sorted(PARAPHRASES.glob("*.yml"))
    for procedure, texts in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader).items()
}
"""How else residents may ask for each procedure."""


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(list(ENTRIES.values()))


def found(index: Index, text: str) -> list[str]:
    return [candidate.id for candidate in index.search(text, NO_TOPIC)]


@pytest.mark.parametrize("procedure", ENTRIES)
def test_a_procedure_is_found_by_its_own_questions(index: Index, procedure: str) -> None:
    asked = ENTRIES[procedure].known_questions()
    among = [question for question in asked if procedure in found(index, question)]
    assert len(among) >= 0.9 * len(asked)
    assert procedure in found(index, ENTRIES[procedure].name)


@pytest.mark.parametrize("procedure", sorted(OTHERWISE.keys() & ENTRIES.keys()))
def test_a_procedure_is_found_by_questions_that_stand_nowhere_in_it(
    index: Index, procedure: str
) -> None:
    asked = OTHERWISE[procedure]
    known = ENTRIES[procedure].known_questions()
    assert len(asked) >= 10
    assert not set(asked) & set(known)
    assert sum(procedure in found(index, text) for text in asked) >= 0.5 * len(asked)


def test_what_an_officer_adds_is_found_at_once() -> None:
    asked = "heo rừng vô rẫy phá thì báo ai"
    before = [entry(), entry("nuoi_meo", name="Khai báo nuôi mèo")]
    pigs = entry("heo_rung", name="Heo rừng phá rẫy", asked=["Heo rừng phá rẫy báo cho ai?"])
    assert found(Index([*before, pigs]), asked)[0] == "heo_rung"
    assert "heo_rung" not in found(Index(before), asked)


@pytest.mark.parametrize(
    "text",
    [
        "Làm giấy khai sinh cho cháu ngoại ở đâu?",
        "sang ten so do cho con trai het nhieu tien",
        "rút bảo hiểm xã hội một lần cần gì",
        "ly hôn thì nộp đơn chỗ nào",
    ],
)
def test_what_other_offices_do_is_not_answered(index: Index, text: str) -> None:
    answer, _ = choose(tuple(index.search(text, {topic: 1 / len(Topic) for topic in Topic})))
    assert answer is Answer.NONE


def test_the_topic_decides_between_like_words_and_hides_nothing() -> None:
    like = [
        entry("cap_lai_the", name="Cấp lại thẻ bị mất", topic=Topic.ID_CARD),
        entry("cap_lai_bang", name="Cấp lại thẻ bị mất", topic=Topic.DRIVING_LICENSE),
        entry("cho_dai", name="Chó dại cắn người"),
    ]
    index = Index(like)
    sure = {Topic.DRIVING_LICENSE: 0.97, Topic.ID_CARD: 0.02}
    assert index.search("mất thẻ", sure)[0].id == "cap_lai_bang"
    assert index.search("chó dại cắn người ta", sure)[0].id == "cho_dai"


@pytest.mark.parametrize("text", ["", "…", "🔥", "\x00", "x" * 20_000, "/", "chó " * 3_000])
def test_any_text_has_candidates_in_order(index: Index, text: str) -> None:
    scores = [candidate.score for candidate in index.search(text, {"id_card": 0.5})]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] <= scores[0] <= 1


@pytest.mark.parametrize("number", ["4151", "93P1-662.08", "0900 000 123"])
def test_a_number_makes_no_question_less_known(index: Index, number: str) -> None:
    question = "sang tên xe cho con thì làm ở đâu"
    assert index.search(f"{question} {number}", NO_TOPIC) == index.search(question, NO_TOPIC)


def test_a_number_that_a_procedure_names_is_known(index: Index) -> None:
    numbered = [index.search(f"báo tin cho công an {n}", NO_TOPIC) for n in ("113", "7351")]
    assert numbered[0] != numbered[1]


def test_of_no_procedures_none_is_found() -> None:
    assert Index([]).search("làm căn cước", {"id_card": 0.9}) == []


def test_what_was_asked_is_not_kept(index: Index) -> None:
    from bot.procedures.words import _counted

    before = _counted.cache_info().currsize
    found(index, "chuyện riêng nhà tôi không ai được biết")
    assert _counted.cache_info().currsize == before


class Counting(Meanings):
    """Knows what it was asked for."""

    asked: list[str]

    def compare(self, question: str) -> tuple[Array, Array]:
        self.asked.append(question)
        return super().compare(question)


def test_the_meaning_is_asked_for_only_where_words_are_unsure() -> None:
    entries = list(ENTRIES.values())
    known = Known(entries)
    vectors = np.random.default_rng(7).normal(size=(len(known.questions), 384))
    meanings = Counting(known, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    meanings.asked = []
    index = Index(entries, meanings)
    sure, unsure = "mất thẻ căn cước thì làm lại ở đâu", "giấy đó mất rồi thì sao ta"
    index.search(sure, {Topic.ID_CARD: 1.0})
    assert meanings.asked == []
    index.search(unsure, NO_TOPIC)
    assert meanings.asked == [unsure]
    mistaken = "lam lai the lai xe co bat di benh vien khong"  # for a lost identity card
    [first, *_] = Index(entries).search(mistaken, {Topic.ID_CARD: 0.95})
    assert first.score > SURE_BY_WORDS
    index.search(mistaken, {Topic.ID_CARD: 0.95})
    assert meanings.asked == [unsure, mistaken], "another is as close in words"
