"""The files of a reference database: their names, and how each is read with an error that says what to do."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cardlens.errors import BadReference

EMBEDDINGS = "embeddings.npy"
INDEX = "usearch.index"
IDS = "index.json"
METADATA = "metadata.json"
SEED_FILES = (EMBEDDINGS, INDEX, IDS, METADATA)
# What the seed's databases do not have: what each row was made from, and the signatures that artwork groups grow from.
ROWS = "rows.json"
SIGNATURES = "signatures.npy"
OWN_FILES = (ROWS, SIGNATURES)
# Optional: local descriptors of each row, packed, where the model gives them.
LOCAL = "local.npy"
# Databases of so many rows and more are opened through files that are mapped instead of read: a small index
# (`compact`), and the columns and records of the JSON files (`columns`), which are written all the same.
MANY_ROWS = 50_000
COMPACT, PROJECTION = "compact.index", "projection.npy"
ROW_IDS, ROW_LANGUAGES, CARDS, RECORDS = "ids.npy", "languages.npy", "cards.npy", "records.npy"
MANY_FILES = (COMPACT, PROJECTION, ROW_IDS, ROW_LANGUAGES, CARDS, RECORDS)
MANIFEST = "manifest.json"

DIMENSIONS = 768
Vectors = npt.NDArray[np.float16] | npt.NDArray[np.float32]


def read_json(file: Path) -> Any:
    """Parse a JSON file of a database; raises `BadReference` where it is missing or is no JSON."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadReference(f"{file}: missing; build the database again with `cardlens reference build`") from None
    except (OSError, ValueError) as error:
        raise BadReference(
            f"{file}: cannot be read as JSON ({error}); restore it or build the database again"
        ) from error


def read_array(file: Path, columns: int) -> npt.NDArray[Any]:
    """Memory-map a (rows, `columns`) array; raises `BadReference` where it is missing or of another shape."""
    try:
        array: npt.NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise BadReference(f"{file}: missing; build the database again with `cardlens reference build`") from None
    except (OSError, ValueError, EOFError) as error:
        raise BadReference(f"{file}: not a NumPy array ({error}); restore it or build the database again") from error
    if array.ndim != 2 or array.shape[1] != columns:
        raise BadReference(f"{file}: an array of shape {array.shape}, not (rows, {columns}); build the database again")
    return array


def read_ids(file: Path) -> list[str]:
    """Card id of each row, from `{"0": "base1-43", …}`; raises `BadReference` where rows are missing."""
    record = read_json(file)
    try:
        return [record[str(row)] for row in range(len(record))]
    except (KeyError, TypeError):
        raise BadReference(f'{file}: not {{"0": card id, "1": …}} without gaps; build the database again') from None


def write_json(file: Path, record: Any) -> None:
    """Write compact UTF-8 JSON."""
    file.write_text(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def sha256(file: Path) -> str:
    """SHA-256 of a file, hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
