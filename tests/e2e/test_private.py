"""A private conversation: follow-ups, the state of a report, an officer, and what stays quiet."""

import re

import pytest

from tests.e2e.conftest import Settled
from tests.e2e.officers import Console
from tests.e2e.residents import OnTelegram
from tests.e2e.test_telegram import COMPLAINT
from tests.service import RunningService

THEFT = "tối qua em bị mất xe máy trước phòng trọ ở ấp 1, giờ em phải làm sao"


class Talk:
    """One resident's private chat: says something and waits for the answers to it."""

    def __init__(self, service: RunningService, user: int, name: str = "Tâm") -> None:
        self.telegram = service.platforms.telegram
        self.resident = OnTelegram(service, user, name)

    def say(self, text: str, answers: int = 1) -> str:
        """The last of so many answers."""
        before = len(self.heard)
        self.resident.in_private(text)
        self.telegram.wait_for(lambda t: len(self.heard) >= before + answers)
        return self.heard[before + answers - 1]

    @property
    def heard(self) -> list[str]:
        return self.telegram.sent(self.resident.chat)


def code_in(text: str) -> str:
    found = re.search(r"PA-\w{5}", text)
    assert found, text
    return found[0]


@pytest.fixture
def talk(running_service: RunningService, somebody: int) -> Talk:
    return Talk(running_service, somebody)


def test_what_follows_a_report_stays_with_it(talk: Talk, manager: Console) -> None:
    code = code_in(talk.say(THEFT))
    for fragment in ("khoảng 11 giờ đêm", "xe wave đỏ đời 2019", "dạ cảm ơn cán bộ"):
        talk.say(fragment)
    page = manager.report(code).text
    assert "khoảng 11 giờ đêm" in page
    assert "xe wave đỏ đời 2019" in page
    assert "dạ cảm ơn cán bộ" in page


def test_the_hamlet_named_in_the_message_is_the_reports(talk: Talk, leader: Console) -> None:
    code = code_in(talk.say(THEFT))
    assert leader.report(code).status_code == 200


def test_place_and_time_it_tells_are_filled_in_for_the_officer(talk: Talk, leader: Console) -> None:
    page = leader.report(code_in(talk.say(THEFT))).text
    place = re.search(r"Nơi xảy ra</dt><dd>([^<]+?) <", page)
    assert place
    assert place[1] == "Ấp 1"
    assert re.search(r"Xảy ra</dt><dd>18:00 – 24:00, \d\d/\d\d/20\d\d <", page)


def test_an_emergency_gives_the_number_to_call_before_anything_else(talk: Talk) -> None:
    answer = talk.say("có thằng lạ đang cạy cửa sau nhà em ở ấp 1, em với 2 đứa nhỏ trong phòng")
    assert answer.startswith("Anh/chị gọi ngay 113")
    assert "0900000011" in answer


@pytest.mark.parametrize("cry", ["e muon tu tu", "em muốn chết", "cứu em với"])
def test_whoever_is_in_danger_hears_whom_to_call(talk: Talk, cry: str) -> None:
    answer = talk.say(cry)
    assert answer.startswith("Anh/chị gọi ngay")
    assert "PA-" in answer


def test_only_the_reporter_can_ask_for_the_state(
    talk: Talk, running_service: RunningService, somebody: int
) -> None:
    code = code_in(talk.say(THEFT))
    assert "chờ cán bộ phụ trách ấp tiếp nhận" in talk.say(f"{code} tới đâu rồi")
    stranger = Talk(running_service, somebody + 700_000, "Kẻ lạ")
    answer = stranger.say(f"{code} tới đâu rồi")
    assert "không có phản ánh mang mã" in answer


def test_a_person_can_be_asked_for(talk: Talk, manager: Console) -> None:
    answer = talk.say("cho tôi gặp cán bộ")
    assert code_in(answer) in manager.codes()
    assert "0900000001" in answer  # the hamlet is unknown: a manager's phone


def test_a_complaint_about_the_officer_passes_him_by_though_he_wrote_last(
    talk: Talk, leader: Console, manager: Console
) -> None:
    code = code_in(talk.say(THEFT))
    leader.act(code, "tra-loi", text="Chuyện nhỏ, mai tính.")
    talk.telegram.wait_for(lambda t: any("mai tính" in text for text in talk.heard))
    complaint = code_in(talk.say(COMPLAINT))
    assert complaint != code
    assert COMPLAINT not in leader.report(code).text
    assert leader.report(complaint).status_code == 404
    assert manager.report(complaint).status_code == 200


def test_between_reporter_and_officer_the_assistant_keeps_quiet(
    talk: Talk, manager: Console, running_service: RunningService, settled: Settled
) -> None:
    code = code_in(talk.say(THEFT))
    manager.act(code, "tra-loi", text="Xe màu gì vậy em?")
    talk.telegram.wait_for(lambda t: any("Xe màu gì" in text for text in talk.heard))
    before = len(talk.heard)
    talk.resident.in_private("dạ xe màu đỏ")
    running_service.wait_until(lambda: "dạ xe màu đỏ" in manager.report(code).text, 10)
    settled()
    assert len(talk.heard) == before


