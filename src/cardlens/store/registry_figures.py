"""The figures that a version comes with, as `figures.json` has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardlens.errors import CardlensError
from cardlens.store.registry_version import check_digest

LARGEST = 200_000  # bytes


class BadFigures(CardlensError):
    """A figures file that is missing, or without a figure that a gate asks for."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the gates look at; a file may hold more.

    Attributes:
        embedder: SHA-256 of the embedder that was measured.
        r_at_1_fp32, r_at_1_int8: share of crops whose own scan comes first, 0..1, the same crops for both.
        artwork_r_at_1: share of cards of unseen sets, in whole photos, named with the right artwork, 0..1.
        samples: number of crops behind the smallest of the figures.
    """

    embedder: str
    r_at_1_fp32: float
    r_at_1_int8: float
    artwork_r_at_1: float
    samples: int

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Figures:
        """Pick the figures out of a record; raises `BadFigures` where one is missing or out of its range."""
        try:
            return cls(
                check_digest(record["embedder"]),
                _share(record, "r_at_1_fp32"),
                _share(record, "r_at_1_int8"),
                _share(record, "artwork_r_at_1"),
                int(record["samples"]),
            )
        except KeyError as error:
            raise BadFigures(f"figures: {error} is missing; measure it and register the version again") from error
        except (ValueError, TypeError) as error:
            raise BadFigures(f"figures: {error}; measure again and register the version again") from error


def read_figures(file: Path) -> dict[str, Any]:
    """Read `figures.json`; raises `BadFigures` where it is none or a figure is missing."""
    try:
        record = _parsed(file.read_bytes())
        Figures.from_record(record)
    except (OSError, ValueError, TypeError) as error:
        raise BadFigures(f"{file}: no figures ({error}); docs/how-to/approve-a-model.md says what it holds") from error
    except BadFigures as error:
        raise BadFigures(f"{file}: {error}") from error
    return record


def _parsed(content: bytes) -> dict[str, Any]:
    if len(content) > LARGEST:
        raise ValueError(f"{len(content):,} bytes, more than {LARGEST:,}")
    record = json.loads(content)
    if not isinstance(record, dict):
        raise TypeError("no JSON object")
    return record


def _share(record: Mapping[str, Any], name: str) -> float:
    value = record[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{name} is {value!r}, not a share from 0 to 1")
    return float(value)
