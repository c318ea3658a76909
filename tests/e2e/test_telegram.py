"""Telegram, the whole way: a real webhook in, real Rasa and PostgreSQL, a real client out."""

import re

from tests.e2e.conftest import Settled
from tests.e2e.officers import Console
from tests.e2e.residents import OnTelegram
from tests.pictures import JPEG as PHOTO
from tests.service import RunningService

GROUP, LEADER, MANAGER = "-1001", "7011", "7001"
ACCUSATION = "nhà ông Tám Rượu kế bên đêm nào cũng tụ tập đánh bài ăn tiền, cán bộ coi giùm"
FIRE = "chay nha roi ba con oi, ap 1, goi cuu hoa gium"
COMPLAINT = "anh công an trực ở xã nạt nộ bà già tui trước mặt mọi người, thái độ quá đáng"
VAGUE = "con tôi làm căn cước"
QUESTION = "làm căn cước cho con 8 tuổi cần giấy tờ gì ạ"


def secret_words(text: str) -> list[str]:
    """The words of a message that must not be seen where it may not be read."""
    return [word for word in re.findall(r"\w+", text.lower()) if len(word) > 3]


def test_an_accusation_leaves_the_group_and_reaches_the_leader_alone(
    running_service: RunningService, somebody: int, leader: Console, settled: Settled
) -> None:
    telegram = running_service.platforms.telegram
    resident = OnTelegram(running_service, somebody, "Lan")
    before = len(telegram.sent(GROUP)), len(telegram.sent(LEADER)), len(telegram.sent(MANAGER))

    message = resident.in_group(GROUP, ACCUSATION)
    telegram.wait_for(lambda t: (GROUP, message) in t.deleted)
    telegram.wait_for(lambda t: len(t.sent(GROUP)) > before[0])
    telegram.wait_for(lambda t: len(t.sent(LEADER)) > before[1])

    said = telegram.sent(GROUP)[before[0] :]
    assert len(said) == 1
    assert not set(secret_words(ACCUSATION)) & set(secret_words(said[0])) - {"nhà"}
    invitation = re.search(r"https://t\.me/binhyen_demo_bot\?start=([A-Za-z0-9_-]{1,64})", said[0])
    assert invitation

    notice = telegram.sent(LEADER)[before[1]]
    code = re.search(r"PA-\w{5}", notice)
    assert code
    assert f"{running_service.settings.public_base}/console/phan-anh/{code[0]}" in notice
    assert "đánh bài" not in notice
    settled()
    assert len(telegram.sent(MANAGER)) == before[2]
    assert telegram.sent(resident.chat) == []

    resident.in_private(f"/start {invitation[1]}")
    telegram.wait_for(lambda t: t.sent(resident.chat))
    assert code[0] in telegram.sent(resident.chat)[0]

    page = leader.whole_report(code[0]).text
    assert ACCUSATION in page
    assert "Lan" in page


def test_an_invitation_opened_first_by_a_neighbour_gives_him_nothing(
    running_service: RunningService, somebody: int
) -> None:
    telegram = running_service.platforms.telegram
    resident = OnTelegram(running_service, somebody, "Lan")
    neighbour = OnTelegram(running_service, somebody + 900_000, "Kẻ tò mò")
    before = len(telegram.sent(GROUP))
    resident.in_group(GROUP, ACCUSATION)
    telegram.wait_for(lambda t: len(t.sent(GROUP)) > before)
    token = telegram.sent(GROUP)[-1].rpartition("?start=")[2].split()[0]
    for person in (neighbour, resident, resident, neighbour):
        heard = len(telegram.sent(person.chat))
        person.in_private(f"/start {token}")
        telegram.wait_for(lambda t, p=person, n=heard: len(t.sent(p.chat)) > n)
    assert not any("PA-" in text for text in telegram.sent(neighbour.chat))
    first, again = telegram.sent(resident.chat)
    assert "PA-" in first
    assert "đã mở tại đây rồi" in again


