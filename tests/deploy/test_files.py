"""What deploy/ promises: only the proxy is reachable, nothing runs with more rights than it needs,
and what it names is there."""

import shlex
import stat
import subprocess
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from bot.cli import app
from bot.settings import PROJECT

DEPLOY = PROJECT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
UNITS = sorted(DEPLOY.glob("systemd/*.service"))
READ = """
from bot.settings import Settings
settings = Settings()
print(settings.secret_key.get_secret_value(), settings.rasa_token.get_secret_value())
print(settings.database_url)
"""


def test_only_the_proxy_is_reachable_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


@pytest.mark.parametrize("name", ["rasa-1", "rasa-2", "actions", "postgres", "migrate"])
def test_what_needs_no_platform_has_no_way_out(name: str) -> None:
    assert all(COMPOSE["networks"][each]["internal"] for each in SERVICES[name]["networks"])


def test_the_proxys_address_is_left_free_for_it() -> None:
    """Containers that start before it take the first that the engine has to give."""
    (given,) = COMPOSE["networks"]["edge"]["ipam"]["config"]
    address = ip_address(SERVICES["proxy"]["networks"]["edge"]["ipv4_address"])
    assert address in ip_network(given["subnet"])
    assert address not in ip_network(given["ip_range"])
    assert SERVICES["gateway-1"]["environment"]["BINHYEN_TRUSTED_PROXIES"] == str(address)


def test_rasa_reaches_no_database() -> None:
    assert not set(SERVICES["rasa-1"]["networks"]) & set(SERVICES["postgres"]["networks"])


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_has_rights_that_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_a_container_s_description(name: str) -> None:
    for variable in SERVICES[name].get("environment", {}):
        assert not variable.endswith(("_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "DATABASE_URL"))


def test_every_server_is_asked_whether_it_is_well_and_may_finish_what_it_does() -> None:
    for name in set(SERVICES) - {"proxy", "migrate"}:
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
        assert SERVICES[name]["stop_grace_period"].endswith("0s")


def test_whatever_the_images_copy_is_let_in_and_is_there() -> None:
    let_in = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    for line in (DEPLOY / "Dockerfile").read_text("utf-8").splitlines():
        if line.startswith("COPY ") and "--from=" not in line:
            for source in shlex.split(line)[1:-1]:
                assert (PROJECT / source).exists(), source
                assert f"!{source.partition('/')[0]}" in let_in, source


def test_both_images_run_as_nobody_special_and_install_nothing_that_is_not_pinned() -> None:
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001:10001"] * 2
    assert lines[-1].startswith("CMD ")
    for line in lines:
        if "pip install" in line and "--editable" not in line:
            assert "--require-hashes" in line


def test_the_secrets_that_are_made_are_an_installations(tmp_path: Path) -> None:
    make = [DEPLOY / "make-secrets", tmp_path / "s"]
    subprocess.run(make, check=True, capture_output=True)
    files = {path: path.read_text() for path in (tmp_path / "s").rglob("*") if path.is_file()}
    environment = {"BINHYEN_SECRETS_DIR": str(tmp_path / "s/app"), "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-c", READ]
    read = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, check=True)
    key, token, url = read.stdout.decode().split()
    assert len(key) == len(token) == 48
    assert key != token
    password = files[tmp_path / "s/postgres/password"]
    assert url == f"postgresql+psycopg://binhyen:{password}@postgres/binhyen"
    assert files[tmp_path / "s/rasa/binhyen_rasa_token"] == token
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}

    subprocess.run(make, check=True, capture_output=True)
    assert {path: path.read_text() for path in files} == files, "a second time changes nothing"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_unit_is_confined_and_its_command_exists(unit: Path) -> None:
    confined = DEPLOY / "systemd" / f"{unit.name.partition('-')[0]}-.service.d" / "confined.conf"
    assert "ProtectSystem=strict" in confined.read_text("utf-8")
    commands = get_command(app).commands  # type: ignore[attr-defined]
    started = [
        line for line in unit.read_text("utf-8").splitlines() if line.startswith("ExecStart")
    ]
    assert started
    for line in started:
        program, command = line.partition("=")[2].split()[:2]
        assert program == "/opt/binhyen/.venv/bin/binhyen"
        assert command in commands


def test_no_unit_says_again_what_all_are_told() -> None:
    """A line that stands twice is changed in one of its places."""
    all_are_told = set(settings_of(DEPLOY / "systemd/binhyen-.service.d/confined.conf"))
    for unit in UNITS:
        assert not all_are_told.intersection(settings_of(unit)), unit.name


def settings_of(unit: Path) -> list[str]:
    return [
        line
        for line in unit.read_text("utf-8").splitlines()
        if "=" in line and not line.startswith("#")
    ]
