"""Draws how confidence and truth go together, from the measures of `binhyen evaluate --json`.

python -m bot.nlu.reliability PICTURE < measures.json
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def main(arguments: list[str] | None = None) -> None:
    """Read the measures from standard input and write the picture (PNG)."""
    parser = argparse.ArgumentParser(prog="bot.nlu.reliability", description=__doc__)
    parser.add_argument("picture", type=Path, metavar="PICTURE")
    draw(json.load(sys.stdin)["calibration"], parser.parse_args(arguments).picture)


def draw(calibration: Mapping[str, Any], picture: Path) -> None:
    """One point a bin: its mean confidence and the share accepted; the bars say how many."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    curve = calibration["curve"]
    confidence = [point["confidence"] for point in curve]
    counts = [point["messages"] for point in curve]
    figure, axes = pyplot.subplots(figsize=(6, 5), dpi=120)
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", label="vừa đúng")
    axes.plot(confidence, [point["accepted"] for point in curve], marker="o", label="mô hình")
    beside = axes.twinx()
    beside.bar(confidence, counts, width=0.06, color="tab:blue", alpha=0.15)
    beside.set_ylabel("số tin")
    beside.set_ylim(0, 2 * max(counts))
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="mức chắc chắn", ylabel="tỉ lệ đúng")
    axes.set_title(f"Sai lệch trung bình: {calibration['expected_error']:.3f}")
    axes.legend(loc="upper left")
    figure.tight_layout()
    figure.savefig(picture)
    pyplot.close(figure)


if __name__ == "__main__":
    main()
