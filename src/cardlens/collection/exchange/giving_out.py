"""Writing entries of a collection in one of the formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TextIO

from cardlens.collection.copy import Copy
from cardlens.collection.crops import Crop
from cardlens.collection.exchange import own_json
from cardlens.collection.exchange.formats import TABLES, check_name, write_table
from cardlens.recognition.facts import CardFacts


def give_out(
    copies: Sequence[Copy], form: str, out: TextIO, facts: CardFacts, name: str, crop: Callable[[str], Crop] | None
) -> int:
    """Write entries; gives how many. `crop` fetches their pictures, which only our own JSON carries; None: without."""
    check_name(form)
    if form in TABLES:
        return write_table(copies, TABLES[form], facts, out)
    out.write(own_json.header(name))
    written: set[str] = set()
    for copy in copies:
        if crop is not None and copy.proof is not None and copy.proof not in written:
            written.add(copy.proof)
            out.write(own_json.crop_line(crop(copy.proof)))
        out.write(own_json.copy_line(copy))
    return len(copies)
