"""What can go wrong with a collection, in words a user can act on."""

from __future__ import annotations

from cardlens.errors import CardlensError


class BadCollection(CardlensError):
    """A collection database that is missing, damaged, locked, or made by a newer cardlens."""


class BadCopy(CardlensError):
    """A value that a copy of a card cannot have. `field`: which one, where it is a field of `NewCopy`."""

    def __init__(self, message: str, field: str | None = None) -> None:
        """Keep the message, and the field for those who know it by another name."""
        super().__init__(message)
        self.field = field


class UnknownCopy(CardlensError):
    """An id that no copy, event or collection has."""


class UndoConflict(CardlensError):
    """Something that cannot be undone, or not yet."""


class BadExchange(CardlensError):
    """A file that cannot be imported at all. What is wrong with single rows is in the report instead."""


class PriceTrouble(CardlensError):
    """A price source that does not answer, or not with prices."""
