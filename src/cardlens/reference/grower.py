"""Adding scans to the contents of a database: embed what is new, leave out what is unfit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from cardlens.errors import UnreadablePicture
from cardlens.recognition.embedder import Description
from cardlens.recognition.picture import Limits
from cardlens.recognition.picture_file import read_file
from cardlens.reference import doubles
from cardlens.reference.contents import Contents, Row
from cardlens.reference.groups import Signatures
from cardlens.reference.outcome import Outcome, Remark
from cardlens.reference.partial import EmbeddedScans
from cardlens.reference.publish import Destination, writing
from cardlens.reference.scans import Look, Scan, find_scans, look_at, sha256_of
from cardlens.runtimes.base import Bytes, Floats, ModelSpec

_BATCH = 32
_DECODERS = 2  # decoding releases the interpreter's lock; more threads only hold more pictures

Progress = Callable[[int, int], None]
# Digest of a scan, and its look where the model has to see it; or why it cannot be used.
_Seen = tuple[str, Look | None] | Remark


class Embeds(Protocol):
    """The part of an `Embedder` that is needed here."""

    @property
    def spec(self) -> ModelSpec:
        """Input size and digest of the model."""
        ...

    def describe(self, crops: Sequence[Bytes]) -> Description:
        """Embed (height, width, 3) uint8 RGB crops, and describe their parts."""
        ...


class Knows(Protocol):
    """The part of a `Catalogue` that is needed here."""

    def get(self, card_id: str) -> dict[str, Any] | None:
        """Give what is known of a card, None where nothing is."""
        ...


class Grower:
    """Adds scans to the contents of a database."""

    def __init__(
        self, contents: Contents, catalogue: Knows, embedder: Embeds, memory: EmbeddedScans, limits: Limits
    ) -> None:
        """Keep what is needed; `contents` are changed, `memory` learns what is embedded."""
        self._contents = contents
        self._catalogue = catalogue
        self._embedder = embedder
        self._memory = memory
        self._limits = limits

    def grow(self, folder: Path, destination: Destination, progress: Progress) -> Outcome:
        """Add the scans of `folder`; what cannot be added is told in the outcome."""
        outcome = Outcome(destination.folder)
        with writing(destination):
            rows = self.embed(find_scans(folder, self._is_known), outcome, progress)
        return self.keep(rows, outcome)

    def embed(self, scans: list[Scan], outcome: Outcome, progress: Progress) -> list[Row]:
        """Look at scans, and let the memory have their embeddings; nothing is added yet."""
        return list(self._embedded_rows(scans, outcome, progress))

    def keep(self, rows: list[Row], outcome: Outcome) -> Outcome:
        """Add rows whose embeddings the memory has, but for doubles and placeholders."""
        rows = self._without_doubles(rows, outcome)
        if rows:
            self._contents.add(rows, self._vectors(rows), self._signatures(rows), self._local(rows))
        self._contents.metadata.update(self._records(rows))
        outcome.added, outcome.cards = len(rows), len(set(self._contents.card_ids))
        return outcome

    def _is_known(self, card_id: str) -> bool:
        return self._catalogue.get(card_id) is not None

    def _embedded_rows(self, scans: list[Scan], outcome: Outcome, progress: Progress) -> Iterator[Row]:
        """Embed batch by batch, and yield the rows of what could be read and is known."""
        progress(0, len(scans))
        with ThreadPoolExecutor(_DECODERS) as decoders:
            for start in range(0, len(scans), _BATCH):
                batch = scans[start : start + _BATCH]
                seen = zip(batch, decoders.map(self._look, batch), strict=True)
                yield from self._embed(list(seen), outcome)
                progress(start + len(batch), len(scans))

    def _look(self, scan: Scan) -> _Seen:
        """Digest of a scan, and its look where the model has to see it."""
        if not self._is_known(scan.card_id):
            return Remark(scan.source, f"no metadata for {scan.card_id}; give the file that has it with --metadata")
        try:
            content = read_file(scan.file, scan.source, self._limits.max_bytes)
            digest = sha256_of(content)
            known = digest in self._memory
            return digest, None if known else look_at(content, scan.source, self._embedder.spec, self._limits)
        except UnreadablePicture as error:
            return Remark(scan.source, str(error).removeprefix(f"{scan.source}: "))

    def _embed(self, seen: list[tuple[Scan, _Seen]], outcome: Outcome) -> Iterator[Row]:
        outcome.problems.extend(look for _, look in seen if isinstance(look, Remark))
        digests = [(scan, look) for scan, look in seen if not isinstance(look, Remark)]
        fresh = {digest: look for _, (digest, look) in digests if look is not None}
        if fresh:
            description = self._embedder.describe([look.crop for look in fresh.values()])
            self._memory.add(list(fresh), description, np.stack([look.signature for look in fresh.values()]))
            outcome.embedded += len(fresh)
        yield from (Row(scan.card_id, scan.source, scan.language, digest) for scan, (digest, _) in digests)

    def _without_doubles(self, rows: list[Row], outcome: Outcome) -> list[Row]:
        """Leave out what is there already, and pictures that stand for different cards."""
        repeated = self._repeated(rows) if rows else set()
        outcome.skipped.extend(
            Remark(row.source, f"{row.card_id} has this picture already") for row in rows if row in repeated
        )
        rows = [row for row in rows if row not in repeated]
        misplaced = self._misplaced(rows) if rows else {}
        outcome.problems.extend(Remark(row.source, misplaced[row.card_id]) for row in rows if row.card_id in misplaced)
        return [row for row in rows if row.card_id not in misplaced]

    def _repeated(self, rows: list[Row]) -> set[Row]:
        known = len(self._contents.rows)
        ids = [*self._contents.card_ids, *(row.card_id for row in rows)]
        return {rows[at - known] for at in doubles.repeated_rows(self._trial(rows), ids)}

    def _misplaced(self, rows: list[Row]) -> dict[str, str]:
        """By card id, why its picture cannot be that card's; only cards that are new are blamed."""
        ids = [*self._contents.card_ids, *(row.card_id for row in rows)]
        records = self._contents.metadata | self._records(rows)
        names = {card_id: record["name"] for card_id, record in records.items()}
        reasons = {}
        for group in doubles.placeholders(self._trial(rows), ids, names):
            others = ", ".join(group[:4]) + (", …" if len(group) > 4 else "")
            reasons.update(dict.fromkeys(group, f"a placeholder: one picture for cards of different names, {others}"))
        return reasons

    def _trial(self, rows: list[Row]) -> npt.NDArray[np.float16]:
        return np.concatenate([self._contents.embeddings, self._vectors(rows).astype(np.float16)])

    def _vectors(self, rows: list[Row]) -> Floats:
        return np.stack([self._memory[row.digest].vector for row in rows])

    def _signatures(self, rows: list[Row]) -> Signatures:
        return np.stack([self._memory[row.digest].signature for row in rows])

    def _local(self, rows: list[Row]) -> Bytes | None:
        parts = [self._memory[row.digest].local for row in rows]
        there = [part for part in parts if part is not None]
        return np.stack(there) if len(there) == len(parts) else None

    def _records(self, rows: list[Row]) -> dict[str, dict[str, Any]]:
        return {row.card_id: self._catalogue.get(row.card_id) or {} for row in rows}
