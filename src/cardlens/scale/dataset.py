"""Making a data set on many machines: they decode scans and render photos, here the files are put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cardlens.reference.catalogue import Catalogue
from cardlens.reference.scans import Scan
from cardlens.scale.engine import Cluster, Done, run
from cardlens.scale.errors import ScaleError
from cardlens.scale.ledger import Ledger
from cardlens.scale.pictures import Place
from cardlens.scale.scan_looks import LookingWork
from cardlens.scale.scan_place import open_scans
from cardlens.scale.scenes import RenderingWork, as_drawn, places_of
from cardlens.scale.work import Work
from cardlens.settings import Settings
from cardlens.store.address import open_store
from cardlens.training.dataset.detection import DrawnPhoto
from cardlens.training.dataset.engine import Looked


@dataclass(slots=True)
class RayEngine:
    """The engine of `training.dataset.prepare` on a cluster.

    Attributes:
        cluster: where.
        parts: address of a store for parts, which all machines reach; one folder a stage.
        size: scans, or photos, in a batch.
    """

    cluster: Cluster
    parts: str
    backgrounds: Path | None
    size: int
    _places: list[Place] = field(default_factory=list)
    _place_of: dict[Path, tuple[int, str]] = field(default_factory=dict)

    def find(self, raw: Sequence[str], catalogue: Catalogue, settings: Settings) -> list[Scan]:
        """List the scans of folders and stores; they are known by where they were found."""
        found = []
        for address in raw:
            place, scans = open_scans(address, lambda card_id: catalogue.get(card_id) is not None, settings)
            for scan in scans:
                file = Path(f"{place.store}/{scan.source}") if place.store else scan.file
                self._place_of[file] = (len(self._places), scan.source)
                found.append(Scan(scan.card_id, file, scan.source, scan.language))
            self._places.append(place)
        return found

    def look(self, scans: Sequence[Scan]) -> Iterator[Looked | str]:
        """As `Engine.look`."""
        for number, place in enumerate(self._places):
            names = [scan.source for scan in scans if self._place_of[scan.file][0] == number]
            if names:
                looks = self._looks(f"looks-{number}", LookingWork(place), names)
                yield from (looks[name] for name in names)

    def copy(self, scan: Scan, file: Path) -> None:
        """As `Engine.copy`."""
        place, source = self._place_of[scan.file]
        file.write_bytes(self._places[place].open().read(source))

    def draw(self, side: str, scans: Sequence[Scan], count: int, seed: int) -> Iterator[DrawnPhoto]:
        """As `Engine.draw`."""
        cards = places_of(scans, self._place_of, self._places)
        work = RenderingWork(cards, self.backgrounds and self.backgrounds.absolute(), side, seed)
        done, ledger = self._run(f"photos-{side}", work, [str(number) for number in range(count)])
        if done.manifest["errors"]:
            raise ScaleError(f"{ledger.store.address}: {done.manifest['errors']} photos were not rendered; report this")
        for table in ledger.tables(range(done.plan.count)):
            yield from (as_drawn(row) for row in table.to_pylist())

    def _looks(self, stage: str, work: LookingWork, names: Sequence[str]) -> dict[str, Looked | str]:
        done, ledger = self._run(stage, work, names)
        rows = (row for table in ledger.tables(range(done.plan.count)) for row in table.to_pylist())
        looks: dict[str, Looked | str] = {
            row["source"]: row["error"] or Looked(row["sha256"], np.frombuffer(row["signature"], np.int8))
            for row in rows
        }
        if absent := [name for name in names if name not in looks]:
            raise ScaleError(f"{ledger.store.address}: {absent[0]} came after this was begun; give other --parts")
        return looks

    def _run(self, stage: str, work: Work, names: Sequence[str]) -> tuple[Done, Ledger]:
        place = f"{self.parts.rstrip('/')}/{stage}"
        return run(work, names, self.size, place, self.cluster), Ledger(open_store(place))
