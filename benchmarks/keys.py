"""`python -m benchmarks.keys`: what sealing costs, and how fast all is sealed with a new key."""

import os
import tempfile
import time
import timeit
import uuid
from pathlib import Path

from psycopg import Connection

from bot.db import migrate
from bot.libpq import connect
from bot.ops.postgres import EmbeddedPostgres
from bot.security.keyring import open_keys
from bot.security.rotation import rotate
from bot.security.vault import vault

SECRET = "a key for benchmarks only, of no use to anybody"  # noqa: S105
ROWS = 100_000
FILES = 50
FILE = 2_000_000  # bytes
WORDS = "nhà kế bên mở loa kéo tới khuya, con nít không ngủ được, nhờ cán bộ nhắc giùm".encode()
TIMES = 100_000


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="binhyen-bench-") as folder:
        home = Path(folder)
        with EmbeddedPostgres(home / "postgres", home / "postgres.log") as server:
            url = server.url()
            migrate(url)
            open_keys(SECRET, url)
            sealing()
            words, files = fill(url)
            report("words", ROWS, words)
            report(f"files of {FILE // 1_000_000} MB", FILES, files)


def sealing() -> None:
    place = "report_events.text"
    sealed = vault().seal(WORDS, place)
    for name, work in (
        ("seal", lambda: vault().seal(WORDS, place)),
        ("unseal", lambda: vault().unseal(sealed, place)),
    ):
        best = min(timeit.repeat(work, number=TIMES, repeat=5)) / TIMES
        print(f"{name} {len(WORDS)} bytes: {best * 1e6:.2f} µs")


def fill(url: str) -> tuple[float, float]:
    """Seconds to seal the words anew, and the files."""
    with connect(url) as connection:
        gaps = "COPY procedure_gaps (id, inbound_id, asked_at, question, reason) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(gaps) as copy:
            for _ in range(ROWS):
                sealed = vault().seal(WORDS, "procedure_gaps.question")
                row = (uuid.uuid4(), uuid.uuid4(), "2026-01-01", sealed, "unanswered")
                copy.write_row(row)
        words = timed(connection)
        connection.execute("TRUNCATE procedure_gaps")
        for _ in range(FILES):
            connection.execute(
                "INSERT INTO web_files "
                "(id, owner, kind, name, mime, size, content, created_at, expires_at) "
                "VALUES (gen_random_uuid(), 'o', 'file', %s, 'x', %s, %s, now(), now())",
                (
                    vault().seal(b"x.pdf", "web_files.name"),
                    FILE,
                    vault().seal(os.urandom(FILE), "web_files.content"),
                ),
            )
        return words, timed(connection)


def timed(connection: Connection) -> float:
    began = time.monotonic()
    rotate(connection, SECRET, lambda *_: None, learnt=0)
    return time.monotonic() - began


def report(what: str, rows: int, seconds: float) -> None:
    print(f"rotate {rows} {what}: {seconds:.1f} s, {rows / seconds:.0f} rows a second")


if __name__ == "__main__":
    main()
