"""Building a reference database from scans."""

from __future__ import annotations

from pathlib import Path

from cardlens.errors import BadReference
from cardlens.recognition.picture import DEFAULT_LIMITS, Limits
from cardlens.reference.catalogue import Catalogue
from cardlens.reference.contents import Contents
from cardlens.reference.grower import Embeds, Grower, Progress
from cardlens.reference.outcome import Outcome
from cardlens.reference.partial import EmbeddedScans
from cardlens.reference.publish import Destination, publish


def build(
    scans: Path, catalogue: Catalogue, embedder: Embeds, out: Path, progress: Progress, limits: Limits = DEFAULT_LIMITS
) -> Outcome:
    """Build the database `out` from a folder of scans; a database that is there is replaced.

    An interrupted build goes on where it stopped, and scans that the replaced database holds are not embedded again.

    Args:
        scans: `<card_id>.<ext>`, further views in sub-folders.
        catalogue: metadata; scans of cards that it does not know are left out.
        embedder: makes the embeddings.
        out: folder to write.
        progress: called with (scans done, scans in all).
        limits: for opening scans.

    Raises:
        BadReference: `out` cannot be written, or nothing would be in it.
    """
    destination = Destination(out)
    destination.check()
    memory = EmbeddedScans(destination.partial, embedder.spec.digest)
    memory.take_from(out, embedder.spec.digest)
    contents = Contents()
    outcome = Grower(contents, catalogue, embedder, memory, limits).grow(scans, destination, progress)
    if not contents.rows:
        raise BadReference(f"{scans}: none of the scans can be used, nothing was written; {outcome.problems[0]}")
    publish(contents, embedder.spec, destination)
    return outcome
