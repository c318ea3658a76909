"""The measures of labelled messages, worked out by hand on a few."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.triage.evaluation import (
    Answer,
    Example,
    InvalidExample,
    calibration,
    fallen,
    measure,
    read_examples,
    worst,
)
from bot.triage.understanding import Category, Understanding

CRIME, DISPUTE, TALK = Category.CRIME_INCIDENT, Category.DISPUTE, Category.SMALL_TALK
QUESTION = Category.PROCEDURE_QUESTION


def answer(
    right: Category,
    said: Category,
    *,
    accept: tuple[Category, ...] = (),
    sensitive: tuple[bool | None, bool] = (False, False),
    urgent: tuple[bool | None, bool] = (False, False),
    topics: tuple[str, ...] = (),
    topic: str | None = None,
    confidence: float = 0.9,
    stripped: Category | None = None,
) -> Answer:
    """`sensitive`, `urgent`: what is right, and what was found."""
    example = Example(
        text="một tin",
        chat="group",
        category=right,
        accept=frozenset({right, *accept}),
        sensitive=sensitive[0],
        urgent=urgent[0],
        topics=frozenset(topics),
        style="standard",
    )
    found = Understanding(said, confidence, sensitive=sensitive[1], urgent=urgent[1], topic=topic)
    return Answer(example, found, replace(found, category=stripped or said))


def test_an_accepted_category_is_right() -> None:
    measures = measure([answer(CRIME, DISPUTE, accept=(DISPUTE,)), answer(CRIME, TALK)])
    assert measures["accepted"] == 0.5
    assert measures["confusion"][DISPUTE] == {DISPUTE: 1}
    assert measures["confusion"][CRIME] == {TALK: 1}


def test_macro_f1_is_the_mean_of_the_categories_that_occur() -> None:
    measures = measure([answer(CRIME, CRIME), answer(TALK, TALK), answer(TALK, CRIME)])
    assert measures["macro_f1"] == pytest.approx((2 / 3 + 2 / 3) / 2)


def test_what_is_lost_without_diacritics() -> None:
    measures = measure([answer(CRIME, CRIME), answer(TALK, TALK, stripped=CRIME)])
    assert measures["accepted_stripped"] == 0.5
    assert measures["stripped_loss"] == 0.5


def test_a_flag_nobody_is_sure_of_is_not_counted() -> None:
    measures = measure(
        [
            answer(CRIME, CRIME, urgent=(True, True)),
            answer(CRIME, CRIME, urgent=(True, False)),
            answer(CRIME, CRIME, urgent=(None, True)),
            answer(CRIME, CRIME, urgent=(False, True)),
        ]
    )
    assert measures["urgent_recall"] == 0.5
    assert measures["urgent_precision"] == 0.5


def test_false_alarms_on_talk_and_questions_are_told_apart() -> None:
    measures = measure(
        [
            answer(TALK, TALK, sensitive=(False, True)),
            answer(TALK, TALK),
            answer(CRIME, CRIME, sensitive=(False, True)),
            answer(DISPUTE, DISPUTE, sensitive=(True, True)),
        ]
    )
    assert measures["sensitive_false_harmless"] == 0.5
    assert measures["sensitive_false"] == pytest.approx(2 / 3)
    assert measures["sensitive_recall"] == 1.0


def test_a_question_not_seen_as_one_has_no_topic() -> None:
    measures = measure(
        [
            answer(QUESTION, QUESTION, topics=("id_card", "residence"), topic="residence"),
            answer(QUESTION, TALK, topics=("id_card",)),
        ]
    )
    assert measures["topic"] == 0.5


def test_shares_of_nothing_are_unknown() -> None:
    measures = measure([answer(TALK, TALK)])
    assert measures["urgent_recall"] is None
    assert measures["topic"] is None


def test_calibration_compares_confidence_with_truth() -> None:
    curve = calibration(
        [answer(CRIME, CRIME, confidence=0.95), answer(CRIME, TALK, confidence=0.55)]
    )
    assert [point["accepted"] for point in curve["curve"]] == [0.0, 1.0]
    assert curve["expected_error"] == pytest.approx((0.55 + 0.05) / 2)


def test_the_worst_mistake_is_the_surest() -> None:
    mild, bad = answer(CRIME, TALK, confidence=0.4), answer(CRIME, TALK, confidence=0.9)
    assert worst([mild, answer(CRIME, CRIME), bad]) == [bad, mild]


MEASURES = measure(
    [
        answer(QUESTION, QUESTION, topics=("id_card",), topic="id_card"),
        answer(CRIME, CRIME, sensitive=(True, True), urgent=(True, True)),
    ]
)


@pytest.mark.parametrize(
    ("name", "change", "worse"),
    [
        ("accepted", -0.03, True),
        ("accepted", -0.01, False),
        ("accepted", +0.03, False),
        ("sensitive_false_harmless", +0.03, True),
        ("sensitive_false_harmless", -0.03, False),
        ("topic", -0.03, True),
    ],
)
def test_a_measure_has_fallen_by_more_than_two_points(
    name: str, change: float, worse: bool
) -> None:
    now = {**MEASURES, name: MEASURES[name] + change}
    assert bool(fallen(now, MEASURES)) is worse


def test_a_measure_that_is_gone_has_fallen() -> None:
    assert fallen({**MEASURES, "urgent_recall": None}, MEASURES)


ROW = {"text": "mất xe", "category": "crime_incident", "sensitive": None, "urgent": False}


def test_examples_are_read_as_the_sample_is_written(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    path.write_text(json.dumps({**ROW, "accept": ["dispute"]}) + "\n\n", "utf-8")
    (example,) = read_examples(path)
    assert example.accept == {CRIME, DISPUTE}
    assert example.sensitive is None
    assert example.topics == frozenset()


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "5",
        '{"text": 5, "category": "dispute"}',
        '{"text": "chuyện riêng"}',
        '{"text": "a", "category": "chuyện riêng"}',
        '{"text": "chuyện riêng", "category": ["dispute"]}',
        '"chuyện riêng"',
    ],
)
def test_a_bad_line_is_named_and_not_repeated(tmp_path: Path, line: str) -> None:
    path = tmp_path / "messages.jsonl"
    path.write_text(f"\n{line}\n", "utf-8")
    with pytest.raises(InvalidExample) as error:
        read_examples(path)
    assert str(error.value).startswith("dòng 2: ")
    assert "chuyện riêng" not in str(error.value)


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    path.touch()
    with pytest.raises(InvalidExample, match="không có tin nào"):
        read_examples(path)
