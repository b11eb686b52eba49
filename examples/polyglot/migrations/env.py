"""How Alembic reaches the database: by whichever driver the version's environment has."""

from __future__ import annotations

import os
from importlib.util import find_spec

from alembic import context
from sqlalchemy import create_engine, pool

driver = "postgresql+psycopg2" if find_spec("psycopg2") else "postgresql+psycopg"
url = os.environ["DATABASE_URL"].replace("postgresql", driver, 1)
with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
