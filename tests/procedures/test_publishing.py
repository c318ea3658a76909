"""An edit is written by one officer and approved by another, and nothing gets lost between two."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest

from bot.db import Database, now
from bot.groups.models import Officer
from bot.procedures import publishing
from bot.procedures.catalogue import catalogue, refresh
from bot.procedures.files import dump
from bot.procedures.loading import load
from bot.procedures.models import Origin, Status
from bot.procedures.publishing import Change, Incomplete, Outdated, Refused
from tests.procedures.conftest import entry

ID = "nuoi_cho"
SHORTER = dump(entry(answer="Bà con khai báo với trưởng ấp."))
LONGER = dump(entry(answer="Bà con khai báo với trưởng ấp và cho chó tiêm phòng mỗi năm."))


@pytest.fixture
async def loaded(db: Database) -> Database:
    async with db.begin() as session:
        await load(session, {ID: entry()})
    return db


async def proposal(
    db: Database, officer: Officer, content: dict[str, Any], base: int | None
) -> int:
    async with db.begin() as session:
        draft = await publishing.save_draft(session, officer, content, based_on=base)
        await publishing.propose(session, officer, content["id"], draft.number)
    return draft.number


async def approve(db: Database, officer: Officer, number: int) -> None:
    async with db.begin() as session:
        await publishing.approve(session, officer, ID, number)


async def told(db: Database) -> str | None:
    async with db.begin() as session:
        await refresh(session)
    found = catalogue().get(ID)
    return found.answer if found else None


async def statuses(db: Database) -> list[Status]:
    async with db.begin() as session:
        return [each.status for each in await publishing.history(session, ID)]


async def test_a_draft_is_told_to_nobody(loaded: Database, officers: list[Officer]) -> None:
    await proposal(loaded, officers[0], SHORTER, 1)
    assert await told(loaded) == entry().answer


async def test_a_second_officer_puts_it_before_the_residents(
    loaded: Database, officers: list[Officer]
) -> None:
    number = await proposal(loaded, officers[0], SHORTER, 1)
    await approve(loaded, officers[1], number)
    assert await told(loaded) == SHORTER["answer"]
    async with loaded.begin() as session:
        [new, old] = await publishing.history(session, ID)
    assert new.author
    assert new.approver
    assert (new.author.username, new.approver.username) == ("thai", "minh")
    assert (new.status, old.status) == (Status.PUBLISHED, Status.SUPERSEDED)


async def test_nobody_approves_what_he_wrote(loaded: Database, officers: list[Officer]) -> None:
    number = await proposal(loaded, officers[0], SHORTER, 1)
    with pytest.raises(Refused, match="người khác duyệt"):
        await approve(loaded, officers[0], number)
    assert await told(loaded) == entry().answer


async def test_what_lapsed_while_it_waited_is_not_approved(
    loaded: Database, officers: list[Officer], monkeypatch: pytest.MonkeyPatch
) -> None:
    today = now()
    lasting = SHORTER | {"check_by": (today + timedelta(days=30)).date().isoformat()}
    number = await proposal(loaded, officers[0], lasting, 1)
    monkeypatch.setattr(publishing, "now", lambda: today + timedelta(days=60))
    with pytest.raises(Incomplete):
        await approve(loaded, officers[1], number)
    assert await told(loaded) == entry().answer


async def test_a_draft_is_its_authors_alone(loaded: Database, officers: list[Officer]) -> None:
    author, other, _ = officers
    async with loaded.begin() as session:
        draft = await publishing.save_draft(session, author, SHORTER, based_on=1)
    async with loaded.begin() as session:
        copy = await publishing.save_draft(session, other, LONGER, based_on=1, number=draft.number)
    assert copy.number != draft.number
    for act in (publishing.propose, publishing.discard):
        with pytest.raises(Refused, match="người khác soạn"):
            async with loaded.begin() as session:
                await act(session, other, ID, draft.number)


async def test_an_own_draft_is_written_over(loaded: Database, officers: list[Officer]) -> None:
    numbers = []
    number = None
    for content in (SHORTER, LONGER):
        async with loaded.begin() as session:
            draft = await publishing.save_draft(
                session, officers[0], content, based_on=1, number=number
            )
        number = draft.number
        numbers.append(number)
    assert len(set(numbers)) == 1
    async with loaded.begin() as session:
        assert (await publishing.history(session, ID))[0].content == LONGER


async def test_what_was_proposed_never_changes(loaded: Database, officers: list[Officer]) -> None:
    number = await proposal(loaded, officers[0], SHORTER, 1)
    async with loaded.begin() as session:
        later = await publishing.save_draft(session, officers[0], LONGER, based_on=1, number=number)
    assert later.number != number
    await approve(loaded, officers[1], number)
    assert await told(loaded) == SHORTER["answer"]


async def test_a_draft_may_lack_things_and_a_proposal_not(
    db: Database, officers: list[Officer]
) -> None:
    async with db.begin() as session:
        draft = await publishing.save_draft(
            session,
            officers[0],
            {"id": "nuoi_vit", "questions": ["nuôi vịt có phải khai không"]},
            based_on=None,
            origin=Origin.GAP,
        )
    with pytest.raises(Incomplete) as refused:
        async with db.begin() as session:
            await publishing.propose(session, officers[0], "nuoi_vit", draft.number)
    fields = dict(refused.value.problems)
    assert {"name", "answer", "questions", "confidence"} <= fields.keys()
    assert fields["name"] == "chưa ghi"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"legal_source": []}, "legal_source"),
        ({"answer": "Bà con nộp 25.000 đồng tại xã."}, "answer"),
        ({"related": ["nuoi_ca"]}, "related"),
    ],
)
async def test_what_must_not_be_told_is_not_proposed(
    db: Database, officers: list[Officer], fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(Incomplete) as refused:
        await proposal(db, officers[0], dump(entry(**fields)), None)
    assert [name for name, _ in refused.value.problems] == [field]


async def test_a_new_procedure_is_told_once_approved(db: Database, officers: list[Officer]) -> None:
    number = await proposal(db, officers[0], SHORTER, None)
    await approve(db, officers[1], number)
    assert await told(db) == SHORTER["answer"]


async def test_of_two_proposals_the_second_must_see_the_first(
    loaded: Database, officers: list[Officer]
) -> None:
    first = await proposal(loaded, officers[0], SHORTER, 1)
    second = await proposal(loaded, officers[1], LONGER, 1)
    await approve(loaded, officers[2], first)
    with pytest.raises(Outdated):
        await approve(loaded, officers[2], second)
    assert await told(loaded) == SHORTER["answer"]
    merged = await proposal(loaded, officers[1], LONGER, first)
    await approve(loaded, officers[2], merged)
    assert await told(loaded) == LONGER["answer"]


async def test_an_outdated_draft_is_not_proposed(loaded: Database, officers: list[Officer]) -> None:
    async with loaded.begin() as session:
        draft = await publishing.save_draft(session, officers[1], LONGER, based_on=1)
    await approve(loaded, officers[1], await proposal(loaded, officers[0], SHORTER, 1))
    with pytest.raises(Outdated):
        async with loaded.begin() as session:
            await publishing.propose(session, officers[1], ID, draft.number)


async def test_two_who_approve_at_once_approve_one(
    loaded: Database, officers: list[Officer]
) -> None:
    """Whichever comes first stands; the other is told, and no edit is lost unseen."""
    first = await proposal(loaded, officers[0], SHORTER, 1)
    second = await proposal(loaded, officers[1], LONGER, 1)
    done = await outcomes(approve(loaded, officers[2], first), approve(loaded, officers[2], second))
    assert sorted(map(type_name, done)) == ["NoneType", "Outdated"]
    same = await proposal(loaded, officers[0], LONGER, first if done[0] is None else second)
    done = await outcomes(*(approve(loaded, officer, same) for officer in officers[1:]))
    assert sorted(map(type_name, done)) == ["NoneType", "Refused"]
    assert (await statuses(loaded)).count(Status.PUBLISHED) == 1


async def test_two_who_begin_at_once_get_a_number_each(
    loaded: Database, officers: list[Officer]
) -> None:
    numbers = await asyncio.gather(*(proposal(loaded, officer, SHORTER, 1) for officer in officers))
    assert sorted(numbers) == [2, 3, 4]


async def test_a_rejected_one_goes_back_with_the_reason(
    loaded: Database, officers: list[Officer]
) -> None:
    number = await proposal(loaded, officers[0], SHORTER, 1)
    with pytest.raises(Refused, match="lý do"):
        async with loaded.begin() as session:
            await publishing.reject(session, officers[1], ID, number, "  ")
    async with loaded.begin() as session:
        await publishing.reject(session, officers[1], ID, number, "Thiếu mức phạt.")
        [rejected, _] = await publishing.history(session, ID)
    assert (rejected.status, rejected.note) == (Status.REJECTED, "Thiếu mức phạt.")
    with pytest.raises(Refused, match="không còn chờ duyệt"):
        await approve(loaded, officers[1], number)
    async with loaded.begin() as session:
        again = await publishing.save_draft(session, officers[0], LONGER, based_on=1, number=number)
    assert again.number == number + 1


async def test_its_author_takes_a_proposal_back(loaded: Database, officers: list[Officer]) -> None:
    number = await proposal(loaded, officers[0], SHORTER, 1)
    with pytest.raises(Refused):
        async with loaded.begin() as session:
            await publishing.take_back(session, officers[1], ID, number)
    async with loaded.begin() as session:
        await publishing.take_back(session, officers[0], ID, number)
    with pytest.raises(Refused):
        await approve(loaded, officers[1], number)


async def test_a_withdrawn_one_is_told_no_more_until_a_proposal_is_approved(
    loaded: Database, officers: list[Officer]
) -> None:
    waiting = await proposal(loaded, officers[0], SHORTER, 1)
    async with loaded.begin() as session:
        mark = await publishing.withdraw(session, officers[0], ID, "Sai nơi làm.")
    assert await told(loaded) is None
    with pytest.raises(Outdated):
        await approve(loaded, officers[1], waiting)
    with pytest.raises(Refused, match="không được trả lời"):
        async with loaded.begin() as session:
            await publishing.withdraw(session, officers[1], ID, "Sai nơi làm.")
    again = await proposal(loaded, officers[0], LONGER, mark.number)
    await approve(loaded, officers[1], again)
    assert await told(loaded) == LONGER["answer"]


async def test_a_thrown_away_draft_leaves_nothing(db: Database, officers: list[Officer]) -> None:
    async with db.begin() as session:
        draft = await publishing.save_draft(session, officers[0], {"id": ID}, based_on=None)
    async with db.begin() as session:
        await publishing.discard(session, officers[0], ID, draft.number)
        assert await publishing.history(session, ID) == []
        assert await publishing.free_id(session, "Nuôi chó") == ID


async def test_a_new_id_is_made_of_the_name(loaded: Database) -> None:
    async with loaded.begin() as session:
        assert await publishing.free_id(session, "Nuôi chó") == "nuoi_cho_2"
        assert await publishing.free_id(session, "Cấp lại thẻ (mất)") == "cap_lai_the_mat"
        assert await publishing.free_id(session, "7") == "thu_tuc_7"
        assert await publishing.free_id(session, "") == "thu_tuc"


def test_what_changed_is_said_field_by_field() -> None:
    before = dump(entry(fees=[{"text": "Miễn.", "until": "2026-12-31"}]))
    after = dump(
        entry(
            name="Khai báo nuôi chó, mèo",
            confidence="low",
            fees=[{"text": "10.000 đồng.", "since": "2027-01-01"}],
        )
    )
    assert publishing.changes(before, before) == []
    assert publishing.changes(before, after) == [
        Change("name", "Tên thủ tục", ("Khai báo nuôi chó",), ("Khai báo nuôi chó, mèo",)),
        Change("fees", "Lệ phí", ("Miễn. (đến 31/12/2026)",), ("10.000 đồng. (từ 01/01/2027)",)),
        Change("confidence", "Mức tin cậy", ("Chắc chắn",), ("Chưa xác nhận",)),
    ]
    [first, *_] = publishing.changes(None, after)
    assert (first.field, first.before, first.after) == ("id", (), (ID,))


async def outcomes(*acts: Awaitable[None]) -> list[BaseException | None]:
    return list(await asyncio.gather(*acts, return_exceptions=True))


def type_name(outcome: object) -> str:
    return type(outcome).__name__
