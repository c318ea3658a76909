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


@pytest.mark.parametrize(
    ("text", "urgent", "stays"),
    [
        ("nhà màu xanh cổng sắt đó anh", 0.2, False),
        ("nó cầm dao đứng trước cửa", 0.8, True),
        ("con tui bị điện giật rồi", 0.2, True),  # says itself what it is
        ("ba em lên cơn đau tim", 0.2, True),
        ("hồi nãy nó chạy qua đây tay cầm cây mã tấu dài", 0.2, True),
        ("cứu tôi", 0.1, True),
    ],
)
def test_within_a_talk_a_fragment_must_be_surer(text: str, urgent: float, stays: bool) -> None:
    alone = Understanding.from_parse(parse(text, urgent))
    assert alone.urgent
    assert alone.going_on().urgent is stays


def test_within_a_talk_a_complaint_stays_one() -> None:
    short = Understanding(Category.POLICE_CONDUCT, 0.9, conduct=0.3, sensitivity=0.3)
    assert short.going_on() == short
