"""Questions that lean on the procedure just told of."""

import pytest

from bot.messages.models import Conversation
from bot.procedures.catalogue import catalogue
from bot.procedures.follow_up import answer_to, in_context, leans
from bot.procedures.spoken_of import remember, told_of


@pytest.fixture
def conversation() -> Conversation:
    talk = Conversation()
    remember(talk, "id_card_child_6_to_14")
    return talk


def test_the_fee_is_that_of_the_procedure_told_of(conversation: Conversation) -> None:
    reply = answer_to(conversation, "lệ phí bao nhiêu?")
    assert reply
    assert catalogue()["id_card_child_6_to_14"].name in reply.text
    assert "miễn" in reply.text.lower()
    assert "vân tay" not in reply.text
    assert "Kiểm tra ngày" in reply.text


def test_several_parts_are_told_below_each_other(conversation: Conversation) -> None:
    reply = answer_to(conversation, "phí với thời hạn sao")
    assert reply
    assert "miễn" in reply.text.lower()
    assert "07 ngày" in reply.text


@pytest.mark.parametrize(
    ("told", "text", "other"),
    [
        ("id_card_child_6_to_14", "còn con tôi 5 tuổi?", "id_card_child_under_6"),
        ("id_card_child_6_to_14", "còn bị mất thì sao", "id_card_lost_damaged"),
        ("passport_adult", "vậy con 8 tuổi thì sao", "passport_child"),
        ("residence_permanent", "nhà trọ thì sao", "residence_permanent_rented"),
        ("vehicle_new_registration", "còn xe cũ mua lại?", "vehicle_transfer"),
    ],
)
def test_another_case_is_another_procedure(told: str, text: str, other: str) -> None:
    talk = Conversation()
    remember(talk, told)
    reply = answer_to(talk, text)
    assert reply
    assert catalogue()[other].name in reply.text
    known = told_of(talk)
    assert known
    assert known.id == other


def test_what_differs_otherwise_is_read_with_the_matter(conversation: Conversation) -> None:
    assert in_context(conversation, "ở xa thì làm sao") == "ở xa thì làm sao"
    assert in_context(conversation, "còn ở xa thì sao?").startswith("thủ tục căn cước: ")
    remember(conversation, "dog_at_large")
    assert in_context(conversation, "còn mèo thì sao").startswith(catalogue()["dog_at_large"].name)


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
