"""`python -m bot.ops.prepare`: the database made ready, before `binhyen serve` takes messages.

A process of its own: the supervisor would keep for months what this needs for seconds. It prints
what the person who starts the service is to read, and where it ends with 1, why it cannot start.
"""

import asyncio
import sys

import typer

from bot.libpq import connect
from bot.ops.errors import OperationError
from bot.ops.installation import installation, secret_of
from bot.ops.logs import log_to_file
from bot.ops.places import places_path, write_places
from bot.ops.procedures import load_at_start
from bot.security import keyring
from bot.settings import Settings


def prepare(settings: Settings) -> None:
    """Raises: OperationError."""
    with installation(settings) as url:
        with connect(url) as connection:
            keyring.settle(connection, secret_of(settings))
        asyncio.run(load_at_start(settings, typer.echo))
        asyncio.run(write_places(url, places_path(settings)))


def main() -> int:
    settings = Settings()
    log_to_file(settings.data_dir / "logs" / "prepare.log", "prepare")
    try:
        prepare(settings)
    except OperationError as error:
        typer.echo(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
