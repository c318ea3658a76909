#!/usr/bin/env python3
"""Does the steps of the Dockerfile in folders, where there is no container engine: as root.

    debootstrap --variant=minbase bookworm /srv/base
    deploy/replay.py app /srv/replay --from debian:bookworm-slim=/srv/base
    deploy/replay.py app /srv/replay --run binhyen --help

Each stage becomes a folder in which RUN is done by chroot; `--bind PATH` lends a folder of this
machine to it (a package mirror). With `--run` a finished stage's user runs a command in its
environment, by chroot as well: separate networks, read-only files and dropped rights are not tried.
"""

import argparse
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
LENT = ("/proc", "/dev", "/sys")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Stage:
    """What one FROM begins: a folder, and what later steps and the image's user start with."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.workdir = "/"
        self.environment = {"PATH": PATH, "DEBIAN_FRONTEND": "noninteractive"}
        self.user = "0:0"

    def path(self, inside: str) -> Path:
        return self.root / os.path.join(self.workdir, inside).lstrip("/")

    def copy(self, sources: Sequence[Path], target: str) -> None:
        place = self.path(target)
        for source in sources:
            if source.is_dir():
                shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True)
            else:
                into = target.endswith("/") or len(sources) > 1 or place.is_dir()
                file = place / source.name if into else place
                file.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, file)

    def run(
        self,
        command: Sequence[str],
        lent: Sequence[str],
        environment: Mapping[str, str],
        user: str | None = None,
    ) -> None:
        as_user = ["--userspec", user] if user else []
        inner = ["/bin/sh", "-c", f"cd {shlex.quote(self.workdir)} && {shlex.join(command)}"]
        with self._lent(lent):
            subprocess.run(
                ["/usr/sbin/chroot", *as_user, str(self.root), *inner],
                env=self.environment | environment,
                check=True,
            )

    @contextmanager
    def _lent(self, folders: Sequence[str]) -> Iterator[None]:
        with ExitStack() as stack:
            for folder in (*LENT, *folders):
                place = self.root / folder.lstrip("/")
                place.mkdir(parents=True, exist_ok=True)
                subprocess.run(["mount", "--rbind", "--make-rslave", folder, place], check=True)
                stack.callback(subprocess.run, ["umount", "--recursive", "--lazy", place])
            yield


def instructions(dockerfile: Path) -> Iterator[tuple[str, str]]:
    """`("RUN", "apt-get …")`; every instruction of ours is one line."""
    for line in dockerfile.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            keyword, _, rest = line.partition(" ")
            yield keyword, rest


def build(target: str, home: Path, bases: dict[str, Path], lent: Sequence[str]) -> None:
    """Every stage up to `target`, save those whose base is not at hand."""
    stages: dict[str, Stage] = {}
    stage: Stage | None = None
    for keyword, rest in instructions(PROJECT / "deploy" / "Dockerfile"):
        words = shlex.split(rest)
        if keyword == "FROM":
            if target in stages:
                break
            stage = begin(home / words[2], bases.get(words[0]))
            if stage is not None:
                stages[words[2]] = stage
        elif stage is not None:
            print(keyword, rest[:100], flush=True)
            step(stage, keyword, rest, words, stages, lent)
    done = stages[target]
    kept = {"workdir": done.workdir, "environment": done.environment, "user": done.user}
    (home / f"{target}.json").write_text(json.dumps(kept))


def begin(root: Path, base: Path | None) -> Stage | None:
    if base is None:
        return None
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(["cp", "-a", base, root], check=True)
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    return Stage(root)


def step(
    stage: Stage,
    keyword: str,
    rest: str,
    words: list[str],
    stages: dict[str, Stage],
    lent: Sequence[str],
) -> None:
    match keyword:
        case "WORKDIR":
            stage.workdir = rest
            stage.path(".").mkdir(parents=True, exist_ok=True)
        case "ENV":
            stage.environment |= dict(word.split("=", 1) for word in words)
        case "USER":
            stage.user = rest
        case "COPY" if words[0].startswith("--from="):
            source = stages[words[0].removeprefix("--from=")].root / words[1].lstrip("/")
            stage.copy([source], words[2])
        case "COPY":
            stage.copy([PROJECT / word for word in words[:-1]], words[-1])
        case "RUN":
            mirror = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
            stage.run(["/bin/sh", "-c", rest], lent, mirror)


def enter(target: str, home: Path, command: Sequence[str], lent: Sequence[str]) -> None:
    kept = json.loads((home / f"{target}.json").read_text())
    stage = Stage(home / target)
    stage.workdir, stage.user = kept["workdir"], kept["user"]
    ours = {name: value for name, value in os.environ.items() if name.startswith("BINHYEN_")}
    stage.environment = kept["environment"]
    stage.run(command, lent, ours, stage.user)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("target")
    parser.add_argument("home", type=Path)
    parser.add_argument("--from", dest="bases", action="append", default=[], metavar="IMAGE=FOLDER")
    parser.add_argument("--bind", action="append", default=[], metavar="FOLDER")
    parser.add_argument("--run", nargs=argparse.REMAINDER, metavar="COMMAND")
    options = parser.parse_args()
    # Ended from outside it still takes back what it lent: else who deletes the folder deletes /dev.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if options.run:
        enter(options.target, options.home, options.run, options.bind)
        return
    bases = {name: Path(folder) for name, folder in (b.split("=", 1) for b in options.bases)}
    options.home.mkdir(parents=True, exist_ok=True)
    build(options.target, options.home, bases, options.bind)


if __name__ == "__main__":
    main()
