"""Schema changes, with Alembic. A new one: `.venv/bin/python -m bot.migrations "what it does"`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

HERE = Path(__file__).parent
LOCK = 0x62696E68  # "binh": one migration at a time, whoever starts it


def configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    return config


def upgrade(database_url: str) -> None:
    """Bring a database to the newest schema; waits while another process does it."""
    engine = create_engine(database_url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": LOCK})
            config = configuration()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
