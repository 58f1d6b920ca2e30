from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cardlens.errors import CardlensError, UnreadablePicture
from cardlens.recognition.facts import bundled_facts
from cardlens.reference.scans import find_scans, is_blank, look_at
from tests.reference.doubles import drawn_scan, save_scan, spec


@pytest.mark.parametrize(
    ("name", "card_id", "language"),
    [
        ("base1-4.webp", "base1-4", "en"),
        ("base1-1_Alakazam.png", "base1-1", "en"),
        ("Alakazam-en_base_base1_1_high.png", "base1-1", "en"),
        ("Alakazam-de_base_base1_001_low.png", "base1-1", "de"),
        ("Mr._Mime-fr_base_base2_6_high.png", "base2-6", "fr"),
        ("cel25c-2_A.png", "cel25c-2_A", "en"),
        ("cel25c-2_A_Blastoise.png", "cel25c-2_A", "en"),
        ("PROMO-A-12.webp", "PROMO-A-12", "en"),
        ("de/A1-1.webp", "A1-1", "de"),
        ("ja-2/A1-1.webp", "A1-1", "ja"),
        ("zh-hant/A1-1.webp", "A1-1", "zh"),
        ("it-is-sharp/A1-1.webp", "A1-1", "en"),
        ("sharp/base1-4.JPG", "base1-4", "en"),
        ("fan-made-1.png", "fan-made-1", "en"),
        ("fan-made-1_Some_Name.png", "fan-made-1", "en"),
    ],
)
def test_names_of_files_say_the_card(tmp_path: Path, name: str, card_id: str, language: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.touch()
    (scan,) = find_scans(tmp_path, bundled_facts().__contains__)
    assert (scan.card_id, scan.language, scan.source) == (card_id, language, name)


def test_scans_of_the_folder_itself_come_first(tmp_path: Path) -> None:
    for name in ("de/A1-1.webp", "A1-2.webp", ".hidden.webp", "A1-1.webp", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [scan.source for scan in find_scans(tmp_path, lambda _: True)] == ["A1-1.webp", "A1-2.webp", "de/A1-1.webp"]


def test_a_folder_without_scans_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CardlensError, match="no scans here"):
        find_scans(tmp_path, lambda _: True)
    with pytest.raises(CardlensError, match="no such folder"):
        find_scans(tmp_path / "gone", lambda _: True)


def test_blank_means_without_any_print() -> None:
    noise = np.random.default_rng(0).integers(-4, 5, (300, 200, 3))
    assert is_blank((240 + noise).astype(np.uint8))
    assert not is_blank(drawn_scan(1))


def test_a_scan_becomes_a_crop_of_the_size_that_the_model_wants(tmp_path: Path) -> None:
    content = save_scan(tmp_path / "tst-1.png", drawn_scan(1)).read_bytes()
    assert look_at(content, "tst-1.png", spec()).crop.shape == (88, 64, 3)
    with pytest.raises(UnreadablePicture, match="tst-9"):
        look_at(save_scan(tmp_path / "tst-9.png", np.zeros((88, 63, 3), np.uint8)).read_bytes(), "tst-9.png", spec())