def test_a_fire_is_answered_in_the_group_and_leader_and_manager_are_told(
    running_service: RunningService, somebody: int
) -> None:
    telegram = running_service.platforms.telegram
    resident = OnTelegram(running_service, somebody, "Hùng")
    before = len(telegram.sent(GROUP)), len(telegram.sent(LEADER)), len(telegram.sent(MANAGER))
    message = resident.in_group(GROUP, FIRE)
    telegram.wait_for(lambda t: len(t.sent(GROUP)) > before[0])
    answer = telegram.sent(GROUP)[before[0]]
    assert answer.startswith("Bà con gọi ngay 114")
    assert "0900000011" in answer
    telegram.wait_for(lambda t: len(t.sent(LEADER)) > before[1])
    telegram.wait_for(lambda t: len(t.sent(MANAGER)) > before[2])
    assert telegram.sent(LEADER)[before[1]].startswith("KHẨN")
    assert (GROUP, message) not in telegram.deleted


def test_a_complaint_about_the_police_passes_the_leader_by(
    running_service: RunningService,
    somebody: int,
    leader: Console,
    manager: Console,
    settled: Settled,
) -> None:
    telegram = running_service.platforms.telegram
    resident = OnTelegram(running_service, somebody, "Hoa")
    before = len(telegram.sent(LEADER)), len(telegram.sent(MANAGER))
    message = resident.in_group(GROUP, COMPLAINT)
    telegram.wait_for(lambda t: (GROUP, message) in t.deleted)
    telegram.wait_for(lambda t: len(t.sent(MANAGER)) > before[1])
    code = re.search(r"PA-\w{5}", telegram.sent(MANAGER)[before[1]])
    assert code
    settled()
    assert len(telegram.sent(LEADER)) == before[0]
    assert code[0] not in leader.codes()
    assert leader.report(code[0]).status_code == 404
    assert COMPLAINT in manager.report(code[0]).text


def test_a_question_is_answered_with_its_source_and_date(
    running_service: RunningService, somebody: int
) -> None:
    telegram = running_service.platforms.telegram
    before = len(telegram.sent(GROUP))
    OnTelegram(running_service, somebody, "Mai").in_group(GROUP, QUESTION)
    telegram.wait_for(lambda t: len(t.sent(GROUP)) > before)
    answer = telegram.sent(GROUP)[before]
    assert "từ đủ 6 tuổi đến dưới 14 tuổi" in answer
    assert "Căn cứ: Luật Căn cước" in answer
    assert "Kiểm tra ngày 23/11/2026" in answer


def test_talk_is_not_answered_and_nothing_of_it_is_kept(
    running_service: RunningService, somebody: int, manager: Console, settled: Settled
) -> None:
    telegram = running_service.platforms.telegram
    resident = OnTelegram(running_service, somebody, "Út")
    before, codes = len(telegram.sent(GROUP)), manager.codes()
    resident.in_group(GROUP, "chúc cả nhà ngủ ngon")
    resident.in_group(GROUP, QUESTION)  # handled after it, by the order of the conversation
    telegram.wait_for(lambda t: len(t.sent(GROUP)) > before)
    settled()
    assert len(telegram.sent(GROUP)) == before + 1
    assert manager.codes() == codes


def test_where_deleting_is_refused_the_sender_is_asked_to_recall(
    running_service: RunningService, somebody: int
) -> None:
    telegram = running_service.platforms.telegram
    resident = OnTelegram(running_service, somebody, "Lan")
    before = len(telegram.sent(GROUP))
    telegram.fail_next("cannot_delete", method="deleteMessage")
    resident.in_group(GROUP, ACCUSATION)
    telegram.wait_for(lambda t: len(t.sent(GROUP)) > before)
    said = telegram.sent(GROUP)[before]
    assert "thu hồi" in said
    assert "đã được gỡ" not in said


