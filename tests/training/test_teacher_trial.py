from __future__ import annotations

import numpy as np

from cardlens.training.simulator.scans import ScanRecord, Scans
from cardlens.training.split import Split
from cardlens.training.teacher_trial import TeacherTrial
from tests.training.drawn_scans import drawn_grounds, drawn_scan

CARDS = ["xy1-1", "base2-1", "base2-2"]
SPLIT = Split(("xy1-1",), (), ("base2-1", "base2-2"), {"xy1-1": 0, "base2-1": 1, "base2-2": 2})
RECORDS = [
    *(ScanRecord(card, "scans", f"scans/{card}.webp") for card in CARDS),
    ScanRecord("base2-2", "de", "views/de/base2-2.webp"),
    ScanRecord("unnamed-1", "unnamed", "unnamed/1.webp"),
]
SCANS = Scans(np.stack([drawn_scan(seed) for seed in range(len(RECORDS))]), RECORDS)


def made() -> TeacherTrial:
    return TeacherTrial.make(SCANS, SPLIT, drawn_grounds(), 32)


def test_photographs_every_picture_of_held_out_cards_and_nothing_else() -> None:
    trial = made()
    assert trial.wanted.tolist() == [1, 1, 2, 2, 2, 2]
    assert trial.views.tolist() == [False] * 4 + [True] * 2
    assert {photo.shape for photo in trial.photos} == {(32, 32, 3)}
    assert (trial.rows, trial.shown.tolist()) == ([0, 1, 2], [0, 1, 2])


def test_always_asks_the_same() -> None:
    first, second = made(), made()
    np.testing.assert_array_equal(first.photos, second.photos)


def test_counts_photos_whose_nearest_scan_is_of_their_artwork() -> None:
    trial = made()
    # lengths mean nothing; the unnamed face, which is no part of the gallery, is nearest to all
    scans = np.array([[5, 0, 0], [0, 0.1, 0], [0, 0, 2], [0, 0, 1], [1, 1, 1]], np.float32)
    photos = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0.1, 1], [0, 0, 3], [0, 1, 0]], np.float32)
    recall = trial.recall(scans, photos)
    assert recall["all"] == round(4 / 6, 4)
    assert recall["other pictures than the scan"] == 0.5
    right = np.array([1, 0, 1, 1, 1, 0], bool)
    for kind, which in (("120 px and wider", trial.widths >= 120), ("under 90 px", trial.widths < 90)):
        if which.any():
            assert recall[kind] == round(float(right[which].mean()), 4)
        else:
            assert kind not in recall
