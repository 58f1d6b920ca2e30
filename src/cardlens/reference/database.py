"""A reference database, opened to be searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from cardlens.errors import BadReference
from cardlens.recognition import local
from cardlens.reference import files
from cardlens.reference.columns import MappedRecords, MappedTexts
from cardlens.reference.compact import CompactIndex
from cardlens.reference.manifest import Manifest
from cardlens.reference.nearest import EXACT_ROWS, Hits, open_index, search_every_row, search_index
from cardlens.runtimes.base import Bytes, Floats


class ReferenceDatabase:
    """The cards that can be named.

    Opening checks counts and sizes and maps the big files into memory; `cardlens reference validate` checks the rest.

    Attributes:
        folder: where it lies.
        manifest: what it says of itself.
        embeddings: (rows, 768) float16 or float32, memory-mapped, L2-normalised.
        card_ids: card id of each row; a card may have several rows.
    """

    def __init__(self, folder: Path, manifest: Manifest, threads: int = 0) -> None:
        """Map the files of `folder`; raises `BadReference` where they do not belong together."""
        self.folder = folder
        self.manifest = manifest
        self._threads = threads
        _check_sizes(folder, manifest)
        self.embeddings: files.Vectors = files.read_array(folder / files.EMBEDDINGS, files.DIMENSIONS)
        self._many = files.COMPACT in manifest.files
        self.card_ids: Sequence[str] = (
            MappedTexts.open(folder / files.ROW_IDS) if self._many else tuple(files.read_ids(folder / files.IDS))
        )
        self._index = CompactIndex.open(folder, self.embeddings) if self._many else open_index(folder / files.INDEX)
        self._local = files.read_array(folder / files.LOCAL, local.BYTES) if files.LOCAL in manifest.files else None
        self._check_counts()

    @classmethod
    def open(cls, folder: Path, model_digest: str | None, threads: int = 0) -> ReferenceDatabase:
        """Open the database in `folder`.

        Args:
            folder: as `cardlens reference build` writes it.
            model_digest: digest of the running embedder; None where nothing is embedded.
            threads: for searching, 0 = all cores.

        Raises:
            StaleReference: another model made the embeddings.
            BadReference: a file is missing, damaged, or of another number of rows.
        """
        # `cardlens store pull` leaves a link that moves on to the next version, perhaps while the files are opened
        folder = folder.resolve() if folder.is_symlink() else folder
        manifest = Manifest.load(folder)
        if model_digest is not None:
            manifest.check_model(folder, model_digest)
        return cls(folder, manifest, threads)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.card_ids)

    def search(self, vectors: Floats, k: int) -> Hits:
        """Find the k rows (fewer, where there are fewer) nearest to each of (n, 768) float32 unit vectors."""
        vectors = np.ascontiguousarray(vectors, np.float32)
        k = min(k, len(self))
        if len(vectors) == 0 or k < 1:
            return Hits(np.zeros((len(vectors), max(k, 0)), np.intp), np.zeros((len(vectors), max(k, 0)), np.float32))
        if len(self) <= EXACT_ROWS:
            return search_every_row(self._matrix, vectors, k)
        if isinstance(self._index, CompactIndex):
            return self._index.search(vectors, k)
        return search_index(self._index, self.embeddings, vectors, k, self._threads)

    def local(self, rows: Sequence[int]) -> Bytes | None:
        """Packed local descriptors of some rows, (n, BYTES) uint8; None where the database keeps none."""
        return None if self._local is None else np.asarray(self._local[list(rows)], np.uint8)

    def metadata(self, card_id: str) -> Mapping[str, Any]:
        """What is known of a card: `name`, `set_id`, `set_name`, `number`, …; raises `BadReference` if nothing is."""
        try:
            return MappingProxyType(self.cards[card_id])
        except KeyError:
            raise BadReference(
                f"{self.folder}: {card_id} has no metadata; see what else is wrong: "
                f"cardlens reference validate {self.folder}"
            ) from None

    def printings(self, card_id: str) -> tuple[str, ...]:
        """All card ids whose picture looks like that of `card_id`, itself included."""
        return self._group_of.get(card_id, (card_id,))

    @cached_property
    def cards(self) -> Mapping[str, dict[str, Any]]:
        """Metadata by card id."""
        if self._many:
            return MappedRecords.open(self.folder)
        record = files.read_json(self.folder / files.METADATA)
        if not isinstance(record, dict):
            raise BadReference(f"{self.folder / files.METADATA}: not {{card id: {{…}}}}; build the database again")
        return record

    @cached_property
    def languages(self) -> Sequence[str]:
        """Language of the scan of each row, such as `en`."""
        if self._many:
            return MappedTexts.open(self.folder / files.ROW_LANGUAGES)
        file = self.folder / files.ROWS
        return tuple(files.read_json(file)["language"]) if file.exists() else ("en",) * len(self)

    @cached_property
    def _group_of(self) -> dict[str, tuple[str, ...]]:
        return {card_id: group for group in self.manifest.groups for card_id in group}

    @cached_property
    def _matrix(self) -> Floats:
        return np.asarray(self.embeddings, np.float32)

    def _check_counts(self) -> None:
        counts = {
            "manifest.json": self.manifest.rows,
            files.EMBEDDINGS: len(self.embeddings),
            files.ROW_IDS if self._many else files.IDS: len(self.card_ids),
            files.COMPACT if self._many else files.INDEX: len(self._index),
        }
        if self._local is not None:
            counts[files.LOCAL] = len(self._local)
        if len(set(counts.values())) > 1:
            said = ", ".join(f"{name} {count:,}" for name, count in counts.items())
            raise BadReference(f"{self.folder}: rows differ: {said}; restore the files or build the database again")


def _check_sizes(folder: Path, manifest: Manifest) -> None:
    for name, fact in manifest.files.items():
        try:
            size = (folder / name).stat().st_size
        except OSError:
            raise BadReference(f"{folder / name}: missing; restore it or build the database again") from None
        if size != fact.bytes:
            raise BadReference(
                f"{folder / name}: {size:,} bytes, {fact.bytes:,} when it was made; "
                "restore it or build the database again"
            )
