"""What the assistant was not sure of, decided in the list; category corrections likewise."""

from bot.db import Database
from bot.reports.models import Consent, Correction, Report, Status
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, report
from tests.console.site import Browser

LIST = "/console/hang-doi/can-xem-lai"


async def doubtful(db: Database, people: People, hamlet: str = "Ấp 1") -> Report:
    async with db.begin() as session:
        return await report(
            session, people, "ai mất xe đạp màu xanh không", needs_review=True, hamlet=hamlet
        )


async def press(officer: Browser, made: Report, value: str) -> int:
    path = f"/console/phan-anh/{made.code}/xem-lai"
    return (await officer.submit(path, page=LIST, **{"is": value})).status_code


async def word_on(db: Database, made: Report) -> tuple[Report, Correction | None]:
    async with db.begin() as session:
        found = await session.get_one(Report, made.id)
        return found, await session.get(Correction, made.id)


async def test_one_press_says_that_it_is_a_report(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    made = await doubtful(db, people)
    leader = await signed_in("ap1")
    assert f"{made.code} là phản ánh" in (await leader.get(LIST)).text
    assert await press(leader, made, "security_order") == 303
    found, word = await word_on(db, made)
    assert (found.needs_review, found.status) == (False, Status.NEW)
    assert word is not None
    assert (word.category, word.consent) == (Category.SECURITY_ORDER, Consent.NOT_ASKED)
    assert "Đã ghi nhận: là phản ánh" in (await leader.get(f"{LIST}?da=la-phan-anh")).text
    assert made.code not in (await leader.get(LIST)).text


async def test_one_press_says_that_it_is_none_and_the_assistant_asks_to_learn_it(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    made = await doubtful(db, people)
    assert await press(await signed_in("ap1"), made, "not_a_report") == 303
    found, word = await word_on(db, made)
    assert (found.needs_review, found.status) == (False, Status.CLOSED)
    assert word is not None
    assert (word.category, word.consent) == (Category.SMALL_TALK, Consent.ASKED)


async def test_one_press_corrects_the_category(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    made = await doubtful(db, people)
    assert await press(await signed_in("ap1"), made, "dispute") == 303
    found, word = await word_on(db, made)
    assert (found.category, found.needs_review) == (Category.DISPUTE, False)
    assert word is not None
    assert word.consent is Consent.ASKED


async def test_a_leader_who_says_it_is_about_the_police_hands_it_to_the_managers(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    made = await doubtful(db, people)
    leader = await signed_in("ap1")
    assert await press(leader, made, "police_conduct") == 303
    assert (await word_on(db, made))[0].managers_only
    assert (await leader.get(f"/console/phan-anh/{made.code}")).status_code == 404


async def test_the_second_of_two_officers_is_told(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    made = await doubtful(db, people)
    leader, manager = await signed_in("ap1"), await signed_in("quanly")
    assert await press(leader, made, "security_order") == 303
    assert await press(manager, made, "not_a_report") == 409
    assert (await word_on(db, made))[0].status is Status.NEW


async def test_a_category_nobody_has_is_refused(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    made = await doubtful(db, people)
    assert await press(await signed_in("ap1"), made, "gossip") == 409
    assert (await word_on(db, made))[0].needs_review


async def test_another_hamlets_is_not_found(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    made = await doubtful(db, people, hamlet="Ấp 2")
    assert await press(await signed_in("ap1"), made, "not_a_report") == 404
    assert (await word_on(db, made))[0].needs_review
