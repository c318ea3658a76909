"""kill -9 of Rasa, the action server and the gateway while people write: no word is lost, nothing
is answered twice, and everybody is answered in the order in which he wrote."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest

from bot.libpq import connect
from bot.ops.processes import Keeper
from bot.security.vault import vault
from bot.wording import say
from tests.e2e.conftest import Settled
from tests.e2e.residents import OnTelegram
from tests.service import RunningService

SEED = 20261127
KILLS = {"rasa": 3, "actions": 4, "gateway": 4}
DIALOGUES = {
    "Bảy": (
        "tối qua mất trộm cái máy bơm ở ấp 3",
        "máy hiệu con voi màu xanh",
        "cho hỏi mất căn cước làm lại bao nhiêu tiền",
        "mất hồi 2 giờ sáng á",
        "nhà con ở sau chợ",
        "tới đâu rồi",
        "có thấy thằng mặc áo đen chạy qua",
        "haha con nói lộn, áo nâu",
        "nó chạy xe sirius không biển số",
        "bạn là người hay máy",
        "hàng xóm cũng thấy nó rình mấy bữa rồi",
        "dạ con cảm ơn cán bộ",
    ),
    "Út": (
        "nhà kế bên ở ấp 2 hát karaoke kẹo kéo tới 12 giờ đêm hổm rày",
        "ngày nào cũng vậy hết",
        "đăng ký tạm trú online sao",
        "con nhỏ nhà tui mới hai tháng",
        "cho tui gặp cán bộ",
        "nói hoài mà họ hông nghe",
        "giờ lại nghe bên đó đánh lộn, có đứa cầm mã tấu",
        "la quá trời luôn",
        "tụi nó chạy ra đường rồi",
        "ừa giờ êm rồi",
        "tới đâu rồi",
        "cảm ơn nha",
    ),
    "Hoa": (
        "anh công an trực ở xã nạt nộ bà già tui trước mặt mọi người, thái độ quá đáng",
        "bữa đó thứ hai cỡ 8 giờ sáng",
        "bà già tui run luôn",
        "có mấy người ngồi chờ cũng thấy",
        "đổi giấy phép lái xe ở đâu",
        "chuyện tui nói tới đâu rồi",
        "tui hông muốn làm lớn chuyện",
        "chỉ muốn ảnh xin lỗi bà",
        "bà tên Nguyễn Thị Bông",
        "nhà ở ấp 1",
        "asdkjh qwe zzz",
        "ok",
    ),
    "Tư": (
        "e chào a",
        "làm căn cước cho con 8 tuổi cần giấy tờ gì ạ",
        "hôm nay trời đẹp quá ha",
        "đổi giấy phép lái xe ở đâu",
        "đăng ký tạm trú online sao",
        "mất căn cước làm lại bao nhiêu tiền",
        "haha nói giỡn thôi mà",
        "đường dây điện trước nhà tui ở ấp 1 đứt rớt xuống đường, tụi nhỏ hay chạy ngang",
        "khúc gần cầu ván á",
        "mới đứt hồi sáng",
        "chưa ai bị gì",
        "dạ cảm ơn",
    ),
}


class Stubborn(OnTelegram):
    """Telegram, for one person: an update is delivered until there is a 200, the next after it."""

    def __init__(self, service: RunningService, user_id: int, name: str) -> None:
        super().__init__(service, user_id, name)
        self.accepted: list[tuple[str, str]] = []  # event key, text

    def _post(self, body: dict[str, Any]) -> None:
        until_taken(lambda: super(Stubborn, self)._post(body))
        bot = self._service.platforms.telegram.token.partition(":")[0]
        key = vault().fingerprint("event", "telegram", f"{bot}:{body['update_id']}")
        self.accepted.append((key, body["message"]["text"]))


def until_taken(send: Callable[[], None]) -> None:
    for _ in range(200):
        try:
            send()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("never taken")


@pytest.fixture
def database(running_service: RunningService) -> Iterator[psycopg.Connection]:
    with connect(running_service.database_url) as connection:
        yield connection


def keeper_of(service: RunningService, program: str) -> Keeper:
    keeper = getattr(service.supervisor, program)
    assert isinstance(keeper, Keeper)
    return keeper


def kill(service: RunningService, program: str) -> None:
    """As the kernel kills, with nothing said before; the supervisor starts it again."""
    pid = keeper_of(service, program).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def kill_again_and_again(
    service: RunningService, program: str, times: int, dice: random.Random
) -> None:
    ready = keeper_of(service, program).ready
    for _ in range(times):
        service.wait_until(ready.is_set, 60)
        time.sleep(dice.uniform(0.2, 3))
        kill(service, program)
        service.wait_until(lambda: not ready.is_set(), 10)
    service.wait_until(ready.is_set, 60)


@dataclass
class Kept:
    """What the database holds of one conversation when all is done."""

    said: Counter[str]
    order: list[str]
    opened: list[str]
    answers: list[tuple[int, str]]  # the platform's id of an answer, the event it answers
    in_doubt: list[str]  # events whose answer may have arrived: the console shows it

    @classmethod
    def of(cls, database: psycopg.Connection, resident: Stubborn) -> "Kept":
        address = vault().fingerprint("address", "telegram", resident.chat)
        events = database.execute(
            """SELECT e.type, e.text FROM report_events e JOIN reports r ON r.id = e.report_id
               JOIN conversations c ON c.id = r.conversation_id
               WHERE c.address_key = %s AND e.inbound_id IS NOT NULL AND e.text IS NOT NULL
               ORDER BY e.id""",
            (address,),
        ).fetchall()
        words = [
            (kind, vault().unseal(bytes(text), "report_events.text").decode())
            for kind, text in events
        ]
        answers = database.execute(
            """SELECT o.platform_id, i.key, o.status FROM inbound i
               JOIN outbound o ON o.key LIKE i.id || ':reply:%%' WHERE i.key = ANY(%s)""",
            ([key for key, _ in resident.accepted],),
        ).fetchall()
        return cls(
            said=Counter(text for _, text in words),
            order=[text for _, text in words],
            opened=[text for kind, text in words if kind == "created"],
            answers=sorted((int(at), key) for at, key, status in answers if status == "sent"),
            in_doubt=[key for _, key, status in answers if status == "unknown"],
        )


def test_no_word_is_lost_and_nothing_is_said_twice_whatever_is_killed(
    running_service: RunningService,
    somebody: int,
    database: psycopg.Connection,
    settled: Settled,
) -> None:
    dice = random.Random(SEED)
    telegram = running_service.platforms.telegram
    residents = {
        name: Stubborn(running_service, somebody + 800_000 + number, name)
        for number, name in enumerate(DIALOGUES)
    }
    seeds = {name: dice.random() for name in (*DIALOGUES, *KILLS)}

    def talk(name: str) -> None:
        own = random.Random(seeds[name])
        for text in DIALOGUES[name]:
            residents[name].in_private(text)
            time.sleep(own.uniform(0.5, 5))

    with ThreadPoolExecutor() as threads:
        work = [threads.submit(talk, name) for name in DIALOGUES]
        work += [
            threads.submit(
                kill_again_and_again, running_service, program, times, random.Random(seeds[program])
            )
            for program, times in KILLS.items()
        ]
        for each in work:
            each.result()
    running_service.wait_until(
        lambda: all(keeper_of(running_service, p).ready.is_set() for p in KILLS), 60
    )
    settled()

    for name, resident in residents.items():
        kept = Kept.of(database, resident)
        answered = {key for _, key in kept.answers} | set(kept.in_doubt)
        for key, text in resident.accepted:
            assert kept.said[text] <= 1, f"{name} is in two places with: {text}"
            assert kept.said[text] or key in answered, f"{name} was not heard: {text}"
        assert len(set(kept.opened)) == len(kept.opened)
        said = [text for _, text in resident.accepted if kept.said[text]]
        assert [text for text in kept.order if text in said] == said
        heard = {at: text for at, (chat, text) in telegram.by_id.items() if chat == resident.chat}
        # Whom to call goes before everything else, and rather twice than not at all.
        calm = {at for at, text in heard.items() if not text.startswith("Anh/chị gọi ngay")}
        keys = [key for key, _ in resident.accepted]
        asked = [keys.index(key) for at, key in kept.answers if at in calm]
        assert asked == sorted(asked), f"{name} was answered out of order"
        unknown = calm - {at for at, _ in kept.answers}
        assert len(unknown) <= len(kept.in_doubt), [heard[at] for at in unknown]
    left = database.execute(
        "SELECT count(*) FROM inbound WHERE failed IS NOT NULL AND handled_at IS NULL"
    ).fetchone()
    assert left == (0,)
    reviewed = database.execute(
        """SELECT count(*) FROM reports r JOIN conversations c ON c.id = r.conversation_id
           WHERE c.address_key = ANY(%s) AND r.needs_review AND r.confidence = 0""",
        ([vault().fingerprint("address", "telegram", r.chat) for r in residents.values()],),
    ).fetchone()
    assert reviewed == (0,), "a killed process is no reason to give up on a message"


def test_an_answer_that_telegram_took_as_the_gateway_died_is_not_sent_again(
    running_service: RunningService,
    somebody: int,
    database: psycopg.Connection,
    settled: Settled,
) -> None:
    """The worst moment: the platform has the message, and nobody is left to remember it."""
    telegram = running_service.platforms.telegram
    resident = Stubborn(running_service, somebody + 810_000, "Mai")
    telegram.fail_next("lost_answer", method="sendMessage", chat_id=resident.chat)
    resident.in_private("đổi giấy phép lái xe ở đâu")
    telegram.wait_for(lambda t: t.sent(resident.chat))
    kill(running_service, "gateway")
    resident.in_private("đăng ký tạm trú online sao")
    telegram.wait_for(
        lambda t: any("tạm trú" in text for text in t.sent(resident.chat)), timeout=60
    )
    settled()
    assert len(telegram.sent(resident.chat)) == 2
    target = vault().fingerprint("target", "telegram", resident.chat)
    left = database.execute(
        "SELECT status FROM outbound WHERE target_key = %s ORDER BY created_at", (target,)
    ).fetchall()
    assert left == [("unknown",), ("sent",)]  # the console shows the first to the managers


def test_a_question_asked_before_everything_is_killed_is_still_open_after_it(
    running_service: RunningService, somebody: int
) -> None:
    """The dialogue goes on where it was: what is said next is the answer."""
    telegram = running_service.platforms.telegram
    resident = Stubborn(running_service, somebody + 820_000, "Sáu")
    resident.in_private("trộm gà hoài chịu hết nổi, tối nào cũng mất")
    telegram.wait_for(lambda t: t.sent(resident.chat))
    for program in KILLS:
        kill(running_service, program)
    resident.in_private("nhà tui ở ấp 3, sau chợ")
    telegram.wait_for(lambda t: len(t.sent(resident.chat)) == 2, timeout=60)
    first, second = telegram.sent(resident.chat)
    assert say("ask_where") in first
    assert say("ask_where") not in second
