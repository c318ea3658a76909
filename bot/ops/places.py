"""The file with the commune's names, for the processes that read messages without a database.

<data_dir>/places.json   as bot/nlu/places.py reads it, again whenever it changes
"""

import json
import os
import tempfile
from pathlib import Path

from bot.ops.children import private_folder
from bot.settings import Settings


def places_path(settings: Settings) -> Path:
    """Where the file is; it may not be there yet."""
    return settings.data_dir / "places.json"


async def write_places(database_url: str, path: Path) -> None:
    """Write the names the database holds, all at once: a reader sees the old file or the new."""
    from bot.db import Database
    from bot.groups.service import commune_and_hamlets

    db = Database(database_url)
    try:
        async with db.begin() as session:
            commune, hamlets = await commune_and_hamlets(session)
    finally:
        await db.close()
    private_folder(path.parent)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=".places-", delete=False
    ) as file:
        json.dump({"commune": commune, "hamlets": hamlets}, file, ensure_ascii=False)
    os.replace(file.name, path)
