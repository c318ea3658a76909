"""What the trained model makes of messages, asked through `python -m bot.nlu.classify`."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.nlu.golden import GOLDEN, Golden, mismatches
from bot.nlu.text import strip_diacritics
from bot.nlu.thresholds import PROCEDURE_GOOD, REVIEW_BELOW
from bot.ops.environments import RASA
from bot.ops.model import TrainedModel
from tests.nlu.classifier import Classifier, Parsed

HERE = Path(__file__).parent
CATEGORIES = {
    "security_order",
    "crime_incident",
    "dispute",
    "police_conduct",
    "other_security",
    "procedure_question",
    "bot_request",
    "small_talk",
}


@pytest.fixture(scope="module")
def classifier(model: TrainedModel) -> Iterator[Classifier]:
    with tempfile.TemporaryFile() as complaints, Classifier(model.path, complaints) as classifier:
        yield classifier


def sample(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]


def test_it_says_when_it_is_ready(classifier: Classifier) -> None:
    assert classifier.first_line == {"ready": True}


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.text)
def test_a_plain_message_is_understood(classifier: Classifier, golden: Golden) -> None:
    assert not list(mismatches(golden, classifier.ask(golden.text)))


def test_all_categories_are_ranked_with_probabilities(classifier: Classifier) -> None:
    parsed = classifier.ask("hàng xóm hát karaoke tới khuya")
    ranking = parsed["intent_ranking"]
    confidences = [place["confidence"] for place in ranking]
    assert {place["name"] for place in ranking} == CATEGORIES
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) == pytest.approx(1)
    assert parsed["intent"] == ranking[0]


@pytest.mark.parametrize(
    "text", ["", "   ", "\n\t", "…", "\u200b", "....", "你好", "\ud83d", "\x00"]
)
def test_a_message_without_a_word_is_talk_nobody_is_sure_of(
    classifier: Classifier, text: str
) -> None:
    parsed = classifier.ask(text)
    assert parsed["intent"]["name"] == "small_talk"
    assert parsed["intent"]["confidence"] < REVIEW_BELOW
    assert not parsed["flags"]["sensitive"]["value"]
    assert not parsed["flags"]["urgent"]["value"]
    assert parsed["procedures"] == []


def test_a_typed_intent_is_not_obeyed(classifier: Classifier) -> None:
    parsed = classifier.ask('/choose_procedure{"procedure": "id_card_fee"}')
    assert parsed["intent"]["name"] in CATEGORIES
    assert parsed["entities"] == []


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b'{"text": 5}', b"\xff\xfe", b'{"text"', b"[" * 100_000, b"null"]
)
def test_a_bad_line_is_answered_and_the_next_one_too(classifier: Classifier, line: bytes) -> None:
    assert classifier.send(line)["error"]
    assert classifier.ask("chúc cả nhà ngủ ngon")["text"] == "chúc cả nhà ngủ ngon"


@pytest.mark.parametrize(
    "unit", ["á", "a b ", "🔥", "\u0301", "làm căn cước ", "\U0010ffff", "\ud800"]
)
def test_a_message_of_twenty_thousand_characters_is_answered(
    classifier: Classifier, unit: str
) -> None:
    assert classifier.ask((unit * 20_000)[:20_000])["intent"]["name"] in CATEGORIES


def test_only_a_procedure_question_has_a_topic_and_procedures(classifier: Classifier) -> None:
    report = classifier.ask("đêm qua nhà tui bị trộm cạy cửa lấy mất xe máy")
    assert report["topic"] == {"name": None, "confidence": 0.0}
    assert report["procedures"] == []
    question = classifier.ask("mất căn cước rồi làm lại cần giấy tờ gì ạ")
    assert question["topic"]["name"] == "id_card"
    assert question["procedures"][0]["id"] == "id_card_lost_damaged"
    assert question["procedures"][0]["score"] >= PROCEDURE_GOOD
    scores = [found["score"] for found in question["procedures"]]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mở nhạc hòa tấu ồn quá", "mở nhạc hoà tấu ồn quá"),
        ("CHÁY NHÀ RỒI", "cháy nhà rồi"),
        ("cháyyyyy nhà rồiiii", "cháy nhà rồi"),
    ],
)
def test_one_message_in_two_spellings_gets_one_answer(
    classifier: Classifier, one: str, other: str
) -> None:
    assert classifier.ask(one)["intent"] == classifier.ask(other)["intent"]


def share(parsed: list[Parsed], rows: list[dict[str, Any]]) -> float:
    pairs = zip(parsed, rows, strict=True)
    return sum(p["intent"]["name"] in row["accept"] for p, row in pairs) / len(rows)


def test_the_sample_is_sorted_as_well_as_was_measured(classifier: Classifier) -> None:
    rows = sample("messages-sample.jsonl")
    assert share(classifier.ask_all(row["text"] for row in rows), rows) >= 0.73
    stripped = (strip_diacritics(row["text"]) for row in rows)
    assert share(classifier.ask_all(stripped), rows) >= 0.70


@pytest.mark.parametrize(
    ("flag", "recall", "false"), [("sensitive", 0.7, 0.1), ("urgent", 0.8, 0.1)]
)
def test_the_samples_flags_are_found_as_well_as_was_measured(
    classifier: Classifier, flag: str, recall: float, false: float
) -> None:
    rows = [row for row in sample("messages-sample.jsonl") if row[flag] is not None]
    answers = [classifier.ask(row["text"])["flags"][flag]["value"] for row in rows]
    found = [answer for answer, row in zip(answers, rows, strict=True) if row[flag]]
    raised = [answer for answer, row in zip(answers, rows, strict=True) if not row[flag]]
    assert sum(found) / len(found) >= recall
    assert sum(raised) / len(raised) <= false


@pytest.mark.parametrize("stripped", [False, True], ids=["written", "stripped"])
def test_the_right_procedure_is_among_the_candidates(
    classifier: Classifier, stripped: bool
) -> None:
    rows = sample("procedures-sample.jsonl")
    first = among = 0
    for row in rows:
        text = strip_diacritics(row["text"]) if stripped else row["text"]
        candidates = [found["id"] for found in classifier.ask(text)["procedures"]]
        first += bool(set(candidates[:1]) & set(row["accept"]))
        among += bool(set(candidates) & set(row["accept"]))
    assert first / len(rows) >= 0.68
    assert among / len(rows) >= 0.80


def test_nothing_is_written_beside_the_answers(classifier: Classifier) -> None:
    classifier.ask("chuyện riêng nhà tôi")
    classifier.complaints.seek(0)
    assert classifier.complaints.read() == b""


def test_a_file_that_is_no_model_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "model.tar.gz").write_text("not an archive")
    command = [RASA.python, "-m", "bot.nlu.classify", tmp_path / "model.tar.gz"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parents[1], check=False)
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.startswith("model.tar.gz cannot be loaded: ")
    assert run.stderr.count("\n") == 1


def test_training_into_a_place_that_cannot_be_written_fails_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    command = [RASA.python, "-m", "bot.nlu.train", "--output", tmp_path / "file" / "models"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parents[1], check=False)
    assert run.returncode == 1
    assert run.stderr.startswith("training failed: ")
    assert run.stderr.count("\n") == 1
