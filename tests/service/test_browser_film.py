"""Cards that no training saw under a browser's camera: the list, then the collection, has each of them once.

Cards that pass wait for nobody, so they are shown only when asked for, on a computer with nothing else to do:
CARDLENS_FILM_CARDS says how many, CARDLENS_FILM_SEED which.
"""

from __future__ import annotations

import importlib.util
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
import pytest

from cardlens.assembly import open_recognizer
from cardlens.live.film import Kind, frames, plan
from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.picture import decode
from cardlens.reference.scans import Scan, find_scans
from cardlens.settings import Settings
from cardlens.training.simulator.grounds import open_grounds
from cardlens.training.split import HELD_OUT_SETS, set_of
from tests.service.browser import (
    CHROMIUM,
    FFMPEG,
    PATIENCE,
    Witness,
    chromium_with,
    empty_collection,
    new_window,
    open_page,
    write_mjpeg,
)
from tests.service.conftest import Running

if TYPE_CHECKING:
    from playwright.sync_api import Page

CARDS = int(os.environ.get("CARDLENS_FILM_CARDS", "0"))
SEED = int(os.environ.get("CARDLENS_FILM_SEED", "1"))
# seconds of an empty table in the end, so that the film does not begin again while its last card is on its way
EMPTY = 20.0

pytestmark = [
    pytest.mark.browser,
    pytest.mark.cards,
    pytest.mark.skipif(CHROMIUM is None or FFMPEG is None, reason="needs chromium and ffmpeg"),
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="needs playwright"),
]


@dataclass(frozen=True)
class Filmed:
    """A film on the page: the ids of its cards, how long it is, and the page whose camera plays it."""

    ids: list[str]
    seconds: float
    page: Page


def unseen(data: Path, count: int) -> list[Scan]:
    """Choose scans of cards of sets that no training saw."""
    known = bundled_facts().__contains__
    scans = [scan for scan in find_scans(data / "scans", known) if set_of(scan.card_id) in HELD_OUT_SETS]
    return [scans[int(at)] for at in np.random.default_rng(SEED).choice(len(scans), count, replace=False)]


@contextmanager
def filmed(url: str, data: Path, file: Path, kind: Kind, count: int, empty: float = 0.0) -> Iterator[Filmed]:
    """Open the page with a camera that plays a film; in the end nobody complained, and nobody else was asked."""
    scans = unseen(data, count)
    film = plan(kind, range(count), SEED)
    pictures = [decode(scan.file, at_least=None).pixels for scan in scans]
    write_mjpeg(file, frames(film, pictures, open_grounds(data / "backgrounds")), empty)
    with chromium_with(file) as chromium, new_window(chromium) as window:
        witness = Witness(window)
        yield Filmed([scan.card_id for scan in scans], film.seconds, open_page(window, url))
        assert witness.complaints == []
        assert witness.asked == {urlsplit(url).netloc}


def keep_all(page: Page, count: int) -> None:
    page.get_by_role("button", name="Stop").click()
    places = page.locator(".row .where").all_text_contents()
    assert len(places) == count, places
    page.get_by_role("button", name=f"Add all {count} to collection").click()
    page.locator(".row .kept").nth(count - 1).wait_for(timeout=PATIENCE)


def assert_kept(running: Running, ids: Sequence[str]) -> None:
    """Tell whether the collection is these cards; printings that share their drawing count as one."""
    kept = [copy["card_id"] for copy in running.http.get("/v1/collection?limit=1000").json()["copies"]]
    tied = open_recognizer(Settings(threads=1)).matcher.gallery.printings
    assert Counter(map(tied, kept)) == Counter(map(tied, ids))


def test_nine_cards_that_lie_there_are_listed(running: Running, cards_folder: Path, tmp_path: Path) -> None:
    empty_collection(running.http)
    with filmed(running.url, cards_folder, tmp_path / "camera.mjpeg", "nine", 9) as shown:
        shown.page.get_by_role("button", name="Start the camera").click()
        shown.page.locator(".row").nth(8).wait_for(timeout=PATIENCE)
        keep_all(shown.page, 9)
    assert_kept(running, shown.ids)


@pytest.mark.skipif(CARDS == 0, reason="asked for by CARDLENS_FILM_CARDS=20: cards that pass wait for nobody")
def test_cards_that_pass_are_listed_once(running: Running, cards_folder: Path, tmp_path: Path) -> None:
    empty_collection(running.http)
    with filmed(running.url, cards_folder, tmp_path / "camera.mjpeg", "passing", CARDS, EMPTY) as shown:
        shown.page.get_by_role("button", name="Start the camera").click()
        shown.page.wait_for_timeout((shown.seconds + EMPTY / 4) * 1000)
        keep_all(shown.page, CARDS)
    assert_kept(running, shown.ids)
