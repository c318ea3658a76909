"""Alembic's entry: runs on the connection that bot.migrations opened."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

from bot.models import metadata


def plain_type(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Our own column types as what they are in the database, so that a migration needs no code."""
    if kind == "type" and isinstance(item, TypeDecorator) and type(item).__module__ == "bot.db":
        return f"sa.{item.impl!r}" if "(" in repr(item.impl) else f"sa.{item.impl}()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=plain_type,
)
with context.begin_transaction():
    context.run_migrations()
