"""The time that goes into records."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """UTC, ISO, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
