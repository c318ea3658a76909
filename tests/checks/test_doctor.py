"""`binhyen doctor`: every check on an installation that is well, and on one that is broken.

The installations are real: a database, fake platforms on loopback, a web server with a certificate.
"""

import asyncio
import json
import shutil
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.verify import End
from bot.checks.finding import Finding, State
from bot.checks.machine import model, python, rasa_environment
from bot.console import second_factor
from bot.console.models import SecondFactor
from bot.db import Database, now
from bot.groups.models import Commune, Group, Officer, OfficerChat, Role
from bot.groups.setup import apply_setup, read_setup
from bot.libpq import connect
from bot.messages.models import ChannelToken, Inbound, OutboundStatus
from bot.ops import doctor
from bot.ops.audit import remember
from bot.ops.children import FileLock, free_port
from bot.ops.environments import Environment
from bot.ops.postgres import EmbeddedPostgres
from bot.ops.supervisor import app_environment
from bot.security.keyring import open_keys
from bot.security.vault import open_vault
from bot.settings import Settings
from tests.checks.tls import TLSServer
from tests.codes import SECRET
from tests.console.people import undelivered
from tests.deploy.installation import Program, strong
from tests.fakes import FakeTelegram, FakeZaloBot
from tests.messages.conftest import RefusingRasa
from tests.ops.test_cli import KEY, binhyen
from tests.service import COMMUNE, SECRET_KEY

Change = Callable[[AsyncSession], Awaitable[object]]
LIVE = {"status": "live"}


@dataclass
class Installation:
    """Well in every respect until something is broken."""

    settings: Settings
    telegram: FakeTelegram
    zalo_bot: FakeZaloBot
    folder: Path

    def change(self, change: Change) -> None:
        asyncio.run(self._change(change))

    async def _change(self, change: Change) -> None:
        db = Database(str(self.settings.database_url), pool_size=1)
        try:
            async with db.begin() as session:
                await change(session)
        finally:
            await db.close()

    def with_settings(self, **values: object) -> None:
        given = self.settings.model_dump(exclude_unset=True) | values
        self.settings = Settings.model_validate(given)

    def look(self) -> dict[str, list[Finding]]:
        found: dict[str, list[Finding]] = {}
        for finding in doctor.examine(self.settings, quick=True):
            found.setdefault(finding.check, []).append(finding)
        return found


async def well(session: AsyncSession) -> None:
    await apply_setup(session, read_setup(COMMUNE))
    for officer in await session.scalars(
        Officer.__table__.select()
        .with_only_columns(Officer.id)
        .where(Officer.role.in_((Role.MANAGER, Role.ADMIN)))
    ):
        await second_factor.keep(session, officer, SECRET, 0)
    await session.execute(update(Group).values(rights={"can_delete_messages": True}))
    pair = {"access_token": "a", "refresh_token": "b", "issued_at": now().isoformat()}
    session.add(ChannelToken(name="zalo_oa:oa-1", pair=pair))


