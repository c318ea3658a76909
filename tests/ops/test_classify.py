"""`binhyen classify` (bot/ops/classify.py)."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.channels.base import MAX_TEXT
from bot.ops.classify import Classifier, InvalidLine, Message, read_line
from bot.ops.environments import RASA
from bot.ops.errors import OperationError
from bot.ops.model import TrainedModel
from tests.ops.test_cli import PROGRAM, binhyen

FIELDS = {"category", "confidence", "topic", "procedure", "sensitive", "urgent", "decision"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("bà con ơi mất trộm rồi", Message("bà con ơi mất trộm rồi", "group")),
        ('{"text": "chào"}', Message("chào", "group")),
        ('{"text": "chào", "chat": "private"}', Message("chào", "private")),
        ('  {"text": "chào", "other": 1}  \r\n', Message("chào", "group")),
        ('"in quotes"', Message('"in quotes"', "group")),
        ("[1, 2]", Message("[1, 2]", "group")),
        ("113", Message("113", "group")),
        ("\ufeffdòng đầu của một tệp Windows", Message("dòng đầu của một tệp Windows", "group")),
        ("x" * MAX_TEXT, Message("x" * MAX_TEXT, "group")),
    ],
)
def test_a_line_is_json_or_the_bare_text(line: str, message: Message) -> None:
    assert read_line(line.encode()) == message


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b'{"chat": "group"}',
        b'{"text": 5}',
        b'{"text": null}',
        b'{"text": ""}',
        b'{"text": "  "}',
        b'{"text": "a", "chat": "channel"}',
        b'{"text": "a", "chat": null}',
        b'{"text": "a", "chat": ["group"]}',
        b'{"text": "\\ud800"}',
        b'{"a":' * 100_000,
        b"\xff\xfe",
        b"x" * (MAX_TEXT + 1),
    ],
)
def test_a_line_that_is_no_message_says_so(line: bytes) -> None:
    with pytest.raises(InvalidLine):
        read_line(line)


@pytest.fixture(scope="module")
def classifier(model: TrainedModel) -> Iterator[Classifier]:
    with Classifier(RASA.python, model) as classifier:
        yield classifier


def test_a_thousand_messages_take_under_a_minute(classifier: Classifier) -> None:
    texts = [f"nhà số {n} mở nhạc ồn quá, nhờ công an nhắc giùm" for n in range(1000)]
    started = time.monotonic()
    results = list(classifier.parse(texts))
    assert time.monotonic() - started < 60
    assert [result["text"] for result in results] == texts


@pytest.mark.parametrize("text", ["/security_order", "/", "a\nb", "😀" * 500, "\x00", "{}"])
def test_any_text_is_parsed(classifier: Classifier, text: str) -> None:
    (result,) = classifier.parse([text])
    assert result["intent"]


def test_a_missing_model_gives_one_line(tmp_path: Path) -> None:
    model = TrainedModel(tmp_path / "none.tar.gz", "", "", {})
    with (
        pytest.raises(OperationError, match=r"^Không phân loại được: .+") as failure,
        Classifier(RASA.python, model),
    ):
        pass
    assert "\n" not in str(failure.value)


def test_every_line_is_answered_in_order_and_bad_lines_in_their_place(model: TrainedModel) -> None:
    lines = [
        "chay nha roi ba con oi, ap 3, goi cuu hoa gium",
        '{"chat": "group"}',
        "",
        "làm căn cước cho con 8 tuổi cần giấy tờ gì ạ",
        '{"text": "nhà kế bên đêm nào cũng tụ tập đánh bài ăn tiền", "chat": "private"}',
        "chúc cả nhà ngủ ngon",
    ]
    done = binhyen("classify", stdin="\n".join(lines).encode())
    assert done.returncode == 1
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer.get("category") for answer in answers] == [
        "crime_incident",
        None,
        "procedure_question",
        "crime_incident",
        "small_talk",
    ]
    fire, bad, card, gambling, wish = answers
    assert set(bad) == {"error"}
    assert all(set(answer) == FIELDS for answer in (fire, card, gambling, wish))
    assert fire["urgent"]
    assert card["topic"] == "id_card"
    assert card["procedure"]
    assert gambling["sensitive"]
    assert wish["decision"] == "ignore"


def test_a_reader_that_goes_away_ends_it_quietly(model: TrainedModel) -> None:
    command = f"yes 'chào cả nhà' | head -n 200 | '{PROGRAM}' classify | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=120)
    assert json.loads(done.stdout)["category"] == "small_talk"
    assert b"Traceback" not in done.stderr
