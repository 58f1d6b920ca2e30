"""Making a data set on many machines: they decode scans and render photos, here the files are put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cardlens.reference.catalogue import Catalogue
from cardlens.reference.scans import Scan
from cardlens.scale.engine import Cluster, run
from cardlens.scale.errors import ScaleError
from cardlens.scale.ledger import Ledger
from cardlens.scale.pictures import Place
from cardlens.scale.rounds import run_rounds
from cardlens.scale.scan_looks import LookingWork
from cardlens.scale.scan_place import open_scans
from cardlens.scale.scenes import Raw, RenderingWork, as_drawn, cards_of
from cardlens.settings import Settings
from cardlens.store.address import open_store
from cardlens.training.dataset.detection import DrawnPhoto
from cardlens.training.dataset.engine import Looked

_SHORT = 12  # hex digits of a digest: photos of other cards lie in another folder


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
    _raw: dict[Path, Raw] = field(default_factory=dict)

    def find(self, raw: Sequence[str], catalogue: Catalogue, settings: Settings) -> list[Scan]:
        """List the scans of folders and stores; they are known by where they were found."""
        scans = []
        for address in raw:
            found = open_scans(address, lambda card_id: catalogue.get(card_id) is not None, settings)
            for scan in found.scans:
                file = Path(f"{found.place.store}/{scan.source}") if found.place.store else scan.file
                self._raw[file] = Raw(len(self._places), scan.source, found.states[scan.source])
                scans.append(Scan(scan.card_id, file, scan.source, scan.language))
            self._places.append(found.place)
        return scans

    def look(self, scans: Sequence[Scan]) -> Iterator[Looked | str]:
        """As `Engine.look`."""
        for number, place in enumerate(self._places):
            here = [raw for raw in (self._raw[scan.file] for scan in scans) if raw.place == number]
            if here:
                looks = self._looks(f"looks-{number}", LookingWork(place), {raw.source: raw.state for raw in here})
                yield from (looks[raw.source] for raw in here)

    def copy(self, scan: Scan, file: Path) -> None:
        """As `Engine.copy`."""
        raw = self._raw[scan.file]
        file.write_bytes(self._places[raw.place].open().read(raw.source))

    def draw(self, side: str, scans: Sequence[Scan], count: int, seed: int) -> Iterator[DrawnPhoto]:
        """As `Engine.draw`."""
        cards = cards_of(scans, self._raw, self._places)
        work = RenderingWork(cards, self.backgrounds and self.backgrounds.absolute(), side, seed)
        place = self._stage(f"photos-{side}-{cards.digest[:_SHORT]}")
        numbers = dict.fromkeys(map(str, range(count)), "")
        done, ledger = run(work, numbers, self.size, place, self.cluster), Ledger(open_store(place))
        if done.manifest["errors"]:
            raise ScaleError(f"{ledger.store.address}: {done.manifest['errors']} photos were not rendered; report this")
        for table in ledger.tables(range(done.plan.count)):
            yield from (as_drawn(row) for row in table.to_pylist())

    def _looks(self, stage: str, work: LookingWork, items: Mapping[str, str]) -> dict[str, Looked | str]:
        return {
            row["source"]: row["error"] or Looked(row["sha256"], np.frombuffer(row["signature"], np.int8))
            for its_round in run_rounds(work, items, self.size, self._stage(stage), self.cluster)
            for table in its_round.tables("source")
            for row in table.to_pylist()
            if row["source"] in its_round.stands
        }

    def _stage(self, name: str) -> str:
        return f"{self.parts.rstrip('/')}/{name}"
