"""What Alembic applies to a shared catalogue."""
