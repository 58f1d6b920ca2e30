"""Whether a reference database is sound: everything that opening takes on trust."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from usearch.index import Index

from cardlens.errors import BadReference
from cardlens.recognition.local import BYTES
from cardlens.reference import doubles, files
from cardlens.reference.columns import MappedRecords, MappedTexts
from cardlens.reference.compact import CompactIndex, Near, rows_without_themselves
from cardlens.reference.manifest import Manifest
from cardlens.reference.nearest import open_index
from cardlens.runtimes.base import Floats

# f16 has 11 bits: the norm of 768 rounded values stays within 0.001 of 1.
_NORM_TOLERANCE = 0.005
_SAME_VECTOR = 0.999
_HALF_ERROR = 0.005
_BLOCK = 4096
_SHOWN = 5
_ASKED_OF_MANY, _LOST_OF_MANY = 10_000, 0.005


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong. `check` names the check, `serious` is off for what harms no answer."""

    check: str
    text: str
    serious: bool = True

    def __str__(self) -> str:
        """For an error message."""
        return f"{self.check}: {self.text}"


class _Parts:
    """The files of a database, each read when first needed; a missing or damaged one raises `BadReference`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.changed: set[str] = set()

    @cached_property
    def embeddings(self) -> files.Vectors:
        return files.read_array(self.folder / files.EMBEDDINGS, files.DIMENSIONS)

    @cached_property
    def index(self) -> Index:
        return open_index(self.folder / files.INDEX)

    @cached_property
    def compact(self) -> CompactIndex | None:
        """The small index; None where rows are few."""
        if files.COMPACT in self.changed or not (self.folder / files.COMPACT).exists():
            return None
        return CompactIndex.open(self.folder, self.embeddings)

    @cached_property
    def near(self) -> Near | None:
        """The rows nearest to each; None where rows are few."""
        return None if self.compact is None else self.compact.near_each(doubles.NEAREST)

    @cached_property
    def ids(self) -> list[str]:
        return files.read_ids(self.folder / files.IDS)

    @cached_property
    def metadata(self) -> Mapping[str, Any]:
        record = files.read_json(self.folder / files.METADATA)
        if not isinstance(record, dict):
            raise BadReference(f"{self.folder / files.METADATA}: not {{card id: {{…}}}}; build the database again")
        return record

    @property
    def manifest(self) -> Manifest:
        return Manifest.load(self.folder)

    @property
    def names(self) -> dict[str, str]:
        records = self.metadata.items()
        return {card_id: str(record["name"]) for card_id, record in records if _has_name(record)}


def validate(folder: Path, model_digest: str | None = None) -> list[Finding]:
    """Check a database and list what is wrong with it, nothing where it is sound.

    Args:
        folder: the database, with or without a manifest.
        model_digest: digest of the running embedder; None leaves that check out.
    """
    parts = _Parts(folder)
    findings = list(_check_digests(parts))
    if findings_of_files := list(_check_files(parts)):
        return findings + findings_of_files
    findings += _run("manifest", partial(_check_manifest, parts, model_digest))
    checks: tuple[tuple[str, Callable[[_Parts], Iterator[Finding]]], ...] = (
        ("row counts", _check_counts),
        ("metadata", _check_metadata),
        ("embeddings", _check_embeddings),
        ("mapped files", _check_mapped),
        ("pictures", _check_pictures),
        ("self-retrieval", _check_self_retrieval),
    )
    for name, check in checks:
        findings.extend(_run(name, partial(check, parts)))
    return findings


def _run(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except BadReference as error:
        yield Finding(name, str(error))


def _check_digests(parts: _Parts) -> Iterator[Finding]:
    """Compare the files with the manifest; a changed index is not opened, as a damaged one may end the program."""
    if not (parts.folder / files.MANIFEST).exists():
        return
    try:
        facts = parts.manifest.files
    except BadReference as error:
        yield Finding("manifest", str(error))
        return
    for name, fact in facts.items():
        file = parts.folder / name
        if file.exists() and files.sha256(file) != fact.sha256:
            yield Finding("digests", f"{name} is not the file that was written: damaged or changed since")
            parts.changed.add(name)


def _check_files(parts: _Parts) -> Iterator[Finding]:
    if not parts.folder.is_dir():
        yield Finding("files", f"{parts.folder}: no such folder")
        return
    index = () if files.INDEX in parts.changed else (lambda: parts.index,)
    for read in (lambda: parts.embeddings, lambda: parts.ids, lambda: parts.metadata, *index):
        try:
            read()
        except BadReference as error:
            yield Finding("files", str(error))


def _check_manifest(parts: _Parts, model_digest: str | None) -> Iterator[Finding]:
    if not (parts.folder / files.MANIFEST).exists():
        return
    manifest = parts.manifest
    for name in manifest.files:
        if not (parts.folder / name).exists():
            yield Finding("files", f"{name} is missing")
    if model_digest is not None and model_digest != manifest.model.digest:
        try:
            manifest.check_model(parts.folder, model_digest)
        except BadReference as error:
            yield Finding("model", str(error))
    if unknown := {card_id for group in manifest.groups for card_id in group} - set(parts.ids):
        yield Finding("artwork groups", f"{_list(unknown)} in a group but not in the database")


def _check_counts(parts: _Parts) -> Iterator[Finding]:
    counts = {files.EMBEDDINGS: len(parts.embeddings), files.IDS: len(parts.ids)}
    if files.INDEX not in parts.changed:
        counts[files.INDEX] = len(parts.index)
    if (parts.folder / files.MANIFEST).exists():
        counts[files.MANIFEST] = parts.manifest.rows
    if (parts.folder / files.LOCAL).exists():
        counts[files.LOCAL] = len(files.read_array(parts.folder / files.LOCAL, BYTES))
    if len(set(counts.values())) > 1:
        yield Finding("row counts", ", ".join(f"{name} has {count:,}" for name, count in counts.items()))
    if not parts.ids:
        yield Finding("row counts", "the database is empty")


def _check_metadata(parts: _Parts) -> Iterator[Finding]:
    ids, keys = set(parts.ids), set(parts.metadata)
    if ids and not ids & keys:
        yield Finding("metadata", _header_accident(parts.metadata, ids))
        return
    if without := ids - keys:
        yield Finding("metadata", f"{len(without):,} of {len(ids):,} card ids have none: {_list(without)}")
    if nameless := [card_id for card_id in ids & keys if not _has_name(parts.metadata[card_id])]:
        yield Finding("metadata", f"no name is given for {_list(nameless)}")
    if unused := keys - ids:
        yield Finding(
            "metadata", f"{len(unused):,} records of cards without an embedding: {_list(unused)}", serious=False
        )


def _check_embeddings(parts: _Parts) -> Iterator[Finding]:
    norms = _norms(parts.embeddings)
    broken = ~np.isfinite(norms)
    if broken.any():
        yield Finding("embeddings", f"{broken.sum():,} rows hold NaN or infinity: rows {_list(np.flatnonzero(broken))}")
    off = ~broken & (np.abs(norms - 1) > _NORM_TOLERANCE)
    if off.any():
        yield Finding("embeddings", f"{off.sum():,} rows are not of length 1: rows {_list(np.flatnonzero(off))}")


def _check_pictures(parts: _Parts) -> Iterator[Finding]:
    if len(parts.ids) != len(parts.embeddings):
        return
    if repeated := doubles.repeated_rows(parts.embeddings, parts.ids):
        yield Finding("duplicates", f"{len(repeated):,} rows repeat an earlier one of the same card: {_list(repeated)}")
    for group in doubles.placeholders(parts.embeddings, parts.ids, parts.names, parts.near):
        yield Finding(
            "placeholders", f"one picture under the ids of {len(group)} cards of different names: {_list(group)}"
        )


def _check_self_retrieval(parts: _Parts) -> Iterator[Finding]:
    if files.INDEX in parts.changed or len(parts.index) != len(parts.embeddings):
        return
    # of many rows some: the graph is that of the small index, by which all are looked for
    step = 1 if parts.compact is None else max(1, len(parts.index) // _ASKED_OF_MANY)
    starts = range(0, len(parts.index), _BLOCK * step)
    lost = [row for start in starts for row in _lost_rows(parts, start)]
    if lost:
        yield _lost(parts, "self-retrieval", "by their own embedding", lost, len(starts) * _BLOCK)


def _lost_rows(parts: _Parts, start: int) -> list[int]:
    vectors = np.asarray(parts.embeddings[start : start + _BLOCK], np.float32)
    rows = np.arange(start, start + len(vectors))
    hits = parts.index.search(vectors, 1)
    keys, distances = np.asarray(hits.keys).reshape(-1).astype(np.int64), np.asarray(hits.distances).reshape(-1)
    # Of equal pictures (tied printings) any may come first; a key that is no row finds nothing.
    row_found = np.clip(keys, 0, len(parts.embeddings) - 1)
    cosines = np.einsum("nd,nd->n", np.asarray(parts.embeddings[row_found], np.float32), vectors)
    equal = (row_found == keys) & (cosines >= _SAME_VECTOR)
    found = ((keys == rows) | equal) & (distances <= 1 - _SAME_VECTOR + _HALF_ERROR)
    return [int(row) for row in rows[~found]]


def _check_mapped(parts: _Parts) -> Iterator[Finding]:
    """Compare what is mapped of many rows with the files of JSON that it stands for, and the small index with rows."""
    if parts.compact is None or parts.near is None:
        return
    if list(MappedTexts.open(parts.folder / files.ROW_IDS)) != parts.ids:
        yield Finding("mapped files", f"{files.ROW_IDS} is not what {files.IDS} says")
    languages = files.read_json(parts.folder / files.ROWS)["language"]
    if list(MappedTexts.open(parts.folder / files.ROW_LANGUAGES)) != languages:
        yield Finding("mapped files", f"{files.ROW_LANGUAGES} is not what {files.ROWS} says")
    records = MappedRecords.open(parts.folder)
    some = list(records)[:: max(1, len(records) // _BLOCK)]
    if len(records) != len(parts.metadata) or any(records[one] != parts.metadata.get(one) for one in some):
        yield Finding("mapped files", f"{files.RECORDS} is not what {files.METADATA} says")
    if lost := _not_near(parts.embeddings, parts.near):
        yield _lost(parts, "mapped files", f"by {files.COMPACT}", lost, len(parts.near))


def _not_near(embeddings: files.Vectors, near: Near) -> list[int]:
    """Rows that are not among the rows found near them, nor another of the same picture."""
    lost = []
    for row in rows_without_themselves(near).tolist():
        others = np.asarray(embeddings[near[row][near[row] >= 0]], np.float32)
        if (others @ np.asarray(embeddings[row], np.float32)).max(initial=-1) < _SAME_VECTOR:
            lost.append(row)
    return lost


def _lost(parts: _Parts, check: str, how: str, rows: list[int], asked: int) -> Finding:
    """Of many rows a graph may fail to reach a few, which harms none but them."""
    few = parts.compact is not None and len(rows) <= _LOST_OF_MANY * asked
    return Finding(check, f"{len(rows):,} rows are not found {how}: rows {_list(rows)}", serious=not few)


def _norms(embeddings: files.Vectors) -> Floats:
    blocks = (embeddings[at : at + _BLOCK] for at in range(0, len(embeddings), _BLOCK))
    return np.concatenate(
        [np.zeros(0, np.float32), *(np.linalg.norm(np.asarray(block, np.float32), axis=1) for block in blocks)]
    )


def _header_accident(metadata: Mapping[str, Any], ids: set[str]) -> str:
    """Name the seed's accident: the header of a metadata file was read as if its keys were cards."""
    place = next(
        (key for key, value in metadata.items() if isinstance(value, dict | list) and _holds_cards(value, ids)), None
    )
    where = f'; the records lie under its key "{place}"' if place else "; the records are not in it"
    return (
        f"{files.METADATA} holds a header instead of cards: its {len(metadata):,} keys ({_list(metadata)}) "
        "are no card ids, "
        f"so that none of {len(ids):,} cards has metadata{where}; write {{card id: {{…}}}} or build the database again"
    )


def _holds_cards(value: dict[str, Any] | list[Any], ids: set[str]) -> bool:
    keys = value if isinstance(value, dict) else [record.get("id") for record in value if isinstance(record, dict)]
    return any(key in ids for key in keys)


def _has_name(record: Any) -> bool:
    return isinstance(record, dict) and bool(record.get("name"))


def _list(things: Any) -> str:
    shown = [str(thing) for thing in things]
    return ", ".join(shown[:_SHOWN]) + (", …" if len(shown) > _SHOWN else "")
