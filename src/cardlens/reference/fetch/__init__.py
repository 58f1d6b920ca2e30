"""Scans and metadata from the public card databases: politely, so that it can be interrupted, and checked."""
