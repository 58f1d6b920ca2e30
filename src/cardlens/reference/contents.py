"""What a reference database holds, in memory: read from one, changed, and published as another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from cardlens.errors import BadReference
from cardlens.recognition.local import BYTES
from cardlens.reference import files, groups
from cardlens.reference.columns import write_texts
from cardlens.reference.compact import nearest_of_each
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.doubles import NEAREST
from cardlens.reference.groups import SIGNATURE_BYTES, Signatures
from cardlens.runtimes.base import Bytes

Half = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Row:
    """Where an embedding came from: which card, which file of the scan folder, its language and its SHA-256."""

    card_id: str
    source: str
    language: str
    digest: str


@dataclass(slots=True, eq=False)
class Contents:
    """Rows, and what is known of their cards.

    Attributes:
        rows: one an embedding.
        embeddings: (rows, 768) float16, L2-normalised.
        signatures: (rows, SIGNATURE_BYTES) int8.
        local: (rows, BYTES) uint8, packed local descriptors; None where the model gives none.
        metadata: by card id.
        groups: artwork groups, lists of card ids.
    """

    rows: list[Row] = field(default_factory=list)
    embeddings: Half = field(default_factory=lambda: np.zeros((0, files.DIMENSIONS), np.float16))
    signatures: Signatures = field(default_factory=lambda: np.zeros((0, SIGNATURE_BYTES), np.int8))
    local: Bytes | None = None
    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: list[list[str]] = field(default_factory=list)

    @classmethod
    def read(cls, database: ReferenceDatabase) -> Self:
        """Load a database that `cardlens reference` built; an adopted one cannot be changed, only built anew."""
        folder = database.folder
        if not (folder / files.ROWS).exists():
            raise BadReference(
                f"{folder}: adopted, without the signatures of its scans; build it again from its scans: "
                f"cardlens reference build SCANS --out {folder}"
            )
        return cls(
            rows=_read_rows(folder, database.card_ids),
            embeddings=np.array(database.embeddings, np.float16),
            signatures=np.array(files.read_array(folder / files.SIGNATURES, SIGNATURE_BYTES), np.int8),
            local=database.local(range(len(database))),
            metadata=dict(database.cards),
            groups=[list(group) for group in database.manifest.groups],
        )

    @property
    def card_ids(self) -> list[str]:
        """Card id of each row."""
        return [row.card_id for row in self.rows]

    def add(
        self,
        rows: Sequence[Row],
        embeddings: npt.NDArray[np.floating[Any]],
        signatures: Signatures,
        local: Bytes | None = None,
    ) -> None:
        """Append rows and join the artwork groups that they belong to; all rows keep local descriptors, or none do."""
        start = len(self.rows)
        before = self.local if start else np.zeros((0, BYTES), np.uint8)
        self.local = None if before is None or local is None else np.concatenate([before, local])
        self.rows.extend(rows)
        self.embeddings = np.concatenate([self.embeddings, embeddings.astype(np.float16)])
        self.signatures = np.concatenate([self.signatures, signatures])
        ids = self.card_ids
        if len(rows) < files.MANY_ROWS:
            pairs = [(start + one, other) for one, other in groups.alike(signatures, self.signatures)]
        else:
            pairs = list(groups.alike_among(self.signatures, nearest_of_each(self.embeddings, NEAREST)))
        self.groups = groups.merge([*self.groups, *([ids[one], ids[other]] for one, other in pairs)])

    def without(self, card_ids: set[str]) -> Contents:
        """Copy the rest, these cards taken out; groups are found anew, as a card taken out may have joined two."""
        keep = np.array([row.card_id not in card_ids for row in self.rows], bool)
        rows = [row for row in self.rows if row.card_id not in card_ids]
        signatures = self.signatures[keep]
        return Contents(
            rows=rows,
            embeddings=self.embeddings[keep],
            signatures=signatures,
            local=None if self.local is None else self.local[keep],
            metadata={card_id: record for card_id, record in self.metadata.items() if card_id not in card_ids},
            groups=_tied(signatures, self.embeddings[keep], [row.card_id for row in rows]),
        )


def _tied(signatures: Signatures, embeddings: Half, ids: Sequence[str]) -> list[list[str]]:
    if len(ids) < files.MANY_ROWS:
        return groups.tied(signatures, ids)
    pairs = groups.alike_among(signatures, nearest_of_each(embeddings, NEAREST))
    return groups.merge([ids[one], ids[other]] for one, other in pairs)


def write_rows(folder: Path, rows: Sequence[Row]) -> None:
    """Write the ids as the seed has them, and the rest beside them."""
    files.write_json(folder / files.IDS, {str(at): row.card_id for at, row in enumerate(rows)})
    columns = {name: [getattr(row, name) for row in rows] for name in ("source", "language", "digest")}
    files.write_json(folder / files.ROWS, columns)
    if len(rows) >= files.MANY_ROWS:
        write_texts(folder / files.ROW_IDS, [row.card_id for row in rows])
        write_texts(folder / files.ROW_LANGUAGES, columns["language"])


def _read_rows(folder: Path, card_ids: Sequence[str]) -> list[Row]:
    record = files.read_json(folder / files.ROWS)
    try:
        columns = (record["source"], record["language"], record["digest"])
        return [Row(*values) for values in zip(card_ids, *columns, strict=True)]
    except (KeyError, TypeError, ValueError) as error:
        raise BadReference(
            f"{folder / files.ROWS}: does not describe the {len(card_ids):,} rows ({error}); build the database again"
        ) from error
