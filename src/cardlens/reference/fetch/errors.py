"""What can go wrong while something is brought in."""

from __future__ import annotations

from cardlens.errors import CardlensError


class CatalogueUnavailable(CardlensError):
    """A card database that cannot be reached, or wants to be left alone: the whole run ends."""


class BadCatalogue(CardlensError):
    """A card database that answers what nobody can use: the whole run ends."""


class NotThere(CardlensError):
    """The service has no such thing (404, 410)."""


class NotGiven(CardlensError):
    """One thing that the service did not give, in spite of patience: the others go on."""


class NotReached(NotGiven):
    """One thing that could not be had because the service did not answer at all, or only with errors of its own."""
