"""The whole way: a reporter who blocked the assistant, a window that closed, and asking for a
person. The report stays, the officer hears, and the words arrive when they can."""

import json
import re
import time

from tests.e2e.conftest import Settled
from tests.e2e.officers import Console
from tests.e2e.residents import OnTelegram, OnZaloOA, _deliver, numbers
from tests.e2e.test_private import THEFT, Talk, code_in
from tests.service import RunningService


def membership(resident: OnTelegram, status: str) -> None:
    """The person blocked the bot ("kicked"), or lets it write again ("member")."""
    me = {"id": 7012345678, "is_bot": True, "first_name": "Bot Bình Yên"}
    old = "member" if status == "kicked" else "kicked"
    change = {
        "chat": {"id": resident.user_id, "type": "private"},
        "from": {"id": resident.user_id, "is_bot": False, "first_name": "Tâm"},
        "date": int(time.time()),
        "old_chat_member": {"status": old, "user": me, "until_date": 0},
        "new_chat_member": {"status": status, "user": me, "until_date": 0},
    }
    resident._post({"update_id": next(numbers), "my_chat_member": change})


def test_a_reporter_who_blocks_and_comes_back_misses_nothing(
    running_service: RunningService, somebody: int, leader: Console, settled: Settled
) -> None:
    talk = Talk(running_service, somebody)
    telegram = running_service.platforms.telegram
    code = code_in(talk.say(THEFT))
    settled()
    told = len(telegram.sent("7011"))
    telegram.fail_next("blocked", method="sendMessage", chat_id=talk.resident.chat, times=2)
    membership(talk.resident, "kicked")
    leader.act(code, "tra-loi", text="Xe màu gì vậy em?")
    leader.act(code, "tra-loi", text="Em gọi lại cho anh nhé.")
    telegram.wait_for(lambda t: len(t.sent("7011")) > told, timeout=30)
    settled()
    notices = telegram.sent("7011")[told:]
    assert [code in notice and "không nhắn được" in notice for notice in notices] == [True]
    page = leader.report(code).text
    assert page.count("Không nhắn được cho người báo nữa") == 2  # where it stands, and the story
    assert "Trưởng nhóm Ấp 1 gặp trực tiếp" in page

    heard = len(talk.heard)
    membership(talk.resident, "member")
    telegram.wait_for(lambda t: len(talk.heard) >= heard + 2, timeout=30)
    settled()
    late = [text.split("\n")[-1] for text in talk.heard[heard:]]
    assert late == ["Xe màu gì vậy em?", "Em gọi lại cho anh nhé."]
    page = leader.report(code).text
    assert "Lại nhắn được cho người báo, qua Telegram" in page
    assert "Trưởng nhóm Ấp 1 gặp trực tiếp" not in page

    talk.resident.in_private("dạ xe màu đỏ")
    running_service.wait_until(lambda: "dạ xe màu đỏ" in leader.report(code).text, 20)
    settled()
    assert len(talk.heard) == heard + 2  # nothing twice


def test_after_an_expired_window_the_officers_words_come_before_the_new_answer(
    running_service: RunningService, somebody: int, leader: Console, settled: Settled
) -> None:
    zalo = running_service.platforms.zalo_oa
    resident = OnZaloOA(running_service, f"u{somebody}", "Lan")
    resident.in_private(THEFT)
    zalo.wait_for(lambda z: z.sent(resident.chat), timeout=30)
    code = code_in(zalo.sent(resident.chat)[0])
    settled()
    heard, told = len(zalo.sent(resident.chat)), len(zalo.sent("oa-ap1"))
    zalo.fail_next("window_closed", chat_id=resident.chat)
    assert leader.act(code, "ket-thuc", outcome="resolved", text="Đã tìm thấy xe.").is_success
    zalo.wait_for(lambda z: len(z.sent("oa-ap1")) > told, timeout=30)
    assert "không cho nhắn tới người báo" in zalo.sent("oa-ap1")[told]
    assert len(zalo.sent(resident.chat)) == heard

    resident.in_private("làm căn cước cho con 8 tuổi cần giấy tờ gì ạ")
    zalo.wait_for(lambda z: len(z.sent(resident.chat)) >= heard + 2, timeout=30)
    settled()
    late, answer = zalo.sent(resident.chat)[heard:]
    assert "Đã tìm thấy xe." in late
    assert "từ đủ 6 tuổi đến dưới 14 tuổi" in answer


