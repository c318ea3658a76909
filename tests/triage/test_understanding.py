"""From a parse result to what the policy decides upon."""

from typing import Any

import pytest

from bot.triage.policy import complains
from bot.triage.understanding import FEW_WORDS, SURE_OF_FEW_WORDS, Understanding


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


@pytest.mark.parametrize(
    ("conduct", "words", "stays"),
    [(0.3, 3, False), (0.49, 11, False), (0.5, 3, True), (0.3, 12, True)],
)
def test_within_a_talk_a_brief_complaint_must_be_likelier(
    conduct: float, words: int, stays: bool
) -> None:
    told = parse(" ".join(["lời"] * words), 0.0, raised=False)
    told["intent_ranking"] = [{"name": "police_conduct", "confidence": conduct}]
    told["flags"]["sensitive"]["confidence"] = 0.3
    alone = Understanding.from_parse(told)
    assert complains(alone)
    assert complains(alone.going_on()) is stays


def test_words_that_tie_the_police_to_a_wrong_stay_a_complaint() -> None:
    told = parse("công an ấp 3 đòi tiền", 0.0, raised=False)
    assert complains(Understanding.from_parse(told).going_on())
