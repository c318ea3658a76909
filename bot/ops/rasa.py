"""How the Rasa server is started, by `serve` and by itself.

Every local user can read a command line, so the server's one secret is in its environment.
"""

from pathlib import Path

from bot.ops.environments import RASA
from bot.ops.inherited import SPARING
from bot.ops.model import rasa_environment
from bot.ops.places import places_path
from bot.settings import Settings

TOKEN = "BINHYEN_RASA_TOKEN"  # noqa: S105 (a name)


def command(settings: Settings, model: Path, host: str, port: int) -> list[str]:
    """`model`: the archive to serve, at `host` and `port`."""
    return [
        *(str(RASA.python), "-m", "bot.nlu.serve", str(model)),
        *("--host", host, "--port", str(port)),
        *("--token-env", TOKEN, "--places", str(places_path(settings))),
    ]


def environment(settings: Settings, token: str) -> dict[str, str]:
    """All that the server knows of the installation: `token`, and where its actions are."""
    told = {TOKEN: token, "BINHYEN_ACTION_URL": settings.action_url}
    return SPARING | rasa_environment() | told
