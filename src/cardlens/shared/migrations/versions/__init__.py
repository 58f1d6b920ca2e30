"""Revisions of the tables of a shared catalogue."""
