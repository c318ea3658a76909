"""Write a migration from the difference between the models and BINHYEN_DATABASE_URL."""

import os
import sys

from alembic import command
from sqlalchemy import create_engine

from bot.migrations import configuration

if len(sys.argv) != 2 or "BINHYEN_DATABASE_URL" not in os.environ:
    sys.exit('usage: BINHYEN_DATABASE_URL=… python -m bot.migrations "what it does"')
engine = create_engine(os.environ["BINHYEN_DATABASE_URL"])
with engine.begin() as connection:
    config = configuration()
    config.attributes["connection"] = connection
    command.revision(config, message=sys.argv[1], autogenerate=True)
