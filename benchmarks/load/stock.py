"""Stock Rasa: the project `rasa init` makes, with our messages and Rasa's own Telegram channel.

Trained on `MESSAGES` of our messages; answers each intent with one utterance. Its conversations are
in memory, as they are by default: nothing outlives it.
"""

import hashlib
import random
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml

from benchmarks.load import programs
from benchmarks.load.telegram import TOKEN, USERNAME, Outcome, Telegram, Webhook
from bot.ops.children import free_port
from bot.ops.environments import RASA
from bot.ops.model import rasa_environment
from bot.settings import PROJECT

MESSAGES = 1500
CONFIG = Path(__file__).parent / "rasa_init" / "config.yml"
CHANNEL = "benchmarks.load.rasa_init.channel.Telegram"
SAID = {
    "small_talk": "Dạ, chúc bà con một ngày vui vẻ.",
    "bot_request": "Tôi là trợ lý tự động của ấp, bà con cần gì cứ nhắn.",
    "procedure_question": "Bà con mang căn cước đến công an xã trong giờ làm việc để làm thủ tục.",
    "crime_incident": "Tin đã được ghi nhận. Khi khẩn cấp xin gọi ngay 113.",
    "dispute": "Việc này tổ hòa giải của ấp sẽ liên hệ với bà con.",
    "other_security": "Tin đã được ghi nhận và chuyển cho người phụ trách.",
    "police_conduct": "Phản ánh đã được chuyển cho Tổ quản lý.",
    "security_order": "Tin đã được ghi nhận, công an xã sẽ xem.",
    "nlu_fallback": "Bà con nói rõ hơn giúp, tôi chưa hiểu.",
}
"""What is answered to each intent."""


class StockRasa:
    """The running server. It acknowledges a message once it has answered it: then it is handled."""

    name = "stock Rasa"

    def __init__(self, base: str, pid: int) -> None:
        self.webhook = Webhook(f"{base}/webhooks/telegram/webhook", {})
        self.pid = pid

    def handled(self, outcomes: Sequence[Outcome], within: float) -> Mapping[int, float]:
        return {o.number: o.acknowledged for o in outcomes if o.acknowledged is not None}

    def rest(self, within: float) -> None:
        """Whatever it has taken it has answered."""


@contextmanager
def running(home: Path, data_dir: Path, telegram: Telegram) -> Iterator[StockRasa]:
    """Start it, and end it; trained first if there is no model yet in `data_dir`."""
    model = trained(data_dir / "benchmarks")
    home.mkdir()
    credentials = {
        CHANNEL: {
            "access_token": TOKEN,
            "verify": USERNAME,
            "webhook_url": "https://example.org/webhooks/telegram/webhook",
            "api_url": telegram.url,
        }
    }
    (home / "credentials.yml").write_text(yaml.safe_dump(credentials))
    (home / "endpoints.yml").write_text("")
    port = free_port()
    command: list[str | Path] = [
        *(RASA.python, "-m", "rasa", "run", "--model", model),
        *("--credentials", "credentials.yml", "--endpoints", "endpoints.yml"),
        *("--interface", "127.0.0.1", "--port", str(port)),
    ]
    base = f"http://127.0.0.1:{port}"
    with programs.running(command, home, rasa_environment(), f"{base}/") as pid:
        yield StockRasa(base, pid)


def trained(folder: Path) -> Path:
    """The model archive; trained once for the same configuration and messages."""
    project = {
        "config.yml": CONFIG.read_text(encoding="utf-8"),
        "domain.yml": _yaml(_domain()),
        "data/nlu.yml": _yaml({"version": "3.1", "nlu": _examples()}),
        "data/rules.yml": _yaml({"version": "3.1", "rules": _rules()}),
        "data/stories.yml": _yaml({"version": "3.1", "stories": _stories()}),
    }
    mark = hashlib.sha256("\0".join(project.values()).encode()).hexdigest()
    home = (folder / f"stock-{mark[:12]}").absolute()
    model = home / "models" / "stock.tar.gz"
    if not model.exists():
        for name, content in project.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(content, encoding="utf-8")
        with (home / "train.log").open("wb") as log:  # a progress bar of megabytes
            subprocess.run(
                [RASA.python, "-m", "rasa", "train", "--fixed-model-name", "stock"],
                cwd=home,
                env=rasa_environment(),
                stdout=log,
                stderr=log,
                check=True,
            )
    return model


def _yaml(content: object) -> str:
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def _domain() -> dict[str, object]:
    return {
        "version": "3.1",
        "intents": [intent for intent in SAID if intent != "nlu_fallback"],
        "responses": {f"utter_{intent}": [{"text": words}] for intent, words in SAID.items()},
        "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True},
    }


def _examples() -> list[dict[str, str]]:
    """Some of our messages, by intent."""
    every = []
    for path in sorted((PROJECT / "nlu_data" / "messages").rglob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            intent = block["intent"].partition("/")[0]
            every += [(intent, line) for line in block["examples"].splitlines() if line.strip()]
    some = random.Random(7).sample(every, MESSAGES)  # noqa: S311
    return [
        {"intent": intent, "examples": "".join(f"{line}\n" for i, line in some if i == intent)}
        for intent in SAID
        if intent != "nlu_fallback"
    ]


def _turn(intent: str) -> list[dict[str, str]]:
    return [{"intent": intent}, {"action": f"utter_{intent}"}]


def _rules() -> list[dict[str, object]]:
    return [{"rule": f"answer {intent}", "steps": _turn(intent)} for intent in SAID]


def _stories() -> list[dict[str, object]]:
    """Talks of two messages, so that the policies that learn have something to learn from."""
    intents = [intent for intent in SAID if intent != "nlu_fallback"]
    return [
        {"story": f"{first}, then {second}", "steps": _turn(first) + _turn(second)}
        for first, second in zip(intents, intents[1:] + intents[:1], strict=True)
    ]
