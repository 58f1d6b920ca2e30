"""How a collection database came to its present form: Alembic revisions, applied when a collection is opened."""
