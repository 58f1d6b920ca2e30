"""The local tree: the files of a data set on this disk, and their digests, computed once as long as they stay."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cardlens.store.errors import Busy, StoreError
from cardlens.store.faults import explained
from cardlens.store.layout import OWN, Dataset, is_safe, owner
from cardlens.store.survey import RecordCache

HASHERS = 4  # threads: hashing leaves the interpreter's lock, and waits for the disk
Progress = Callable[[int, int], None]


def no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


State = list[int | str]


@dataclass(slots=True, eq=False)
class LocalFile:
    """A file of a data set; its digest is worked out when it is first asked for, unless it is known.

    Attributes:
        path: within the data set.
        file: where it is.
        state: what changes when the file does, as it was when it was found.
        known: SHA-256 (hex), None where it was not worked out yet.
    """

    path: str
    file: Path
    state: State
    known: str | None = None

    @property
    def bytes(self) -> int:
        """Size."""
        return int(self.state[0])

    @property
    def sha256(self) -> str:
        """SHA-256, hex."""
        if self.known is None:
            self.known = digest_of(self.file)
        return self.known


class LocalTree:
    """A folder with the seed's tree, or a part of it, and our records of it in `.cardlens/`."""

    def __init__(self, root: Path) -> None:
        """Nothing is made or read yet."""
        self.root = root.absolute()
        self.own = self.root / OWN
        self.cache = RecordCache(self.own / "records")
        self._digests_file = self.own / "digests.json"

    def folder(self, dataset: Dataset) -> Path:
        """Give the folder of a data set."""
        return self.root / dataset.path

    def files(
        self,
        dataset: Dataset,
        progress: Progress = no_progress,
        *,
        trust: bool = True,
        needed: Container[str] | None = None,
    ) -> dict[str, LocalFile]:
        """Give the files of a data set by their path within it.

        Args:
            dataset: which.
            progress: told how many of how many files have a digest.
            trust: take the digest that a file had, if its size and times are as they were; False reads every byte.
            needed: paths whose digests are worked out now; None: all.

        Raises:
            StoreError: a file has a name that no store takes, or cannot be read.
        """
        with explained(str(self.folder(dataset))):
            known = self._known() if trust else {}
            found = self._found(dataset, known)
            unknown = [one for one in found if one.known is None and (needed is None or one.path in needed)]
            with ThreadPoolExecutor(HASHERS) as pool:
                for done, _ in enumerate(pool.map(lambda one: one.sha256, unknown), 1):
                    progress(done, len(unknown))
            there = {str(one.file) for one in found}
            gone = {file for file in known if file.startswith(f"{self.folder(dataset)}/") and file not in there}
            self._keep({file: state for file, state in self._with(found).items() if file not in gone})
        return {one.path: one for one in found}

    def known(self, dataset: Dataset) -> dict[str, str]:
        """Give the digests that files of a data set had, of those whose size and times are still as they were then."""
        known = self._known()
        found = dict(self._walk(dataset))
        states = {path: (known.get(file), state_of(file)) for path, file in found.items()}
        return {path: str(before[-1]) for path, (before, state) in states.items() if before and before[:-1] == state}

    def learn(self, files: Iterable[LocalFile]) -> None:
        """Note digests that have been worked out since the files were found or written."""
        self._keep(self._with(files))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes out of this tree; raises `Busy` where one is in. The lock goes when the process does."""
        with explained(str(self.own)):
            self.own.mkdir(parents=True, exist_ok=True)
            with (self.own / "lock").open("wb") as stream:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise Busy(f"{self.root}: another cardlens process works in it; wait until it has ended") from None
                yield

    def _walk(self, dataset: Dataset) -> Iterator[tuple[str, str]]:
        top = str(self.folder(dataset))
        for folder, names, files in os.walk(top):
            names[:] = [name for name in names if not name.startswith(".")]
            for name in files:
                file = os.path.join(folder, name)  # noqa: PTH118 - a Path for each of 17,592 files takes longer than its stat
                path = file[len(top) + 1 :]
                if name.startswith(".") or name.endswith(".partial") or owner(f"{dataset.path}/{path}") != dataset:
                    continue
                if not is_safe(path):
                    raise StoreError(f"{file!r}: a store does not take this name; rename the file")
                yield path, file

    def _found(self, dataset: Dataset, known: Mapping[str, State]) -> list[LocalFile]:
        """List the files, with the digests of those that are as they were."""
        found = []
        for path, file in self._walk(dataset):
            state = state_of(file)
            before = known.get(file)
            digest = str(before[-1]) if before is not None and before[:-1] == state else None
            found.append(LocalFile(path, Path(file), state, digest))
        return found

    def _with(self, files: Iterable[LocalFile]) -> dict[str, State]:
        worked_out = {str(one.file): [*one.state, one.known] for one in files if one.known is not None}
        return {**self._known(), **worked_out}

    def _known(self) -> dict[str, State]:
        try:
            record = json.loads(self._digests_file.read_bytes())
        except (OSError, ValueError):
            return {}  # never kept, or torn: they are computed anew
        return {file: state for file, state in record.items() if isinstance(state, list) and len(state) == 5}

    def _keep(self, digests: Mapping[str, State]) -> None:
        if digests == self._known():
            return
        with explained(str(self.own)):
            self.own.mkdir(parents=True, exist_ok=True)
            aside = self._digests_file.with_name(f"digests.{os.getpid()}.partial")
            aside.write_text(json.dumps(digests, separators=(",", ":")))
            aside.replace(self._digests_file)


def state_of(file: str | Path) -> State:
    """What changes when a file does: the inode's change time cannot be set back as the other can."""
    stat = os.stat(file)  # noqa: PTH116 - a tree has many files
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]


def digest_of(file: str | Path) -> str:
    """SHA-256 of a file, hex."""
    with open(file, "rb") as stream:  # noqa: PTH123
        return hashlib.file_digest(stream, "sha256").hexdigest()
