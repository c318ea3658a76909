"""`make bench-console`: how long each page of the console takes where there are a million reports.

Fills a scratch PostgreSQL (benchmarks/made_up.py), starts the gateway as `binhyen serve` starts it,
and asks for every page in turn, as a leader and as a manager. Prints tables; benchmarks/README.md
holds them with the date they were made. Fails where a page takes longer than `LIMIT`.
"""

import argparse
import asyncio
import logging
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar
from sqlalchemy import select, text

from benchmarks.made_up import MadeUp, fill
from benchmarks.plans import indexes, plan
from bot.console import cookies, sessions
from bot.console.browsers import Visitor
from bot.console.routes import handlers
from bot.db import Database, migrate, now
from bot.groups.models import Officer
from bot.ops.postgres import EmbeddedPostgres
from bot.procedures import files
from bot.procedures.catalogue import refresh
from bot.procedures.loading import load
from bot.procedures.vectors import complete
from bot.reports import queue
from bot.reports.access import readable_by
from bot.reports.folders import Cursor, Folder, find_in_order
from bot.reports.models import Report, Status
from bot.security.keyring import open_keys

ZERO = uuid.UUID(int=0)

LIMIT = 0.100
"""Seconds that 95 of 100 answers must not exceed."""

SECRET_KEY = "a key for benchmarks only, of no use to anybody else"  # noqa: S105
ENDLESS = ("/console/su-kien",)
"""Pages that never end."""

FOLDER, CODE = "{folder:str}", "{code:str}"


@dataclass
class Page:
    """Something an officer looks at, at one of several addresses in turn."""

    name: str
    addresses: list[str]
    seconds: list[float] = field(default_factory=list)


def routes() -> list[str]:
    """Paths of all that the console shows."""
    app = Litestar(route_handlers=handlers, openapi_config=None)
    return sorted(
        route.path
        for route in app.routes
        if route.path.startswith("/console")
        and "GET" in getattr(route, "methods", ())
        and route.path not in ENDLESS
    )


async def pages(db: Database, officer: Officer) -> tuple[list[Page], list[str]]:
    """Every page there is for an officer, and the routes for which nothing was made up."""
    async with db.begin() as session:
        codes = {
            "open": await _codes(session, officer, Report.status != Status.CLOSED),
            "closed": await _codes(session, officer, Report.status == Status.CLOSED),
        }
    found: list[Page] = []
    left_out: list[str] = []
    for path in routes():
        if FOLDER in path:
            found += [Page(path, [path.replace(FOLDER, folder)]) for folder in Folder]
        elif CODE in path and path.count("{") == 1:
            for which, some in codes.items():
                each = [path.replace(CODE, code) for code in some]
                found.append(Page(f"{path}, {which}", each))
        elif "{" in path:
            left_out.append(path)
        else:
            found.append(Page(path, [path]))
    for page in found:
        if page.name.count(FOLDER):
            page.name = page.addresses[0]
    return [*found, *_narrowed(officer)], left_out


def _narrowed(officer: Officer) -> list[Page]:
    """Folders with filters, and pages far into them."""
    middle = Cursor(urgent=False, at=now() - timedelta(days=900), id=ZERO)
    recent = Cursor(urgent=False, at=now() - timedelta(days=10), id=ZERO)
    open_ones, closed = (f"/console/hang-doi/{f}" for f in (Folder.ALL, Folder.CLOSED))
    hamlets = [str(hamlet.id) for hamlet in officer.hamlets]
    day = (now() - timedelta(days=400)).date()
    addresses = [
        f"{open_ones}?loai=dispute&khan=1",
        f"{open_ones}?kenh=zalo_oa&trang-thai=waiting",
        f"{open_ones}?sau={recent}",
        f"{closed}?sau={middle}",
        f"{closed}?truoc={middle}",
        f"{closed}?loai=police_conduct&khan=1&kenh=zalo_oa",
        f"{closed}?tu={day}&den={day}",
        *(f"{closed}?ap={hamlet}&kenh=zalo_oa" for hamlet in hamlets[:1]),
    ]
    return [Page(_short(address), [address]) for address in addresses]


def _short(address: str) -> str:
    return re.sub(r"(sau|truoc|ap|tu|den)=[^&]+", r"\1=…", address)


async def _codes(session: Any, officer: Officer, *conditions: Any) -> list[str]:
    query = select(Report.code).where(readable_by(officer), *conditions)
    some = query.order_by(Report.code).limit(2000)  # in no order that means anything
    codes = list((await session.execute(some)).scalars())
    return random.Random(1).sample(codes, min(40, len(codes)))  # noqa: S311 (the same pages each time)


