"""What JSON files say of many rows, in files that are mapped: opening reads none of it, a look-up reads a few pages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from cardlens.errors import BadReference
from cardlens.reference import files

Texts = npt.NDArray[np.bytes_]


class MappedTexts(Sequence[str]):
    """A column of short texts."""

    def __init__(self, values: Texts) -> None:
        """`values`: (n,) UTF-8, all in the width of the longest."""
        self._values = values

    @classmethod
    def open(cls, file: Path) -> MappedTexts:
        """Map a file of `write_texts`; raises `BadReference` where it is none."""
        return cls(_open_column(file, "S"))

    def __len__(self) -> int:
        """How many there are."""
        return len(self._values)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        """Read one, or some."""
        if isinstance(at, slice):
            return [value.decode() for value in self._values[at].tolist()]
        return bytes(self._values[at]).decode()

    def __iter__(self) -> Iterator[str]:
        """Read all."""
        return iter(self[:])


class MappedRecords(Mapping[str, dict[str, Any]]):
    """Records of cards by id; each is parsed when it is asked for."""

    def __init__(self, texts: npt.NDArray[np.uint8], ids: Texts, places: npt.NDArray[np.int64]) -> None:
        """`texts`: the bytes of metadata.json; `ids`: (n,) sorted; `places`: (n, 2), where each record starts, ends."""
        self._texts, self._ids, self._places = texts, ids, places

    @classmethod
    def open(cls, folder: Path) -> MappedRecords:
        """Map what `write_records` wrote; raises `BadReference` where it is none."""
        ids, places = _open_column(folder / files.CARDS, "S"), files.read_array(folder / files.RECORDS, 2)
        if len(ids) != len(places):
            raise BadReference(f"{folder / files.RECORDS}: of {len(places):,} cards, not {len(ids):,}; build it again")
        return cls(np.memmap(folder / files.METADATA, np.uint8, "r"), ids, places)

    def __len__(self) -> int:
        """How many cards there are."""
        return len(self._ids)

    def __iter__(self) -> Iterator[str]:
        """All ids."""
        return iter(MappedTexts(self._ids))

    def __getitem__(self, card_id: str) -> dict[str, Any]:
        """Parse the record of a card; raises `KeyError` where there is none."""
        key = card_id.encode()
        # a longer key would have the whole column copied in its width
        at = int(np.searchsorted(self._ids, np.array(key, self._ids.dtype)))
        if len(key) > self._ids.dtype.itemsize or at == len(self) or self._ids[at] != key:
            raise KeyError(card_id)
        start, end = self._places[at].tolist()
        record: dict[str, Any] = json.loads(self._texts[start:end].tobytes())
        return record


def write_texts(file: Path, values: Sequence[str]) -> None:
    """Write a column of short texts."""
    np.save(file, np.array([value.encode() for value in values], "S"))


def write_records(folder: Path, metadata: Mapping[str, Any]) -> None:
    """Write metadata.json sorted by id, a record a line, and beside it where each of them is."""
    ids = sorted(metadata, key=str.encode)
    places = np.empty((len(ids), 2), np.int64)
    with (folder / files.METADATA).open("wb") as stream:
        for at, card_id in enumerate(ids):
            stream.write((b",\n" if at else b"{\n") + _as_json(card_id) + b":")
            record = _as_json(metadata[card_id])
            places[at] = stream.tell(), stream.tell() + len(record)
            stream.write(record)
        stream.write(b"\n}\n")
    write_texts(folder / files.CARDS, ids)
    np.save(folder / files.RECORDS, places)


def _as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _open_column(file: Path, kind: str) -> Texts:
    try:
        column: Texts = np.load(file, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise BadReference(f"{file}: missing; restore it or build the database again") from None
    except (OSError, ValueError, EOFError) as error:
        raise BadReference(f"{file}: not a NumPy array ({error}); restore it or build the database again") from error
    if column.ndim != 1 or column.dtype.kind != kind:
        raise BadReference(f"{file}: {column.dtype} of shape {column.shape}, no column of texts; build it again")
    return column