def test_who_unfollows_the_account_is_noticed_and_who_follows_again_too(
    running_service: RunningService, somebody: int, leader: Console, settled: Settled
) -> None:
    zalo = running_service.platforms.zalo_oa
    resident = OnZaloOA(running_service, f"u{somebody}", "Lan")
    resident.in_private(THEFT)
    zalo.wait_for(lambda z: z.sent(resident.chat), timeout=30)
    code = code_in(zalo.sent(resident.chat)[0])
    settled()
    told = len(zalo.sent("oa-ap1"))
    _relation(running_service, resident, "unfollow")
    zalo.wait_for(lambda z: len(z.sent("oa-ap1")) > told, timeout=30)
    assert code in zalo.sent("oa-ap1")[told]
    assert "Không nhắn được cho người báo nữa" in leader.report(code).text
    _relation(running_service, resident, "follow")
    running_service.wait_until(lambda: "Lại nhắn được" in leader.report(code).text, 20)


def test_asking_for_a_person_calls_the_hamlets_leader_and_gives_his_number(
    running_service: RunningService, somebody: int, leader: Console
) -> None:
    talk = Talk(running_service, somebody)
    telegram = running_service.platforms.telegram
    code = code_in(talk.say(THEFT))
    told = len(telegram.sent("7011"))
    answer = talk.say("cho tôi gặp cán bộ")
    assert code in answer
    assert "cán bộ Nguyễn Văn Hải, số 0900000011" in answer
    assert "Nếu sau 15 phút" in answer
    telegram.wait_for(
        lambda t: any("xin gặp cán bộ" in text for text in t.sent("7011")[told:]), timeout=30
    )
    assert "Người báo xin gặp cán bộ" in leader.report(code).text


def _relation(service: RunningService, resident: OnZaloOA, name: str) -> None:
    timestamp = str(int(time.time() * 1000))
    platform = service.platforms.zalo_oa
    body = {
        "app_id": platform.app_id,
        "oa_id": resident.oa_id,
        "follower": {"id": resident.chat},
        "event_name": name,
        "source": "oa_profile",
        "timestamp": timestamp,
    }
    raw = json.dumps(body, separators=(",", ":")).encode()
    _deliver(service, "zalo-oa", raw, {"X-ZEvent-Signature": platform.sign(raw, timestamp)})


def test_a_typed_code_is_known_within_a_sentence(
    running_service: RunningService, somebody: int, leader: Console
) -> None:
    zalo = running_service.platforms.zalo_oa
    resident = OnZaloOA(running_service, f"u{somebody}", "Lan")
    before = len(zalo.sent("oa-g1"))
    resident.in_group("oa-g1", "nhà ông Tám Rượu kế bên đêm nào cũng tụ tập đánh bài ăn tiền")
    zalo.wait_for(lambda z: len(z.sent("oa-g1")) > before, timeout=30)
    typed = re.search(r"gửi mã ([A-Z0-9]{8})", zalo.sent("oa-g1")[before])
    assert typed
    resident.in_private(f"mã của tôi là {typed[1].lower()}")
    zalo.wait_for(lambda z: z.sent(resident.chat), timeout=30)
    assert "PA-" in zalo.sent(resident.chat)[0]
    heard = len(zalo.sent(resident.chat))
    resident.in_private(typed[1])
    zalo.wait_for(lambda z: len(z.sent(resident.chat)) > heard, timeout=30)
    assert "đã mở tại đây rồi" in zalo.sent(resident.chat)[heard]
