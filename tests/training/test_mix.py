from __future__ import annotations

import numpy as np

from cardlens.recognition.facts import bundled_facts
from cardlens.training.mix import as_met
from cardlens.training.simulator.scans import ScanRecord, Scans


def test_printed_cards_are_met_more_often_and_energies_most() -> None:
    ids = ["A1-1", "base1-4", "base1-98", "unnamed-7"]
    pixels = np.arange(4, dtype=np.uint8)[:, None, None, None] + np.zeros((1, 4, 3, 3), np.uint8)
    scans = Scans(pixels, [ScanRecord(card_id, "scans", f"{card_id}.webp") for card_id in ids])
    met = as_met(scans, bundled_facts())
    counts = [sum(int(picture[0, 0, 0]) == row for picture in met) for row in range(4)]
    assert counts == [1, 3, 20, 1]
    assert all(np.shares_memory(picture, pixels) for picture in met)
