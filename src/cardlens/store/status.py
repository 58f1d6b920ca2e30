"""What of a data set is here, what is there, and what differs."""

from __future__ import annotations

from dataclasses import dataclass

from cardlens.store.layout import Dataset
from cardlens.store.local import LocalTree, Progress, no_progress
from cardlens.store.objects import Store
from cardlens.store.survey import survey
from cardlens.store.switch import Switch


@dataclass(frozen=True, slots=True)
class DatasetStatus:
    """A data set, here against there: numbers of files.

    Attributes:
        dataset: its name.
        version: current in the store, None before the first.
        here: in use here, where versions lie side by side; else `files` where there are any.
        same: files with the contents of the current version.
        only_here: files that the current version does not have.
        only_there: files of it that are not here.
        different: files with other contents.
        altered: files that somebody has changed in the store past the records.
        unrecorded: objects there that are in no version.
        publishing: who is at it since when, empty where nobody is.
        bytes_there: size of the current version.
        bytes_here: size of what is here.
    """

    dataset: str
    version: str | None
    here: str | None
    same: int
    only_here: int
    only_there: int
    different: int
    altered: int
    unrecorded: int
    publishing: str
    bytes_there: int
    bytes_here: int


def status(store: Store, tree: LocalTree, dataset: Dataset, progress: Progress = no_progress) -> DatasetStatus:
    """Compare a data set here with the store's current version: one listing, and digests of what is new here."""
    seen = survey(store, dataset, tree.cache)
    here = tree.files(dataset, progress)
    there = seen.manifest.files if seen.manifest else {}
    both = [path for path in here if path in there]
    same = sum(here[path].sha256 == there[path].sha256 for path in both)
    claim = seen.held.pointer.claim
    return DatasetStatus(
        dataset=dataset.name,
        version=seen.held.pointer.version,
        here=(Switch(tree, dataset).in_use if dataset.switched else None) or ("files" if here else None),
        same=same,
        only_here=len(here) - len(both),
        only_there=len(there) - len(both),
        different=len(both) - same,
        altered=len(seen.altered),
        unrecorded=len(seen.unrecorded),
        publishing=f"{claim.by} is publishing {claim.version} since {claim.since}" if claim else "",
        bytes_there=seen.manifest.size if seen.manifest else 0,
        bytes_here=sum(one.bytes for one in here.values()),
    )