@contextmanager
def gateway(url: str, home: Path) -> Iterator[str]:
    """The web application in a process of its own; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    environment = os.environ | {
        "BINHYEN_DATABASE_URL": url,
        "BINHYEN_SECRET_KEY": SECRET_KEY,
        "BINHYEN_DATA_DIR": str(home),
        "BINHYEN_LISTENER": str(listener.fileno()),
    }
    with (home / "gateway.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.ops.gateway"],
            env=environment,
            pass_fds=[listener.fileno()],
            stdout=log,
            stderr=log,
        )
    listener.close()  # the gateway has it; should it die, whoever asks is refused
    try:
        base = f"http://127.0.0.1:{port}"
        _await(base, process, home / "gateway.log")
        yield base
    finally:
        process.terminate()
        process.wait(20)


def _await(base: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    while True:
        try:
            httpx.get(f"{base}/console/dang-nhap", timeout=60).raise_for_status()
        except httpx.TransportError:
            if process.poll() is not None:
                raise SystemExit(log.read_text()) from None
            time.sleep(0.2)
        else:
            return


def measure(base: str, token: str, wanted: list[Page], rounds: int) -> list[Page]:
    """Ask for each page in turn, `rounds` times; pages this officer may not open are left out."""
    with httpx.Client(base_url=base, cookies={cookies.SESSION: token}, timeout=120) as client:
        shown = [page for page in wanted if client.get(page.addresses[0]).status_code == 200]
        shown.append(Page("/console/tim, words", [_search(client)]))
        for number in range(rounds):
            for page in shown:
                address = page.addresses[number % len(page.addresses)]
                began = time.perf_counter()
                client.get(address).raise_for_status()
                page.seconds.append(time.perf_counter() - began)
    return shown


def _search(client: httpx.Client) -> str:
    """Where a search leads."""
    token = re.search(r'name="_csrf_token" value="(\w+)"', client.get("/console").text)
    assert token
    form = {"_csrf_token": token[1], "q": "loa kéo"}
    return client.post("/console/tim", data=form).headers["location"]


def report(role: str, shown: list[Page]) -> bool:
    """Print a table, the slowest first; whether the limit was kept."""
    print(f"\n| {role}: page | p50 ms | p95 ms | max ms |")
    print("| --- | --- | --- | --- |")
    for page in sorted(shown, key=lambda page: -_p95(page)):
        figures = (statistics.median(page.seconds), _p95(page), max(page.seconds))
        print(f"| `{page.name}` | " + " | ".join(f"{s * 1000:.0f}" for s in figures) + " |")
    return all(_p95(page) <= LIMIT for page in shown)


def _p95(page: Page) -> float:
    return statistics.quantiles(page.seconds, n=100, method="inclusive")[94]


async def explain(db: Database, people: MadeUp) -> None:
    """Print which indexes find the first page of each folder."""
    print("\n| folder | leader | manager |\n| --- | --- | --- |")
    async with db.begin() as session:
        for folder in Folder:
            used = []
            for officer in (people.leader, people.manager):
                query = find_in_order(folder, officer, cursor=None, limit=queue.PAGE + 1)
                used.append(", ".join(_of_reports(await plan(session, query))))
            print(f"| {folder} | {used[0]} | {used[1]} |")


def _of_reports(shown: str) -> list[str]:
    return [f"`{name}`" for name in indexes(shown) if name.startswith("ix_reports_queue")]


async def prepare(
    db: Database, reports: int, open_reports: int
) -> tuple[MadeUp, dict[str, str], dict[str, list[Page]]]:
    """Fill the database; a session's token and the pages for each role."""
    began = time.perf_counter()
    people = await fill(db, reports, open_reports)
    async with db.begin() as session:
        await load(session, files.read())
        await refresh(session)
    await complete(db)  # what an installation makes once, in the background of its first start
    print(f"{reports} reports made up in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    officers = {"leader": people.leader, "manager": people.manager}
    tokens, wanted, left_out = {}, {}, list[str]()
    for role, officer in officers.items():
        async with db.begin() as session:
            visitor = Visitor("127.0.0.1")
            tokens[role] = await sessions.start(session, officer, visitor, by_code=True)
        wanted[role], left_out = await pages(db, officer)
    await explain(db, people)
    async with db.begin() as session:
        size = await session.scalar(
            text("SELECT pg_size_pretty(pg_database_size(current_database()))")
        )
    print(f"\nDatabase: {size}. Not timed: {', '.join(left_out)}.")
    await db.close()
    return people, tokens, wanted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=1_000_000)
    parser.add_argument("--open", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="binhyen-bench-") as folder:
        home = Path(folder)
        with EmbeddedPostgres(home / "postgres", home / "postgres.log") as server:
            migrate(server.url())
            open_keys(SECRET_KEY, server.url())
            prepared = prepare(Database(server.url()), options.reports, options.open)
            _, tokens, wanted = asyncio.run(prepared)
            with gateway(server.url(), home) as base:
                for role, token in tokens.items():  # once, so that what can be cached is
                    measure(base, token, wanted[role], 2)
                for some in wanted.values():
                    for page in some:
                        page.seconds.clear()
                kept = [
                    report(role, measure(base, token, wanted[role], options.rounds))
                    for role, token in tokens.items()
                ]
    sys.exit(0 if all(kept) else f"over the limit: {LIMIT} s")


if __name__ == "__main__":
    main()
