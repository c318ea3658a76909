"""Which question is asked next, and what a short answer means."""

import uuid

import pytest

from bot.messages.models import Conversation
from bot.reports.models import Report, Status
from bot.reports.questions import (
    Question,
    Step,
    answered,
    asked_of,
    note,
    pending,
    read_answer,
    skip_the_rest,
)
from bot.reports.replies_in_words import (
    changes_nothing_yet,
    is_courtesy,
    is_no,
    is_yes,
    wants_to_change,
    wants_to_skip,
    wants_to_stop,
)
from bot.triage.understanding import Category

FIRST, SECOND, THIRD = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()


def report(category: Category = Category.CRIME_INCIDENT, **more: object) -> Report:
    values = {
        "category": category,
        "status": Status.NEW,
        "urgent": False,
        "needs_review": False,
        "anonymous": False,
        "reporter_name": "Tâm",
        "answers": [],
        "conversation": Conversation(),
    }
    return Report(**(values | more))


def test_questions_come_in_their_order_and_end() -> None:
    r, seen = report(), []
    while question := pending(r):
        seen.append(question)
        note(r, question, Step.TOLD, uuid.uuid4())
    assert seen == list(Question)


def test_who_is_in_danger_is_asked_where_somebody_may_be() -> None:
    assert Question.DANGER in asked_of(report(Category.DISPUTE))
    assert Question.DANGER not in asked_of(report(Category.SECURITY_ORDER))
    assert Question.DANGER not in asked_of(report(Category.POLICE_CONDUCT))


def test_an_urgent_report_is_asked_where_and_who_is_in_danger_and_no_more() -> None:
    assert asked_of(report(urgent=True)) == [Question.WHERE, Question.DANGER]


def test_a_name_nobody_knows_is_not_asked_for() -> None:
    assert Question.NAME not in asked_of(report(reporter_name=""))
    assert Question.NAME not in asked_of(report(anonymous=True))


def test_nothing_is_asked_of_what_nobody_has_understood_or_of_a_call_for_an_officer() -> None:
    assert asked_of(report(needs_review=True)) == []
    assert asked_of(report(Category.BOT_REQUEST)) == []


def test_a_closed_report_asks_nothing() -> None:
    assert pending(report(status=Status.CLOSED)) is None


def test_a_message_handled_again_meets_the_question_it_answered() -> None:
    r = report()
    note(r, Question.WHERE, Step.TOLD, FIRST)
    assert pending(r) is Question.WHEN
    assert pending(r, besides=FIRST) is Question.WHERE
    note(r, Question.WHERE, Step.TOLD, FIRST)  # the same once more
    assert len(r.answers) == 1


def test_what_is_to_be_put_right_is_asked_first_and_then_the_rest_goes_on() -> None:
    r = report()
    note(r, Question.WHERE, Step.TOLD, FIRST)
    note(r, Question.WHERE, Step.AGAIN, SECOND)
    assert pending(r) is Question.WHERE
    assert answered(r, THIRD) == []
    note(r, Question.WHERE, Step.TOLD, THIRD)
    assert pending(r) is Question.WHEN
    assert answered(r, uuid.uuid4()) == [Question.WHERE]


def test_enough_ends_all_questions() -> None:
    r = report()
    skip_the_rest(r, FIRST)
    assert pending(r) is None
    assert pending(r, besides=FIRST) is Question.WHERE


def test_only_our_own_buttons_are_answers() -> None:
    assert read_answer("answer:PA-ACDEF:when:now") == ("PA-ACDEF", Question.WHEN, "now")
    for other in ("answer:PA-ACDEF:colour:now", "answer:when", "officer", "", "xanswer:a:when:now"):
        assert read_answer(other) is None


@pytest.mark.parametrize(
    "text", ["bỏ qua", "bo qua di", "ko biết", "dạ không rõ", "em không nhớ rõ"]
)
def test_skipping(text: str) -> None:
    assert wants_to_skip(text)


@pytest.mark.parametrize("text", ["không biết nó tên gì", "qua nhà bà Tám", "tiếp tục đánh nhau"])
def test_not_skipping(text: str) -> None:
    assert not wants_to_skip(text)


@pytest.mark.parametrize("text", ["đủ rồi", "thôi", "khỏi hỏi nữa", "dạ vậy thôi", "vay du roi"])
def test_ending(text: str) -> None:
    assert wants_to_stop(text)


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("sửa lại", True),
        ("dạ ghi nhầm rồi", True),
        ("sua lai giup em", True),
        ("sửa lại là ở ấp 2 gần chợ", False),
    ],
)
def test_changing(text: str, alone: bool) -> None:
    assert wants_to_change(text)
    assert changes_nothing_yet(text) is alone


@pytest.mark.parametrize("text", ["xe bị sai rồi", "họ sửa lại cái cổng", "tui ở ấp 2"])
def test_not_changing(text: str) -> None:
    assert not wants_to_change(text)


@pytest.mark.parametrize("text", ["có", "dạ có", "co a", "Có ạ!", "đồng ý", "được nha"])
def test_yes(text: str) -> None:
    assert is_yes(text)
    assert not is_no(text)


@pytest.mark.parametrize(
    "text", ["không", "ko", "dạ không ạ", "hong co", "không ai sao", "chưa", "chưa ai bị gì"]
)
def test_no(text: str) -> None:
    assert is_no(text)
    assert not is_yes(text)


@pytest.mark.parametrize("text", ["có hai người bị thương", "không biết nữa, tối quá"])
def test_more_than_yes_or_no_is_an_answer_in_words(text: str) -> None:
    assert not is_yes(text)
    assert not is_no(text)


@pytest.mark.parametrize("text", ["dạ cảm ơn cán bộ", "ok", "haha", "👍", "...", "chào anh"])
def test_courtesy(text: str) -> None:
    assert is_courtesy(text)


@pytest.mark.parametrize("text", ["gần chợ", "dạ gần nhà thờ", "ok để em chụp hình gửi"])
def test_answers_are_no_courtesy(text: str) -> None:
    assert not is_courtesy(text)
