"""`binhyen setup`: one file describes the commune; running it again is safe."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.console import accounts
from bot.console.browsers import Visitor
from bot.console.models import OfficerSession
from bot.db import Database
from bot.groups.models import Group, Hamlet, Officer, Role
from bot.groups.service import move_group
from bot.groups.setup import BadSetup, SetupResult, apply_setup, read_setup, slug
from bot.reports.models import Report
from bot.security.passwords import verify_password
from tests.console.people import People, report

FILE = """
commune: {name: Xã Đồng Tâm, province: Đồng Nai}
managers:
  - {username: quanly, name: Tổ trưởng, phone: "0900000001", chats: {telegram: "7001"}}
hamlets:
  - name: Ấp 1
    chats: {telegram: "-1001", zalo_oa: "g1"}
    leader: {username: ap1, name: Cảnh sát khu vực, chats: {telegram: "7002"}}
    deputies: [{username: phoap1, name: Trưởng ấp 1}]
"""


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def set_up(db: Database, text: str = FILE) -> SetupResult:
    async with db.begin() as session:
        return await apply_setup(session, read_setup(text))


async def test_the_file_makes_hamlets_groups_and_officers(db: Database) -> None:
    await set_up(db)
    async with db.begin() as session:
        officers = {o.username: o for o in (await session.execute(select(Officer))).scalars()}
        groups = {(g.channel, g.chat_id) for g in (await session.execute(select(Group))).scalars()}
    assert {u: o.role for u, o in officers.items()} == {
        "quanly": Role.MANAGER,
        "ap1": Role.LEADER,
        "phoap1": Role.DEPUTY,
    }
    assert [h.name for h in officers["ap1"].hamlets] == ["Ấp 1"]
    assert [(c.channel, c.chat_id) for c in officers["quanly"].chats] == [("telegram", "7001")]
    assert groups == {("telegram", "-1001"), ("zalo_oa", "g1"), ("web", "ap-1")}


async def test_new_officers_get_a_one_time_password_and_old_ones_keep_theirs(db: Database) -> None:
    first = await set_up(db)
    second = await set_up(db)
    assert set(first.passwords) == {"quanly", "ap1", "phoap1"}
    assert second.passwords == {}
    async with db.begin() as session:
        officer = (
            await session.execute(select(Officer).where(Officer.username == "ap1"))
        ).scalar_one()
    assert officer.must_change_password
    assert officer.password_expires_at
    assert verify_password(officer.password_hash, first.passwords["ap1"])


async def test_a_second_run_changes_what_the_file_changed(db: Database) -> None:
    await set_up(db)
    await set_up(db, FILE.replace('"-1001"', "-1002").replace("Trưởng ấp 1", "Phó trưởng ấp 1"))
    async with db.begin() as session:
        groups = {g.chat_id for g in (await session.execute(select(Group))).scalars()}
        hamlets = (await session.execute(select(Hamlet))).scalars().all()
        deputy = (
            await session.execute(select(Officer).where(Officer.username == "phoap1"))
        ).scalar_one()
    assert "-1002" in groups
    assert "-1001" not in groups
    assert len(hamlets) == 1
    assert deputy.name == "Phó trưởng ấp 1"


async def test_a_new_role_ends_the_sessions_of_the_old(db: Database) -> None:
    passwords = (await set_up(db)).passwords
    for username in ("ap1", "phoap1"):
        await accounts.sign_in(db, username, passwords[username], Visitor("192.0.2.1"))
    swapped = FILE.replace("username: ap1", "username: x").replace(
        "username: phoap1", "username: ap1"
    )
    await set_up(db, swapped.replace("username: x", "username: phoap2"))
    async with db.begin() as session:
        query = select(Officer.username).join(
            OfficerSession, OfficerSession.officer_id == Officer.id
        )
        assert (await session.execute(query)).scalars().all() == ["phoap1"]


async def test_one_leader_may_answer_for_two_hamlets(db: Database) -> None:
    both = FILE + "  - name: Ấp 2\n    leader: {username: ap1, name: Cảnh sát khu vực}\n"
    await set_up(db, both)
    async with db.begin() as session:
        leader = (
            await session.execute(select(Officer).where(Officer.username == "ap1"))
        ).scalar_one()
    assert sorted(h.name for h in leader.hamlets) == ["Ấp 1", "Ấp 2"]


async def test_a_leader_no_longer_in_the_file_answers_for_nothing(db: Database) -> None:
    await set_up(db)
    await set_up(db, FILE.replace("username: ap1", "username: moi"))
    async with db.begin() as session:
        query = select(Officer).where(Officer.username.in_(["ap1", "moi"]))
        officers = {o.username: o for o in (await session.execute(query)).scalars()}
    assert officers["ap1"].hamlets == []
    assert [h.name for h in officers["moi"].hamlets] == ["Ấp 1"]


async def test_what_such_a_leader_had_is_nobodys(db: Database) -> None:
    await set_up(db)
    async with db.begin() as session:
        hamlets = {h.name: h for h in (await session.execute(select(Hamlet))).scalars()}
        made = await report(session, People(hamlets=hamlets), "x")
        query = select(Officer).where(Officer.username == "ap1")
        made.officer = (await session.execute(query)).scalar_one()
    held = select(Report.officer_id)
    await set_up(db)
    async with db.begin() as session:
        assert (await session.execute(held)).scalar_one() is not None
    await set_up(db, FILE.replace("username: ap1", "username: moi"))
    async with db.begin() as session:
        assert (await session.execute(held)).scalar_one() is None


async def test_a_group_that_moved_keeps_its_new_id_until_the_file_says_otherwise(
    db: Database,
) -> None:
    await set_up(db)
    async with db.begin() as session:
        group = (
            await session.execute(select(Group).where(Group.channel == "telegram"))
        ).scalar_one()
        await move_group(session, group, "-1002000")
    await set_up(db)
    async with db.begin() as session:
        kept = {g.chat_id for g in (await session.execute(select(Group))).scalars()}
    assert "-1002000" in kept
    await set_up(db, FILE.replace('"-1001"', '"-1003"'))
    async with db.begin() as session:
        changed = {g.chat_id for g in (await session.execute(select(Group))).scalars()}
    assert "-1003" in changed


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("", "commune"),
        ("a: [", "dòng"),
        (FILE.replace("commune:", "comune:"), "commune"),
        (FILE.replace("username: ap1", "username: Ấp Một"), "username"),
        (FILE.replace("username: phoap1", "username: ap1"), "hai vai trò"),
        (FILE.replace("zalo_oa", "whatsapp"), "whatsapp"),
        (FILE.replace("leader:", "leder:"), "leader"),
        (FILE + FILE[FILE.index("  - name") :], "hai lần"),
    ],
)
def test_a_wrong_file_gets_one_clear_line(wrong: str, hint: str) -> None:
    with pytest.raises(BadSetup) as error:
        read_setup(wrong)
    assert hint in str(error.value)
    assert "\n" not in str(error.value)


def test_a_hamlets_web_address_is_made_of_its_name() -> None:
    assert slug("Ấp 1") == "ap-1"
    assert slug("  Ấp Đồng  Xoài (mới)") == "ap-dong-xoai-moi"
