"""Settings that `serve` refuses (bot/checks/safety.py), each with a line that says what to do."""

import secrets
from pathlib import Path

import pytest

from bot.checks.finding import State
from bot.checks.safety import DEBUG_FLAGS, look, refuse_unsafe, unsafe
from bot.checks.strength import KEY_BITS, SECRET_BITS, is_weak
from bot.ops.errors import OperationError
from bot.settings import PROJECT, Risk, Settings
from tests.ops.test_cli import KEY, binhyen
from tests.service import SECRET_KEY

HTTPS = {"public_url": "https://ap.example.vn"}
REMOTE = "postgresql://app:long-password@db.example.vn/binhyen"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` of anybody in the working directory."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def safe(tmp_path: Path, **values: object) -> Settings:
    return Settings.model_validate({"data_dir": tmp_path, "secret_key": KEY} | values)


def faults(settings: Settings, environment: dict[str, str] | None = None) -> set[str]:
    found = unsafe(settings, environment or {})
    return {finding.check for finding in found if finding.state is State.FAULT}


UNSAFE = [
    ("secret_key", {"secret_key": None}),
    ("secret_key", {"secret_key": "k" * 64}),
    ("secret_key", {"secret_key": "0123456789" * 5}),
    ("secret_key", {"secret_key": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"}),
    ("secret_key", {"secret_key": "change-me-change-me-please-9f3a77c1"}),
    ("secret_key", {"secret_key": SECRET_KEY}),
    ("public_https", {"host": "0.0.0.0"}),
    ("public_https", {"host": "::"}),
    ("public_https", {"host": "192.168.1.5"}),
    ("public_https", {"public_url": "http://ap.example.vn"}),
    ("public_https", {"host": "0.0.0.0", "public_url": "http://localhost:8000"}),
    ("webhook_secret", {"telegram_secret": "short"}),
    ("webhook_secret", {"telegram_secret": "a" * 40}),
    ("webhook_secret", {"zalo_bot_secret": "12345678"}),
    ("metrics_token", {"metrics_token": "prometheus"}),
    ("platform_https", {"telegram_api_url": "http://telegram.example.vn"}),
    ("platform_https", {"zalo_oa_oauth_url": "http://10.0.0.7:8081"}),
    ("rasa_private", {"rasa_url": "https://rasa.example.vn"}),
    ("rasa_private", {"rasa_url": "http://10.0.0.7:5005", "rasa_token": KEY}),
    ("rasa_private", {"action_url": "http://10.0.0.7:5055/webhook"}),
    ("database_private", {"database_url": REMOTE}),
    ("database_private", {"database_url": f"{REMOTE}?sslmode=prefer"}),
    ("database_private", {"database_url": "postgresql://app@db.example.vn/x?sslmode=require"}),
]


@pytest.mark.parametrize(("check", "values"), UNSAFE)
def test_it_is_refused(tmp_path: Path, check: str, values: dict[str, object]) -> None:
    assert faults(safe(tmp_path, **values)) == {check}


@pytest.mark.parametrize(
    "values",
    [
        {},
        HTTPS,
        HTTPS | {"host": "0.0.0.0"},
        {"public_url": "http://localhost:8000"},
        {"telegram_secret": secrets.token_urlsafe(16), "metrics_token": secrets.token_hex(16)},
        {"telegram_api_url": "http://127.0.0.1:8081"},
        {"rasa_url": "https://rasa.example.vn", "rasa_token": KEY},
        {"rasa_url": "http://[::1]:5005"},
        {"database_url": "postgresql://postgres@localhost/x?host=%2Frun%2Fpostgresql"},
        {"database_url": "postgresql+psycopg://app@127.0.0.1/x"},
        {"database_url": "postgresql://app:100%@127.0.0.1/x"},
        {"database_url": f"{REMOTE}?sslmode=verify-full"},
        {"database_url": "postgresql://app@db.example.vn/x?sslmode=require&sslcert=/c.pem"},
    ],
)
def test_it_is_taken(tmp_path: Path, values: dict[str, object]) -> None:
    assert faults(safe(tmp_path, **values)) == set()


@pytest.mark.parametrize(
    ("risk", "values"),
    [
        (Risk.PLAIN_HTTP, {"host": "0.0.0.0"}),
        (Risk.PLAIN_DATABASE, {"database_url": REMOTE}),
        (
            Risk.PLAIN_RASA,
            {"rasa_url": "http://10.0.0.7:5005,http://10.0.0.8:5005", "rasa_token": KEY},
        ),
    ],
)
def test_a_risk_that_was_accepted_is_warned_of_once(
    tmp_path: Path, risk: Risk, values: dict[str, object]
) -> None:
    others = ",".join(r for r in Risk if r is not risk)
    assert faults(safe(tmp_path, **values, accept_risks=others))
    accepted = safe(tmp_path, **values, accept_risks=risk.value)
    assert not faults(accepted)
    told: list[str] = []
    refuse_unsafe(accepted, told.append)
    assert len([line for line in told if risk in line]) == 1


def test_a_database_over_the_network_needs_its_password_whatever_is_accepted(
    tmp_path: Path,
) -> None:
    url = "postgresql://app@db.example.vn/x"
    assert faults(safe(tmp_path, database_url=url, accept_risks="plain_database"))


def test_what_libpq_is_told_by_its_own_variables_counts(tmp_path: Path) -> None:
    settings = safe(tmp_path, database_url="postgresql://app@db.example.vn/x")
    assert not faults(settings, {"PGPASSFILE": "/etc/pgpass", "PGSSLMODE": "verify-full"})


@pytest.mark.parametrize("name", DEBUG_FLAGS)
def test_a_debug_flag_is_refused(tmp_path: Path, name: str) -> None:
    assert faults(safe(tmp_path), {name: "1"}) == {"debug"}
    assert faults(safe(tmp_path), {name: "0"}) == set()


@pytest.mark.parametrize(("mode", "refused"), [(0o644, True), (0o602, True), (0o640, False)])
def test_keys_that_others_can_read(tmp_path: Path, mode: int, refused: bool) -> None:
    Path(".env").write_text("")
    Path(".env").chmod(mode)
    assert ("env_file" in faults(safe(tmp_path))) is refused
    key = tmp_path / "key"
    key.write_text(KEY)
    key.chmod(mode)
    assert ("key_file" in faults(safe(tmp_path, secret_key_file=key))) is refused


@pytest.mark.parametrize(("mode", "refused"), [(0o755, True), (0o703, True), (0o711, False)])
def test_a_data_directory_that_others_can_read(tmp_path: Path, mode: int, refused: bool) -> None:
    home = tmp_path / "data"
    home.mkdir()
    home.chmod(mode)
    assert ("data_dir_mode" in faults(safe(home))) is refused


def test_keys_as_they_are_made_are_never_taken_for_weak() -> None:
    for _ in range(2000):
        assert not is_weak(secrets.token_urlsafe(48), KEY_BITS)
        assert not is_weak(secrets.token_hex(32), KEY_BITS)
        assert not is_weak(secrets.token_urlsafe(16), SECRET_BITS)


def test_all_that_is_wrong_is_said_at_once_and_no_secret_with_it(tmp_path: Path) -> None:
    settings = safe(tmp_path, secret_key="k" * 40, host="0.0.0.0", telegram_secret="hunter2")
    with pytest.raises(OperationError) as refused:
        refuse_unsafe(settings, print)
    lines = str(refused.value).splitlines()
    assert len(lines) == 3
    assert "k" * 40 not in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_serve_refuses_and_leaves_nothing_behind(tmp_path: Path) -> None:
    data = tmp_path / "data"
    done = binhyen(
        "serve",
        cwd=Path.cwd(),
        BINHYEN_SECRET_KEY=KEY,
        BINHYEN_DATA_DIR=str(data),
        BINHYEN_HOST="0.0.0.0",
        LITESTAR_DEBUG="1",
    )
    assert done.returncode == 1
    said = done.stderr.decode()
    assert "BINHYEN_PUBLIC_URL" in said
    assert "LITESTAR_DEBUG" in said
    assert "Traceback" not in said
    assert not data.exists()


def test_every_fault_says_what_to_do(tmp_path: Path) -> None:
    for _, values in UNSAFE:
        for finding in look(safe(tmp_path, **values), dict.fromkeys(DEBUG_FLAGS, "1")):
            assert finding.state is State.OK or finding.remedy


def test_every_risk_and_flag_is_documented() -> None:
    text = (PROJECT / "docs/settings.md").read_text(encoding="utf-8")
    for name in (*Risk, "LITESTAR_DEBUG", "SSLKEYLOGFILE"):
        assert f"`{name}`" in text
