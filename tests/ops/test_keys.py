"""`binhyen keys …`, as whoever runs the server sees it."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.libpq import connect
from bot.security.keyring import open_keys, stored
from bot.security.vault import vault
from tests.service import SECRET_KEY

NEW_SECRET = "another secret of this installation, made later"


@pytest.fixture(autouse=True)
def folder(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in (("SECRET_KEY", SECRET_KEY), ("DATABASE_URL", database_url)):
        monkeypatch.setenv(f"BINHYEN_{name}", value)
    monkeypatch.setenv("BINHYEN_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def new_key(tmp_path: Path) -> Path:
    file = tmp_path / "new-key"
    file.write_text(f"{NEW_SECRET}\n", encoding="utf-8")
    return file


def keys(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["keys", *map(str, arguments)])


def somebody(url: str, name: str) -> None:
    with connect(url) as connection:
        connection.execute(
            "INSERT INTO members (id, name, phone, anonymous, created_at) "
            "VALUES (gen_random_uuid(), %s, %s, false, now())",
            (vault().seal(name.encode(), "members.name"), vault().seal(b"", "members.phone")),
        )


def names(url: str) -> list[str]:
    with connect(url) as connection:
        rows = connection.execute("SELECT name FROM members").fetchall()
    return [vault().unseal(name, "members.name").decode() for (name,) in rows]


def test_a_rotation_says_what_it_did_and_the_list_shows_it(database_url: str) -> None:
    open_keys(SECRET_KEY, database_url)
    somebody(database_url, "Bà Tư")
    assert "Khóa số 1: đang dùng" in keys("list").output
    done = keys("rotate")
    assert done.exit_code == 0, done.output
    assert "members: 1 dòng" in done.output
    assert "niêm phong bằng khóa số 2" in done.output
    listed = keys("list").output
    assert "Khóa số 1: đã thôi dùng" in listed
    assert "Khóa số 2: đang dùng" in listed
    assert "niêm phong 2 giá trị" in listed
    assert names(database_url) == ["Bà Tư"]


def test_the_main_key_is_changed_in_two_steps(
    database_url: str, new_key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_keys(SECRET_KEY, database_url)
    somebody(database_url, "Bà Tư")
    done = keys("rotate", "--master", new_key)
    assert done.exit_code == 0, done.output
    assert NEW_SECRET not in done.output
    early = keys("settle")
    assert early.exit_code == 1
    assert "khóa chính cũ" in early.output
    too_soon = keys("rotate")
    assert too_soon.exit_code == 1
    assert "khởi động lại" in too_soon.output
    monkeypatch.delenv("BINHYEN_SECRET_KEY")
    monkeypatch.setenv("BINHYEN_SECRET_KEY_FILE", str(new_key))
    assert keys("settle").exit_code == 0
    assert names(database_url) == ["Bà Tư"]
    monkeypatch.setenv("BINHYEN_SECRET_KEY", SECRET_KEY)
    refused = keys("list")
    assert refused.exit_code == 1
    assert "không phải khóa của cơ sở dữ liệu này" in refused.output
    assert SECRET_KEY not in refused.output


@pytest.mark.parametrize("command", [["keys", "list"], ["audit", "verify"], ["procedures", "load"]])
def test_a_wrong_secret_is_one_clear_line_everywhere(
    database_url: str, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_keys(SECRET_KEY, database_url)
    monkeypatch.setenv("BINHYEN_SECRET_KEY", NEW_SECRET)
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 1
    assert done.output.startswith("Lỗi: BINHYEN_SECRET_KEY không phải khóa")
    assert len(done.output.splitlines()) == 1


@pytest.mark.parametrize("content", ["", "too short", f"{NEW_SECRET}\n{NEW_SECRET}", SECRET_KEY])
def test_a_key_file_that_will_not_do_changes_nothing(
    database_url: str, tmp_path: Path, content: str
) -> None:
    open_keys(SECRET_KEY, database_url)
    with connect(database_url) as connection:
        before = stored(connection)
        file = tmp_path / "key"
        file.write_text(content, encoding="utf-8")
        done = keys("rotate", "--master", file)
        assert done.exit_code == 1
        assert "Lỗi: " in done.output
        assert not content or content not in done.output
        assert stored(connection) == before


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = keys("rotate", "--master", tmp_path / "nowhere")
    assert done.exit_code == 1
    assert "Không đọc được tệp khóa" in done.output


def test_a_service_whose_key_file_cannot_be_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BINHYEN_SECRET_KEY")
    monkeypatch.setenv("BINHYEN_SECRET_KEY_FILE", str(tmp_path / "nowhere"))
    done = keys("list")
    assert done.exit_code == 1
    assert "SECRET_KEY_FILE" in done.output
    assert os.linesep not in done.output.strip()
