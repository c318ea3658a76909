"""`make sbom`: valid CycloneDX that names what is pinned and what lies in the repository."""

import hashlib
import json
import re
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from bot.ops.model import TrainedModel
from deploy.supply_chain.audit import pins_of
from deploy.supply_chain.sbom import PROJECT, VENDOR, of_files, of_packages


def test_every_pin_is_a_component_with_its_hashes(tmp_path: Path) -> None:
    of_packages(PROJECT / "requirements/rasa.txt", tmp_path / "all", validate=False)
    components = json.loads((tmp_path / "all").read_text())["components"]
    assert {(c["name"].replace("_", "-"), c["version"]) for c in components} == pins_of("rasa")
    assert all(c["externalReferences"][0]["hashes"] for c in components)


def test_a_document_on_packages_is_valid(tmp_path: Path) -> None:
    """A few of them: looking at all takes ten seconds."""
    text = (PROJECT / "requirements/app.txt").read_text()
    few = tmp_path / "few.txt"
    few.write_text(re.split(r"\n(?=[a-z])", text)[1] + "\n")
    of_packages(few, tmp_path / "few", validate=False)
    assert_valid((tmp_path / "few").read_text())


def test_files_of_others_and_the_model_are_named_with_their_hashes(
    model: TrainedModel, tmp_path: Path
) -> None:
    of_files(model.path.parent.parent, tmp_path / "files")
    text = (tmp_path / "files").read_text()
    assert_valid(text)
    found = {c["name"]: c for c in json.loads(text)["components"]}
    trained = found["binhyen-understanding"]
    assert trained["type"] == "machine-learning-model"
    assert trained["hashes"][0]["content"] == model.sha256
    assert found["htmx.org"]["purl"] == f"pkg:npm/htmx.org@{found['htmx.org']['version']}"
    named = {file["name"]: file for c in found.values() for file in c.get("components", [])}
    there = {
        path.relative_to(PROJECT).as_posix(): path
        for folder in (VENDOR, PROJECT / "bot/console/icons")
        for path in folder.rglob("*.*")
        if path.is_file() and path.name != "README.md"
    }
    assert named.keys() == there.keys()
    for name, path in there.items():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert named[name]["hashes"] == [{"alg": "SHA-256", "content": digest}]


def test_the_same_installation_gives_the_same_document(tmp_path: Path) -> None:
    for name in ("one", "two"):
        of_files(tmp_path, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def assert_valid(text: str) -> None:
    version = SchemaVersion.from_version(json.loads(text)["specVersion"])
    assert JsonStrictValidator(version).validate_str(text) is None
