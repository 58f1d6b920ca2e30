"""What can go wrong on many machines."""

from __future__ import annotations

from cardlens.errors import CardlensError


class ScaleError(CardlensError):
    """Work on many machines that cannot begin, go on or end."""
