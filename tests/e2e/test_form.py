"""The questions after a report, on Telegram with the whole service."""

import json

import pytest

from tests.e2e.officers import Console
from tests.e2e.test_private import Talk, code_in
from tests.service import RunningService

NOISE = "nhà kế bên hát karaoke ồn tới nửa đêm, ngủ không được"


@pytest.fixture
def talk(running_service: RunningService, somebody: int) -> Talk:
    return Talk(running_service, somebody)


def press(talk: Talk, label: str) -> str:
    """Press a button of the last message that has it; the answer to that."""
    payload = _payload(talk, label)
    before = len(talk.heard)
    talk.resident.press(payload)
    talk.telegram.wait_for(lambda t: len(talk.heard) > before)
    return talk.heard[-1]


def _payload(talk: Talk, label: str) -> str:
    for params in reversed(talk.telegram.called("sendMessage")):
        if str(params.get("chat_id")) == talk.resident.chat:
            markup = params.get("reply_markup") or {}
            rows = json.loads(markup) if isinstance(markup, str) else markup
            for row in rows.get("inline_keyboard", []):
                for button in row:
                    if button["text"] == label:
                        return str(button["callback_data"])
    raise AssertionError(f"no button {label!r}")


def test_each_question_follows_the_answer_to_the_one_before(talk: Talk, manager: Console) -> None:
    receipt = talk.say(NOISE)
    code = code_in(receipt)
    assert receipt.endswith("gần chỗ nào.")
    assert "lúc nào" in press(talk, "Ấp 2")
    assert "hình hay video" in press(talk, "Đang diễn ra")
    assert "biết tên" in press(talk, "Không có hình")
    hidden = press(talk, "Giấu tên giúp")
    assert "bí danh" in hidden
    assert "Cảm ơn anh/chị." in hidden
    page = manager.report(code).text
    assert "Ở đâu: Ấp 2" in page
    assert "Lúc nào: Đang diễn ra" in page
    assert "Ấp 2" in page


def test_skipping_and_ending(talk: Talk) -> None:
    talk.say(NOISE)
    assert "lúc nào" in talk.say("bỏ qua")
    assert talk.say("thôi đủ rồi").startswith("Cảm ơn anh/chị.")
    assert "PA-" in talk.say("nó lại hát nữa rồi")


def test_a_question_in_between_is_answered_and_the_report_goes_on(talk: Talk) -> None:
    talk.say(NOISE)
    answer = talk.say("làm căn cước cho con 8 tuổi cần giấy tờ gì ạ")
    assert "Cấp thẻ căn cước cho trẻ" in answer
    assert "ấp nào" in answer
    assert "lúc nào" in talk.say("gần nhà thờ ấp 2")


def test_an_answer_is_put_right(talk: Talk, manager: Console) -> None:
    code = code_in(talk.say(NOISE))
    talk.say("gần chợ ấp 1")
    assert "sửa chỗ nào" in talk.say("sửa lại")
    assert "chỗ nào" in press(talk, "Nơi xảy ra")
    assert "lúc nào" in talk.say("gần trường học ấp 2")
    assert "trường học" in manager.report(code).text


def test_somebody_in_danger_is_told_whom_to_call(talk: Talk) -> None:
    talk.say("hai nhà gần em cãi nhau đòi chém nhau vì cái hàng rào")
    while "nguy hiểm" not in talk.heard[-1] and "gọi ngay" not in talk.heard[-1]:
        talk.say("bỏ qua")
    if "gọi ngay" not in talk.heard[-1]:
        assert "gọi ngay" in press(talk, "Có")


def test_a_follow_up_on_a_procedure_keeps_its_topic(talk: Talk) -> None:
    talk.say("làm căn cước cho con 8 tuổi cần giấy tờ gì ạ")
    assert "miễn lệ phí" in talk.say("lệ phí bao nhiêu?")
    assert "trẻ dưới 6 tuổi" in talk.say("còn con tôi 5 tuổi?")


def test_two_matters_at_once_are_told_apart(talk: Talk, manager: Console) -> None:
    first = code_in(talk.say(NOISE))
    talk.say("thôi đủ rồi")
    answer = talk.say("hồi hôm nhà em bị trộm vô lấy hai con gà với cái máy bơm")
    assert "việc khác" in answer
    second = code_in(press(talk, "Việc khác"))
    assert second != first
    assert "máy bơm" not in manager.report(first).text
    assert "máy bơm" in manager.report(second).text
