"""`binhyen doctor`: looks at an installation, and says in a line each what is wrong and what to do.

It changes nothing, and needs nothing to run: what cannot be looked at is a finding too.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator

from sqlalchemy.exc import SQLAlchemyError

from bot.checks import database, keeping, machine, people, platforms, public, safety, services, work
from bot.checks.finding import MARKS, Finding, State, fault, fine, warning
from bot.db import Database
from bot.libpq import connect
from bot.ops.doors import reachable
from bot.ops.errors import OperationError
from bot.ops.model import models_dir
from bot.ops.postgres import database as reached
from bot.settings import Settings

CODES = {State.OK: 0, State.WARNING: 1, State.FAULT: 2}
"""Exit codes, of the worst that was found."""

Show = Callable[[Finding], None]


def examine(settings: Settings, *, quick: bool = False) -> Iterator[Finding]:
    """All findings, each as soon as it is there. `quick`: without loading the model."""
    running, apart = machine.is_running(settings), machine.is_apart(settings)
    pieces: list[Callable[[], Iterable[Finding]]] = [
        lambda: [machine.python(), machine.rasa_environment(apart=apart)],
        lambda: [machine.disk(settings.data_dir)],
        lambda: safety.look(settings, os.environ),
        lambda: platforms.settings_complete(settings),
        lambda: machine.running(settings, runs=running, apart=apart),
        lambda: _understanding(settings, running=running, apart=apart, quick=quick),
        lambda: _database(settings, "binhyen migrate" if apart else "binhyen serve"),
        lambda: collect(platforms.bots(settings)),
        lambda: collect(public.public_address(settings, running=running)),
        lambda: [keeping.backup(settings), keeping.audit(settings)],
    ]
    for piece in pieces:
        try:
            yield from piece()
        except Exception as error:  # nothing that is broken may hide what else is
            line = f"Một phần kiểm tra không làm được ({type(error).__name__})."
            yield fault("doctor", line, "Sửa các chỗ khác trước rồi chạy lại.")


def _understanding(
    settings: Settings, *, running: bool, apart: bool, quick: bool
) -> Iterator[Finding]:
    if running:  # a Rasa that is up has read the golden sentences
        yield from collect(services.gateway(reachable(settings)))
    if apart:
        yield from collect(services.rasas(settings))
    if not settings.data_dir.exists():
        command = "binhyen migrate" if apart else "binhyen serve"
        yield warning("model", "Chưa có thư mục dữ liệu.", f"Chạy: {command}")
        return
    model = machine.model(models_dir(settings), apart=apart)
    yield model
    if model.state is State.OK and not (running or apart or quick):
        yield services.golden(models_dir(settings))


def _database(settings: Settings, start: str) -> Iterator[Finding]:
    if settings.database_url is None and not (settings.data_dir / "postgres/cluster").exists():
        yield warning("database", "Chưa có cơ sở dữ liệu; lần chạy đầu sẽ tạo.", start)
        return
    try:
        with reached(settings) as url:
            yield fine("database", "Nối được với cơ sở dữ liệu.")
            with connect(url) as connection:
                found = list(database.server(connection))
            yield from found
            if all(finding.state is State.OK for finding in found):
                yield from collect(_in_database(settings, url, start))
    except OperationError as error:
        yield fault("database", str(error), "Xem máy chủ cơ sở dữ liệu có chạy, mật khẩu có đúng.")
    except SQLAlchemyError as error:
        kind = type(error).__name__
        yield fault("database", f"Cơ sở dữ liệu báo lỗi ({kind}).", "Xem tệp postgres.log.")


async def _in_database(settings: Settings, url: str, start: str) -> AsyncIterator[Finding]:
    db = Database(url, pool_size=1)
    try:
        async with db.begin() as session:
            yield await database.clock(session)
            tables = await database.tables(session, start)
        yield tables
        if tables.state is not State.OK:
            return
        async with db.begin() as session:
            async for finding in people.setup(session, settings):
                yield finding
            found = await work.work(session)
            yield work.backlog(found, 60 * settings.backlog_minutes)
            yield work.delivery(found)
            yield work.dead_letters(found)
        if settings.secret_key is None:
            return
        key = await asyncio.to_thread(database.key, settings, url)
        yield key
        if key.state is State.OK:
            async with db.begin() as session:
                async for finding in platforms.zalo_oa(session, settings):
                    yield finding
    finally:
        await db.close()


def collect(findings: AsyncIterator[Finding]) -> list[Finding]:
    async def all_of_them() -> list[Finding]:
        return [finding async for finding in findings]

    return asyncio.run(all_of_them())


def run(
    settings: Settings | Finding, say: Callable[[str], None], *, as_json: bool, quick: bool
) -> int:
    """Say what is found, and return the exit code. `settings`: or what is wrong with them."""
    findings = []
    for finding in [settings] if isinstance(settings, Finding) else examine(settings, quick=quick):
        findings.append(finding)
        if not as_json:
            say(line_of(finding))
    worst = max((finding.state for finding in findings), key=CODES.__getitem__)
    if as_json:
        say(json.dumps([_plain(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        say(_summary(findings))
    return CODES[worst]


def line_of(finding: Finding) -> str:
    remedy = f" → {finding.remedy}" if finding.remedy else ""
    return f"{MARKS[finding.state]} {finding.line}{remedy}"


def _plain(finding: Finding) -> dict[str, str]:
    return {
        "check": finding.check,
        "state": finding.state.value,
        "line": finding.line,
        "remedy": finding.remedy,
    }


def _summary(findings: list[Finding]) -> str:
    faults = sum(finding.state is State.FAULT for finding in findings)
    warnings = sum(finding.state is State.WARNING for finding in findings)
    if not faults and not warnings:
        return "Mọi thứ đều ổn."
    return f"{faults} chỗ phải sửa, {warnings} chỗ nên xem."
