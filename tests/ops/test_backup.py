"""`binhyen backup` and `restore`: all of it comes back, or nothing is touched."""

import asyncio
import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alembic import command
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession
from typer.testing import CliRunner

from bot.audit.verify import End, verify
from bot.channels.base import AttachmentKind
from bot.checks.finding import Finding
from bot.checks.keeping import last_backup
from bot.checks.safety import unsafe
from bot.cli import app
from bot.console.browsers import Visitor
from bot.console.models import OfficerSession
from bot.console.sessions import start
from bot.db import Database, now
from bot.groups.models import Officer
from bot.libpq import connect
from bot.messages.models import Inbound, Outbound, OutboundStatus
from bot.migrations import configuration
from bot.ops import backup, dump, restore
from bot.ops.backup import back_up, check, check_file, key_of, opened
from bot.ops.children import FileLock, released
from bot.ops.errors import OperationError
from bot.ops.installation import unlock
from bot.reports.models import Attachment, EventType, Report, ReportEvent
from bot.security.sealed_stream import seal
from bot.settings import Settings
from bot.work import Queue, Workflow, enqueue
from tests.audit.trail import fill
from tests.conftest import Server, scratch_database
from tests.console.people import a_busy_day, settle
from tests.service import SECRET_KEY

CANARY = "chuyện này chỉ cán bộ được đọc"
PHOTO = os.urandom(300_000)


@dataclass
class Installation:
    """A commune after a busy day, and what was said to whoever saved or restored it."""

    settings: Settings
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return str(self.settings.database_url)

    def save(self, target: Path, keep: int | None = None) -> Path:
        back_up(self.settings, target, keep, self.said.append)
        return max(target.glob("*.backup")) if target.is_dir() else target

    def restore(self, file: Path) -> "Installation":
        restore.restore(self.settings, file, self.said.append)
        return self

    def do(self, work: Callable[[AsyncSession], Any]) -> Any:
        """Run `work` in a transaction of its own."""
        return asyncio.run(self._do(work))

    async def _do(self, work: Callable[[AsyncSession], Any]) -> Any:
        db = Database(self.url)
        try:
            async with db.begin() as session:
                return await work(session)
        finally:
            await db.close()


async def busy(url: str) -> None:
    db = Database(url)
    try:
        people = await settle(db)
        async with db.begin() as session:
            await a_busy_day(session, people)
            (told, came) = (
                (
                    await session.execute(
                        select(Report).join(ReportEvent).where(ReportEvent.type == EventType.CLOSED)
                    )
                ).scalar_one(),
                (await session.execute(select(Report).limit(1))).scalars().one(),
            )
            session.add(ReportEvent(report_id=told.id, type=EventType.INTERNAL_NOTE, text=CANARY))
            session.add(
                Attachment(
                    report_id=came.id,
                    channel="web",
                    kind=AttachmentKind.PHOTO,
                    content=PHOTO,
                    size=len(PHOTO),
                )
            )
            leader = await session.get_one(Officer, people.officers["ap1"].id)
            await start(session, leader, Visitor("192.0.2.7", "Chrome"))
        await fill(db, people, 6)
    finally:
        await db.close()


