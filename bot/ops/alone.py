"""Each program of the installation by itself, for several machines or an init system.

`binhyen serve` (bot/ops/supervisor.py) starts all of them on one. Here each is started, watched and
ended by others, and its settings come from its own environment (docs/deployment.md).
"""

import asyncio
import os
from collections.abc import Callable
from urllib.parse import urlsplit

from bot.checks.safety import refuse_unsafe
from bot.ops import rasa as server
from bot.ops.errors import OperationError
from bot.ops.installation import installation
from bot.ops.model import fingerprint, load, models_dir
from bot.ops.places import places_path, write_places
from bot.ops.procedures import load_at_start
from bot.settings import PROJECT, Settings


def migrate(settings: Settings, show: Callable[[str], None]) -> None:
    """Bring the database up to date, and what the other programs find in it. Safe beside running
    ones, and twice at once. Raises: OperationError."""
    with installation(checked(settings, show)) as url:
        asyncio.run(load_at_start(settings, show))
        asyncio.run(write_places(url, places_path(settings)))


def gateway(settings: Settings, show: Callable[[str], None]) -> None:
    """Serve until a signal. Raises: OperationError."""
    from bot.ops.gateway import serve

    checked(settings, show)
    serve()


def actions(settings: Settings, show: Callable[[str], None]) -> None:
    """Serve until a signal. Raises: OperationError."""
    from actions.__main__ import main

    checked(settings, show)
    token_of(settings)
    main()


def rasa(settings: Settings, port: int | None) -> None:
    """Become the Rasa server, with the model that was trained here. Raises: OperationError."""
    home = models_dir(settings) / fingerprint()[:12]
    if not (home / "model.json").exists():
        raise OperationError("Chưa có mô hình cho dữ liệu hiện tại: hãy chạy binhyen train.")
    token = token_of(settings)
    model = load(home)
    port = port or urlsplit(settings.rasa_urls[0]).port or 5005
    command = server.command(settings, model.path, settings.internal_host, port)
    environment = server.environment(settings, token)
    os.chdir(PROJECT)
    os.execve(command[0], command, environment)  # noqa: S606 (no shell is wanted)


def token_of(settings: Settings) -> str:
    """What gateways show Rasa, and both show the action server. Raises: OperationError."""
    if settings.rasa_token is None:
        raise OperationError(
            "Chưa đặt BINHYEN_RASA_TOKEN: binhyen gateway, rasa và actions dùng chung một mã."
        )
    return settings.rasa_token.get_secret_value()


def checked(settings: Settings, show: Callable[[str], None]) -> Settings:
    """Raises: OperationError, when something is unsafe, or there is no database to share."""
    refuse_unsafe(settings, show)
    if settings.database_url is None:
        raise OperationError(
            "Chưa đặt BINHYEN_DATABASE_URL: chạy riêng từng tiến trình thì cần một PostgreSQL "
            "chung. Chạy tất cả trên một máy: binhyen serve."
        )
    return settings
