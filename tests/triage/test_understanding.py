"""From a parse result to what the policy decides upon."""

from typing import Any

import pytest

from bot.triage.understanding import FEW_WORDS, SURE_OF_FEW_WORDS, Category, Understanding


def parse(text: str, urgent: float, *, raised: bool = True) -> dict[str, Any]:
    return {
        "text": text,
        "intent": {"name": "small_talk", "confidence": 0.6},
        "flags": {
            "sensitive": {"value": False, "confidence": 0.0},
            "urgent": {"value": raised, "confidence": urgent},
        },
    }


@pytest.mark.parametrize(
    ("text", "urgent", "is_urgent"),
    [
        ("xe màu xanh", SURE_OF_FEW_WORDS - 0.1, False),
        ("nó có dao kìa", SURE_OF_FEW_WORDS, True),
        ("anh ơi nó có dao kìa", 0.2, True),
    ],
)
def test_in_few_words_an_alarm_must_be_surer(text: str, urgent: float, is_urgent: bool) -> None:
    assert Understanding.from_parse(parse(text, urgent)).urgent is is_urgent
    assert (len(text.split()) < FEW_WORDS) is (urgent != 0.2)


def test_words_that_leave_no_doubt_need_no_model() -> None:
    assert Understanding.from_parse(parse("cứu tôi", 0.0, raised=False)).urgent


def test_within_a_talk_about_a_report_alarms_must_be_surer() -> None:
    unsure = Understanding.from_parse(parse("nhà màu xanh, cổng sắt, đối diện quán", 0.3))
    assert unsure.urgent
    assert not unsure.going_on().urgent
    sure = Understanding.from_parse(parse("nó đang cầm dao đứng trước cửa nhà em", 0.8))
    assert sure.going_on().urgent
    danger = Understanding.from_parse(parse("cứu tôi", 0.0, raised=False))
    assert danger.going_on().urgent


def test_within_a_talk_about_a_report_a_complaint_must_be_surer() -> None:
    doubtful = Understanding(Category.SMALL_TALK, 0.6, conduct=0.3, names_police=True)
    assert doubtful.going_on().conduct == 0
    clear = Understanding(Category.POLICE_CONDUCT, 0.9, conduct=0.9, names_police=True)
    assert clear.going_on().conduct == 0.9


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("mấy ông công an bênh nó", True),
        ("anh khu vực nhận tiền rồi", True),
        ("cán bộ gì mà nói năng vậy", True),
        ("mấy ổng nhận tiền rồi làm lơ", True),
        ("sợ nó biết tui báo lắm", False),
        ("lần nào cũng vậy", False),
    ],
)
def test_a_fragment_that_speaks_of_no_officer_complains_of_none(text: str, named: bool) -> None:
    found = Understanding.from_parse(parse(text, 0.0, raised=False))
    assert found.names_police is named
