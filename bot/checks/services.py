"""What understands messages: Rasa, the action server, and the model in them."""

from collections.abc import AsyncIterator, Iterable
from itertools import chain
from pathlib import Path

import httpx

from bot.checks.finding import Finding, fault, fine
from bot.nlu.golden import GOLDEN, mismatches
from bot.ops.classify import Classifier
from bot.ops.environments import RASA
from bot.ops.errors import OperationError
from bot.ops.model import fingerprint, load
from bot.settings import Settings

LOGS = "Xem tệp rasa.log và actions.log trong thư mục logs; tin của bà con vẫn được giữ và chờ."
NAMES = {"database": "Cơ sở dữ liệu", "rasa": "Rasa", "actions": "Máy chủ hành động"}


def parts(waiting_for: Iterable[str]) -> list[Finding]:
    """One finding each for Rasa and the action server."""
    waiting = set(waiting_for)
    return [
        fault(part, f"{NAMES[part]} không trả lời nên tin chưa được xử lý.", LOGS)
        if part in waiting
        else fine(part, f"{NAMES[part]} trả lời.")
        for part in ("rasa", "actions")
    ]


async def gateway(address: str) -> AsyncIterator[Finding]:
    """What the running gateway says of itself and of the rest. `address`: host:port."""
    try:
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            answer = await client.get(f"http://{address}/health/ready")
        waiting = list(answer.json()["waiting_for"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        line = f"Dịch vụ đang chạy nhưng trang ở {address} không trả lời."
        yield fault("gateway", line, "Xem tệp gateway.log trong thư mục logs.")
        return
    yield fine("gateway", "Trang trả lời.")
    for finding in parts(waiting):
        yield finding


async def rasas(settings: Settings) -> AsyncIterator[Finding]:
    """Each Rasa that RASA_URL names, where they are started one by one."""
    token = settings.rasa_token.get_secret_value() if settings.rasa_token else ""
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        for url in settings.rasa_urls:
            try:
                answer = await client.get(f"{url}/status", params={"token": token})
            except httpx.HTTPError:
                line = f"Rasa ở {url} không trả lời."
                yield fault("rasa_server", line, "Ở máy ấy chạy: binhyen train, rồi binhyen rasa")
                continue
            if answer.is_success:
                yield fine("rasa_server", f"Rasa ở {url} trả lời.")
            else:
                line = f"Rasa ở {url} không chịu trả lời máy này (mã {answer.status_code})."
                yield fault("rasa_server", line, "Xem BINHYEN_RASA_TOKEN có như nhau ở mọi máy.")


def golden(models: Path) -> Finding:
    """Load the model and have it read the golden sentences. Takes some seconds."""
    try:
        model = load(models / fingerprint()[:12])
        with Classifier(RASA.python, model) as classifier:
            parsed = list(classifier.parse(sentence.text for sentence in GOLDEN))
    except OperationError as error:
        return fault("golden", f"Mô hình không nạp được. {error}", "Chạy: binhyen train")
    pairs = zip(GOLDEN, parsed, strict=True)
    if wrong := list(chain.from_iterable(mismatches(g, p) for g, p in pairs)):
        line = f"Mô hình hiểu sai {len(wrong)} chỗ trong các câu mẫu."
        return fault("golden", line, "Xóa thư mục models trong dữ liệu rồi chạy: binhyen train")
    return fine("golden", f"Mô hình hiểu đúng {len(GOLDEN)} câu mẫu.")
