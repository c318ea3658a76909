"""What is wrong with the installation is told in the chats: once, and once when it is over."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.checks.public import certificate_of
from bot.checks.watch import open_troubles, watch
from bot.db import now
from bot.messages.models import Inbound, Outbound
from bot.messages.outbox import target_key
from bot.services import Services
from tests.checks.conftest import AWAY, MakeServices
from tests.checks.tls import TLSServer

MINUTE = timedelta(minutes=1)
NOON = now().replace(hour=5, minute=0, second=0, microsecond=0)  # in Việt Nam
NIGHT = NOON.replace(hour=17)


@pytest.fixture(autouse=True)
def _backed_up(tmp_path: Path) -> None:
    taken = (now() - timedelta(hours=1)).isoformat()
    (tmp_path / "last-backup.json").write_text(json.dumps({"taken_at": taken}))


async def look(services: Services, *moments: datetime) -> list[str]:
    """What was written to whom, having looked at these moments."""
    for moment in moments:
        await watch(services, moment)
    async with services.db.begin() as session:
        rows = (await session.scalars(select(Outbound).order_by(Outbound.turn))).all()
    assert {row.target_key for row in rows} <= {target_key("telegram", "7001")}
    return [row.payload["content"]["text"] for row in rows if row.payload]


def minutes(*after: float) -> list[datetime]:
    return [NOON + each * MINUTE for each in after]


async def test_a_rasa_that_is_away_for_two_minutes_is_told_once_and_once_when_it_is_back(
    make_services: MakeServices,
) -> None:
    up, down = make_services(), make_services(rasa_url=AWAY)
    assert await look(down, *minutes(0, 0.5, 1.5)) == []
    [begun] = await look(down, *minutes(2, 2.5, 30))
    assert "Rasa không trả lời" in begun
    assert await look(up, *minutes(31)) == [begun]
    _, over = await look(up, *minutes(33.5, 34, 60))
    assert over.startswith("Trợ lý Bình Yên: đã hết sự cố.")


async def test_one_that_comes_and_goes_is_one_trouble(make_services: MakeServices) -> None:
    up, down = make_services(), make_services(rasa_url=AWAY)
    await look(down, *minutes(0, 3))
    await look(up, *minutes(4))
    await look(down, *minutes(5))
    assert len(await look(up, *minutes(6))) == 1


async def test_one_that_was_short_is_told_to_nobody(make_services: MakeServices) -> None:
    up, down = make_services(), make_services(rasa_url=AWAY)
    await look(down, *minutes(0, 1))
    assert await look(up, *minutes(1.5)) == []
    assert await look(down, *minutes(2)) == []


async def test_messages_that_wait_are_told_at_night_too_and_without_a_word_of_them(
    make_services: MakeServices,
) -> None:
    services = make_services()
    async with services.db.begin() as session:
        came = now() - timedelta(hours=1)
        session.add(Inbound(key="k", channel="web", received_at=came, payload={"text": "lời kín"}))
    [told] = await look(services, NIGHT, NIGHT + 2 * MINUTE)
    assert "đã chờ xử lý 60 phút" in told
    assert "lời kín" not in told


@pytest.fixture
def _nights(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from bot.settings import get_settings

    monkeypatch.setenv("BINHYEN_NOTICES_FROM", "7")
    monkeypatch.setenv("BINHYEN_NOTICES_UNTIL", "21")
    get_settings.cache_clear()
    yield
    monkeypatch.undo()
    get_settings.cache_clear()


def backed_up(folder: Path, ago: timedelta) -> None:
    (folder / "last-backup.json").write_text(json.dumps({"taken_at": (now() - ago).isoformat()}))


@pytest.mark.usefixtures("_nights")
async def test_what_can_wait_is_told_in_the_morning(
    make_services: MakeServices, tmp_path: Path
) -> None:
    backed_up(tmp_path, timedelta(days=4))
    services = make_services()
    assert await look(services, NIGHT, NIGHT + 5 * MINUTE) == []
    [told] = await look(services, NIGHT + timedelta(hours=12))
    assert "sao lưu" in told


@pytest.mark.usefixtures("_nights")
async def test_that_it_is_over_can_wait_for_the_morning_too(
    make_services: MakeServices, tmp_path: Path
) -> None:
    backed_up(tmp_path, timedelta(days=4))
    services = make_services()
    [begun] = await look(services, *minutes(0, 2))
    backed_up(tmp_path, timedelta(hours=1))  # as the nightly one does
    assert await look(services, NIGHT, NIGHT + 5 * MINUTE, NIGHT + 30 * MINUTE) == [begun]
    async with services.db.begin() as session:
        assert await open_troubles(session) == []
    _, over = await look(services, NIGHT + timedelta(hours=12))
    assert over.startswith("Trợ lý Bình Yên: đã hết sự cố.")


@pytest.mark.usefixtures("_nights")
async def test_that_residents_wait_no_more_is_told_at_night(make_services: MakeServices) -> None:
    up, down = make_services(), make_services(rasa_url=AWAY)
    await look(down, NIGHT, NIGHT + 3 * MINUTE)
    _, over = await look(up, NIGHT + 4 * MINUTE, NIGHT + 7 * MINUTE)
    assert over.startswith("Trợ lý Bình Yên: đã hết sự cố.")


async def test_a_certificate_that_runs_out_is_told(
    make_services: MakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TLSServer(tmp_path / "certificates", 10, {}) as proxy:
        monkeypatch.setenv("SSL_CERT_FILE", str(proxy.authority))
        services = make_services(public_url=proxy.url)
        [told] = await look(services, *minutes(0, 2))
    assert "còn 10 ngày" in told


async def test_a_certificate_that_cannot_be_seen_for_a_while_was_not_renewed(
    make_services: MakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TLSServer(tmp_path / "certificates", 10, {}) as proxy:
        monkeypatch.setenv("SSL_CERT_FILE", str(proxy.authority))
        services = make_services(public_url=proxy.url)
        [told] = await look(services, *minutes(0, 2))
    certificate_of.cache_clear()  # an hour later, or after a restart
    assert await look(services, *minutes(60, 75, 90)) == [told]
    async with services.db.begin() as session:
        [trouble] = await open_troubles(session)
    assert "còn 10 ngày" in trouble.line


async def test_an_address_that_this_machine_cannot_reach_is_no_trouble(
    make_services: MakeServices,
) -> None:
    assert await look(make_services(public_url="https://127.0.0.1:9"), *minutes(0, 2, 60)) == []


async def test_where_nobody_wants_to_be_told_the_console_shows_it_all_the_same(
    make_services: MakeServices,
) -> None:
    down = make_services(rasa_url=AWAY, tell_troubles=False)
    assert await look(down, *minutes(0, 3)) == []
    async with down.db.begin() as session:
        [trouble] = await open_troubles(session)
    assert trouble.check == "rasa"
