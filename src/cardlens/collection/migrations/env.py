"""Run by Alembic: applies the revisions on the connection that `database.bring_up_to_date` hands over."""

from __future__ import annotations

from alembic import context

from cardlens.collection.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite can change little of a table in place
)
with context.begin_transaction():
    context.run_migrations()
