"""Which version of a data set is in use here: a link, changed in one step, so that no one sees half of two versions.

data/reference                     -> ../versions/reference/v2.1
versions/reference/v2.1/           what it shows
versions/reference/v2.0/           what it showed before
versions/reference/in-use.jsonl    which was put in use when
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from cardlens.store.errors import NotThere
from cardlens.store.faults import explained
from cardlens.store.layout import DATASETS, Dataset
from cardlens.store.local import LocalTree
from cardlens.store.manifest import now

_REPAIR = ".r"  # v2.1.r1: the same version, put together again because a file of it had rotted here

_FOUND = "found-"  # found-2026-01-10T120000: a folder that was there before the first pull


class Switch:
    """The versions of one data set in a local tree."""

    def __init__(self, tree: LocalTree, dataset: Dataset) -> None:
        """Nothing is made or read yet."""
        self._link = tree.folder(dataset)
        self._dataset = dataset
        self.versions = tree.root / "versions" / dataset.name
        self._log = self.versions / "in-use.jsonl"

    def folder(self, version: str) -> Path:
        """Give the folder of a version, the latest where it was repaired; it exists only when the version is whole."""
        repairs = sorted(self.versions.glob(f"{version}{_REPAIR}*"), key=lambda one: int(one.suffix[2:]))
        return repairs[-1] if repairs else self.versions / version

    def staging(self, version: str) -> Path:
        """Give the folder in which a version is put together."""
        return self.versions / f"{version}.partial"

    @property
    def in_use(self) -> str | None:
        """Name of the version in use, None where there is none, or a folder that was not pulled."""
        return self._link.readlink().name.partition(_REPAIR)[0] if self._link.is_symlink() else None

    def finish(self, version: str) -> None:
        """Say that the staging folder is whole: it becomes the version's folder, beside one that needed repair."""
        with explained(str(self.versions)):
            folder = self.versions / version
            number = 1
            while folder.exists():  # that may be in use: it stays until the link has moved on
                folder = self.versions / f"{version}{_REPAIR}{number}"
                number += 1
            self.staging(version).rename(folder)

    def use(self, version: str) -> None:
        """Put a version in use, in one step; who has the other open keeps it.

        Raises:
            NotThere: that version is not here.
        """
        self.whole_folder(version)
        with explained(str(self._link)):
            self._link.parent.mkdir(parents=True, exist_ok=True)
            link = self._link.with_name(f".{self._link.name}.{uuid4().hex[:8]}")
            link.symlink_to(os.path.relpath(self.folder(version), self._link.parent))
            self._take_aside_a_folder()
            link.replace(self._link)
            with self._log.open("a") as log:
                log.write(json.dumps({"at": now(), "version": version}) + "\n")

    def whole_folder(self, version: str) -> Path:
        """Give the folder of a version that is here; raises `NotThere` where it is not."""
        folder = self.folder(version)
        if not folder.is_dir():
            raise NotThere(f"{folder}: not there; get it: cardlens store pull {self._dataset.name}")
        return folder

    @property
    def here(self) -> list[str]:
        """Name the versions that are here whole."""
        folders = [one.name for one in self.versions.glob("*") if one.is_dir() and one.suffix != ".partial"]
        return sorted({name.partition(_REPAIR)[0] for name in folders})

    def recover(self) -> None:
        """Show a folder again that was taken aside for a version, when that was interrupted before it came into use."""
        last = next(reversed(self._history()), "")
        if last.startswith(_FOUND) and self.folder(last).is_dir():
            with explained(str(self._link)), suppress(FileExistsError):  # whoever has put a version in use goes before
                self._link.symlink_to(os.path.relpath(self.folder(last), self._link.parent))

    def previous(self) -> str:
        """Name the version that was in use before this one; raises `NotThere` where none is here."""
        now_used = self.in_use
        for version in reversed(self._history()):
            if version != now_used and self.folder(version).is_dir():
                return version
        raise NotThere(
            f"{self.versions}: no earlier version here; get one: cardlens store pull {self._dataset.name} --version V"
        )

    def _history(self) -> list[str]:
        try:
            lines = self._log.read_text().splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line)["version"] for line in lines if line.endswith("}")]

    def _take_aside_a_folder(self) -> None:
        """Move a folder that was put there by other means to the versions: it is kept, and can be gone back to."""
        if self._link.is_dir() and not self._link.is_symlink():
            name = f"{_FOUND}{now().replace(':', '')}"
            self.versions.mkdir(parents=True, exist_ok=True)
            with self._log.open("a") as log:
                log.write(json.dumps({"at": now(), "version": name}) + "\n")
            self._link.rename(self.folder(name))


def recover_all(tree: LocalTree) -> None:
    """Undo what an interruption has left of a first pull over a folder of other making."""
    for one in DATASETS:
        if one.switched:
            Switch(tree, one).recover()
