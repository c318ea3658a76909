"""`binhyen evaluate`: how well the trained model understands a file of labelled messages."""

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.nlu.text import strip_diacritics
from bot.ops.classify import Classifier
from bot.ops.errors import OperationError
from bot.ops.model import rasa_environment
from bot.settings import PROJECT
from bot.triage.evaluation import (
    Answer,
    InvalidExample,
    fallen,
    read_examples,
    worst,
)
from bot.triage.understanding import Understanding

NAMES = {
    "accepted": "cán bộ chấp nhận loại",
    "macro_f1": "macro-F1 tám loại",
    "accepted_stripped": "chấp nhận khi bỏ dấu",
    "stripped_loss": "mất đi khi bỏ dấu",
    "sensitive_recall": "nhạy cảm: tìm thấy",
    "sensitive_precision": "nhạy cảm: báo đúng",
    "sensitive_false": "nhạy cảm: báo nhầm",
    "sensitive_false_harmless": "nhạy cảm: báo nhầm ở trò chuyện, hỏi thủ tục",
    "urgent_recall": "khẩn cấp: tìm thấy",
    "urgent_precision": "khẩn cấp: báo đúng",
    "topic": "đúng chủ đề thủ tục",
}


def evaluate(path: Path, classifier: Classifier) -> list[Answer]:
    """Ask the model about every message of the file, as written and without diacritics.

    Raises: OperationError.
    """
    try:
        examples = read_examples(path)
    except (OSError, InvalidExample) as error:
        raise OperationError(f"Không đọc được {path.name}: {error}") from error
    found = _understand(classifier, (e.text for e in examples))
    stripped = _understand(classifier, (strip_diacritics(e.text) for e in examples))
    return [Answer(*row) for row in zip(examples, found, stripped, strict=True)]


def _understand(classifier: Classifier, texts: Iterable[str]) -> list[Understanding]:
    return [Understanding.from_parse(parse) for parse in classifier.parse(texts)]


def check_against(measures: Mapping[str, Any], baseline: Path) -> None:
    """Raises: OperationError, when a measure is more than two points worse than recorded."""
    try:
        recorded = json.loads(baseline.read_text("utf-8"))
        worse = fallen(measures, recorded)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OperationError(f"Không so được với {baseline.name}: {error}") from error
    if worse:
        raise OperationError("kém hơn mức đã ghi: " + "; ".join(worse))


def to_json(measures: Mapping[str, Any]) -> str:
    """The measures, rounded, so that a record changes only where something changed."""
    return json.dumps(_rounded(measures), ensure_ascii=False, indent=2) + "\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value


def draw(python: Path, measures: Mapping[str, Any], picture: Path) -> None:
    """The reliability curve as a PNG. Raises: OperationError."""
    done = subprocess.run(
        [python, "-m", "bot.nlu.reliability", picture.absolute()],
        input=json.dumps(measures),
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=rasa_environment(),
        check=False,
    )
    if done.returncode:
        raise OperationError(f"Không vẽ được {picture.name}: {done.stderr.strip()[-200:]}")


def show(measures: Mapping[str, Any], answers: Sequence[Answer], console: Console) -> None:
    """All of it as tables for a person."""
    console.print(_summary(measures))
    console.print(_groups("Theo loại", measures["by_category"]))
    console.print(_groups("Theo kiểu viết", measures["by_style"]))
    console.print(_confusion(measures["confusion"]))
    console.print(_reliability(measures["calibration"]))
    console.print(_mistakes(worst(answers)))


def _summary(measures: Mapping[str, Any]) -> Table:
    table = Table("số đo", "giá trị", title=f"{measures['messages']} tin")
    for name, label in NAMES.items():
        table.add_row(label, _share(measures[name]))
    return table


def _groups(title: str, groups: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table("", "số tin", "đúng", "bỏ dấu", "nhạy cảm", "khẩn cấp", title=title)
    for name, group in groups.items():
        shares = (
            group[key]
            for key in ("accepted", "accepted_stripped", "sensitive_recall", "urgent_recall")
        )
        table.add_row(name, str(group["messages"]), *map(_share, shares))
    return table


def _confusion(confusion: Mapping[str, Mapping[str, int]]) -> Table:
    names = list(confusion)
    table = Table("đúng \\ mô hình nói", *(_short(n) for n in names), title="Nhầm lẫn")
    for right, said in confusion.items():
        table.add_row(right, *(str(said.get(name, "")) for name in names))
    return table


def _reliability(calibration: Mapping[str, Any]) -> Table:
    title = f"Độ tin cậy (sai lệch trung bình {_share(calibration['expected_error'])})"
    table = Table("mức chắc chắn", "số tin", "đúng", title=title)
    for point in calibration["curve"]:
        row = _share(point["confidence"]), str(point["messages"]), _share(point["accepted"])
        table.add_row(*row)
    return table


def _mistakes(answers: Sequence[Answer]) -> Table:
    table = Table("chắc", "mô hình nói", "đúng là", "tin", title="Nhầm mà chắc chắn nhất")
    for a in answers:
        right = " / ".join(sorted(a.example.accept))
        table.add_row(f"{a.found.confidence:.2f}", a.found.category, right, a.example.text)
    return table


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _short(category: str) -> str:
    return "".join(word[0] for word in category.split("_")).upper()
