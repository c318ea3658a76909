"""Zalo, bot and Official Account, the whole way. Nobody's message can be deleted there, and the
assistant may not write first: the sender is asked to recall, and types a code in private."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.officers import Console
from tests.e2e.residents import OnZaloBot, OnZaloOA
from tests.e2e.test_telegram import ACCUSATION, FIRE, QUESTION, VAGUE, secret_words
from tests.fakes import FakePlatform
from tests.service import RunningService

Platform = tuple[FakePlatform, Callable[[str], Any], str, str, str]


@pytest.fixture(params=["zalo_bot", "zalo_oa"])
def zalo(request: pytest.FixtureRequest, running_service: RunningService) -> Platform:
    """(fake platform, a resident with this id, the group, its leader's chat, a manager's chat)."""
    platforms = running_service.platforms
    if request.param == "zalo_bot":
        return (
            platforms.zalo_bot,
            lambda user: OnZaloBot(running_service, user, "Trần Thị Lan"),
            "zb-g1",
            "zb-ap1",
            "zb-quanly",
        )
    return (
        platforms.zalo_oa,
        lambda user: OnZaloOA(running_service, user, "Trần Thị Lan"),
        "oa-g1",
        "oa-ap1",
        "oa-quanly",
    )


def test_an_accusation_is_asked_back_and_goes_on_in_private_with_a_code(
    zalo: Platform, somebody: int, leader: Console
) -> None:
    fake, resident_with, group, leader_chat, manager_chat = zalo
    resident = resident_with(f"u{somebody}")
    before = len(fake.sent(group)), len(fake.sent(leader_chat)), len(fake.sent(manager_chat))

    resident.in_group(group, ACCUSATION)
    fake.wait_for(lambda f: len(f.sent(group)) > before[0])
    fake.wait_for(lambda f: len(f.sent(leader_chat)) > before[1])

    said = fake.sent(group)[before[0]]
    assert "thu hồi" in said
    assert not set(secret_words(ACCUSATION)) & set(secret_words(said)) - {"nhà"}
    typed = re.search(r"gửi mã ([A-Z0-9]{8})", said)
    assert typed
    code = re.search(r"PA-\w{5}", fake.sent(leader_chat)[before[1]])
    assert code
    assert "đánh bài" not in fake.sent(leader_chat)[before[1]]
    assert fake.deleted == []
    assert fake.sent(resident.chat) == []

    resident.in_private(typed[1].lower())
    fake.wait_for(lambda f: f.sent(resident.chat))
    assert code[0] in fake.sent(resident.chat)[0]
    assert len(fake.sent(manager_chat)) == before[2]
    assert ACCUSATION in leader.report(code[0]).text


def test_a_fire_is_answered_in_the_group(zalo: Platform, somebody: int) -> None:
    fake, resident_with, group, leader_chat, manager_chat = zalo
    before = len(fake.sent(group)), len(fake.sent(leader_chat)), len(fake.sent(manager_chat))
    resident_with(f"u{somebody}").in_group(group, FIRE)
    fake.wait_for(lambda f: len(f.sent(group)) > before[0])
    fake.wait_for(lambda f: len(f.sent(leader_chat)) > before[1])
    fake.wait_for(lambda f: len(f.sent(manager_chat)) > before[2])
    assert fake.sent(group)[before[0]].startswith("Bà con gọi ngay 114")


def test_a_question_is_answered(zalo: Platform, somebody: int) -> None:
    fake, resident_with, group, _, _ = zalo
    before = len(fake.sent(group))
    resident_with(f"u{somebody}").in_group(group, QUESTION)
    fake.wait_for(lambda f: len(f.sent(group)) > before)
    assert "từ đủ 6 tuổi đến dưới 14 tuổi" in fake.sent(group)[before]


def test_choices_are_numbered_and_a_number_picks_one(zalo: Platform, somebody: int) -> None:
    fake, resident_with, _, _, _ = zalo
    resident = resident_with(f"u{somebody}")
    resident.in_private(VAGUE)
    fake.wait_for(lambda f: f.sent(resident.chat))
    _, offered_now = fake.sent(resident.chat)[0].split("\n\n")  # below what the assistant is
    offered = offered_now.splitlines()
    assert offered[1] == "1. Trẻ dưới 6 tuổi"
    assert offered[2] == "2. Trẻ 6 đến 13 tuổi"
    resident.in_private("2")
    fake.wait_for(lambda f: len(f.sent(resident.chat)) >= 2)
    told = fake.sent(resident.chat)[1]
    assert told.startswith("Cấp thẻ căn cước cho trẻ từ đủ 6 tuổi đến dưới 14 tuổi")


def test_a_report_in_private_and_the_officers_reply(
    zalo: Platform, somebody: int, manager: Console
) -> None:
    fake, resident_with, _, _, _ = zalo
    resident = resident_with(f"u{somebody}")
    resident.in_private("tối qua em bị mất xe máy trước phòng trọ ở ấp 1, giờ em phải làm sao")
    fake.wait_for(lambda f: f.sent(resident.chat))
    code = re.search(r"PA-\w{5}", fake.sent(resident.chat)[0])
    assert code
    assert manager.act(code[0], "tra-loi", text="Anh cho xin biển số xe nhé.").is_success
    fake.wait_for(lambda f: len(f.sent(resident.chat)) >= 2)
    assert "Anh cho xin biển số xe nhé." in fake.sent(resident.chat)[1]


def test_an_expired_access_token_is_renewed_and_the_answer_arrives(
    running_service: RunningService, somebody: int
) -> None:
    fake = running_service.platforms.zalo_oa
    resident = OnZaloOA(running_service, f"u{somebody}", "Lan")
    renewals = fake.renewals
    fake.expire()
    resident.in_private(QUESTION)
    fake.wait_for(lambda f: f.sent(resident.chat))
    assert fake.renewals == renewals + 1
