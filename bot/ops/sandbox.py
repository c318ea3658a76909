"""The demo's own settings: apart from the real data, and cut off from every real chat."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from pydantic import HttpUrl, SecretStr

from bot.settings import Settings

PLATFORMS = ("telegram_", "zalo_")


def demo_settings(settings: Settings) -> Settings:
    """`settings` for the made-up commune. Only the address and the trained model are shared."""
    home = settings.data_dir / "demo"
    home.mkdir(parents=True, exist_ok=True)
    platforms = {name: None for name in type(settings).model_fields if _credential(name)}
    address = settings.public_url or HttpUrl(f"http://localhost:{settings.port}")
    return settings.model_copy(
        update=platforms
        | {
            "data_dir": home,
            "database_url": None,
            "public_url": address,
            "secret_key": SecretStr(_kept_secret(home / "secret")),
        }
    )


def _credential(name: str) -> bool:
    return name.startswith(PLATFORMS) and not name.endswith("_url")


def _kept_secret(path: Path) -> str:
    """The demo's key, made at the first start; only its owner may read it."""
    with suppress(FileExistsError):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(file, "w") as target:
            target.write(secrets.token_urlsafe(48))
    return path.read_text()
