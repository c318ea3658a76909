"""A SQLAlchemy address for libpq, and for psycopg, which leaves addresses to it.

The two do not agree on how an address spells a space, and libpq repeats an address it cannot read,
password and all, in its complaint.
"""

from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import make_url

KEEPALIVES: dict[str, Any] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
SILENT = KEEPALIVES | {"connect_timeout": 10}
"""Seconds and times: a server that says nothing is asked after ten whether it is there. Of a
machine that lost its power nobody would hear for many minutes."""


def conninfo(url: str) -> str:
    """A SQLAlchemy address as `key=value` words, which libpq reads one way only."""
    made = make_url(url)
    words = made.translate_connect_args(username="user", database="dbname") | dict(made.query)
    return make_conninfo(**words)


def connect(url: str) -> psycopg.Connection:
    """A plain psycopg connection, in autocommit, to a SQLAlchemy address."""
    return psycopg.connect(conninfo(url), autocommit=True, **SILENT)
