"""`make bench`: how much the whole service bears, side by side with stock Rasa.

Prints a table and ends with an error where a target is missed; benchmarks/README.md holds one with
the date it was made, and says what each line means.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from benchmarks.load import binhyen, stock
from benchmarks.load.parts import PARTS, QUICK, Measured, Size, measure
from benchmarks.load.system import System
from benchmarks.load.targets import missed, table
from benchmarks.load.telegram import Telegram
from bot.ops.model import ensure_model
from bot.settings import Settings

Start = Callable[[Path, Path, Telegram], AbstractContextManager[System]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="about two minutes, and rough")
    parser.add_argument("--seconds", type=float, help="of steady load; 60 without --quick")
    parser.add_argument("--only", action="append", choices=PARTS, help="a part; may be repeated")
    parser.add_argument("--without-stock", action="store_true", help="Bình Yên alone")
    options = parser.parse_args()
    settings = Settings()
    ensure_model(settings, lambda *_: None)
    size = QUICK if options.quick else Size()
    size = replace(size, seconds=options.seconds or size.seconds)
    systems: dict[str, Start] = {"Bình Yên": binhyen.running, "stock Rasa": stock.running}
    if options.without_stock:
        del systems["stock Rasa"]
    found: dict[str, Measured] = {}
    for name, start in systems.items():
        with (
            tempfile.TemporaryDirectory(prefix="binhyen-bench-") as folder,
            Telegram() as telegram,
            start(Path(folder, "data"), settings.data_dir, telegram) as system,
        ):
            load = f"{os.getloadavg()[0]:.1f}"
            print(f"{name}: load of the machine before {load}, {os.cpu_count()} cores", flush=True)
            found[name] = measure(system, telegram, size, options.only or list(PARTS))
    ours = found["Bình Yên"].figures
    theirs = None if options.without_stock else found["stock Rasa"].figures
    print("\n" + "\n".join(table(ours, theirs)))
    for name, measured in found.items():
        used = ", ".join(f"{process} {b / 1e6:.0f}" for process, b in measured.memory.items())
        print(f"\nMemory of {name}, MB: {used}.")
    if over := missed(ours, theirs):
        sys.exit(f"missed: {'; '.join(over)}")


if __name__ == "__main__":
    main()