@pytest.fixture(scope="module")
def pattern(
    postgres: Server, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """What `installation` is a copy of."""
    with scratch_database(postgres, make_url(postgres_url).database) as url:
        asyncio.run(busy(url))
        made = installed(url, tmp_path_factory.mktemp("pattern"))
        unlock(made.settings, url)  # the keys are noted, as the service does when it starts
        yield made


@pytest.fixture(scope="module")
def last_night(pattern: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pattern.save(tmp_path_factory.mktemp("backups") / "last night")


@pytest.fixture
def installation(postgres: Server, pattern: Installation, tmp_path: Path) -> Iterator[Installation]:
    with scratch_database(postgres, make_url(pattern.url).database) as url:
        yield installed(url, tmp_path)


@pytest.fixture
def saved(last_night: Path, tmp_path: Path) -> Path:
    """A backup of what `installation` begins with."""
    return Path(shutil.copy(last_night, tmp_path / "last night"))


@pytest.fixture
def empty(postgres: Server, tmp_path: Path) -> Iterator[Installation]:
    """A new machine: nothing but the key."""
    with scratch_database(postgres) as url:
        yield installed(url, tmp_path / "new")


def installed(url: str, data_dir: Path) -> Installation:
    values = {"data_dir": data_dir, "database_url": url, "secret_key": SECRET_KEY}
    return Installation(Settings.model_validate(values))


def rows(url: str) -> dict[str, dump.Contents]:
    with dump.snapshot(url) as seen:
        return seen.contents()


def statuses(installation: Installation) -> dict[str, int]:
    query = "SELECT status, count(*) FROM outbound GROUP BY status"
    with connect(installation.url) as connection:
        return dict(connection.execute(query).fetchall())


# --- What comes back -----------------------------------------------------------------------------


def test_everything_comes_back_and_can_be_read(
    installation: Installation, saved: Path, empty: Installation
) -> None:
    before = rows(installation.url)
    after = rows(empty.restore(saved).url)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        "public.outbound",
        "public.officer_sessions",
        "public.audit_entries",
        "public.audit_head",
    }

    async def read(session: AsyncSession) -> tuple[Any, ...]:
        notes = select(ReportEvent.text).where(ReportEvent.type == EventType.INTERNAL_NOTE)
        photo = select(Attachment.content).where(Attachment.content.is_not(None))
        return (
            (await session.execute(notes)).scalar_one(),
            (await session.execute(photo)).scalar_one(),
        )

    assert empty.do(read) == (CANARY, PHOTO)


def test_the_log_is_whole_says_that_it_was_restored_and_its_end_is_remembered(
    saved: Path, empty: Installation
) -> None:
    empty.restore(saved)

    async def look() -> Any:
        db = Database(empty.url)
        try:
            return await verify(db)
        finally:
            await db.close()

    found = asyncio.run(look())
    assert found.whole
    assert found.checked == 7
    with connect(empty.url) as connection:
        last = "SELECT action, data FROM audit_entries ORDER BY number DESC LIMIT 1"
        action, data = connection.execute(last).fetchone() or ("", {})
    assert action == "restored"
    assert data["saved"].endswith("+00:00")
    kept = json.loads((empty.settings.data_dir / "audit-checked.json").read_text())
    assert kept["number"] == 6


def test_the_names_of_the_commune_stand_where_rasa_reads_them(
    saved: Path, empty: Installation
) -> None:
    empty.restore(saved)
    assert "Ấp 2" in (empty.settings.data_dir / "places.json").read_text()


def test_what_officers_let_the_assistant_learn_from_comes_back_and_nothing_is_overwritten(
    installation: Installation,
    empty: Installation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [f"nlu_data/messages/dispute/corrections-2026-11-0{day}.yml" for day in (1, 2)]
    for name in names:
        (tmp_path / "old" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "old" / name).write_text("- hàng rào lấn qua\n")
    monkeypatch.setattr(backup, "PROJECT", tmp_path / "old")
    file = installation.save(tmp_path / "file")
    monkeypatch.setattr(restore, "PROJECT", tmp_path / "new")
    (tmp_path / "new" / names[0]).parent.mkdir(parents=True)
    (tmp_path / "new" / names[0]).write_text("- đang sửa\n")
    empty.restore(file)
    texts = [(tmp_path / "new" / name).read_text() for name in names]
    assert texts == ["- đang sửa\n", "- hàng rào lấn qua\n"]


LEARNT = "nlu_data/messages/dispute/corrections-2026-11-01.yml"


def test_it_comes_back_before_the_log_is_found_damaged(
    saved: Path, empty: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restore, "PROJECT", tmp_path / "project")
    claims = {"audit": End(99, "00"), "files": {LEARNT: "- hàng rào lấn qua\n"}}
    file = forged(saved, empty.settings, tmp_path / "file", **claims)
    with pytest.raises(OperationError, match="đã phục hồi xong"):
        empty.restore(file)
    assert (tmp_path / "project" / LEARNT).read_text() == "- hàng rào lấn qua\n"


def test_what_cannot_be_written_into_the_project_is_left_with_the_data(
    saved: Path, empty: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project").write_text("no folder")
    monkeypatch.setattr(restore, "PROJECT", tmp_path / "project")
    files = {LEARNT: "- hàng rào lấn qua\n"}
    empty.restore(forged(saved, empty.settings, tmp_path / "file", files=files))
    kept = empty.settings.data_dir / "restored" / LEARNT
    assert kept.read_text() == "- hàng rào lấn qua\n"
    assert f"Đã ghi vào {kept}" in "\n".join(empty.said)


def test_one_moment_is_saved_whatever_is_written_meanwhile(
    installation: Installation, tmp_path: Path
) -> None:
    """What was committed after the snapshot is not in the dump, nor in what is counted."""
    with dump.snapshot(installation.url) as seen:
        with connect(installation.url) as connection:
            connection.execute("DELETE FROM attachments")
        contents = seen.contents()
        pieces = list(dump.dump(installation.url, seen))
    assert contents["public.attachments"][0] > 0
    assert sum(map(len, pieces)) > len(PHOTO)


def test_tables_of_an_earlier_version_are_brought_up_to_date(
    module_database_url: str, empty: Installation, tmp_path: Path
) -> None:
    earlier = installed(module_database_url, tmp_path)
    engine = create_engine(earlier.url)
    with engine.begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "0014_sign_in")
    engine.dispose()
    file = earlier.save(tmp_path / "file")
    empty.restore(file)
    assert check(file, key_of(empty.settings)).revision == "0014_sign_in"
    with connect(empty.url) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        connection.execute("SELECT count(*) FROM procedures")
    assert row is not None
    assert row[0] > "0015"


# --- What was on its way -------------------------------------------------------------------------


def test_what_waited_to_be_sent_is_left_to_a_person(
    installation: Installation, saved: Path, empty: Installation
) -> None:
    waiting = statuses(installation)["pending"]
    assert waiting
    after = statuses(empty.restore(saved))
    assert after == {"unknown": waiting}

    async def one(session: AsyncSession) -> Any:
        row = (await session.execute(select(Outbound).limit(1))).scalars().one()
        return row.error, row.payload is not None

    assert empty.do(one) == ("restored", True)  # and can still be sent
    assert f"{waiting} tin chưa rõ" in "\n".join(empty.said)


def test_what_is_said_to_be_handled_still_is(
    installation: Installation, empty: Installation, tmp_path: Path
) -> None:
    async def receive(session: AsyncSession) -> None:
        session.add(Inbound(key="waits", channel="web", payload={}))
        session.add(Inbound(key="given up", channel="web", payload={}, failed="ChannelOff"))

    installation.do(receive)
    empty.restore(installation.save(tmp_path / "file"))
    assert any(line.startswith("1 tin nhận được mà chưa xử lý") for line in empty.said)


def test_what_was_to_be_told_in_the_morning_is_told_then_unless_that_morning_has_passed(
    installation: Installation, empty: Installation, tmp_path: Path
) -> None:
    async def at_night(session: AsyncSession) -> None:
        """Both were decided at night; one morning is past when the backup is restored."""
        events = select(ReportEvent).where(ReportEvent.type == EventType.ACKNOWLEDGED)
        past, to_come = (
            (await session.execute(events.order_by(ReportEvent.id))).scalars().all()[-2:]
        )
        for event, hours in ((past, -1), (to_come, 1)):
            await session.execute(
                text("DELETE FROM outbound WHERE key = :key"), {"key": f"event:{event.id}"}
            )
            due = now() + timedelta(hours=hours)
            queue = Queue.STATE_NOTICES
            await enqueue(session, Workflow.TELL_STATE, queue, event.id, not_before=due)
        # Nothing was said of either since.
        later = "DELETE FROM report_events WHERE id > :id AND report_id IN (:a, :b)"
        values = {"id": past.id, "a": past.report_id, "b": to_come.report_id}
        await session.execute(text(f"{later} AND id <> :other"), values | {"other": to_come.id})
        return past.id, to_come.id

    past, to_come = installation.do(at_night)
    empty.restore(installation.save(tmp_path / "file"))

    async def told(session: AsyncSession, event: int) -> Any:
        query = select(Outbound.status).where(Outbound.key == f"event:{event}")
        return (await session.execute(query)).scalar_one_or_none()

    assert empty.do(lambda session: told(session, past)) is OutboundStatus.UNKNOWN
    assert empty.do(lambda session: told(session, to_come)) is None
    with connect(empty.url) as connection:
        query = "SELECT status FROM dbos.workflow_status WHERE workflow_uuid = %s"
        row = connection.execute(query, [f"tell_state-{to_come}"]).fetchone()
    assert row == ("DELAYED",)


def test_nobody_is_signed_in(installation: Installation, saved: Path, empty: Installation) -> None:
    count = select(OfficerSession)

    async def signed_in(session: AsyncSession) -> int:
        return len((await session.execute(count)).scalars().all())

    assert installation.do(signed_in) == 1
    assert empty.restore(saved).do(signed_in) == 0


def test_a_database_that_postgresql_took_back_is_settled_as_well(
    installation: Installation,
) -> None:
    waiting = statuses(installation)["pending"]
    restore.settle_recovered(installation.settings, installation.said.append)
    assert statuses(installation) == {"unknown": waiting}
    assert "phải đăng nhập lại" in installation.said[-1]


@pytest.fixture
def new_machine(tmp_path: Path) -> Iterator[Path]:
    """A data directory that is not there, nor the one above it, as most systems would make it."""
    before = os.umask(0o022)
    yield tmp_path / "var" / "binhyen"
    os.umask(before)


def open_to_others(settings: Settings) -> list[Finding]:
    return [found for found in unsafe(settings, {}) if found.check == "data_dir_mode"]


def test_what_was_restored_on_a_new_machine_is_closed_to_others(
    saved: Path, empty: Installation, new_machine: Path
) -> None:
    restored = installed(empty.url, new_machine).restore(saved)
    assert open_to_others(restored.settings) == []
    assert stat.S_IMODE(new_machine.parent.stat().st_mode) == 0o700


def test_saving_leaves_a_new_data_directory_closed_to_others(
    installation: Installation, new_machine: Path, tmp_path: Path
) -> None:
    elsewhere = installed(installation.url, new_machine)
    elsewhere.save(tmp_path / "file")
    assert open_to_others(elsewhere.settings) == []


# --- The file ------------------------------------------------------------------------------------


def test_the_file_is_for_its_owner_and_tells_nobody_anything(
    saved: Path, installation: Installation
) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    content = saved.read_bytes()
    for word in (b"reports", b"Qu\xe1\xbb\x91c Th\xc3\xa1i", b"PGDMP", SECRET_KEY.encode()):
        assert word not in content


def test_not_even_whoever_opens_it_finds_the_key_or_a_residents_words(
    saved: Path, empty: Installation
) -> None:
    with opened(saved, key_of(empty.settings)) as (manifest, pieces):
        inside = msgspec.json.encode(manifest) + b"".join(pieces)
    # What PostgreSQL packed, unpacked.
    script = subprocess.run(
        [dump.binaries() / "pg_restore", "--file=-"],
        input=inside[inside.index(b"PGDMP") :],
        capture_output=True,
        check=True,
    ).stdout
    assert "Quốc Thái".encode() in script  # officers' names are no secret
    for secret in (SECRET_KEY, CANARY):
        assert secret.encode() not in script
        assert secret.encode().hex().encode() not in script


def test_a_folder_gets_one_file_a_time_and_keeps_as_many_as_asked(
    installation: Installation, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "of somebody else").touch()
    for day in range(1, 4):
        (folder / f"binhyen-2026110{day}T190000Z.backup").touch()
    (folder / ".binhyen-20261103T190000Z.backup.part").touch()  # of one that was killed
    made = installation.save(folder, keep=2)
    assert sorted(path.name for path in folder.iterdir()) == [
        "binhyen-20261103T190000Z.backup",
        made.name,
        "of somebody else",
    ]


def test_the_last_good_one_is_known(installation: Installation, tmp_path: Path) -> None:
    assert last_backup(installation.settings) is None
    installation.save(tmp_path / "file")
    taken = last_backup(installation.settings)
    assert taken is not None
    assert now() - taken < timedelta(minutes=5)


def test_two_at_a_time_are_refused(installation: Installation, tmp_path: Path) -> None:
    lock = FileLock(installation.settings.data_dir / "backup.lock")
    assert lock.try_acquire()
    with released(lock), pytest.raises(OperationError, match="một lần sao lưu khác"):
        installation.save(tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_a_file_that_is_there_is_never_overwritten(
    installation: Installation, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OperationError, match="không ghi đè"):
        installation.save(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_name_no_disk_takes_is_said(installation: Installation, tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="File name too long"):
        installation.save(tmp_path / ("x" * 300))


def test_what_cannot_be_read_is_not_taken_for_what_cannot_be_written(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project" / LEARNT).mkdir(parents=True)
    monkeypatch.setattr(backup, "PROJECT", tmp_path / "project")
    with pytest.raises(OperationError, match=f"Không đọc được .*{LEARNT}"):
        installation.save(tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_a_full_disk_is_said_and_leaves_nothing_behind(
    installation: Installation, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    script = (
        'mount -t tmpfs -o size=64k tmpfs "$1" && ! "$2" backup "$1" && ls -A "$1" && echo over'
    )
    namespace = ["--mount"] if os.geteuid() == 0 else ["--mount", "--map-root-user"]
    program = Path(backup.__file__).parents[2] / ".venv/bin/binhyen"
    variables = {
        "BINHYEN_DATABASE_URL": installation.url,
        "BINHYEN_DATA_DIR": str(installation.settings.data_dir),
        "BINHYEN_SECRET_KEY": SECRET_KEY,
    }
    done = subprocess.run(
        ["unshare", *namespace, "sh", "-c", script, "sh", disk, program],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "over\n", done.stderr
    assert done.stderr.startswith("Lỗi: Không ghi được")
    assert "No space left" in done.stderr
    assert last_backup(installation.settings) is None


# --- What is refused -----------------------------------------------------------------------------


def refusal(installation: Installation, file: Path) -> str:
    """Why restoring was refused; nothing was written."""
    with pytest.raises(OperationError) as refused:
        installation.restore(file)
    assert dump.is_empty(installation.url)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("place", [20, 3000, -1])
def test_a_damaged_file_is_refused(saved: Path, empty: Installation, place: int) -> None:
    content = bytearray(saved.read_bytes())
    content[place] ^= 1
    saved.write_bytes(content)
    assert "đã hỏng" in refusal(empty, saved)


@pytest.mark.parametrize("left", [30, 70_000, -1])
def test_a_file_that_was_cut_off_is_refused(saved: Path, empty: Installation, left: int) -> None:
    saved.write_bytes(saved.read_bytes()[:left])
    assert "cắt cụt" in refusal(empty, saved)


def test_a_file_of_another_kind_is_refused(empty: Installation, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"%PDF-1.7" + bytes(1000))
    assert "không phải là bản sao lưu" in refusal(empty, tmp_path / "file")
    assert "Không đọc được" in refusal(empty, tmp_path / "nothing")


def test_nothing_is_saved_with_a_key_that_is_not_this_databases(
    installation: Installation, tmp_path: Path
) -> None:
    values = installation.settings.model_dump() | {"secret_key": "o" * 40}
    with pytest.raises(OperationError, match="không phải khóa của cơ sở dữ liệu này"):
        Installation(Settings.model_validate(values)).save(tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_another_installations_key_opens_nothing(saved: Path, empty: Installation) -> None:
    other = Settings.model_validate(empty.settings.model_dump() | {"secret_key": "o" * 40})
    assert "BINHYEN_SECRET_KEY khác" in refusal(Installation(other), saved)


def forged(saved: Path, settings: Settings, target: Path, **changes: Any) -> Path:
    """The same backup, saying something else of itself."""
    with opened(saved, key_of(settings)) as (manifest, pieces):
        line = msgspec.json.encode(msgspec.structs.replace(manifest, **changes))
        sealed = seal([line + b"\n", *pieces], key_of(settings))
        target.write_bytes(b"".join(sealed))
    return target


def test_a_backup_of_a_later_version_is_refused(
    saved: Path, empty: Installation, tmp_path: Path
) -> None:
    file = forged(saved, empty.settings, tmp_path / "later", revision="9999")
    assert "phiên bản mới hơn" in refusal(empty, file)


def test_a_file_that_cannot_be_read_to_its_end_leaves_nothing_and_nobody_waiting(
    postgres: Server, pattern: Installation
) -> None:
    with dump.snapshot(pattern.url) as seen:
        whole = b"".join(dump.dump(pattern.url, seen))

    def pieces() -> Iterator[bytes]:
        yield whole[: len(whole) // 2]
        raise OSError("the disk is gone")

    with scratch_database(postgres) as url:
        with pytest.raises(OSError, match="the disk is gone"):
            dump.load(url, pieces(), {}, [])
        assert dump.is_empty(url)


@pytest.mark.parametrize("wrong", [(0, "0"), (12, "0")])
def test_tables_that_come_back_differently_undo_it_all(
    saved: Path, empty: Installation, tmp_path: Path, wrong: dump.Contents
) -> None:
    contents = check(saved, key_of(empty.settings)).contents
    contents = {**contents, "public.reports": wrong}
    file = forged(saved, empty.settings, tmp_path / "wrong", contents=contents)
    assert "public.reports" in refusal(empty, file)


def test_a_server_that_dies_meanwhile_leaves_no_file(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = dump.Snapshot.contents

    def cut(seen: dump.Snapshot) -> dict[str, dump.Contents]:
        """Both connections end, as when the server is killed."""
        found = contents(seen)
        with connect(installation.url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return found

    monkeypatch.setattr(dump.Snapshot, "contents", cut)
    with pytest.raises(OperationError, match="ngắt giữa chừng"):
        installation.save(tmp_path / "file")
    assert not list(tmp_path.glob("*file*"))


def test_where_there_is_anything_nothing_is_restored(
    installation: Installation, saved: Path
) -> None:
    before = rows(installation.url)
    with pytest.raises(OperationError, match="không ghi đè"):
        installation.restore(saved)
    assert rows(installation.url) == before


def test_an_empty_or_foreign_database_is_not_saved(empty: Installation, tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="còn trống"):
        empty.save(tmp_path / "file")
    with connect(empty.url) as connection:
        connection.execute("CREATE TABLE shop (id int)")
    with pytest.raises(OperationError, match="không phải của Bình Yên"):
        empty.save(tmp_path / "file")
    assert not list(tmp_path.glob("*file*"))


# --- At the terminal -----------------------------------------------------------------------------


def test_the_commands_say_what_they_did(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BINHYEN_DATABASE_URL", installation.url)
    monkeypatch.setenv("BINHYEN_DATA_DIR", str(installation.settings.data_dir))
    monkeypatch.setenv("BINHYEN_SECRET_KEY", SECRET_KEY)
    file = str(tmp_path / "file")

    def say(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == code, done.output
        return done.output

    assert "đã đọc lại và đọc được" in say("backup", file)
    assert "nguyên vẹn" in say("backup", "--check", file)
    assert "đã có dữ liệu" in say("restore", file, code=1)
    assert "--recovered" in say("restore", code=1)
    assert "--recovered" in say("restore", file, "--recovered", code=1)
    assert "--keep" in say("backup", "--keep", "3", f"{file} 2", code=1)
    monkeypatch.delenv("BINHYEN_SECRET_KEY")
    assert "BINHYEN_SECRET_KEY" in say("backup", f"{file} 2", code=1)


def test_checking_reads_all_of_a_file(saved: Path, installation: Installation) -> None:
    check_file(installation.settings, saved, installation.said.append)
    assert "12 phản ánh" in installation.said[-2]
    saved.write_bytes(saved.read_bytes()[:-1])
    with pytest.raises(OperationError):
        check_file(installation.settings, saved, installation.said.append)


def test_a_password_is_not_on_the_command_line() -> None:
    address, password = dump._address("postgresql+psycopg://binhyen:ch%C3%B3%20m%C3%A8o@db:5433/x")
    assert password == "chó mèo"
    assert address == "user=binhyen dbname=x host=db port=5433"
