"""A service on this computer, a client without patience, and drawn cards."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cardlens.reference.fetch.client import Client
from cardlens.reference.fetch.folder import RawFolder
from cardlens.reference.fetch.ledger import Ledger
from cardlens.reference.fetch.pace import Pace, Patience
from tests.reference.doubles import drawn_scan
from tests.reference.fetch.loopback import Loopback, serving

IMPATIENT = Patience(attempts=3, first_wait=0.001, longest_wait=0.01, silence=0.3, whole=0.3)


@pytest.fixture
def service() -> Iterator[Loopback]:
    with serving() as loopback:
        yield loopback


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client.open(Pace(10_000), IMPATIENT)
    yield client
    client.stop()
    client.close()


@pytest.fixture
def raw(tmp_path: Path) -> RawFolder:
    return RawFolder(tmp_path / "raw")


@pytest.fixture
def ledger(raw: RawFolder) -> Ledger:
    return Ledger(raw.ledger)


def scan_bytes(seed: int, kind: str = "PNG") -> bytes:
    """Draw a card and save it."""
    stream = io.BytesIO()
    Image.fromarray(drawn_scan(seed)).save(stream, format=kind)
    return stream.getvalue()


def saved(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    """Save a picture."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format=kind)
    return stream.getvalue()
