"""Embeddings of scans that were made before: by an interrupted run, or for the database that is built again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cardlens.errors import BadReference
from cardlens.recognition.embedder import Description
from cardlens.recognition.local import pack
from cardlens.reference.contents import Contents
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.groups import SIGNATURE_BYTES, Signatures
from cardlens.runtimes.base import Bytes, Floats


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a scan: its embedding (768,), its signature (SIGNATURE_BYTES,), its packed local descriptors."""

    vector: Floats
    signature: Signatures
    local: Bytes | None


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
        """Give what is known of a scan."""
        return self._known[digest]

    def take_from(self, folder: Path, model_digest: str) -> None:
        """Learn from a database, where there is one of the same model; one that cannot be read teaches nothing."""
        try:
            contents = Contents.read(ReferenceDatabase.open(folder, model_digest))
        except BadReference:
            return
        digests = [row.digest for row in contents.rows]
        self._learn(digests, contents.embeddings.astype(np.float32), contents.signatures, contents.local)

    def add(self, digests: Sequence[str], description: Description, signatures: Signatures) -> None:
        """Keep a batch, in a file of its own that is complete or not there."""
        local = None if description.local is None else pack(description.local)
        content: dict[str, Any] = {"digests": np.array(digests), "embeddings": description.vectors}
        content |= {"signatures": signatures} | ({} if local is None else {"local": local})
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / f"{self._prefix}{self._files:05d}.npz"
        aside = file.with_suffix(".writing")
        with aside.open("wb") as stream:
            np.savez(stream, **content)
        aside.rename(file)
        self._files += 1
        self._learn(digests, description.vectors, signatures, local)

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
                digests = content["digests"].tolist()
                self._learn(digests, content["embeddings"], content["signatures"], content.get("local"))
        except (OSError, ValueError, KeyError, EOFError):
            file.unlink()  # damaged: its scans are embedded again

    def _learn(self, digests: Sequence[str], embeddings: Floats, signatures: Signatures, local: Bytes | None) -> None:
        parts = [None] * len(digests) if local is None else local
        known = (Known(*each) for each in zip(embeddings, signatures, parts, strict=True))
        self._known.update(zip(digests, known, strict=True))
