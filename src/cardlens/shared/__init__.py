"""A reference database that many machines share, in PostgreSQL with pgvector: needs the extra `postgres`."""
