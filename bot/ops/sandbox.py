"""The demo's own settings: apart from the real data, and cut off from every real chat."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from pydantic import HttpUrl, SecretStr

from bot.ops.children import private_folder
from bot.settings import Settings

PLATFORMS = ("telegram_", "zalo_")


def demo_settings(settings: Settings) -> Settings:
    """`settings` for the made-up commune. Only the address and the trained model are shared."""
    home = private_folder(settings.data_dir / "demo")
    address = settings.public_url or HttpUrl(f"http://localhost:{settings.port}")
    return without_platforms(settings).model_copy(
        update={
            "data_dir": home,
            "database_url": None,
            "public_url": address,
            "secret_key": SecretStr(_kept_secret(home / "secret")),
        }
    )


def without_platforms(settings: Settings) -> Settings:
    """`settings` without any token, secret or key of a chat platform."""
    names = [name for name in type(settings).model_fields if _credential(name)]
    return settings.model_copy(update=dict.fromkeys(names))


def _credential(name: str) -> bool:
    return name.startswith(PLATFORMS) and not name.endswith("_url")


def _kept_secret(path: Path) -> str:
    """The demo's key, made at the first start; only its owner may read it."""
    with suppress(FileExistsError):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(file, "w") as target:
            target.write(secrets.token_urlsafe(48))
    return path.read_text()
