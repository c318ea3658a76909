"""The command line: every command explains itself, and an error is one line and a code."""

import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from bot.cli import app
from bot.settings import PROJECT

COMMANDS = [
    *("install", "train", "serve", "doctor", "demo", "setup", "classify", "evaluate"),
    *("export-corrections", "audit", "demo-code", "account", "procedures", "keys", "person"),
    *("backup", "restore"),
    *("migrate", "gateway", "actions", "rasa"),
]
KEY = secrets.token_urlsafe(48)
PROGRAM = Path(sys.executable).with_name("binhyen")


def binhyen(
    *arguments: str | Path, stdin: bytes = b"", cwd: Path = PROJECT, **variables: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [PROGRAM, *arguments],
        input=stdin,
        capture_output=True,
        timeout=300,
        cwd=cwd,
        env=os.environ | {"COLUMNS": "200"} | variables,
    )


def complaint(done: subprocess.CompletedProcess[bytes]) -> str:
    """The one line a failed command leaves."""
    assert done.returncode == 1
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("Lỗi: ")
    return lines[0]


def test_the_commands_are_those_of_the_documentation() -> None:
    assert sorted(typer.main.get_command(app).commands) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_explains_each_command(command: str) -> None:
    done = binhyen(command, "--help")
    assert done.returncode == 0
    assert len(done.stdout.decode().split()) > 15


def test_serve_without_a_key_says_how_to_make_one(tmp_path: Path) -> None:
    line = complaint(binhyen("serve", cwd=tmp_path, BINHYEN_DATA_DIR=str(tmp_path / "data")))
    assert "BINHYEN_SECRET_KEY" in line
    assert "secrets.token_urlsafe(48)" in line
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("SECRET_KEY", "s3cret"),
        ("DATABASE_URL", "mysql://x"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_shown(variable: str, value: str) -> None:
    line = complaint(binhyen("serve", **{f"BINHYEN_{variable}": value}))
    assert f"BINHYEN_{variable}" in line
    assert value not in line


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_in_use_is_one_line(tmp_path: Path, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = binhyen(
            command,
            BINHYEN_PORT=port,
            BINHYEN_DATA_DIR=str(tmp_path),
            BINHYEN_SECRET_KEY=KEY,
        )
    assert port in complaint(done)


def test_a_database_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = binhyen(
        "serve",
        BINHYEN_PORT="18987",
        BINHYEN_DATA_DIR=str(tmp_path),
        BINHYEN_SECRET_KEY=KEY,
        BINHYEN_DATABASE_URL="postgresql://nobody:pass-word@127.0.0.1:9/none",
    )
    assert "pass-word" not in complaint(done)
