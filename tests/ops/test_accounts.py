"""`binhyen account`, as whoever runs the server uses it."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.libpq import connect
from bot.security.passwords import verify_password
from tests.service import SECRET_KEY

Rows = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def rows(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rows]:
    for name, value in (("SECRET_KEY", SECRET_KEY), ("DATABASE_URL", database_url)):
        monkeypatch.setenv(f"BINHYEN_{name}", value)
    monkeypatch.setenv("BINHYEN_DATA_DIR", str(tmp_path))
    with connect(database_url) as connection:
        yield connection


def account(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["account", *arguments])


def password_in(done: Result) -> str:
    assert done.exit_code == 0, done.output
    found = re.search(r"quantri  ((?:[a-z2-9]{4}-){3}[a-z2-9]{4})\n", done.output)
    assert found, done.output
    return found[1]


def test_the_first_admin_is_made_on_the_server(rows: Rows) -> None:
    password = password_in(account("admin", "quantri", "Võ Minh Tú"))
    query = "SELECT role, must_change_password, password_expires_at IS NULL, password_hash"
    row = rows.execute(f"{query} FROM officers").fetchone()
    assert row
    assert row[:3] == ("admin", True, False)
    assert verify_password(str(row[3]), password)
    again = account("admin", "quantri", "Võ Minh Tú")
    assert again.exit_code == 1
    assert "đã có người dùng" in again.output


def test_an_admin_who_lost_everything_is_let_in_again(rows: Rows) -> None:
    first = password_in(account("admin", "quantri", "Võ Minh Tú"))
    rows.execute(
        "INSERT INTO second_factors SELECT id, '\\x00', 0, now() FROM officers;"
        "UPDATE officers SET active = false"
    )
    second = password_in(account("reset", "quantri"))
    assert second != first
    row = rows.execute("SELECT active, password_hash FROM officers").fetchone()
    assert row
    assert row[0]
    assert verify_password(str(row[1]), second)
    assert rows.execute("SELECT count(*) FROM second_factors").fetchone() == (0,)
    logged = rows.execute(
        "SELECT action, address, officer_id FROM audit_entries ORDER BY number"
    ).fetchall()
    assert logged == [
        ("account_created", "binhyen", None),
        ("second_factor_reset", "binhyen", None),
    ]


def test_an_account_that_is_not_there_is_one_line(rows: Rows) -> None:
    done = account("reset", "khongco")
    assert done.exit_code == 1
    assert done.output.strip() == "Lỗi: không có tài khoản “khongco”."
