"""Whoever owns the database can do what he likes to the log, but not unseen."""

import uuid

import pytest
from sqlalchemy import text

from bot.audit.models import AuditEntry
from bot.audit.verify import End, Findings, verify
from bot.db import Database
from bot.security.vault import open_vault
from tests.audit.trail import after, by_hand, fill
from tests.console.people import People
from tests.service import SECRET_KEY

TAMPERED = {
    "number": "number = 99",
    "at": "at = at + interval '1 microsecond'",
    "action": "action = 'report_seen'",
    "officer_id": "officer_id = (SELECT id FROM officers WHERE username = 'phoap1')",
    "address": "address = '192.0.2.8'",
    "report_code": "report_code = 'PA-ACDEF'",
    "data": """data = '{"page": 77}'""",
    "previous": "previous = seal",
    "seal": "seal = previous",
}


@pytest.fixture(autouse=True)
async def _six_entries(db: Database, people: People) -> None:
    await fill(db, people, 6)


async def test_a_log_nobody_touched_is_whole(db: Database) -> None:
    findings = await verify(db)
    assert findings == Findings(checked=6, end=findings.end)
    assert findings.whole
    assert findings.end.number == 6


def test_each_column_is_tampered_with_below() -> None:
    assert set(TAMPERED) == set(AuditEntry.__table__.columns.keys())


@pytest.mark.parametrize("number", [1, 3, 6])
async def test_a_changed_entry_is_named(db: Database, number: int) -> None:
    changes = [change for column, change in TAMPERED.items() if column != "number"]
    for change in [*changes, "officer_id = NULL", "action = 'sleep'", "data = '[]'"]:
        findings = await after(db, f"UPDATE audit_entries SET {change} WHERE number = {number}")  # noqa: S608
        assert findings.altered == [number], change
        assert findings == Findings(6, findings.end, altered=[number]), change
    renumbered = await after(db, f"UPDATE audit_entries SET number = 99 WHERE number = {number}")  # noqa: S608
    assert renumbered.moved == [(number, 99)]
    assert renumbered.altered == renumbered.added == renumbered.loose == []
    assert not renumbered.head


async def test_removed_entries_are_named(db: Database) -> None:
    for gone, missing in (
        ("number = 1", [(1, 1)]),
        ("number = 3", [(3, 3)]),
        ("number = 6", [(6, 6)]),
        ("number IN (2, 3, 5)", [(2, 3), (5, 5)]),
        ("number > 2", [(3, 6)]),
        ("true", [(1, 6)]),
    ):
        findings = await after(db, f"DELETE FROM audit_entries WHERE {gone}")  # noqa: S608
        assert findings == Findings(findings.checked, findings.end, missing=missing), gone
        assert not findings.whole


async def test_entries_put_in_another_order_are_named(db: Database) -> None:
    await by_hand(
        db,
        "UPDATE audit_entries SET number = 99 WHERE number = 2",
        "UPDATE audit_entries SET number = 2 WHERE number = 4",
        "UPDATE audit_entries SET number = 4 WHERE number = 99",
    )
    findings = await verify(db)
    assert sorted(findings.moved) == [(2, 4), (4, 2)]
    assert findings.altered == findings.missing == []


async def test_entries_that_close_the_ranks_after_a_removed_one_are_named(db: Database) -> None:
    await by_hand(
        db,
        "DELETE FROM audit_entries WHERE number = 3",
        "UPDATE audit_entries SET number = number + 100 WHERE number > 3",
        "UPDATE audit_entries SET number = number - 101 WHERE number > 100",
    )
    findings = await verify(db)
    assert findings.moved == [(4, 3), (5, 4), (6, 5)]
    assert findings.missing == [(6, 6)]


COPY = """
INSERT INTO audit_entries
    (number, at, action, officer_id, address, report_code, data, previous, seal)
SELECT :number, at, action, officer_id, address, report_code, data, {previous}, {seal}
FROM audit_entries WHERE number = :like
"""


async def test_an_entry_added_by_hand_is_named(db: Database) -> None:
    copy = COPY.format(previous="seal", seal="sha256(seal)")
    await by_hand(db, copy, number=7, like=6)
    assert (await verify(db)).added == [7]


async def test_an_entry_put_in_the_place_of_a_removed_one_is_named(db: Database) -> None:
    copy = COPY.format(previous="previous", seal="sha256(seal)")
    await by_hand(db, "DELETE FROM audit_entries WHERE number = 3", copy, number=3, like=2)
    assert (await verify(db)).altered == [3]


async def test_a_copy_of_an_entry_is_named(db: Database) -> None:
    copy = COPY.format(previous="previous", seal="seal")
    await by_hand(db, copy, number=7, like=4)
    findings = await verify(db)
    assert findings.moved == [(4, 7)] or findings.added == [7]
    assert not findings.whole


async def test_who_has_the_database_but_not_the_key_cannot_build_the_log_anew(
    db: Database, people: People
) -> None:
    await by_hand(
        db,
        "DELETE FROM audit_entries",
        "UPDATE audit_head SET number = 0, last = '', seal = ''",
    )
    open_vault("another key, of the thief himself, at least 32 long")
    try:
        await fill(db, people, 6)
    finally:
        open_vault(SECRET_KEY)
    findings = await verify(db)
    assert findings.altered == [1, 2, 3, 4, 5, 6]
    assert findings.head


async def test_a_changed_end_is_told(db: Database) -> None:
    for change in (
        "UPDATE audit_head SET number = 5",
        "UPDATE audit_head SET number = 7",
        "UPDATE audit_head SET last = sha256(last)",
        "UPDATE audit_head SET seal = sha256(seal)",
        "UPDATE audit_head SET number = 0, last = '', seal = ''",
        "DELETE FROM audit_head",
    ):
        findings = await after(db, change)
        assert findings == Findings(6, findings.end, head=True), change
        assert not findings.whole


async def test_last_entries_removed_together_with_the_end_are_told_by_who_saw_them(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        old = (await session.execute(text("SELECT number, last, seal FROM audit_head"))).one()
    await fill(db, people, 3)
    seen = (await verify(db)).end
    assert seen.number == 9
    await by_hand(
        db,
        "DELETE FROM audit_entries WHERE number > 6",
        "UPDATE audit_head SET number = :number, last = :last, seal = :seal",
        **old._asdict(),
    )
    assert (await verify(db)).whole  # nothing in the database tells
    assert (await verify(db, seen)).put_back
    await fill(db, people, 5)  # and the log goes on past it
    assert (await verify(db, seen)).put_back
    assert (await verify(db)).whole


async def test_an_end_that_was_put_back_alone_is_told(db: Database, people: People) -> None:
    async with db.begin() as session:
        old = (await session.execute(text("SELECT number, last, seal FROM audit_head"))).one()
    await fill(db, people, 2)
    await by_hand(
        db, "UPDATE audit_head SET number = :number, last = :last, seal = :seal", **old._asdict()
    )
    findings = await verify(db)
    assert findings.head
    assert findings.added == findings.altered == []


async def test_a_log_that_grew_since_is_still_the_one_that_was_seen(
    db: Database, people: People
) -> None:
    seen = (await verify(db)).end
    await fill(db, people, 2)
    assert (await verify(db, seen)).whole
    assert (await verify(db, End(6, uuid.uuid4().hex))).put_back


async def test_an_empty_log_is_whole(db: Database) -> None:
    await by_hand(
        db, "DELETE FROM audit_entries", "UPDATE audit_head SET number = 0, last = '', seal = ''"
    )
    assert await verify(db) == Findings()
