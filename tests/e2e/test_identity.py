"""Telegram, the whole way: staying unnamed, being looked up, erasing data, being left alone."""

import itertools
import re
import time

import pytest

from tests.e2e.conftest import Settled
from tests.e2e.officers import Console
from tests.e2e.residents import OnTelegram
from tests.e2e.test_private import THEFT, Talk, code_in
from tests.e2e.test_telegram import COMPLAINT
from tests.service import RunningService

CALM = "nhà kế bên ấp 1 hát karaoke ồn tới nửa đêm, ngủ không được"
NAME = "Lành Thị Kín"
REASON = "Cần lấy lời khai của người báo vụ mất xe"
ALIAS = re.compile(r"Bà con \d{4}-\w{3}")
RIGHTS = (
    *("can_be_edited", "can_manage_chat", "can_delete_messages", "can_manage_video_chats"),
    *("can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users"),
    *("can_post_stories", "can_edit_stories", "can_delete_stories"),
)
"""All that Telegram tells of an administrator."""
_updates = itertools.count(880_000_001)


@pytest.fixture
def talk(running_service: RunningService, somebody: int) -> Talk:
    return Talk(running_service, somebody, NAME)


def shared_phone(talk: Talk) -> None:
    """As Telegram sends it after "share my number"; he hears what it is kept for."""
    contact = {"phone_number": "0988777666", "first_name": NAME, "user_id": talk.resident.user_id}
    heard = len(talk.heard)
    talk.resident.in_private("", contact=contact)
    talk.telegram.wait_for(lambda t: len(talk.heard) > heard)
    assert "số điện thoại" in talk.heard[-1]


def test_the_officer_sees_an_alias_a_manager_looks_for_a_reason_a_leader_cannot(
    talk: Talk, leader: Console, manager: Console, settled: Settled
) -> None:
    shared_phone(talk)
    code = code_in(talk.say(THEFT))
    page = leader.whole_report(code).text
    assert NAME in page
    assert "0988777666" in page
    answer = talk.say("giấu tên giúp em")
    alias = ALIAS.search(answer)
    assert alias
    assert "Telegram" in answer
    for console in (leader, manager):
        page = console.report(code).text
        assert alias[0] in page
        for known in (NAME, "0988777666", talk.resident.chat):
            assert known not in page
            assert known not in console.queue()
    refused = leader.post("/console", f"/console/phan-anh/{code}/danh-tinh", reason=REASON)
    assert refused.status_code == 403
    assert NAME not in refused.text
    before = len(talk.heard)
    seen = manager.act(code, "danh-tinh", reason=REASON)
    assert NAME in seen.text
    assert "0988777666" in seen.text
    assert NAME not in manager.report(code).text
    assert REASON not in leader.report(code).text
    talk.telegram.wait_for(lambda _: len(talk.heard) > before)
    settled()
    [told] = talk.heard[before:]
    assert "Tổ quản lý" in told
    assert REASON not in told


def test_a_report_told_with_the_wish_is_anonymous_from_the_first_moment(
    talk: Talk, leader: Console
) -> None:
    heard = talk.say(f"{CALM}. Đừng cho ai biết tên em nha")
    assert heard.startswith("Đã nhận phản ánh")
    assert "bí danh" in heard
    code = code_in(heard)
    page = leader.report(code).text
    assert "Đừng cho ai biết tên em" in page
    assert NAME not in page


def test_erasing_withdraws_what_nobody_has_touched_and_unnames_the_rest(
    talk: Talk, leader: Console, manager: Console, settled: Settled
) -> None:
    worked_on = code_in(talk.say(CALM))
    leader.act(worked_on, "tiep-nhan")
    settled()
    fresh = code_in(talk.say(COMPLAINT))
    assert fresh != worked_on
    settled()
    asked = talk.say("xoá dữ liệu của tôi")
    assert "không lấy lại được" in asked
    assert "nạt nộ" in manager.report(fresh).text
    before = len(talk.heard)
    talk.resident.press("erase_my_data")
    talk.telegram.wait_for(lambda _: len(talk.heard) > before)
    done = talk.heard[before]
    assert f"{fresh}." in done
    assert f"Còn giữ {worked_on}" in done
    page = manager.report(fresh).text
    assert "nạt nộ" not in page
    assert "Người báo rút lại" in page
    page = manager.report(worked_on).text
    assert "karaoke" in page
    assert NAME not in page
    again = manager.act(worked_on, "danh-tinh", reason=REASON)
    assert again.status_code == 409
    assert NAME not in again.text
    assert NAME not in talk.say("trợ lý đang giữ gì của tôi")


def test_who_wants_to_be_left_alone_hears_no_more_of_states_but_answers(
    talk: Talk, leader: Console, settled: Settled
) -> None:
    code = code_in(talk.say(CALM))
    assert "nhắn lại đi" in talk.say("dừng")
    before = len(talk.heard)
    leader.act(code, "tiep-nhan")
    settled()
    assert len(talk.heard) == before
    assert code in talk.say(f"{code} tới đâu rồi")
    leader.act(code, "tra-loi", text="Xe màu gì vậy em?")
    talk.telegram.wait_for(lambda _: "Xe màu gì" in talk.heard[-1])


def test_the_first_answer_that_is_no_alarm_says_what_the_assistant_reads_and_keeps(
    talk: Talk,
) -> None:
    urgent = talk.say("có thằng lạ đang cạy cửa sau nhà em ở ấp 1, em với 2 đứa nhỏ trong phòng")
    assert urgent.startswith("Anh/chị gọi ngay 113")
    assert "không theo dõi ý kiến" not in urgent
    assert "không theo dõi ý kiến" in talk.say("cảm ơn nghe")
    assert "không theo dõi ý kiến" not in talk.say("làm căn cước cho con 8 tuổi cần giấy tờ gì ạ")
    assert "không theo dõi ý kiến" in talk.say("/help")


def test_a_group_hears_the_rules_when_it_asks_and_once_when_the_assistant_may_read(
    running_service: RunningService, somebody: int, settled: Settled
) -> None:
    telegram = running_service.platforms.telegram
    resident = OnTelegram(running_service, somebody, "Mai")
    command = {"type": "bot_command", "offset": 0, "length": 7}
    before = len(telegram.sent("-1003"))
    resident.in_group("-1003", "/noiquy", entities=[command])
    telegram.wait_for(lambda t: len(t.sent("-1003")) > before)
    assert telegram.sent("-1003")[before].startswith("Nội quy của trợ lý trong nhóm")
    for _ in range(2):
        made_admin(resident, "-1003")
    settled()
    assert len(telegram.sent("-1003")) == before + 2


def made_admin(resident: OnTelegram, group: str) -> None:
    bot = {"id": 7012345678, "is_bot": True, "first_name": "Bot", "username": "binhyen_demo_bot"}
    rights = dict.fromkeys(RIGHTS, True)
    change = {
        "chat": {"id": int(group), "type": "supergroup", "title": "Ấp"},
        "from": resident._sender(),
        "date": int(time.time()),
        "old_chat_member": {"user": bot, "status": "member"},
        "new_chat_member": {"user": bot, "status": "administrator", "is_anonymous": False} | rights,
    }
    resident._post({"update_id": next(_updates), "my_chat_member": change})
