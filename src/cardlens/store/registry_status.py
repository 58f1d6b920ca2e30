"""What may be decided about a version, and by whom it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from cardlens.errors import CardlensError
from cardlens.store.registry_version import check_name

LARGEST_DECISION = 20_000  # bytes
LONGEST_NOTE = 500  # characters


class RegistryRefusal(CardlensError):
    """A decision that the registry does not take: a gate fails, or somebody else has decided in the meantime."""


class Status(StrEnum):
    """What a version is now."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Decision:
    """One entry of the registry's log.

    Attributes:
        version: which one it is about.
        status: what the version is from now on.
        by: who decided.
        at: UTC time, ISO.
        note: why.
        gates: where it was approved, each gate and what was measured.
    """

    version: str
    status: Status
    by: str
    at: str
    note: str = ""
    gates: Mapping[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The entry as it is stored."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"

    @classmethod
    def from_bytes(cls, content: bytes, place: str) -> Decision:
        """Read an entry; raises `CardlensError` that names `place` where it is none."""
        try:
            record: dict[str, Any] = json.loads(content)
            decision = cls(**{**record, "status": Status(record["status"])})
            check_name(decision.version)
        except (ValueError, TypeError, KeyError, CardlensError) as error:
            raise CardlensError(f"{place}: not an entry of the registry ({error}); restore it from a backup") from error
        return decision


def check_note(note: str) -> str:
    """Give a note back; raises `RegistryRefusal` where it is too long to be kept everywhere."""
    if len(note) > LONGEST_NOTE:
        raise RegistryRefusal(f"the note has {len(note)} characters; {LONGEST_NOTE} are kept: shorten it")
    return note
