"""Questions that lean on the procedure just told of."""

import pytest

from bot.messages.models import Conversation
from bot.procedures.catalogue import catalogue
from bot.procedures.follow_up import Part, answer_to, in_context, leans, part_asked
from bot.procedures.spoken_of import remember, told_of


@pytest.fixture
def conversation() -> Conversation:
    talk = Conversation()
    remember(talk, "id_card_child_6_to_14")
    return talk


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("lệ phí bao nhiêu?", Part.FEE),
        ("le phi bao nhieu vay", Part.FEE),
        ("tốn nhiêu tiền", Part.FEE),
        ("có mất tiền không em", Part.FEE),
        ("mấy ngày có?", Part.TIME),
        ("bao lâu thì xong", Part.TIME),
        ("cần giấy tờ gì", Part.PAPERS),
        ("vậy đem theo gì", Part.PAPERS),
        ("làm ở đâu", Part.PLACE),
        ("làm online được không", Part.PLACE),
        ("lệ phí hộ chiếu bao nhiêu", None),
        ("mất xe ở đâu", None),
        ("nhà tôi bị trộm lấy hết tiền", None),
        ("cảm ơn", None),
    ],
)
def test_what_a_bare_question_asks_about(text: str, part: Part | None) -> None:
    assert part_asked(text) is part


def test_the_fee_is_that_of_the_procedure_told_of(conversation: Conversation) -> None:
    reply = answer_to(conversation, "lệ phí bao nhiêu?")
    assert reply
    assert "miễn lệ phí" in reply.text
    assert "vân tay" not in reply.text


def test_another_age_is_another_procedure(conversation: Conversation) -> None:
    reply = answer_to(conversation, "còn con tôi 5 tuổi?")
    assert reply
    assert catalogue()["id_card_child_under_6"].name in reply.text
    known = told_of(conversation)
    assert known
    assert known.id == "id_card_child_under_6"


def test_what_differs_otherwise_is_read_with_the_topic(conversation: Conversation) -> None:
    assert in_context(conversation, "mất thì làm lại sao") == "mất thì làm lại sao"
    assert in_context(conversation, "còn bị mất thì sao?").startswith("làm căn cước: ")


@pytest.mark.parametrize(
    "text",
    ["cháy nhà rồi thì sao", "có người đánh con tôi", "tôi muốn báo việc hàng xóm gây rối đêm qua"],
)
def test_a_report_leans_on_nothing(conversation: Conversation, text: str) -> None:
    assert not leans(text)
    assert answer_to(conversation, text) is None
    assert in_context(conversation, text) == text


def test_without_a_procedure_nothing_is_added() -> None:
    talk = Conversation()
    assert answer_to(talk, "lệ phí bao nhiêu?") is None
    assert in_context(talk, "còn con tôi 5 tuổi?") == "còn con tôi 5 tuổi?"
