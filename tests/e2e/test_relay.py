"""An officer and a resident write to each other through the assistant, each in his own chat."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.conftest import Settled
from tests.e2e.officers import Console
from tests.e2e.residents import OnTelegram, OnZaloBot, OnZaloOA, deliver_again
from tests.e2e.test_private import THEFT, code_in
from tests.fakes import FakePlatform
from tests.pictures import JPEG
from tests.service import RunningService

NAME = "Cán bộ Nguyễn Văn Hải"


@dataclass(frozen=True)
class Platform:
    fake: FakePlatform
    person: Callable[[str], Any]
    """Somebody who writes from this chat."""
    answer: Callable[[Any, str, str, str], None]
    """(officer, id of the notice, code, text): in the way this platform knows."""
    leader: str
    other_leader: str


@pytest.fixture(params=["telegram", "zalo_bot", "zalo_oa"])
def platform(request: pytest.FixtureRequest, running_service: RunningService) -> Platform:
    service, fakes = running_service, running_service.platforms
    match request.param:
        case "telegram":
            return Platform(
                fakes.telegram,
                lambda chat: OnTelegram(service, int(chat), "Lan"),
                lambda officer, notice, _, text: officer.answer(notice, text),
                "7011",
                "7012",
            )
        case "zalo_bot":  # does not tell what is answered: the code says it
            return Platform(
                fakes.zalo_bot,
                lambda chat: OnZaloBot(service, chat, "Lan"),
                lambda officer, _, code, text: officer.in_private(f"{code}: {text}"),
                "zb-ap1",
                "zb-ap2",
            )
        case _:
            return Platform(
                fakes.zalo_oa,
                lambda chat: OnZaloOA(service, chat, "Lan"),
                lambda officer, notice, _, text: officer.in_private(text, answers=notice),
                "oa-ap1",
                "oa-ap2",
            )


@dataclass
class Matter:
    """A theft that a resident has reported, of which the leader has been told."""

    platform: Platform
    resident: Any
    code: str
    notice: str
    settled: Settled

    @property
    def heard(self) -> list[str]:
        """All that the resident has heard."""
        self.settled()
        return self.platform.fake.sent(self.resident.chat)

    def answered(self, chat: str, write: Callable[[], object]) -> str:
        """What somebody hears to what he writes."""
        fake = self.platform.fake
        before = len(fake.sent(chat))
        write()
        fake.wait_for(lambda f: len(f.sent(chat)) > before)
        return fake.sent(chat)[before]


@pytest.fixture
def matter(platform: Platform, somebody: int, settled: Settled) -> Matter:
    resident, fake = platform.person(str(somebody)), platform.fake
    told = len(fake.sent(platform.leader))
    resident.in_private(THEFT)
    fake.wait_for(lambda f: f.sent(resident.chat))
    fake.wait_for(lambda f: len(f.sent(platform.leader)) > told)
    settled()
    code = code_in(fake.sent(resident.chat)[0])
    assert code in fake.sent(platform.leader)[-1]
    return Matter(platform, resident, code, fake.last_id(platform.leader), settled)


def test_an_officer_answers_the_notice_and_the_resident_answers_him(
    matter: Matter, leader: Console
) -> None:
    platform = matter.platform
    officer = platform.person(platform.leader)
    before = len(matter.heard)
    confirmed = matter.answered(
        platform.leader,
        lambda: platform.answer(officer, matter.notice, matter.code, "Xe màu gì vậy em?"),
    )
    assert confirmed == f"Đã gửi cho người báo {matter.code}."
    assert matter.heard[before:] == [f"{NAME} trả lời ({matter.code}):\nXe màu gì vậy em?"]
    matter.resident.in_private("dạ xe màu đỏ")
    assert len(matter.heard) == before + 1  # the assistant keeps quiet
    page = leader.report(matter.code).text
    assert page.index("Xe màu gì vậy em?") < page.index("dạ xe màu đỏ")
    assert "Trợ lý đang im lặng" in page


def test_a_webhook_that_comes_twice_sends_once(matter: Matter, settled: Settled) -> None:
    platform = matter.platform
    officer = platform.person(platform.leader)
    before = len(matter.heard)
    platform.answer(officer, matter.notice, matter.code, "Tôi qua liền")
    deliver_again()
    settled()
    deliver_again()
    assert len(matter.heard) == before + 1


def test_nobody_else_can_answer_for_the_officer(matter: Matter, somebody: int) -> None:
    platform = matter.platform
    before = matter.heard
    other = platform.person(platform.other_leader)
    refused = matter.answered(
        platform.other_leader, lambda: other.in_private(f"{matter.code}: nộp tiền đi")
    )
    assert refused == f"Chưa gửi. Đồng chí không phụ trách phản ánh nào mang mã {matter.code}."
    assert matter.code not in matter.answered(
        platform.other_leader,
        lambda: platform.answer(other, matter.notice, "PA-AAAAA", "nộp tiền đi"),
    )
    stranger = platform.person(str(somebody + 600_000))
    matter.answered(
        stranger.chat, lambda: platform.answer(stranger, matter.notice, matter.code, "nộp tiền đi")
    )
    assert matter.heard == before


def test_a_leader_who_lost_the_report_cannot_answer_its_notice(
    matter: Matter, manager: Console
) -> None:
    platform = matter.platform
    assert manager.act(matter.code, "doi-loai", category="police_conduct").is_success
    before = matter.heard
    officer = platform.person(platform.leader)
    refused = matter.answered(
        platform.leader,
        lambda: platform.answer(officer, matter.notice, matter.code, "rút đơn đi"),
    )
    assert refused == f"Chưa gửi. Đồng chí không phụ trách phản ánh nào mang mã {matter.code}."
    assert matter.heard == before
    assert "rút đơn đi" not in manager.report(matter.code).text


def test_handed_back_the_assistant_answers_again(matter: Matter, leader: Console) -> None:
    leader.act(matter.code, "tra-loi", text="Tôi đã ghi nhận.")
    assert "Tôi đã ghi nhận." in matter.heard[-1]
    leader.act(matter.code, "giao-lai")
    question = "làm căn cước cho con 8 tuổi cần giấy tờ gì ạ"
    heard = matter.answered(matter.resident.chat, lambda: matter.resident.in_private(question))
    assert heard


def test_a_note_between_officers_is_in_nothing_the_resident_hears(
    matter: Matter, leader: Console, manager: Console
) -> None:
    note = "nghi thằng Bảy Thẹo, đừng để lộ"
    assert leader.act(matter.code, "ghi-chu", text=note).is_success
    assert note in manager.report(matter.code).text
    for question in (f"{matter.code} tới đâu rồi", "tới đâu rồi", "cán bộ ghi chú gì vậy"):
        matter.answered(matter.resident.chat, lambda q=question: matter.resident.in_private(q))
    leader.act(matter.code, "tra-loi", text="Đang xác minh.")
    leader.act(matter.code, "ket-thuc", outcome="resolved")
    assert "Thẹo" not in "\n".join(matter.heard)
    assert not any("Thẹo" in text for _, text in matter.platform.fake.messages)


def test_a_photo_goes_both_ways(
    running_service: RunningService, somebody: int, leader: Console, settled: Settled
) -> None:
    telegram = running_service.platforms.telegram
    resident = OnTelegram(running_service, somebody, "Lan")
    resident.in_private(THEFT)
    telegram.wait_for(lambda t: t.sent(resident.chat))
    code = code_in(telegram.sent(resident.chat)[0])
    for name in (f"theirs-{somebody}", f"ours-{somebody}"):
        telegram.add_file(name, JPEG)
    size = {"width": 9, "height": 9, "file_unique_id": "1"}
    resident.in_private("", photo=[{"file_id": f"theirs-{somebody}"} | size])
    settled()
    officer = OnTelegram(running_service, 7011, "Hải")
    photo = [{"file_id": f"ours-{somebody}"} | size]
    officer.answer(telegram.last_id("7011"), "", caption="Xe này phải không?", photo=photo)
    telegram.wait_for(
        lambda t: any(str(p["chat_id"]) == resident.chat for p in t.called("sendPhoto"))
    )
    assert telegram.called("sendPhoto")[-1]["photo"] == JPEG
    assert f"{NAME} trả lời ({code}):\nXe này phải không?" in telegram.sent(resident.chat)
    running_service.wait_until(
        lambda: len(set(re.findall(r'/tep/[\w-]+"', leader.report(code).text))) == 2, 10
    )
