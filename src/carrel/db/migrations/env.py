"""What Alembic runs: the migrations, on the connection that `migrating` hands over."""

from __future__ import annotations

from alembic import context

from carrel.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by making it anew
    transactional_ddl=True,
)
context.run_migrations()
