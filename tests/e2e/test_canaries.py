"""Words come in by every way there is; then all that the system writes is searched for them."""

import json
import os
import re
import stat
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from bot.libpq import connect
from bot.security.vault import vault
from tests.canaries import Flock, dump, found, in_files
from tests.conftest import EXTERNAL
from tests.dialogues.people import WebPerson
from tests.e2e.conftest import WORK_LEFT, Settled
from tests.e2e.officers import _TOKEN, Console
from tests.e2e.residents import OnTelegram, OnZaloBot, OnZaloOA
from tests.pictures import JPEG
from tests.service import RunningService

PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def database(running_service: RunningService) -> Iterator[psycopg.Connection]:
    with connect(running_service.database_url) as connection:
        yield connection


def test_no_word_that_anybody_wrote_is_readable_in_anything_the_system_writes(
    running_service: RunningService,
    somebody: int,
    manager: Console,
    database: psycopg.Connection,
) -> None:
    def settled() -> None:
        running_service.wait_until(
            lambda: database.execute(WORK_LEFT).fetchone() == (0,), timeout=180
        )

    before = temporary()
    flock = Flock()
    codes = tell_on_every_channel(running_service, somebody, flock, settled)
    deal_with(running_service, codes, manager, flock)
    settled()
    go_wrong(running_service, flock)
    settled()
    answers = knock_with_words(running_service, manager, flock)
    assert seen_by_officers(manager, codes, flock)

    leaks = [leak for where, text in answers for leak in found(flock.all, text, where)]
    leaks += found(flock.all, dump(running_service.database_url), "a dump of the database")
    leaks += in_files(flock.all, own_files(running_service))
    leaks += in_files(flock.all, (p for p in new_files(before) if regular(p)))
    leaks += in_files(flock.all, Path("/proc").glob("[0-9]*/environ"))
    leaks += in_files(flock.all, Path("/proc").glob("[0-9]*/cmdline"))
    leaks += found(flock.all, what_rasa_tells(running_service), "what Rasa tells")
    metrics = httpx.get(f"{running_service.base_url}/metrics").content
    assert b"binhyen_handled_total" in metrics
    leaks += found(flock.all, metrics, "/metrics")
    assert sorted(set(leaks)) == []


# --- Ways in --------------------------------------------------------------------------------------


def tell_on_every_channel(
    service: RunningService, somebody: int, flock: Flock, settled: Settled
) -> list[str]:
    """The codes of reports."""
    fakes = service.platforms
    telegram = fakes.telegram
    lan = OnTelegram(service, somebody, flock.word("a name on Telegram"))
    lan.in_private(f"tối qua {flock.word('a private report')} lấy xe máy trước phòng trọ ở ấp 1")
    telegram.wait_for(lambda t: t.sent(lan.chat))
    lan.in_private(
        f"gần quán {flock.word('an answer in the form')}, số tôi là "
        f"{flock.number('a phone number')}"
    )
    settled()
    telegram.add_file("canary-pdf", PDF, "application/pdf")
    lan.in_private(
        "",
        document={
            "file_id": "canary-pdf",
            "file_unique_id": "canary-pdf",
            "file_name": f"{flock.word('a file name on Telegram')}.pdf",
            "mime_type": "application/pdf",
        },
        caption=f"giấy của {flock.word('a caption')}",
    )
    lan.in_private(f"làm căn cước cho con tên {flock.word('a question in private')} cần giấy gì")
    lan.in_private(f"xin giấy phép bay diều cho {flock.word('a question without answer')} ở đâu")
    lan.in_group("-1001", f"nhà ông {flock.word('an accusation in a group')} đánh bạc, coi giùm")
    lan.in_group("-1001", f"chúc {flock.word('talk in a group')} ngủ ngon")
    lan.in_group("-1001", f"bán heo, gọi {flock.number('an advert')} gặp {flock.word('an advert')}")
    bot = OnZaloBot(service, f"zb-{somebody}", flock.word("a name on the Zalo bot"))
    bot.in_private(f"anh công an {flock.word('a complaint on the Zalo bot')} đòi tiền làm giấy")
    oa = OnZaloOA(service, f"oa-{somebody}", "")
    oa.in_private(f"nhà {flock.word('a report on the Zalo OA')} ở ấp 1 hát karaoke ồn tới khuya")
    web = WebPerson(service, flock.word("a name on the web page"))
    try:
        web.says(f"hai nhà {flock.word('a report on the web page')} cãi nhau vì hàng rào ở ấp 1")
        web.says_in_group(f"chào bà con, {flock.word('talk in the web group')} đây")
        web._sends_file(
            f"{flock.word('a file name on the web page')}.jpg",
            JPEG,
            "image/jpeg",
            flock.word("words with a file"),
        )
        settled()
    finally:
        web.leaves()
    return [re.search(r"PA-\w{5}", telegram.sent(lan.chat)[0])[0]]  # type: ignore[index]


def deal_with(service: RunningService, codes: list[str], manager: Console, flock: Flock) -> None:
    code = codes[0]
    assert manager.act(code, "tiep-nhan").is_success
    assert manager.act(code, "tra-loi", text=flock.word("an officer's reply")).is_success
    assert manager.act(code, "ghi-chu", text=flock.word("an internal note")).is_success
    page = f"/console/phan-anh/{code}"
    token = _TOKEN.search(manager.get(page).text)
    assert token
    name = f"{flock.word('the name of an officer’s file')}.jpg"
    sent = manager._http.post(
        f"{page}/tra-loi",
        data={"_csrf_token": token[1], "text": flock.word("words with an officer's file")},
        files={"files": (name, JPEG, "image/jpeg")},
    )
    assert sent.is_success
    manager.post("/console/tim", "/console/tim", q=flock.word("a search")).raise_for_status()
    officer = OnTelegram(service, 7001, "Thái")
    officer.in_private(f"{code}: {flock.word('a reply from an officer’s own chat')}")
    assert manager.act(code, "doi-loai", category="security_order").status_code < 500
    done = manager.act(code, "ket-thuc", outcome="resolved", text=flock.word("words at the end"))
    assert done.is_success


