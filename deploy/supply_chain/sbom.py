"""`make sbom`: what an installation is made of, as CycloneDX documents for whoever audits it.

app.cdx.json     the app's packages, as pinned, with their hashes
rasa.cdx.json    those of the Rasa process
files.cdx.json   what others made and lies in this repository, and the model trained here
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from bot.ops.errors import OperationError
from bot.ops.model import fingerprint, load

PROJECT = Path(__file__).parents[2]
VENDOR = PROJECT / "bot/console/static/vendor"
ROW = re.compile(
    r"^\| `([\w./-]+)` \| `(@?[\w./-]+)` ([\d.]+)[^|]* \| ([\w .-]+) \|$", re.MULTILINE
)
"""Of the table in vendor/README.md: folder, package on npm, version, licence."""
SPDX = {"OFL 1.1": "OFL-1.1"}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=PROJECT / "results/sbom")
    parser.add_argument("--models", type=Path, default=PROJECT / "data/models")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    for environment in ("app", "rasa"):
        target = options.folder / f"{environment}.cdx.json"
        of_packages(PROJECT / f"requirements/{environment}.txt", target)
    of_files(options.models, options.folder / "files.cdx.json")
    print(f"{options.folder}: app.cdx.json, rasa.cdx.json, files.cdx.json")


def of_packages(requirements: Path, target: Path, *, validate: bool = True) -> None:
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "--output-reproducible"]
    command += ["--pyproject", str(PROJECT / "pyproject.toml"), "--output-file", str(target)]
    command += ["--validate" if validate else "--no-validate", str(requirements)]
    subprocess.run(command, check=True)


def of_files(models: Path, target: Path) -> None:
    bom = Bom(components=[*vendored(), *model(models)])
    written = json.loads(JsonV1Dot6(bom).output_as_string())
    written.pop("serialNumber")  # equal installations, equal documents
    written["metadata"].pop("timestamp")
    text = json.dumps(written, indent=2, ensure_ascii=False) + "\n"
    target.write_text(text, encoding="utf-8")


def vendored() -> Iterator[Component]:
    """Front-end files of others, each with the files that are here."""
    for folder, package, version, licence in ROW.findall((VENDOR / "README.md").read_text()):
        home = (VENDOR / folder).resolve()
        namespace, _, name = package.rpartition("/")
        yield Component(
            type=ComponentType.LIBRARY,
            name=package,
            version=version,
            bom_ref=package,
            purl=PackageURL("npm", namespace or None, name, version),
            licenses=[DisjunctiveLicense(id=SPDX.get(licence, licence))],
            components=files(path for path in sorted(home.iterdir()) if path.name != "LICENSE"),
        )


def files(paths: Iterable[Path]) -> Iterator[Component]:
    for path in paths:
        name = path.relative_to(PROJECT).as_posix()
        yield Component(type=ComponentType.FILE, name=name, bom_ref=name, hashes=[sha256(path)])


def model(models: Path) -> Iterator[Component]:
    """The one that is in use here, if it has been trained."""
    mark = fingerprint()
    try:
        trained = load(models / mark[:12])
    except OperationError:
        return
    yield Component(
        type=ComponentType.MACHINE_LEARNING_MODEL,
        name="binhyen-understanding",
        version=mark[:12],
        bom_ref="binhyen-understanding",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=trained.sha256)],
    )


def sha256(path: Path) -> HashType:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return HashType(alg=HashAlgorithm.SHA_256, content=digest)


if __name__ == "__main__":
    main()
