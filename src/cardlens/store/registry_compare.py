"""What is different between two versions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cardlens.store.objects import Store
from cardlens.store.registry import GROUP
from cardlens.store.registry_candidate import file_path
from cardlens.store.registry_version import BadVersion, ModelVersion

_IDS = "reference/index.json"
_LARGEST_IDS = 200_000_000  # bytes; 17,592 rows have 374 kB


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions side by side.

    Attributes:
        figures: by name, what each version has; None where it has none.
        files: by path, `same`, `changed`, `added` or `removed`.
        download: bytes that a device which has the first must fetch for the second.
        cards_added, cards_removed: card ids that only the second, only the first can name.
    """

    first: str
    second: str
    figures: Mapping[str, tuple[Any, Any]]
    files: Mapping[str, str]
    download: int
    cards_added: tuple[str, ...]
    cards_removed: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return asdict(self)


def compare(store: Store, first: ModelVersion, second: ModelVersion, group: str = GROUP) -> Comparison:
    """Compare two versions; their card ids are read from the store."""
    before, after = _card_ids(store, first, group), _card_ids(store, second, group)
    had = {file.sha256 for file in first.files.values()}
    return Comparison(
        first.name,
        second.name,
        dict(_figures(first.figures, second.figures)),
        {path: _change(path, first, second) for path in sorted({*first.files, *second.files})},
        sum(file.bytes for file in second.files.values() if file.sha256 not in had),
        tuple(sorted(after - before)),
        tuple(sorted(before - after)),
    )


def _figures(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for name in sorted({*first, *second}):
        yield name, (first.get(name), second.get(name))


def _change(path: str, first: ModelVersion, second: ModelVersion) -> str:
    before, after = first.files.get(path), second.files.get(path)
    if before is None or after is None:
        return "added" if before is None else "removed"
    return "same" if before.sha256 == after.sha256 else "changed"


def _card_ids(store: Store, version: ModelVersion, group: str) -> set[str]:
    file = version.files.get(_IDS)
    found = None if file is None else store.read(file_path(file.sha256, group), _LARGEST_IDS)
    try:
        return set(json.loads(found.content if found else b"").values())
    except (ValueError, AttributeError, TypeError) as error:
        raise BadVersion(f"{version.name}: its {_IDS} cannot be read ({error}); restore it from a backup") from error
