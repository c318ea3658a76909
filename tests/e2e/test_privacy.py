"""Residents' words are in one place, sealed: nowhere else in the database, in no log, no metric."""

import json
from collections.abc import Iterator

import httpx
import pytest
from psycopg import sql

from bot.libpq import connect
from bot.security.vault import Vault
from tests.e2e.conftest import Settled
from tests.e2e.officers import Console
from tests.e2e.residents import OnTelegram
from tests.service import SECRET_KEY, RunningService

CANARY = "Hoàng Yến Vàng"
MESSAGES = (
    ("group", f"nhà ông {CANARY} kế bên đêm nào cũng đánh bài ăn tiền, cán bộ coi giùm"),
    ("group", f"chúc cả nhà ngủ ngon, {CANARY} chào bà con"),
    ("group", f"làm căn cước cho con tên {CANARY} 8 tuổi cần giấy tờ gì ạ"),
    ("private", f"tối qua {CANARY} lấy xe máy của em trước phòng trọ ở ấp 1"),
    ("private", f"xin giấy phép bay diều cho {CANARY} ở đâu vậy"),
    ("private", f"anh công an {CANARY} đòi tiền mới chịu làm giấy"),
)


def everything_stored(service: RunningService) -> Iterator[tuple[str, str]]:
    """(table, row as text) of every table of the product and of its work queue."""
    with connect(service.database_url) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_schema IN ('public', 'dbos')"
        ).fetchall()
        for schema, table in tables:
            query = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(schema, table))
            for (row,) in connection.execute(query):
                yield f"{schema}.{table}", row


def rows_by_deliveries(service: RunningService) -> int:
    """How many rows there are but for those of what is done by the clock, and of the catalogue's
    meanings, which are made after the start."""
    return sum(
        "sched-" not in row and table != "public.procedure_vectors"
        for table, row in everything_stored(service)
    )


def test_no_words_and_no_name_are_readable_outside_the_console(
    running_service: RunningService, somebody: int, manager: Console, settled: Settled
) -> None:
    resident = OnTelegram(running_service, somebody, CANARY)
    telegram = running_service.platforms.telegram
    telegram.fail_next("blocked", method="sendMessage", chat_id="7011")  # one is left undelivered
    for chat, text in MESSAGES:
        if chat == "group":
            resident.in_group("-1001", text)
        else:
            resident.in_private(text)
    settled()
    assert any(CANARY in manager.whole_report(code).text for code in manager.codes())

    told = [table for table, row in everything_stored(running_service) if CANARY in row]
    assert told == []
    for log in running_service.log_dir.glob("*.log"):
        assert CANARY not in log.read_text(encoding="utf-8"), log.name
    metrics = httpx.get(f"{running_service.base_url}/metrics").text
    assert "binhyen_handled_total" in metrics
    assert CANARY not in metrics


@pytest.mark.parametrize("path", ["/webhooks/telegram", "/webhooks/zalo-bot", "/webhooks/zalo-oa"])
def test_nothing_is_stored_of_a_delivery_without_its_secret(
    running_service: RunningService, path: str
) -> None:
    before = rows_by_deliveries(running_service)
    body = {"update_id": 1, "event_name": "user_send_text", "message": {"text": CANARY}}
    answer = httpx.post(f"{running_service.base_url}{path}", json=body)
    assert answer.status_code == 401
    assert rows_by_deliveries(running_service) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"update_id": {}, "message": 5}', 400),
        (b'{"update_id": 7, "something_new": {}}', 200),
        (b"x" * 2_000_000, 413),
        ((b"[" * 100_000), 400),
    ],
    ids=["cut off", "no object", "wrong types", "unknown", "too large", "too deep"],
)
def test_a_bad_body_gets_a_clear_answer(
    running_service: RunningService, body: bytes, status: int
) -> None:
    secret = running_service.platforms.telegram_secret
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json"}
    url = f"{running_service.base_url}/webhooks/telegram"
    assert httpx.post(url, content=body, headers=headers).status_code == status


def test_of_an_advert_only_the_kinds_of_numbers_are_remembered(
    running_service: RunningService, somebody: int, settled: Settled
) -> None:
    advert = "bán heo con giống, 1tr2 một con, ai cần alo 0301 000 111 gặp Kiều"
    OnTelegram(running_service, somebody, "Kiều").in_group("-1001", advert)
    settled()
    query = "SELECT payload, noticed FROM inbound ORDER BY received_at DESC LIMIT 1"
    with connect(running_service.database_url) as connection:
        row = connection.execute(query).fetchone()
    assert row
    payload, sealed = row
    assert payload is None
    noticed = json.loads(Vault(SECRET_KEY).unseal(bytes(sealed), "inbound.noticed"))
    start = advert.index("0301")
    assert noticed == [{"entity": "phone", "start": start, "end": start + len("0301 000 111")}]