def go_wrong(service: RunningService, flock: Flock) -> None:
    """An event that no version understands, and a message that cannot be delivered."""
    event = {"kind": "nonsense", "text": flock.word("an error in handling"), "chat_id": []}
    inbound = uuid.uuid4()
    with connect(service.database_url) as connection:
        connection.execute(
            "INSERT INTO inbound (id, key, channel, lane, received_at, payload) "
            "VALUES (%s, %s, 'telegram', %s, now(), %s)",
            (
                inbound,
                inbound.hex,
                inbound.hex,
                vault().seal(json.dumps(event).encode(), "inbound.payload"),
            ),
        )
        failed = "SELECT failed FROM inbound WHERE id = %s"
        service.wait_until(
            lambda: connection.execute(failed, (inbound,)).fetchone() != (None,), timeout=90
        )
        connection.execute("UPDATE inbound SET handled_at = now() WHERE id = %s", (inbound,))
    service.platforms.telegram.fail_next("blocked", method="sendMessage", chat_id="7199")
    OnTelegram(service, 7199, flock.word("a name that cannot be reached")).in_private(
        f"ổ gà trước nhà {flock.word('a report that cannot be answered')} ấp 1, xe té hoài"
    )


def knock_with_words(
    service: RunningService, manager: Console, flock: Flock
) -> list[tuple[str, bytes]]:
    """What is not found, not allowed or not understood; (where, answer)."""
    url = service.base_url
    answers = [httpx.get(f"{url}/thu-tuc", params={"hoi": flock.word("a question on the page")})]
    for way, path in (
        ("no such page", "/{}"),
        ("no such procedure", "/thu-tuc/{}"),
        ("no such file", "/chat/files/{}"),
        ("a wrong parameter", "/thu-tuc?trang={}"),
        ("a report's code", "/console/phan-anh/{}"),
    ):
        word = flock.word(way)
        answers += [httpx.get(url + path.format(word)), manager.get(path.format(word))]
    text = flock.word("a body that is no JSON")
    secret = {"X-Telegram-Bot-Api-Secret-Token": service.platforms.telegram_secret}
    for body in (f"{{{text}", json.dumps({"update_id": text, "message": {"text": text}})):
        hook = f"{url}/webhooks/telegram"
        answers.append(httpx.post(hook, content=body.encode(), headers=secret))
        answers.append(httpx.post(hook, content=body.encode(), headers={"X-Secret": "wrong"}))
    with httpx.Client(base_url=url, follow_redirects=True) as stranger:
        token = _TOKEN.search(stranger.get("/console/dang-nhap").text)
        assert token
        form = {
            "_csrf_token": token[1],
            "username": flock.word("a password typed as a name").replace(" ", ""),
            "password": flock.word("a password"),
        }
        stranger.post("/console/dang-nhap", data=form)
    return [(f"the answer at {a.url.path}", a.content) for a in answers[1:]]


def seen_by_officers(manager: Console, codes: list[str], flock: Flock) -> bool:
    """The words did come in: an officer reads them."""
    text = manager.whole_report(codes[0]).text
    return all(
        each.text in text
        for each in flock.all
        if each.way in ("a private report", "an internal note", "an officer's reply")
    )


# --- What the system writes -----------------------------------------------------------------------


def own_files(service: RunningService) -> Iterator[Path]:
    """Logs, PostgreSQL's own files and its write-ahead log, and whatever else it keeps."""
    homes, logs = [service.settings.data_dir], {"gateway.log", "rasa.log"}
    if EXTERNAL:  # on this machine, and its log is its owner's
        with connect(service.database_url) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
        assert row is not None
        homes.append(Path(row[0]))
    else:
        logs.add("postgres.log")
    files = [path for home in homes for path in home.rglob("*") if path.is_file()]
    assert any("pg_wal" in path.parts for path in files)
    assert logs <= {path.name for path in files}
    yield from files


TEMPORARY = (Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/dev/shm"))  # noqa: S108


def temporary() -> set[Path]:
    """What lies in the folders for temporary files just now."""
    return {path for folder in TEMPORARY if folder.is_dir() for path in folder.iterdir()}


def new_files(before: set[Path]) -> Iterator[Path]:
    """All that has come into those folders since."""
    for path in temporary() - before:
        for place, _, names in os.walk(path):
            yield from (Path(place, name) for name in names)
        yield path


def regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def what_rasa_tells(service: RunningService) -> bytes:
    told = b""
    with connect(service.database_url) as connection:
        ids = connection.execute("SELECT id FROM conversations ORDER BY created_at DESC LIMIT 8")
        for (conversation,) in ids.fetchall():
            for what in ("tracker", "story"):
                answer = httpx.get(
                    f"{service.rasa_url}/conversations/{conversation}/{what}",
                    params={"token": service.rasa_token},
                    timeout=30,
                )
                assert answer.status_code == 404  # nobody may ask, even with the token
                told += answer.content
    return told
