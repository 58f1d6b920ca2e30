"""Run by Alembic: applies the revisions on the connection that `schema.bring_up_to_date` hands over."""

from __future__ import annotations

from alembic import context

from cardlens.shared.tables import TABLES

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=TABLES,
    version_table="cardlens_revision",
)
with context.begin_transaction():
    context.run_migrations()
