"""Building a reference database on many machines: they embed the scans, here the parts become one database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from cardlens.scale.engine import Cluster
from cardlens.scale.rounds import Round, remove_rounds, run_rounds
from cardlens.scale.scan_place import open_scans
from cardlens.settings import Settings

BATCH = 64


@dataclass(frozen=True, slots=True)
class Build:
    """What to build.

    Attributes:
        scans: folder on a shared disk, or address of a store.
        out: folder of the database, on this machine.
        parts: address where workers put their parts, which stay, so that the next build does what is new; None for
            `<out>.parts`, which all of them must reach, and which goes when the database is there.
    """

    scans: str
    out: Path
    parts: str | None = None
    size: int = BATCH


def build_on_ray(
    build: Build, catalogue: Catalogue, settings: Settings, cluster: Cluster, progress: Progress
) -> Outcome:
    """Build a database as `reference.build` does, row for row, the scans embedded by a cluster.

    Scans that came or changed since an earlier build put its parts there are embedded, the others are not again.

    Raises:
        BadReference: the folder cannot be written, or nothing would be in it.
        ScaleError: the cluster could not do its part.
    """
    destination = Destination(build.out)
    destination.check()
    embedder = open_embedder(settings)
    found = open_scans(build.scans, lambda card_id: catalogue.get(card_id) is not None, settings)
    known = [scan for scan in found.scans if catalogue.get(scan.card_id) is not None]
    unknown = [scan for scan in found.scans if catalogue.get(scan.card_id) is None]
    outcome = Outcome(build.out, problems=[_unknown(scan) for scan in unknown])
    if not known:
        raise BadReference(f"{build.scans}: none of the scans can be used, nothing was written; {outcome.problems[0]}")
    own_parts = build.out.with_name(build.out.name + ".parts")
    items = {scan.source: found.states[scan.source] for scan in known}
    work = EmbeddingWork.of(found.place, settings)
    rounds = run_rounds(work, items, build.size, build.parts or str(own_parts), cluster, progress)
    memory = EmbeddedScans(destination.partial, embedder.digest)
    with writing(destination):
        rows = list(_rows(known, _looks(rounds, memory), outcome))
    contents = Contents()
    grower = Grower(contents, catalogue, embedder, memory, Limits(settings.max_bytes, settings.max_pixels))
    grower.keep(rows, outcome)
    if not contents.rows:
        raise BadReference(f"{build.scans}: none of the scans can be used, nothing was written; {outcome.problems[0]}")
    publish(contents, embedder.spec, destination)
    if build.parts is None:
        remove_rounds(own_parts)
    return outcome


def _unknown(scan: Scan) -> Remark:
    return Remark(scan.source, f"no metadata for {scan.card_id}; give the file that has it with --metadata")


def _looks(rounds: Sequence[Round], memory: EmbeddedScans) -> Iterator[dict[str, Any]]:
    """Give what stands of all parts, and let `memory` have their embeddings."""
    for its_round in rounds:
        for table in its_round.tables("source"):
            for file in table.column("embedded").drop_null():
                memory.take_file(file.as_py())
            looks = table.select(["source", "sha256", "error"]).to_pylist()
            yield from (look for look in looks if look["source"] in its_round.stands)


def _rows(scans: Sequence[Scan], looks: Iterator[dict[str, Any]], outcome: Outcome) -> Iterator[Row]:
    """Give the rows of the scans that could be used, in the order of the scans, and tell what became of the others."""
    by_source = {look["source"]: look for look in looks}
    for scan in scans:
        look = by_source[scan.source]
        if look["error"]:
            outcome.problems.append(Remark(scan.source, look["error"]))
        else:
            yield Row(scan.card_id, scan.source, scan.language, look["sha256"])
    outcome.embedded = len({look["sha256"] for look in by_source.values() if look["sha256"]})
