"""What the processes of one installation are told (bot/ops/supervisor.py, bot/ops/sandbox.py)."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.ops.doors import reachable
from bot.ops.sandbox import demo_settings
from bot.ops.supervisor import app_environment, with_addresses
from bot.settings import PROJECT, Settings

DATABASE = "postgresql+psycopg://postgres@localhost/binhyen?host=%2Ftmp%2Fx"


def reread(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in environment.items():
        if name.startswith("BINHYEN_"):
            monkeypatch.setenv(name, value)
    return Settings()


def test_a_process_reads_exactly_the_settings_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BINHYEN_ZALO_BOT_TOKEN", "from outside")
    given = Settings(
        data_dir=tmp_path,
        secret_key="k" * 40,
        telegram_token="1:t",
        public_url="https://ap.example.vn",
        zalo_bot_token=None,
    )
    complete = with_addresses(given, DATABASE)
    environment = app_environment(complete)
    assert "BINHYEN_ZALO_BOT_TOKEN" not in environment
    monkeypatch.delenv("BINHYEN_ZALO_BOT_TOKEN")
    assert reread(environment, monkeypatch) == complete


def test_ports_are_chosen_unless_they_are_set(tmp_path: Path) -> None:
    chosen = with_addresses(Settings(data_dir=tmp_path), DATABASE)
    assert chosen.rasa_url != Settings().rasa_url
    fixed = Settings(data_dir=tmp_path, rasa_url="http://127.0.0.1:5005")
    assert with_addresses(fixed, DATABASE).rasa_url == "http://127.0.0.1:5005"


def test_a_secret_may_be_a_file_named_after_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As systemd and containers hand secrets over; read when the program starts."""
    (tmp_path / "binhyen_secret_key").write_text("k" * 40 + "\n")
    (tmp_path / "binhyen_database_url").write_text("postgresql://u:word@db/binhyen\n")
    code = (
        "from bot.settings import Settings as S; print(S().secret_key.get_secret_value(), end='')"
    )
    for folder in ("BINHYEN_SECRETS_DIR", "CREDENTIALS_DIRECTORY"):
        environment = {folder: str(tmp_path), "PYTHONPATH": str(PROJECT)}
        read = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, cwd=tmp_path
        )
        assert read.stdout.decode().strip() == "k" * 40, read.stderr.decode()


def test_several_rasa_servers_are_told_apart() -> None:
    settings = Settings(rasa_url="http://10.0.0.1:5005,http://rasa-2:5005")
    assert settings.rasa_urls == ["http://10.0.0.1:5005", "http://rasa-2:5005"]


@pytest.mark.parametrize("wrong", ["*", "proxy.example.vn", "10.0.0.0/33", "127.0.0.1,"])
def test_only_addresses_are_trusted_to_name_others_addresses(wrong: str) -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings(trusted_proxies=wrong)


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "127.0.0.1:80"), ("0.0.0.0", "127.0.0.1:80"), ("::", "[::1]:80")],
)
def test_the_pages_are_reached_from_this_machine(host: str, address: str) -> None:
    assert reachable(Settings(host=host, port=80)) == address


def test_the_demo_is_cut_off_from_real_data_and_real_chats(tmp_path: Path) -> None:
    real = Settings(
        data_dir=tmp_path,
        database_url="postgresql://db/real",
        secret_key="real secret " * 4,
        telegram_token="1:t",
        telegram_secret="s",
        zalo_bot_token="z",
        zalo_oa_app_id="1",
        zalo_oa_refresh_token="r",
    )
    demo = demo_settings(real)
    assert demo.data_dir == tmp_path / "demo"
    assert demo.database_url is None
    assert demo.secret_key != real.secret_key
    environment = app_environment(demo)
    assert not [n for n in environment if "TELEGRAM_TOKEN" in n or "TELEGRAM_SECRET" in n]
    assert not [n for n in environment if n.startswith("BINHYEN_ZALO") and not n.endswith("_URL")]


def test_the_demos_key_is_kept_and_private(tmp_path: Path) -> None:
    first = demo_settings(Settings(data_dir=tmp_path))
    assert demo_settings(Settings(data_dir=tmp_path)).secret_key == first.secret_key
    assert stat.S_IMODE((tmp_path / "demo/secret").stat().st_mode) == 0o600
