"""Which indexes PostgreSQL uses for a query, of its own accord."""

import re
from typing import Any

from sqlalchemy import Select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession


async def plan(session: AsyncSession, query: Select[*tuple[Any, ...]]) -> str:
    """What EXPLAIN says of a query, as the planner is left to choose."""
    sql = query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    return "\n".join((await session.execute(text(f"EXPLAIN {sql}".replace(":", "\\:")))).scalars())


def indexes(shown: str) -> list[str]:
    """The indexes that a plan uses."""
    return re.findall(r"(?:using|Bitmap Index Scan on) (\w+)", shown)
