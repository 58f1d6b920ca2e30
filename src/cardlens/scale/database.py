"""Building a reference database on many machines: they embed the scans, here the parts become one database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cardlens.assembly import open_embedder
from cardlens.errors import BadReference
from cardlens.recognition.picture import Limits
from cardlens.reference.catalogue import Catalogue
from cardlens.reference.contents import Contents, Row
from cardlens.reference.grower import Grower, Progress
from cardlens.reference.outcome import Outcome, Remark
from cardlens.reference.partial import EmbeddedScans
from cardlens.reference.publish import Destination, publish, writing
from cardlens.reference.scans import Scan
from cardlens.scale.embedding import EmbeddingWork
from cardlens.scale.engine import Cluster, run
from cardlens.scale.ledger import Ledger
from cardlens.scale.scan_place import open_scans
from cardlens.settings import Settings
from cardlens.store.address import open_store

BATCH = 64


@dataclass(frozen=True, slots=True)
class Build:
    """What to build.

    Attributes:
        scans: folder on a shared disk, or address of a store.
        out: folder of the database, on this machine.
        parts: address where workers put their parts; None for `<out>.parts`, which all of them must reach.
    """

    scans: str
    out: Path
    parts: str | None = None
    size: int = BATCH


def build_on_ray(
    build: Build, catalogue: Catalogue, settings: Settings, cluster: Cluster, progress: Progress
) -> Outcome:
    """Build a database as `reference.build` does, row for row, the scans embedded by a cluster.

    Raises:
        BadReference: the folder cannot be written, or nothing would be in it.
        ScaleError: the cluster could not do its part.
    """
    destination = Destination(build.out)
    destination.check()
    embedder = open_embedder(settings)
    place, found = open_scans(build.scans, lambda card_id: catalogue.get(card_id) is not None, settings)
    known = [scan for scan in found if catalogue.get(scan.card_id) is not None]
    outcome = Outcome(build.out, problems=[_unknown(scan) for scan in found if catalogue.get(scan.card_id) is None])
    if not known:
        raise BadReference(f"{build.scans}: none of the scans can be used, nothing was written; {outcome.problems[0]}")
    parts = build.parts or str(build.out.with_name(build.out.name + ".parts"))
    done = run(EmbeddingWork.of(place, settings), [scan.source for scan in known], build.size, parts, cluster, progress)
    memory = EmbeddedScans(destination.partial, embedder.digest)
    with writing(destination):
        rows = list(_rows(Ledger(open_store(parts)), done.plan.count, known, memory, outcome))
    contents = Contents()
    grower = Grower(contents, catalogue, embedder, memory, Limits(settings.max_bytes, settings.max_pixels))
    grower.keep(rows, outcome)
    if not contents.rows:
        raise BadReference(f"{build.scans}: none of the scans can be used, nothing was written; {outcome.problems[0]}")
    publish(contents, embedder.spec, destination)
    return outcome


def _unknown(scan: Scan) -> Remark:
    return Remark(scan.source, f"no metadata for {scan.card_id}; give the file that has it with --metadata")


def _rows(ledger: Ledger, count: int, scans: Sequence[Scan], memory: EmbeddedScans, outcome: Outcome) -> Iterator[Row]:
    """Give the rows of all parts, and let `memory` have their embeddings."""
    by_source = {scan.source: scan for scan in scans}
    digests: set[str] = set()
    for table in ledger.tables(range(count)):
        for file in table.column("embedded").drop_null():
            memory.take_file(file.as_py())
        for row in table.select(["source", "sha256", "error"]).to_pylist():
            scan = by_source.get(row["source"])
            if scan is None:  # planned, and gone since
                continue
            if row["error"]:
                outcome.problems.append(Remark(scan.source, row["error"]))
                continue
            digests.add(row["sha256"])
            yield Row(scan.card_id, scan.source, scan.language, row["sha256"])
    outcome.embedded = len(digests)
