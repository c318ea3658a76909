"""What Prometheus is told: enough to be woken by, and nothing of a person or a complaint."""

import re
import uuid
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from litestar.datastructures import State
from sqlalchemy import update

from bot.channels.base import ChatKind, Event, EventKind
from bot.checks.public import certificate_of
from bot.db import now
from bot.gateway import health
from bot.messages.models import Inbound, OutboundStatus
from bot.metrics import PARTS, begin
from bot.reports import service
from bot.reports.models import Report
from bot.services import Services
from bot.triage.understanding import Category
from tests.checks.conftest import AWAY, MakeServices
from tests.checks.tls import TLSServer
from tests.console.people import undelivered

TOKEN = "Xq3-vo8-kwb2-71ze"


async def scrape(services: Services, address: str = "127.0.0.1", **headers: str) -> httpx.Response:
    """As a scraper at `address` gets it."""
    state = State({"services": services, "databases": (services.db,)})
    app = Litestar([health.metrics], state=state, openapi_config=None)
    transport = httpx.ASGITransport(app, client=(address, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        return await client.get("/metrics", headers=headers)


async def values(services: Services) -> dict[str, float]:
    """`{'binhyen_up{part="rasa"}': 1.0, …}`"""
    lines = (await scrape(services)).text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line.startswith("binhyen_"))
    return {name: float(value) for name, value in pairs}


async def test_waiting_and_given_up_messages_are_counted_by_channel(
    make_services: MakeServices,
) -> None:
    services = make_services()
    async with services.db.begin() as session:
        came = now() - timedelta(minutes=10)
        session.add(Inbound(key="a", channel="web", received_at=came, payload={}))
        session.add(Inbound(key="b", channel="web", failed="Boom", payload={}))
        await undelivered(session, error="blocked")
        await undelivered(session, error="bad_request")
        await undelivered(session, OutboundStatus.UNKNOWN, "timeout")
    seen = await values(services)
    assert seen['binhyen_inbound_waiting{channel="web"}'] == 1
    assert 600 <= seen['binhyen_inbound_oldest_seconds{channel="web"}'] < 700
    assert seen['binhyen_inbound_failed{channel="web"}'] == 1
    assert seen['binhyen_dead_letters{channel="telegram"}'] == 2
    assert seen['binhyen_unknown_deliveries{channel="telegram"}'] == 1
    assert seen["binhyen_dead_letters_to_mend"] == 2  # a reader who blocked us is not ours to mend
    assert seen['binhyen_outbound_oldest_seconds{channel="web"}'] == 0  # there, and not absent


async def test_what_is_up_is_told_without_a_database_too(make_services: MakeServices) -> None:
    up = await values(make_services())
    assert {up[f'binhyen_up{{part="{part}"}}'] for part in ("database", "rasa", "actions")} == {1}
    services = make_services(rasa_url=AWAY)
    assert (await values(services))['binhyen_up{part="rasa"}'] == 0
    from bot.db import Database

    gone = Services(
        services.settings,
        Database("postgresql+psycopg://nobody@127.0.0.1:9/none"),
        services.live,
        services.rasa,
        services.channels,
    )
    seen = await values(gone)
    assert seen['binhyen_up{part="database"}'] == 0
    assert "binhyen_disk_free_bytes" in seen


async def test_a_complaint_of_the_police_changes_no_figure_of_reports(
    make_services: MakeServices,
) -> None:
    services = make_services()
    before = _of_reports(await values(services))
    await _report(services, Category.POLICE_CONDUCT, managers_only=True)
    assert _of_reports(await values(services)) == before
    await _report(services, Category.DISPUTE, managers_only=False)
    seen = await values(services)
    assert seen['binhyen_reports_open{category="dispute"}'] == 1
    assert seen['binhyen_reports_overdue{category="dispute"}'] == 1
    assert seen["binhyen_reports_overdue_urgent"] == 1


async def test_certificate_backup_and_version_are_told(
    make_services: MakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "binhyen_backup_age_seconds" not in await values(make_services())
    (tmp_path / "last-backup.json").write_text(f'{{"taken_at": "{now().isoformat()}"}}')
    with TLSServer(tmp_path / "certificates", 30, {}) as proxy:
        monkeypatch.setenv("SSL_CERT_FILE", str(proxy.authority))
        seen = await values(make_services(public_url=proxy.url))
    assert 29 < seen["binhyen_certificate_days"] <= 30
    assert 0 <= seen["binhyen_backup_age_seconds"] < 600
    assert any(name.startswith("binhyen_build_info{model=") for name in seen)
    certificate_of.cache_clear()


async def test_every_part_of_handling_is_timed(make_services: MakeServices) -> None:
    begin(["web"], ["private"])
    seen = await values(make_services())
    for part in PARTS:
        assert f'binhyen_part_seconds_count{{part="{part}"}}' in seen


async def test_labels_name_no_person_and_no_place(make_services: MakeServices) -> None:
    services = make_services()
    await _report(services, Category.DISPUTE, managers_only=False)
    labels = {label for name in await values(services) for label in re.findall(r'(\w+)="', name)}
    known = {"channel", "reason", "decision", "kind", "outcome", "part", "le", "category", "state"}
    assert labels <= known | {"model", "version"}


async def test_what_comes_from_the_database_says_that_it_is_not_to_be_summed(
    make_services: MakeServices,
) -> None:
    text = (await scrape(make_services())).text
    for name in ("inbound_waiting", "dead_letters", "reports_open", "officer_sessions"):
        assert re.search(rf"# HELP binhyen_{name} .*never sum", text)


# --- Who may read it -----------------------------------------------------------------------------


async def test_another_machine_needs_the_token(make_services: MakeServices) -> None:
    from pydantic import SecretStr

    closed, opened = make_services(), make_services(metrics_token=SecretStr(TOKEN))
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert (await scrape(closed, "10.0.0.7")).status_code == 404
    assert (await scrape(closed, "10.0.0.7", **bearer)).status_code == 404
    assert (await scrape(opened, "10.0.0.7", **bearer)).status_code == 200
    for wrong in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}x"}):
        assert (await scrape(opened, "10.0.0.7", **wrong)).status_code == 404
    assert (await scrape(closed)).status_code == 200


def _of_reports(seen: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in seen.items() if "reports" in name}


async def _report(services: Services, category: Category, *, managers_only: bool) -> None:
    event = Event("web", uuid.uuid4().hex, EventKind.MESSAGE, ChatKind.PRIVATE, "1", "1", text="x")
    async with services.db.begin() as session:
        made = await service.open_report(
            session,
            event,
            uuid.uuid4(),
            category=category,
            confidence=1.0,
            sensitive=managers_only,
            urgent=True,
            managers_only=managers_only,
            hamlet_id=None,
        )
        past = now() - timedelta(hours=1)
        await session.execute(update(Report).where(Report.id == made.id).values(due_at=past))
