"""What an audit finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    Attributes:
        what: in the page's words, such as "Public access".
        where: bucket, user or role.
        found: what is there.
        should: what should be there.
        good: whether that will do.
        next_step: what to do where it will not.
    """

    what: str
    where: str
    found: str
    should: str
    good: bool
    next_step: str = ""

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` lists."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at; `look` raises `NotAllowed` where whoever asks may not see it."""

    what: str
    where: str
    look: Callable[[], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rules:
    """How old a key may grow, and how long it may lie unused, in days."""

    key_age: int = 90
    key_unused: int = 45
