"""Where a procedure stands on the public page."""

from bot.settings import Settings

ROOT = "/thu-tuc"


def path_of(procedure_id: str) -> str:
    """ "/thu-tuc/id-card" for `id_card`."""
    return f"{ROOT}/{procedure_id.replace('_', '-')}"


def id_at(name: str) -> str:
    """The id of the procedure whose address ends so; there may be none."""
    return name.replace("-", "_")


def link(settings: Settings, path: str) -> str:
    """The address for people elsewhere; empty where the installation has no public one."""
    return f"{settings.public_base}{path}" if settings.public_url else ""