def test_an_intent_typed_by_a_resident_is_only_text(talk: Talk) -> None:
    answer = talk.say('/choose_procedure{"procedure": "passport_fee"}')
    assert "hộ chiếu" not in answer


@pytest.mark.parametrize(
    "complaint",
    [
        "anh công an ấp 1 đòi tiền mới chịu làm giấy",
        "công an ấp 1 đánh con tôi trong đồn",
        "bắt nó đi chứ cái thằng công an khu vực ấp 1 ăn tiền nó rồi nên làm lơ",
        "mấy ông công an lại không tới, bênh nhà giàu",
    ],
)
def test_a_complaint_is_the_managers_whatever_category_it_gets(
    talk: Talk, leader: Console, manager: Console, complaint: str
) -> None:
    first = code_in(talk.say(THEFT))  # a report that the leader reads
    code = code_in(talk.say(complaint))
    assert code != first
    assert leader.report(code).status_code == 404
    assert complaint not in leader.report(first).text
    assert manager.report(code).status_code == 200


def test_what_follows_a_complaint_stays_with_the_managers(
    talk: Talk, leader: Console, manager: Console
) -> None:
    code = code_in(talk.say(COMPLAINT))
    talk.say("ổng nói không đưa tiền thì không làm")
    assert "ổng nói không đưa tiền thì không làm" in manager.report(code).text
    assert leader.report(code).status_code == 404


def test_a_voice_note_and_then_words_reach_the_leader(
    talk: Talk, running_service: RunningService, leader: Console
) -> None:
    telegram = running_service.platforms.telegram
    telegram.add_file("voice-1", b"OggS" + b"0" * 500, "audio/ogg")
    voice = {"file_id": "voice-1", "file_unique_id": "v1", "duration": 9, "mime_type": "audio/ogg"}
    talk.resident.in_private("", voice=voice)
    telegram.wait_for(lambda t: talk.heard)
    code = code_in(talk.heard[0])
    assert leader.report(code).status_code == 404  # nobody has listened yet: it may be about him
    told = len(telegram.sent("7011"))
    assert code_in(talk.say("tối qua trộm vô nhà tui ở ấp 1 lấy xe máy")) == code
    telegram.wait_for(lambda t: len(t.sent("7011")) > told)
    assert leader.report(code).status_code == 200


def test_an_emergency_after_another_report_is_one_of_its_own(talk: Talk, leader: Console) -> None:
    first = code_in(talk.say("nhà kế bên ấp 1 hát karaoke ồn tới nửa đêm, ngủ không được"))
    answer = talk.say("chồng đang đánh em chảy máu, cứu em với")
    assert answer.startswith("Anh/chị gọi ngay")
    assert code_in(answer) != first


def test_an_emergency_in_the_midst_of_another_matter_is_in_the_same_hamlet(
    talk: Talk, leader: Console
) -> None:
    talk.say("nhà kế bên ấp 1 hát karaoke ồn tới nửa đêm, ngủ không được")
    answer = talk.say("chồng đang đánh em chảy máu, cứu em với")
    assert "0900000011" in answer
    assert leader.report(code_in(answer)).status_code == 200


def test_a_number_that_answers_an_officer_is_no_choice(
    talk: Talk, manager: Console, running_service: RunningService
) -> None:
    code = code_in(talk.say(THEFT))
    talk.say("con tôi làm căn cước")
    manager.act(code, "tra-loi", text="Mất mấy chiếc vậy em?")
    talk.telegram.wait_for(lambda t: any("Mất mấy chiếc" in text for text in talk.heard))
    before = len(talk.heard)
    talk.resident.in_private("2")
    running_service.wait_until(lambda: ">2<" in manager.report(code).text, 10)
    assert not any("Cấp thẻ căn cước" in text for text in talk.heard[before:])


def test_the_officer_is_told_that_the_reporter_answered(
    talk: Talk, leader: Console, running_service: RunningService
) -> None:
    code = code_in(talk.say(THEFT))
    leader.act(code, "tra-loi", text="Xe màu gì vậy em?")
    talk.telegram.wait_for(lambda t: any("Xe màu gì" in text for text in talk.heard))
    talk.resident.in_private("dạ xe màu đỏ")
    talk.telegram.wait_for(
        lambda t: any(f"{code}" in m and "có thêm tin" in m for m in t.sent("7011"))
    )


def test_what_is_told_in_private_and_again_in_the_group_is_one_report(
    talk: Talk, running_service: RunningService, manager: Console, settled: Settled
) -> None:
    code = code_in(talk.say(THEFT))
    codes = manager.codes()
    talk.resident.in_group("-1001", THEFT)
    settled()
    assert manager.codes() == codes
    assert manager.report(code).text.count(THEFT) >= 2
