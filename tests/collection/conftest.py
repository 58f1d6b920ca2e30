"""An empty collection for each test: copied from one made once, as making the tables takes half a second."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from cardlens.collection import Collection, open_collection


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "collection.db"
    open_collection(file).close()
    return file


@pytest.fixture
def place(empty_database: Path, tmp_path: Path) -> Path:
    """Give the file of an empty collection."""
    file = tmp_path / "collection.db"
    shutil.copy(empty_database, file)
    return file


@pytest.fixture
def collection(place: Path) -> Iterator[Collection]:
    with open_collection(place) as opened:
        yield opened


@pytest.fixture
def draw_crop() -> Callable[..., bytes]:
    """Give a function that draws a picture, another one for each number."""

    def draw(number: int = 0, form: str = "JPEG") -> bytes:
        picture = Image.new("RGB", (63, 88), (20 + number % 200, 80, 120))
        ImageDraw.Draw(picture).text((10, 30), str(number), fill="white")
        out = io.BytesIO()
        picture.save(out, form)
        return out.getvalue()

    return draw
