"""Embeddings of scans that were made before: by an interrupted run, or for the database that is built again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cardlens.errors import BadReference
from cardlens.reference.contents import Contents
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.groups import SIGNATURE_BYTES, Signatures
from cardlens.runtimes.base import Floats

Known = tuple[Floats, Signatures]


class EmbeddedScans:
    """Embedding and signature by the SHA-256 of the scan, for one model; what is added is on disk at once."""

    def __init__(self, folder: Path, model_digest: str) -> None:
        """Take what earlier runs with that model left in `folder`, which is made when something is added."""
        self._folder = folder
        self._prefix = f"embedded-{model_digest[:16]}-"
        self._known: dict[str, Known] = {}
        self._files = 0
        for file in sorted(folder.glob(f"{self._prefix}*.npz")):
            self._load(file)

    def __contains__(self, digest: str) -> bool:
        """Tell whether a scan was embedded."""
        return digest in self._known

    def __getitem__(self, digest: str) -> Known:
        """Give the (768,) embedding and the (SIGNATURE_BYTES,) signature of a scan."""
        return self._known[digest]

    def take_from(self, folder: Path, model_digest: str) -> None:
        """Learn from a database, where there is one of the same model; one that cannot be read teaches nothing."""
        try:
            contents = Contents.read(ReferenceDatabase.open(folder, model_digest))
        except BadReference:
            return
        digests = [row.digest for row in contents.rows]
        self._learn(digests, contents.embeddings.astype(np.float32), contents.signatures)

    def add(self, digests: Sequence[str], embeddings: Floats, signatures: Signatures) -> None:
        """Keep a batch, in a file of its own that is complete or not there."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / f"{self._prefix}{self._files:05d}.npz"
        aside = file.with_suffix(".writing")
        with aside.open("wb") as stream:
            np.savez(stream, digests=np.array(digests), embeddings=embeddings, signatures=signatures)
        aside.rename(file)
        self._files += 1
        self._learn(digests, embeddings, signatures)

    def files(self) -> list[bytes]:
        """Give the files of batches, for `take_file` elsewhere."""
        return [file.read_bytes() for file in sorted(self._folder.glob(f"{self._prefix}*.npz"))]

    def take_file(self, content: bytes) -> None:
        """Keep a batch that another machine has added, with the same model."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / f"{self._prefix}{self._files:05d}.npz"
        aside = file.with_suffix(".writing")
        aside.write_bytes(content)
        aside.rename(file)
        self._load(file)

    def _load(self, file: Path) -> None:
        self._files = int(file.stem.removeprefix(self._prefix)) + 1
        try:
            with np.load(file, allow_pickle=False) as batch:
                content: Mapping[str, np.ndarray] = dict(batch)
            if content["signatures"].shape[1] == SIGNATURE_BYTES:
                self._learn(content["digests"].tolist(), content["embeddings"], content["signatures"])
        except (OSError, ValueError, KeyError, EOFError):
            file.unlink()  # damaged: its scans are embedded again

    def _learn(self, digests: Sequence[str], embeddings: Floats, signatures: Signatures) -> None:
        self._known.update(zip(digests, zip(embeddings, signatures, strict=True), strict=True))