@pytest.fixture
def installation(
    tmp_path: Path, database_url: str, model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    home, folder = tmp_path / "data", tmp_path / "certificates"
    home.mkdir(mode=0o700)
    (home / "models").symlink_to(model_dir.parent)
    (home / "last-backup.json").write_text(json.dumps({"taken_at": now().isoformat()}))
    (home / "audit-checked.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    secret = "Kx7-quiet-river-31"
    with FakeTelegram() as telegram, FakeZaloBot() as zalo, TLSServer(folder, 60, LIVE) as proxy:
        monkeypatch.setenv("SSL_CERT_FILE", str(proxy.authority))
        settings = Settings(
            data_dir=home,
            database_url=database_url,
            secret_key=KEY,
            port=free_port(),
            public_url=proxy.url,
            telegram_token=telegram.token,
            telegram_secret=secret,
            telegram_api_url=telegram.url,
            zalo_bot_token=zalo.token,
            zalo_bot_secret=secret,
            zalo_bot_api_url=zalo.url,
            zalo_oa_app_id="oa-1",
            zalo_oa_secret_key="s",
            zalo_oa_refresh_token="r",
        )
        telegram.webhook["url"] = f"{settings.public_base}/webhooks/telegram"
        zalo.webhook = f"{settings.public_base}/webhooks/zalo-bot"
        made = Installation(settings, telegram, zalo, folder)
        open_keys(KEY, database_url)
        made.change(well)
        yield made
        open_vault(SECRET_KEY)


def states(findings: list[Finding]) -> set[State]:
    return {finding.state for finding in findings}


def test_a_well_installation_has_nothing_to_mend(installation: Installation) -> None:
    wrong = {
        check: [str(finding) for finding in findings if finding.state is not State.OK]
        for check, findings in installation.look().items()
    }
    lines = {check: lines for check, lines in wrong.items() if lines}
    lines.pop("root", None)  # as the tests may run
    assert set(lines) == {"running"}, lines


# --- One thing broken at a time ------------------------------------------------------------------


def sql(statement: str) -> Callable[[Installation], None]:
    return lambda it: it.change(lambda session: session.execute(text(statement)))


def executed(statement: Any) -> Callable[[Installation], None]:
    return lambda it: it.change(lambda session: session.execute(statement))


def given(**values: object) -> Callable[[Installation], None]:
    return lambda it: it.with_settings(**values)


def note(file: str, content: str) -> Callable[[Installation], None]:
    return lambda it: (it.settings.data_dir / file).write_text(content) and None


def open_env_file(it: Installation) -> None:
    Path(".env").touch(0o644)


def no_model(it: Installation) -> None:
    (it.settings.data_dir / "models").unlink()


def changed_model(it: Installation) -> None:
    models = it.settings.data_dir / "models"
    (home,) = models.resolve().glob("*/model.json")
    models.unlink()
    copy = models / home.parent.name
    copy.mkdir(parents=True)
    shutil.copy(home, copy)
    (copy / "model.tar.gz").write_bytes(b"something else")


def waits(it: Installation) -> None:
    async def old(session: AsyncSession) -> None:
        past = now() - timedelta(hours=1)
        session.add(Inbound(key="k", channel="telegram", received_at=past, payload={}))

    it.change(old)


def not_sent(it: Installation) -> None:
    it.change(lambda session: undelivered(session, error="bad_request"))


def slow(it: Installation) -> None:
    async def old(session: AsyncSession) -> None:
        row = await undelivered(session, OutboundStatus.PENDING)
        row.created_at = now() - timedelta(hours=3)

    it.change(old)


def webhook(**info: object) -> Callable[[Installation], None]:
    return lambda it: it.telegram.webhook.update(info)


def refused(platform: str) -> Callable[[Installation], None]:
    return given(**{f"{platform}_token": "1:of-nobody"})


def unreachable_platform(it: Installation) -> None:
    it.with_settings(telegram_api_url="http://127.0.0.1:9")


def elsewhere(it: Installation) -> None:
    it.zalo_bot.webhook = "https://other.example.vn/webhooks/zalo-bot"


def expiring(days: float) -> Callable[[Installation], None]:
    def show(it: Installation) -> None:
        proxy = TLSServer(it.folder / "other", days, LIVE).__enter__()
        shutil.copy(proxy.authority, it.folder / "authority.pem")
        it.with_settings(public_url=proxy.url)

    return show


def untrusted(it: Installation) -> None:
    it.with_settings(public_url=TLSServer(it.folder / "other", 60, LIVE).__enter__().url)


def port_taken(it: Installation) -> None:
    taken = socket.create_server(("127.0.0.1", 0))
    it.with_settings(port=taken.getsockname()[1])
    it.held = taken  # type: ignore[attr-defined]


def hung(it: Installation) -> None:
    """`serve` runs, says its lock, and nobody opens."""
    it.held = FileLock(it.settings.data_dir / "lock")  # type: ignore[attr-defined]
    assert it.held.try_acquire()  # type: ignore[attr-defined]


def old_token(days: int) -> Callable[[Installation], None]:
    async def change(session: AsyncSession) -> None:
        row = await session.get_one(ChannelToken, "zalo_oa:oa-1")
        row.pair = {**row.pair, "issued_at": (now() - timedelta(days=days)).isoformat()}

    return lambda it: it.change(change)


LEADERS = Officer.role == Role.LEADER
MANAGERS = Officer.role == Role.MANAGER
OLD = (now() - timedelta(days=3)).isoformat()
W, F = State.WARNING, State.FAULT

BROKEN: list[tuple[str, State, Callable[[Installation], None]]] = [
    ("model", W, no_model),
    ("model", F, changed_model),
    ("secret_key", F, given(secret_key="0123456789" * 4)),
    ("public_https", F, given(public_url="http://ap.example.vn")),
    ("webhook_secret", F, given(telegram_secret="short")),
    ("env_file", F, open_env_file),
    ("data_dir_mode", F, lambda it: it.settings.data_dir.chmod(0o755)),
    ("platforms", W, given(telegram_secret=None)),
    ("port", F, port_taken),
    ("gateway", F, hung),
    ("database", F, given(database_url="postgresql://nobody@127.0.0.1:9/none")),
    ("database_tables", F, sql("DROP TABLE alembic_version")),
    ("database_tables", W, sql("UPDATE alembic_version SET version_num = '0018_pace'")),
    ("database_tables", F, sql("UPDATE alembic_version SET version_num = '9999_later'")),
    ("key_fits", F, given(secret_key=KEY[::-1])),
    ("setup", F, executed(delete(Commune))),
    ("leaders", W, executed(update(Officer).where(LEADERS).values(active=False))),
    ("officer_chats", W, executed(delete(OfficerChat))),
    ("managers", W, executed(delete(OfficerChat))),
    ("managers", F, executed(update(Officer).where(MANAGERS).values(active=False))),
    ("groups", W, executed(update(Group).values(enabled=False))),
    ("groups_connected", W, executed(update(Group).values(rights={}))),
    ("groups_connected", F, given(zalo_bot_token=None)),
    ("groups_connected", F, given(zalo_oa_secret_key=None)),
    ("second_factor", W, executed(delete(SecondFactor))),
    ("backlog", W, waits),
    ("delivery", W, slow),
    ("dead_letters", W, not_sent),
    ("telegram_token", F, refused("telegram")),
    ("telegram_token", W, unreachable_platform),
    ("telegram_webhook", F, webhook(url="")),
    ("telegram_webhook", W, webhook(pending_update_count=5000)),
    ("telegram_webhook", W, webhook(last_error_date=int(now().timestamp()) - 60)),
    ("telegram_webhook", F, given(public_url=None)),
    ("zalo_bot_token", F, refused("zalo_bot")),
    ("zalo_bot_webhook", F, elsewhere),
    ("zalo_oa_token", W, executed(delete(ChannelToken))),
    ("zalo_oa_token", W, old_token(70)),
    ("zalo_oa_token", F, old_token(88)),
    ("public_address", W, given(public_url=None)),
    ("certificate", W, expiring(5)),
    ("certificate", F, expiring(1)),
    ("certificate", F, expiring(-1)),
    ("certificate", F, untrusted),
    ("certificate", W, given(public_url="https://127.0.0.1:9")),
    ("backup", W, note("last-backup.json", json.dumps({"taken_at": OLD}))),
    ("no_backup", W, note("last-backup.json", "{")),
    ("audit", W, lambda it: (it.settings.data_dir / "audit-checked.json").unlink()),
]


@pytest.mark.parametrize(
    ("check", "state", "break_it"),
    BROKEN,
    ids=[f"{c}-{s}-{n}" for n, (c, s, _) in enumerate(BROKEN)],
)
def test_what_is_broken_is_named_with_a_remedy(
    installation: Installation, check: str, state: State, break_it: Callable[[Installation], None]
) -> None:
    break_it(installation)
    findings = installation.look()[check]
    assert state in states(findings)
    assert all(finding.remedy for finding in findings if finding.state is not State.OK)


def test_nobody_is_told_to_have_messages_brought_to_an_address_of_this_machine(
    installation: Installation,
) -> None:
    installation.with_settings(public_url=None)
    [webhook] = installation.look()["telegram_webhook"]
    assert "BINHYEN_PUBLIC_URL" in webhook.remedy
    assert "127.0.0.1" not in webhook.remedy


def test_people_who_are_many_are_not_counted_as_places(installation: Installation) -> None:
    async def seven(session: AsyncSession) -> None:
        await session.execute(delete(SecondFactor))
        for number in range(7):
            name = f"manager{number}"
            session.add(Officer(username=name, name=name, role=Role.MANAGER, password_hash=""))

    installation.change(seven)
    [finding] = installation.look()["second_factor"]
    assert finding.line.endswith("người khác.")


def test_a_clock_that_goes_wrong_is_noticed(installation: Installation) -> None:
    sql(
        "CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
        "$$ SELECT pg_catalog.clock_timestamp() - interval '1 minute' $$"
    )(installation)
    url = str(installation.settings.database_url)
    path = "options=-csearch_path%3Dpublic%2Cpg_catalog"
    installation.with_settings(database_url=f"{url}{'&' if '?' in url else '?'}{path}")
    assert states(installation.look()["clock"]) == {State.FAULT}


def test_a_database_that_cannot_hold_vietnamese_is_noticed(
    installation: Installation, postgres: EmbeddedPostgres
) -> None:
    with connect(postgres.url("postgres")) as connection:
        connection.execute(
            "CREATE DATABASE narrow ENCODING 'SQL_ASCII' TEMPLATE template0 "
            "LOCALE_PROVIDER libc LOCALE 'C'"
        )
        try:
            installation.with_settings(database_url=postgres.url("narrow"))
            assert states(installation.look()["database_encoding"]) == {State.FAULT}
        finally:
            connection.execute("DROP DATABASE narrow WITH (FORCE)")


# --- Programs that are started one by one --------------------------------------------------------


def test_programs_that_are_started_one_by_one_are_seen(installation: Installation) -> None:
    with RefusingRasa() as rasa:
        one_by_one(installation, rasa.url)
        settings = installation.settings
        url = f"http://127.0.0.1:{settings.port}"
        gateway = Program(
            *(("gateway",), app_environment(settings), settings.data_dir, url),
            f"{url}/health/live",
        )
        gateway.start()
        try:
            while not gateway.answers:
                assert gateway.runs
                time.sleep(0.1)
            found = installation.look()
        finally:
            gateway.end(signal.SIGTERM)
    found.pop("root", None)
    wrong = [
        str(each) for all_of in found.values() for each in all_of if each.state is not State.OK
    ]
    assert wrong == []
    assert {"running", "gateway", "rasa", "actions", "rasa_server"} <= set(found)
    assert "port" not in found


def test_where_they_are_started_one_by_one_nobody_is_told_to_serve(
    installation: Installation,
) -> None:
    one_by_one(installation, "http://127.0.0.1:9")
    sql("DROP TABLE alembic_version")(installation)
    found = installation.look()
    remedies = [each.remedy for all_of in found.values() for each in all_of]
    assert not [remedy for remedy in remedies if "binhyen serve" in remedy]
    assert states(found["running"]) == {State.WARNING}
    assert "binhyen gateway" in found["running"][0].remedy
    assert "binhyen migrate" in found["database_tables"][0].remedy


@pytest.mark.parametrize("platform", [False, True])
def test_each_rasa_is_asked_and_another_program_is_not_taken_for_one(
    installation: Installation, platform: bool
) -> None:
    other = installation.telegram.url if platform else "http://127.0.0.1:9"
    with RefusingRasa() as rasa:
        one_by_one(installation, f"{rasa.url},{other}")
        well, wrong = installation.look()["rasa_server"]
    assert well.state is State.OK
    assert wrong.state is State.FAULT
    assert other in wrong.line


def one_by_one(it: Installation, rasa_url: str) -> None:
    first = rasa_url.partition(",")[0]
    it.with_settings(rasa_url=rasa_url, rasa_token=strong(), action_url=f"{first}/webhook")


def test_what_only_rasa_needs_is_missed_where_rasa_is_not_elsewhere(tmp_path: Path) -> None:
    absent = Environment(tmp_path / ".venv-rasa", tmp_path / "rasa.txt")
    assert rasa_environment(absent, apart=True).state is State.OK
    assert rasa_environment(absent).state is State.FAULT
    assert model(tmp_path, tmp_path, apart=True).state is State.OK
    assert model(tmp_path, tmp_path).state is State.FAULT
    (tmp_path / ".venv-rasa").mkdir()
    assert rasa_environment(absent, apart=True).state is State.FAULT


def test_a_package_that_is_missing_or_another_is_named(tmp_path: Path) -> None:
    pins = tmp_path / "app.txt"
    pins.write_text("not-there==1.0 \\\n    --hash=sha256:0\npytest==0.1 \\\n    --hash=sha256:0\n")
    found = python(pins)
    assert found.state is State.FAULT
    assert "not-there, pytest" in found.line
    assert python().state is State.OK


def test_the_log_that_was_verified_counts_as_checked(installation: Installation) -> None:
    remember(installation.settings.data_dir / "audit-checked.json", End(1, "00" * 16))
    assert states(installation.look()["audit"]) == {State.OK}


def test_it_works_where_nothing_is_yet(tmp_path: Path) -> None:
    done = binhyen("doctor", "--json", "--quick", cwd=tmp_path, BINHYEN_DATA_DIR=f"{tmp_path}/x")
    assert done.returncode == 2
    found = {each["check"]: each["state"] for each in json.loads(done.stdout)}
    assert found["secret_key"] == "fault"
    assert found["database"] == "warning"
    assert not (tmp_path / "x").exists()


def test_settings_that_cannot_be_read_are_the_one_finding(tmp_path: Path) -> None:
    done = binhyen("doctor", cwd=tmp_path, BINHYEN_PORT="eighty")
    assert done.returncode == 2
    (line, _) = done.stdout.decode().splitlines()
    assert line.startswith("✗")
    assert "BINHYEN_PORT" in line
    assert "eighty" not in line


def test_no_line_shows_a_secret(installation: Installation) -> None:
    lines: list[str] = []
    doctor.run(installation.settings, lines.append, as_json=False, quick=True)
    doctor.run(installation.settings, lines.append, as_json=True, quick=True)
    said = "\n".join(lines)
    for secret in (KEY, installation.telegram.token, installation.zalo_bot.token):
        assert secret not in said
