"""The file that tells the processes without a database what the commune is called."""

import asyncio
import json
import os
import stat
from pathlib import Path

from bot.db import Database
from bot.groups.setup import apply_setup, read_setup
from bot.nlu.places import Places, PlacesFile, read_places
from bot.ops.log_files import turning_over
from bot.ops.places import places_path, write_places
from bot.settings import Settings
from tests.service import COMMUNE


async def test_the_file_holds_the_commune_and_its_hamlets(settings: Settings) -> None:
    url = str(settings.database_url)
    path = places_path(settings)
    await write_places(url, path)
    assert read_places(path) == Places()
    db = Database(url)
    async with db.begin() as session:
        await apply_setup(session, read_setup(COMMUNE))
    await db.close()
    await write_places(url, path)
    assert read_places(path) == Places("Xã Đồng Tâm", ("Ấp 1", "Ấp 2", "Ấp 3"))
    left = await asyncio.to_thread(lambda: [file.name for file in path.parent.glob("*places*")])
    assert left == ["places.json"]


def test_the_folders_that_are_made_for_it_are_closed_to_others(
    database_url: str, tmp_path: Path
) -> None:
    home = tmp_path / "var" / "binhyen"
    before = os.umask(0o022)
    try:
        asyncio.run(write_places(database_url, home / "places.json"))
        turning_over(home / "logs" / "supervisor.log").close()
    finally:
        os.umask(before)
    for folder in (home.parent, home, home / "logs"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_file_is_read_again_only_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "places.json"
    file = PlacesFile(path)
    assert file.changed() is None
    path.write_text(json.dumps({"commune": "Xã A", "hamlets": ["Ấp 1"]}))
    assert file.changed() == Places("Xã A", ("Ấp 1",))
    assert file.changed() is None
    path.unlink()
    assert file.changed() == Places()


def test_a_damaged_file_is_no_names(tmp_path: Path) -> None:
    path = tmp_path / "places.json"
    for content in ("", "{", "[]", '{"commune": 1}', '{"commune": "x", "hamlets": 3}'):
        path.write_text(content)
        assert read_places(path).hamlets == ()
