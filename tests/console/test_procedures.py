"""The pages on procedures: what each officer reads, and how an edit comes to be told."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from bot.console.procedure_edit_views import FILLED_IN
from bot.db import Database
from bot.groups.models import Commune, Officer, OfficerChat
from bot.messages.models import Outbound
from bot.procedures import publishing
from bot.procedures.catalogue import catalogue, refresh
from bot.procedures.entry import PLACEHOLDERS
from bot.procedures.entry_form import shown
from bot.procedures.files import dump
from bot.procedures.models import ProcedureVersion, Status
from tests.console.fixtures import SignedIn
from tests.console.people import People
from tests.console.procedures import DOG, FISH, TOLD, proposed, second_manager, told, written
from tests.console.site import Browser
from tests.procedures.conftest import entry

LIST = "/console/thu-tuc"
PAGE = f"{LIST}/{DOG}"
FORM = f"{PAGE}/soan"
NEW_ANSWER = "Bà con khai báo với trưởng ấp trong 07 ngày và cho chó tiêm phòng dại."


@pytest.fixture
async def loaded(db: Database) -> Database:
    async with db.begin() as session:
        await told(session)
    return db


@pytest.fixture
async def other(db: Database, people: People) -> Officer:
    return await second_manager(db)


def fields(content: dict[str, Any]) -> dict[str, str | list[str]]:
    """The form as a browser sends it."""
    form = shown(content)
    fees = form.pop("fees")
    rows = {f"fee_{part}_{n}": fee[part] for n, fee in enumerate(fees) for part in fee}
    return {**form, **rows}


def hidden(page: str) -> dict[str, str]:
    """What the form carries along of what the officer saw."""
    return dict(re.findall(r'<input type="hidden" name="(seen|based_on)" value="([^"]*)">', page))


async def send(browser: Browser, act: str, **changed: Any) -> Any:
    """Open the form, change something, press a button."""
    page = (await browser.get(FORM)).text
    content = {**dump(entry(DOG)), **changed}
    form = {**fields(content), **hidden(page), "act": act}
    return await browser.submit(FORM, page=FORM, **form)


async def test_a_draft_with_the_last_of_all_days_opens_again(
    loaded: Database, signed_in: SignedIn
) -> None:
    manager = await signed_in("quanly")
    await send(manager, "save", checked_on="9999-12-31", check_by=None)
    for page in (FORM, f"{FORM}?xem=truoc", f"{PAGE}/ban/2", f"{PAGE}/ban/2/trang"):
        assert (await manager.get(page)).status_code == 200


async def versions(db: Database) -> list[ProcedureVersion]:
    async with db.begin() as session:
        return list(await publishing.history(session, DOG))


async def answer_now(db: Database) -> str | None:
    async with db.begin() as session:
        await refresh(session)
    found = catalogue().get(DOG)
    return found.answer if found else None


async def test_the_list_shows_what_is_to_be_checked_and_why(
    loaded: Database, signed_in: SignedIn
) -> None:
    manager = await signed_in("quanly")
    page = (await manager.get(LIST)).text
    assert 'title="Cần kiểm tra">1<' in page
    assert {TOLD[DOG].name, TOLD[FISH].name} <= set(re.findall(r'"what">([^<]+)', page))
    to_check = (await manager.get(f"{LIST}?xem=can-kiem-tra")).text
    assert re.findall(r'"what">([^<]+)', to_check) == [TOLD[FISH].name]
    for said in ("Chưa xác nhận", "Quá hạn kiểm tra", "lại trước 01/01/2020"):
        assert said in to_check


async def test_a_procedure_is_found_by_words_of_its_name_or_questions(
    loaded: Database, signed_in: SignedIn
) -> None:
    manager = await signed_in("ap1")
    for words, found in (("nuoi ca", [FISH]), ("tiem gi", [DOG]), ("Khai báo", [FISH, DOG])):
        page = (await manager.get(LIST, params={"tim": words})).text
        assert re.findall(rf'href="{LIST}/(\w+)"', page) == found
    assert "Không tìm thấy" in (await manager.get(LIST, params={"tim": "bò ("})).text


async def test_who_does_not_edit_reads_what_is_told_and_nothing_that_is_not(
    loaded: Database, people: People, signed_in: SignedIn
) -> None:
    async with loaded.begin() as session:
        await proposed(session, people.officers["quanly"], answer=NEW_ANSWER)
        await publishing.withdraw(session, people.officers["quanly"], FISH, "sai")
    for username in ("ap1", "phoap1", "quantri"):
        officer = await signed_in(username)
        page = (await officer.get(PAGE)).text
        assert TOLD[DOG].answer in page
        assert NEW_ANSWER not in page
        for word in ("Sửa", "Ngừng trả lời", "Các bản", "Chờ duyệt", "cần kiểm tra"):
            assert word not in page
        assert (await officer.get(f"{LIST}/{FISH}")).status_code == 404
        assert FISH not in (await officer.get(LIST)).text


async def test_what_is_no_procedure_is_not_found(loaded: Database, signed_in: SignedIn) -> None:
    manager = await signed_in("quanly")
    for path in ("khong_co", "A", "a%00b", "x" * 300, "a%20b"):
        for page in (f"{LIST}/{path}", f"{LIST}/{path}/soan", f"{LIST}/{path}/ban/1"):
            assert (await manager.get(page)).status_code == 404
    for act in ("duyet", "tu-choi", "rut", "lay"):
        for number in (9, 10**12):
            gone = await manager.submit(f"{PAGE}/ban/{number}/{act}", page=PAGE, note="x")
            assert gone.status_code == 404


async def notices(db: Database) -> list[dict[str, Any]]:
    async with db.begin() as session:
        rows = (await session.scalars(select(Outbound).order_by(Outbound.turn))).all()
    return [row.payload for row in rows if row.payload]


async def test_the_second_officer_is_told_in_his_chat_and_the_author_is_not(
    loaded: Database, other: Officer, signed_in: SignedIn
) -> None:
    async with loaded.begin() as session:
        session.add(OfficerChat(officer_id=other.id, channel="telegram", chat_id="7002"))
    manager = await signed_in("quanly")
    sent = await send(manager, "propose", answer=NEW_ANSWER)
    page = sent.headers["location"].partition("?")[0]
    (notice,) = await notices(loaded)
    assert notice["target"]["chat_id"] == "7002"
    assert page in notice["content"]["text"]
    assert TOLD[DOG].name in notice["content"]["text"]
    assert NEW_ANSWER not in str(notice)
    assert f"({other.name})" in (await manager.get(page)).text


async def test_a_manager_alone_is_told_that_somebody_else_is_needed(
    loaded: Database, signed_in: SignedIn
) -> None:
    manager = await signed_in("quanly")
    form = {"check_by": "2099-01-01", "how": "Cổng dịch vụ công"}
    await manager.submit(f"{PAGE}/kiem-tra-lai", page=PAGE, **form)
    assert await notices(loaded) == []
    assert "lập thêm một tài khoản Tổ quản lý" in (await manager.get(f"{PAGE}/ban/2")).text


async def test_an_edit_is_told_when_another_manager_approves_it(
    loaded: Database, other: Officer, signed_in: SignedIn
) -> None:
    manager, second = await signed_in("quanly"), await signed_in("quanly2")
    sent = await send(manager, "propose", answer=NEW_ANSWER)
    page = sent.headers["location"].partition("?")[0]
    shown_to_author = (await manager.get(page)).text
    assert "nên không tự duyệt được" in shown_to_author
    assert f"{page}/duyet" not in shown_to_author
    refused = await manager.submit(f"{page}/duyet", page=page)
    assert refused.status_code == 409
    assert "phải do người khác duyệt" in refused.text
    assert await answer_now(loaded) == TOLD[DOG].answer

    shown_to_second = (await second.get(page)).text
    assert "<ins> trưởng ấp trong 07 ngày</ins>" in shown_to_second
    assert (await second.submit(f"{page}/duyet", page=page)).status_code == 303
    assert await answer_now(loaded) == NEW_ANSWER
    history = (await manager.get(PAGE)).text
    assert "Đỗ Thị Hạnh duyệt" in history
    assert "Đã thay bằng bản khác" in history


async def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    loaded: Database, signed_in: SignedIn
) -> None:
    manager = await signed_in("quanly")
    sent = await send(
        manager, "propose", name="", answer="Gọi {tram} đi bà con, số ở xã.", online="abc", fees=[]
    )
    page = (await manager.get(sent.headers["location"])).text
    said = dict(re.findall(r'<p class="wrong" id="(\w+)-sai">.*?</svg>([^<]+)', page, re.DOTALL))
    assert set(said) == {"name", "answer", "online"}
    assert said["name"].startswith("Ngắn quá") or said["name"].startswith("Đồng chí ghi")
    assert "{station}" in said["answer"]
    for typed in ("Gọi {tram} đi bà con, số ở xã.", 'value="abc"', "Nuôi chó có phải khai không?"):
        assert typed in page
    assert [each.status for each in await versions(loaded)] == [Status.DRAFT, Status.PUBLISHED]


async def test_a_preview_shows_the_chats_answer_and_keeps_the_draft(
    loaded: Database, signed_in: SignedIn
) -> None:
    manager = await signed_in("quanly")
    sent = await send(manager, "preview", answer=NEW_ANSWER, steps=["Chích ngừa.", "Khai báo."])
    page = (await manager.get(sent.headers["location"])).text
    assert re.search(rf'class="in-chat">[^<]*{NEW_ANSWER}', page)
    [public] = re.findall(rf'action="({PAGE}/ban/2/trang)"', page)
    as_public = await manager.get(public)
    assert as_public.headers["cache-control"] == "no-store"
    assert f'<p class="answer">{NEW_ANSWER}</p>' in as_public.text
    assert "<li>Chích ngừa.</li>" in as_public.text
    unfinished = await send(manager, "preview", answer="")
    assert "còn thiếu" in (await manager.get(unfinished.headers["location"])).text
    assert (await manager.get(public)).status_code == 404


def test_what_the_form_says_is_filled_in_is_what_is_filled_in() -> None:
    assert set(FILLED_IN) == set(PLACEHOLDERS)


async def test_the_communes_facts_are_filled_in_where_residents_read_and_open_where_one_edits(
    loaded: Database, people: People, signed_in: SignedIn
) -> None:
    async with loaded.begin() as session:
        commune = await session.get_one(Commune, 1)
        commune.station = {"phone": "02513000113"}
        own = await proposed(session, people.officers["ap2"], answer=f"{NEW_ANSWER} {{station}}.")
        await publishing.approve(session, people.officers["quanly"], DOG, own.number)
    manager, leader = await signed_in("quanly"), await signed_in("ap1")
    assert f"{NEW_ANSWER} {{station}}." in (await manager.get(FORM)).text
    page = (await manager.get(PAGE)).text
    assert f"{NEW_ANSWER} Công an xã Đồng Tâm." in page
    assert "{station" in page
    assert "{station" not in (await leader.get(PAGE)).text
    await manager.submit(
        f"{PAGE}/kiem-tra-lai", page=PAGE, how="Cổng dịch vụ công", check_by="2099-12-31"
    )
    assert (await versions(loaded))[0].content["answer"] == f"{NEW_ANSWER} {{station}}."


async def test_a_draft_saved_in_another_window_is_not_written_over_unseen(
    loaded: Database, signed_in: SignedIn
) -> None:
    manager = await signed_in("quanly")
    old = hidden((await manager.get(FORM)).text)
    await send(manager, "save", answer=NEW_ANSWER)
    form = {**fields(dump(entry(DOG, answer="Bà con khai báo ở nơi khác."))), **old}
    again = await manager.submit(FORM, page=FORM, **form)
    assert again.status_code == 409
    assert "ở một cửa sổ khác" in again.text
    assert "Bà con khai báo ở nơi khác." in again.text
    assert (await versions(loaded))[0].content["answer"] == NEW_ANSWER
    # Pressed once more it is meant.
    sent = await manager.submit(FORM, page=FORM, **{**form, **hidden(again.text)})
    assert sent.status_code == 303
    assert (await versions(loaded))[0].content["answer"] == "Bà con khai báo ở nơi khác."


async def test_two_officers_at_once_hear_of_each_other_and_nothing_gets_lost(
    loaded: Database, other: Officer, people: People, signed_in: SignedIn
) -> None:
    manager = await signed_in("quanly")
    await send(manager, "save", answer=NEW_ANSWER)
    async with loaded.begin() as session:
        theirs = await proposed(session, other, time="07 ngày làm việc")
    page = (await manager.get(FORM)).text
    assert "Đỗ Thị Hạnh đã gửi duyệt một bản khác" in page
    async with loaded.begin() as session:
        await publishing.approve(session, people.officers["quanly"], DOG, theirs.number)
    late = await send(manager, "propose", answer=NEW_ANSWER)
    assert late.status_code == 409
    assert "<ins>07 ngày làm việc</ins>" in late.text
    assert NEW_ANSWER in late.text
    merged = {**fields(dump(entry(DOG, answer=NEW_ANSWER, time="07 ngày làm việc")))}
    sent = await manager.submit(
        FORM, page=FORM, **merged, **hidden(late.text), merged="3", act="propose"
    )
    assert sent.status_code == 303
    [_, mine, _] = await versions(loaded)
    assert (mine.status, mine.based_on) == (Status.PROPOSED, 3)


async def test_a_proposal_is_refused_with_the_reason_and_gone_on_with(
    loaded: Database, other: Officer, signed_in: SignedIn
) -> None:
    async with loaded.begin() as session:
        version = await proposed(session, other, answer=NEW_ANSWER)
    manager, author = await signed_in("quanly"), await signed_in("quanly2")
    page = f"{PAGE}/ban/{version.number}"
    silent = await manager.submit(f"{page}/tu-choi", page=page, note=" ")
    assert silent.status_code == 409
    assert "Đồng chí ghi lý do" in silent.text
    await manager.submit(f"{page}/tu-choi", page=page, note="Chưa đúng Luật Thú y")
    assert "Chưa đúng Luật Thú y" in (await author.get(page)).text
    sent = await author.submit(f"{page}/lay", page=page)
    assert sent.headers["location"].startswith(FORM)
    assert NEW_ANSWER in (await author.get(FORM)).text
    twice = await author.submit(f"{page}/lay", page=page)
    assert twice.status_code == 409
    assert "bản soạn dở" in twice.text


async def test_an_author_takes_his_proposal_back_and_throws_his_draft_away(
    loaded: Database, people: People, signed_in: SignedIn
) -> None:
    async with loaded.begin() as session:
        version = await proposed(session, people.officers["quanly"], answer=NEW_ANSWER)
        draft = await written(session, people.officers["quanly"], answer=NEW_ANSWER)
    manager = await signed_in("quanly")
    page = f"{PAGE}/ban/{version.number}"
    assert (await manager.submit(f"{page}/rut", page=page)).status_code == 303
    page = f"{PAGE}/ban/{draft.number}"
    await manager.submit(f"{PAGE}/bo-nhap", page=page, number=str(draft.number))
    assert [each.status for each in await versions(loaded)] == [
        Status.TAKEN_BACK,
        Status.PUBLISHED,
    ]


async def test_going_back_to_an_earlier_version_takes_another_manager_too(
    loaded: Database, other: Officer, people: People, signed_in: SignedIn
) -> None:
    async with loaded.begin() as session:
        version = await proposed(session, other, answer=NEW_ANSWER)
        await publishing.approve(session, people.officers["quanly"], DOG, version.number)
    manager = await signed_in("quanly")
    page = f"{PAGE}/ban/1"
    assert "Dùng lại bản này" in (await manager.get(page)).text
    await manager.submit(f"{page}/lay", page=page)
    await send(manager, "propose")
    assert await answer_now(loaded) == NEW_ANSWER
    async with loaded.begin() as session:
        await publishing.approve(session, other, DOG, 3)
    assert await answer_now(loaded) == TOLD[DOG].answer


async def test_that_it_still_holds_is_said_with_what_it_was_compared_and_approved_by_another(
    loaded: Database, other: Officer, signed_in: SignedIn
) -> None:
    manager = await signed_in("quanly")
    page, form = f"{LIST}/{FISH}", {"how": "Cổng dịch vụ công", "check_by": "2099-12-31"}
    for wrong in ({"check_by": "2020-01-01"}, {"check_by": "mai"}, {"how": ""}):
        refused = await manager.submit(f"{page}/kiem-tra-lai", page=page, **{**form, **wrong})
        assert refused.status_code == 409
    assert (await manager.submit(f"{page}/kiem-tra-lai", page=page, **form)).status_code == 303
    twice = await manager.submit(f"{page}/kiem-tra-lai", page=page, **form)
    assert "đang có bản chờ duyệt" in twice.text
    assert catalogue()[FISH].check_by == TOLD[FISH].check_by
    second = await signed_in("quanly2")
    version = f"{page}/ban/2"
    assert "Cổng dịch vụ công" in (await second.get(version)).text
    await second.submit(f"{version}/duyet", page=version)
    await second.get(LIST)
    renewed = catalogue()[FISH]
    assert (str(renewed.check_by), renewed.answer) == ("2099-12-31", TOLD[FISH].answer)


async def test_what_is_wrong_is_told_no_more_at_once(loaded: Database, signed_in: SignedIn) -> None:
    manager = await signed_in("quanly")
    silent = await manager.submit(f"{PAGE}/ngung", page=PAGE, note="")
    assert silent.status_code == 409
    await manager.submit(f"{PAGE}/ngung", page=PAGE, note="Luật đã đổi")
    assert await answer_now(loaded) is None
    page = (await manager.get(PAGE)).text
    assert "trợ lý không trả lời bằng thủ tục này" in page
    assert "Luật đã đổi" in (await manager.get(f"{PAGE}/ban/2")).text
    assert DOG in (await manager.get(f"{LIST}?xem=chua-dung")).text


async def test_a_new_procedure_needs_a_name_and_gets_an_address_of_it(
    loaded: Database, signed_in: SignedIn
) -> None:
    manager = await signed_in("quanly")
    new = "/console/thu-tuc-moi"
    content = dump(entry(name="Khai báo nuôi ong lấy mật"))
    nameless = await manager.submit(new, page=new, **fields({**content, "name": ""}))
    assert nameless.status_code == 409
    assert "Nuôi chó có phải khai không?" in nameless.text
    sent = await manager.submit(new, page=new, **fields(content), act="propose")
    assert sent.headers["location"] == f"{LIST}/khai_bao_nuoi_ong_lay_mat/ban/1?da=trinh"
    assert "Chưa dùng" in (await manager.get(f"{LIST}?xem=cho-duyet")).text
