"""What can go wrong with a store."""

from __future__ import annotations

from cardlens.errors import CardlensError


class StoreError(CardlensError):
    """A store that cannot be reached, read or written."""


class AlreadyThere(StoreError):
    """An object that was to be created exists."""


class Outdated(StoreError):
    """An object that was to be replaced has been changed by somebody else."""


class NotThere(StoreError):
    """An object, a version or a data set that is not in the store."""


class Damaged(StoreError):
    """Bytes that are not what their manifest says."""


class Busy(StoreError):
    """Somebody else is publishing, or another process works in the same folder."""
