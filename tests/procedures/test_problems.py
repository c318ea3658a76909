"""What must not be told is found before anybody is told it."""

from collections.abc import Sequence
from datetime import date

import pytest

from bot.procedures.entry import SHORT, Confidence, Service
from bot.procedures.files import read
from bot.procedures.labels import FIELDS
from bot.procedures.problems import problems, wrong
from tests.procedures.conftest import entry

TODAY = date(2026, 11, 27)
KNOWN = ("nuoi_cho", "nuoi_ga")


def found(**fields: object) -> list[str]:
    """The fields that something is wrong with."""
    return [field for field, _ in problems(entry(**fields), KNOWN, TODAY)]


def test_a_whole_entry_is_told() -> None:
    whole = {
        "where": "Trụ sở {station} ({station_address}).",
        "service": Service.ID_CARD,
        "related": ["nuoi_ga"],
        "fees": [{"text": "25.000 đồng.", "until": "2026-12-31"}],
        "check_by": date(2026, 12, 31),
        "confidence": Confidence.LOW,
    }
    assert found(**whole) == []


@pytest.mark.parametrize(
    ("fields", "wrong_fields"),
    [
        ({"legal_source": []}, ["legal_source"]),
        ({"checked_on": date(2026, 11, 28)}, ["checked_on"]),
        ({"check_by": date(2026, 11, 26)}, ["check_by"]),
        ({"checked_on": date(2025, 11, 26)}, ["check_by"]),
        ({"fees": [{"text": "25.000 đồng.", "until": "2026-11-26"}]}, ["fees"]),
        ({"fees": [{"text": "25.000 đồng.", "since": "2026-11-28"}]}, ["fees"]),
        ({"answer": "Bà con khai báo ở xã. " * 30}, ["answer"]),
        ({"service": Service.PASSPORT}, ["where"]),
        ({"related": ["nuoi_vit"]}, ["related"]),
        ({"related": ["nuoi_cho"]}, ["related"]),
        ({"answer": "Bà con nộp 25.000 đồng ở xã, nhận ngay."}, ["answer"]),
        ({"answer": "Không khai thì bị phạt. Lệ phí 25.000đ một con."}, ["answer"]),
        ({"steps": ["Nộp 1,5 triệu tại quầy."]}, ["steps"]),
        ({"name": "Khai báo với {station}"}, ["name"]),
        ({"answer": "Bà con khai báo ở ____, mang theo giấy tờ."}, ["answer"]),
        ({"papers": ["Tờ khai số ???"]}, ["papers"]),
        ({"details": ["TODO hỏi lại."]}, ["details"]),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, object], wrong_fields: Sequence[str]) -> None:
    assert found(**fields) == wrong_fields


@pytest.mark.parametrize(
    "answer",
    [
        "Không khai báo có thể bị phạt 500.000–1.000.000 đồng.",
        "Cấp trong 7 ngày làm việc, tại mọi xã trong cả nước.",
        "Mang giấy khai sinh, sổ tiêm phòng…",
    ],
)
def test_what_is_no_fee_may_stand_in_the_answer(answer: str) -> None:
    assert found(answer=answer) == []


def test_the_longest_answer_a_chat_bears_is_told() -> None:
    assert found(answer="a" * SHORT) == []


def test_a_question_belongs_to_one_procedure() -> None:
    twice = {
        "nuoi_cho": entry(),
        "nuoi_ga": entry(
            "nuoi_ga", questions=["nuôi chó có  phải khai không?", "Nuôi gà?", "Gà cần tiêm gì?"]
        ),
    }
    assert [(each, field) for each, (field, _) in wrong(twice, TODAY)] == [("nuoi_ga", "questions")]


def test_nothing_is_wrong_with_the_files_on_the_day_they_were_checked() -> None:
    """What lapses later is for `binhyen procedures check`, which asks for today."""
    entries = read()
    checked = max(each.checked_on for each in entries.values())
    assert list(wrong(entries, checked)) == []


def test_every_field_has_a_name_for_officers() -> None:
    assert list(FIELDS) == list(entry().__class__.model_fields)