def test_a_report_in_private_gets_a_code_and_the_officers_reply_comes_back(
    running_service: RunningService, somebody: int, manager: Console
) -> None:
    telegram = running_service.platforms.telegram
    resident = OnTelegram(running_service, somebody, "Tâm")
    resident.in_private("tối qua em bị mất xe máy trước phòng trọ ở ấp 1, giờ em phải làm sao")
    telegram.wait_for(lambda t: t.sent(resident.chat))
    code = re.search(r"PA-\w{5}", telegram.sent(resident.chat)[0])
    assert code

    assert manager.act(code[0], "tiep-nhan").is_success
    assert manager.act(code[0], "tra-loi", text="Em cho anh xin biển số xe nhé.").is_success
    telegram.wait_for(lambda t: len(t.sent(resident.chat)) >= 3)
    assert "Em cho anh xin biển số xe nhé." in telegram.sent(resident.chat)[2]

    resident.in_private("dạ 93P1-111.22 ạ")
    running_service.wait_until(lambda: "93P1-111.22" in manager.whole_report(code[0]).text, 10)

    assert manager.act(code[0], "ket-thuc", outcome="resolved", text="Đã tìm thấy xe.").is_success
    telegram.wait_for(lambda t: any("Đã tìm thấy xe." in m for m in t.sent(resident.chat)))
    assert code[0] not in manager.codes()


def test_a_photo_in_private_is_fetched_and_kept_with_the_report(
    running_service: RunningService, somebody: int, manager: Console
) -> None:
    telegram = running_service.platforms.telegram
    telegram.add_file("photo-1", PHOTO)
    resident = OnTelegram(running_service, somebody, "Tâm")
    photo = [{"file_id": "photo-1", "file_unique_id": "u1", "width": 9, "height": 9}]
    resident.in_private("", photo=photo, caption="ổ gà to trước chợ ấp 1, xe té hoài")
    telegram.wait_for(lambda t: t.sent(resident.chat))
    code = re.search(r"PA-\w{5}", telegram.sent(resident.chat)[0])
    assert code
    address = rf"/console/phan-anh/{code[0]}/tep/[\w-]+"
    running_service.wait_until(lambda: re.search(address, manager.report(code[0]).text), 10)
    found = re.search(address, manager.report(code[0]).text)
    assert found
    assert manager.get(found[0]).content == PHOTO


def test_the_one_fact_that_tells_procedures_apart_is_asked_with_buttons(
    running_service: RunningService, somebody: int
) -> None:
    telegram = running_service.platforms.telegram
    resident = OnTelegram(running_service, somebody, "Mai")
    resident.in_private(VAGUE)
    telegram.wait_for(lambda t: t.sent(resident.chat))
    assert telegram.sent(resident.chat)[0].endswith("cho ai, trường hợp nào?")
    payloads = re.findall(r"procedure:\w+", str(telegram.called("sendMessage")[-1]["reply_markup"]))
    assert "procedure:id_card_child_6_to_14" in payloads
    resident.press("procedure:id_card_child_6_to_14")
    telegram.wait_for(lambda t: len(t.sent(resident.chat)) >= 2)
    assert "từ đủ 6 tuổi đến dưới 14 tuổi" in telegram.sent(resident.chat)[1]
    assert telegram.called("answerCallbackQuery")


def test_the_same_delivery_twice_is_one_message(
    running_service: RunningService, somebody: int, manager: Console
) -> None:
    telegram = running_service.platforms.telegram
    resident = OnTelegram(running_service, somebody, "Tư")
    posts: list[dict[str, object]] = []
    deliver = resident._post
    resident._post = lambda body: (posts.append(body), deliver(body))[1]
    resident.in_private("xe tải đậu chắn ngang đường vô tổ 7 ấp 1 từ sáng giờ")
    telegram.wait_for(lambda t: t.sent(resident.chat))
    codes = manager.codes()
    deliver(posts[0])
    resident.in_private(QUESTION)  # handled after it, by the order of the conversation
    telegram.wait_for(lambda t: len(t.sent(resident.chat)) >= 2)
    assert len(telegram.sent(resident.chat)) == 2
    assert manager.codes() == codes
