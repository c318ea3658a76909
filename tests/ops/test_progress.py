"""What a person sees of long steps (bot/ops/progress.py, bot/ops/environments.py)."""

from io import StringIO

from rich.console import Console

from bot.ops.environments import Downloads
from bot.ops.progress import Terminal

UV = """\
Resolved 180 packages in 2s
Downloading tensorflow (300.0MiB)
Downloading scipy (100.0MiB)
Downloading tiny (512.0KiB)
 Downloaded scipy
Downloading late (99.5MiB)
 Downloaded tensorflow
Prepared 180 packages in 20s
Installed 180 packages in 300ms
Bytecode compiled 20000 files in 30s
"""


def test_uvs_lines_become_steps_and_fractions() -> None:
    seen: list[tuple[str, float | None]] = []
    downloads = Downloads(lambda label, fraction=None: seen.append((label, fraction)))
    for line in UV.splitlines():
        downloads.read(line)
    fractions = [round(fraction, 2) for _, fraction in seen if fraction is not None]
    assert fractions == [0, 0, 0, 0.25, 0.2, 0.8]
    assert [label for label, fraction in seen if fraction is None] == [
        "Môi trường Rasa: đang cài",
        "Môi trường Rasa: đang biên dịch",
    ]


def test_without_a_terminal_each_step_is_one_line() -> None:
    output = StringIO()
    with Terminal(Console(file=output)) as terminal, terminal.step() as report:
        report("tải", 0.1)
        report("tải", 0.9)
        report("cài")
        terminal.print("xong [1/2]: " + "x" * 200)
    assert output.getvalue() == "tải\ncài\nxong [1/2]: " + "x" * 200 + "\n"


def test_on_a_terminal_a_full_bar_gives_way_to_the_next_step() -> None:
    output = StringIO()
    console = Console(file=output, force_terminal=True, width=80)
    with Terminal(console) as terminal, terminal.step() as report:
        report("tải", 1.0)
        report("cài")
        terminal.print("xong")
    shown = output.getvalue()
    assert shown.index("tải") < shown.index("cài") < shown.index("xong")
