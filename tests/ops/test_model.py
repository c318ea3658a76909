"""Training only when something changed, and loading only what was trained here."""

import asyncio
import hashlib
import json
import os
from pathlib import Path

import pytest

from bot.ops.errors import OperationError
from bot.ops.model import (
    TrainedModel,
    _prune,
    fingerprint,
    load,
    prepare_model,
    rasa_environment,
)

LEARNT = ("nlu_data/rules.yml", "nlu_data/messages/small_talk/hello.yml")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with one file of each kind a model is made from."""
    for name in ("config.yml", "domain.yml", "requirements/rasa.txt", *LEARNT):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "bot/nlu/deep").mkdir(parents=True)
    (tmp_path / "bot/nlu/deep/component.py").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    "changed",
    [
        "config.yml",
        "domain.yml",
        "requirements/rasa.txt",
        *LEARNT,
        "bot/nlu/deep/component.py",
    ],
)
def test_a_change_in_anything_a_model_is_made_from_changes_the_fingerprint(
    project: Path, changed: str
) -> None:
    before = fingerprint(project)
    (project / changed).write_text("something else")
    assert fingerprint(project) != before


def test_a_new_file_and_a_new_name_change_the_fingerprint(project: Path) -> None:
    seen = {fingerprint(project)}
    extra = project / "nlu_data/messages/small_talk/extra.yml"
    extra.write_text("")
    seen.add(fingerprint(project))
    extra.rename(project / "nlu_data/messages/small_talk/other.yml")
    seen.add(fingerprint(project))
    assert len(seen) == 3


@pytest.mark.parametrize(
    "other",
    [
        "README.md",
        "bot/nlu/notes.txt",
        "nlu_data/messages/small_talk/.hello.yml.swp",
        "nlu_data/phrases.yml",
        "nlu_data/procedures/passport.yml",
        "bot/nlu/serve.py",
    ],
)
def test_other_files_do_not(project: Path, other: str) -> None:
    before = fingerprint(project)
    (project / other).parent.mkdir(exist_ok=True)
    (project / other).write_text("text")
    assert fingerprint(project) == before


def store(models: Path, name: str, archive: bytes = b"archive") -> Path:
    home = models / name
    home.mkdir(parents=True)
    (home / "model.tar.gz").write_bytes(archive)
    digest = hashlib.sha256(archive).hexdigest()
    note = {"sha256": digest, "fingerprint": name, "training": {"accuracy": 0.9}}
    (home / "model.json").write_text(json.dumps(note))
    return home


def test_a_model_is_loaded_with_what_is_known_of_its_training(tmp_path: Path) -> None:
    model = load(store(tmp_path, "abc"))
    assert model.path.read_bytes() == b"archive"
    assert model.training == {"accuracy": 0.9}


@pytest.mark.parametrize("damage", [b"", b"archivE", b"archive and code"])
def test_a_model_that_was_changed_is_refused_in_one_line(tmp_path: Path, damage: bytes) -> None:
    home = store(tmp_path, "abc")
    (home / "model.tar.gz").write_bytes(damage)
    with pytest.raises(OperationError, match="binhyen train") as refusal:
        load(home)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("note", ["", "{}", "[]", "null", '{"sha256": 1}'])
def test_a_model_without_a_proper_note_is_refused(tmp_path: Path, note: str) -> None:
    home = store(tmp_path, "abc")
    (home / "model.json").write_text(note)
    with pytest.raises(OperationError):
        load(home)


def test_the_last_two_models_are_kept(tmp_path: Path) -> None:
    for age, name in enumerate(["newest", "second", "third", "oldest"]):
        note = store(tmp_path, name) / "model.json"
        os.utime(note, (1000 - age, 1000 - age))
    _prune(tmp_path, keep=tmp_path / "newest")
    assert {path.name for path in tmp_path.iterdir()} == {"newest", "second"}


def test_the_rasa_half_gets_none_of_the_apps_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BINHYEN_SECRET_KEY", "k" * 40)
    assert not [name for name in rasa_environment() if name.startswith("BINHYEN_")]


def test_what_is_trained_is_not_trained_again(model: TrainedModel) -> None:
    said: list[str] = []
    models = model.path.parent.parent
    again = asyncio.run(prepare_model(models, lambda label, fraction=None: said.append(label)))
    assert again == model
    assert said == []


def test_the_trained_model_says_how_it_was_trained(model: TrainedModel) -> None:
    assert model.training
    assert model.fingerprint == fingerprint()
