from __future__ import annotations

import os
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from cardlens.errors import UnreadablePicture
from cardlens.recognition.picture import Limits, Picture, decode
from tests.recognition.hostile_files import png
from tests.recognition.sample_pictures import BLUE, GREEN, RED, SUFFIXES, YELLOW, encode, quadrants, turned_heic

ENCODABLE = [suffix for suffix in SUFFIXES if suffix != "heic"]
Colour = tuple[int, int, int]


def corner_colours(picture: Picture) -> list[Colour]:
    """Colours of the quarters: top left, top right, bottom right, bottom left."""
    high, wide = picture.pixels.shape[:2]
    places = ((1, 1), (1, 3), (3, 3), (3, 1))
    colours = [picture.pixels[high * y // 4, wide * x // 4] for y, x in places]
    return [(int(red), int(green), int(blue)) for red, green, blue in colours]


def assert_quarters(picture: Picture, expected: list[Colour], tolerance: int = 6) -> None:
    assert np.abs(np.subtract(corner_colours(picture), expected)).max() <= tolerance


@pytest.mark.parametrize("suffix", ENCODABLE)
def test_every_format_gives_its_colours(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"card.{suffix}"
    file.write_bytes(encode(quadrants(64, 48), suffix))
    picture = decode(file)
    assert_quarters(picture, [RED, GREEN, YELLOW, BLUE], tolerance=12)
    assert (picture.size, picture.scale, picture.name) == ((64, 48), 1.0, str(file))


def test_a_heic_is_turned_by_its_own_property_and_not_again_by_exif() -> None:
    picture = decode(turned_heic())
    assert picture.size == (64, 128)
    assert_quarters(picture, [BLUE, RED, GREEN, YELLOW])


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "avif", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(suffix: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(quadrants(60, 40), suffix, exif=exif)
    shown = np.asarray(ImageOps.exif_transpose(Image.open(BytesIO(data))).convert("RGB"))
    picture = decode(data)
    assert picture.size == shown.shape[1::-1]
    np.testing.assert_array_equal(picture.pixels, shown)


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [
        ("CMYK", "jpg"),
        ("CMYK", "tif"),
        ("YCbCr", "tif"),
        ("RGBA", "webp"),
        ("RGBA", "tif"),
        ("RGBA", "png"),
    ],
)
def test_colour_modes_give_rgb(mode: str, suffix: str) -> None:
    picture = decode(encode(quadrants(64, 48).convert(mode), suffix))
    assert_quarters(picture, [RED, GREEN, YELLOW, BLUE], tolerance=12)


@pytest.mark.parametrize("suffix", ["png", "gif", "tif", "bmp"])
def test_a_palette_gives_its_colours(suffix: str) -> None:
    assert_quarters(decode(encode(quadrants(64, 48).quantize(4), suffix)), [RED, GREEN, YELLOW, BLUE], tolerance=1)


@pytest.mark.parametrize(("mode", "suffix"), [("L", "jpg"), ("L", "png"), ("L", "tif"), ("LA", "png"), ("L", "bmp")])
def test_grey_gives_three_equal_channels(mode: str, suffix: str) -> None:
    pixels = decode(encode(Image.new(mode, (40, 30), 90 if mode == "L" else (90, 255)), suffix)).pixels
    assert np.unique(pixels).tolist() == [90]


def test_black_and_white_gives_black_and_white() -> None:
    assert np.unique(decode(encode(quadrants(40, 30).convert("1"), "png")).pixels).tolist() == [0, 255]


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_grey_of_16_bits_is_scaled_not_clipped(suffix: str) -> None:
    deep = np.tile(np.arange(256, dtype=np.uint16) * 257, (4, 1))
    pixels = decode(encode(Image.fromarray(deep), suffix)).pixels
    np.testing.assert_array_equal(pixels[0, :, 0], np.arange(256))


def test_colour_of_16_bits_is_scaled_not_clipped() -> None:
    row = b"\0" + b"".join(value.to_bytes(2, "big") for value in (200 * 257, 30 * 257, 7 * 257))
    assert decode(png(1, 1, zlib.compress(row), depth=16)).pixels.tolist() == [[[200, 30, 7]]]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_what_is_transparent_shows_white(mode: str, suffix: str) -> None:
    image = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 20, 30))
    pixels = decode(encode(image.convert(mode), suffix)).pixels
    assert pixels[15, 30].min() >= 250
    assert pixels[15, 5].max() <= 5


def test_what_is_half_transparent_is_mixed_with_white() -> None:
    image = Image.new("RGBA", (4, 4), (255, 0, 0, 128))
    np.testing.assert_allclose(decode(encode(image, "png")).pixels[0, 0], [255, 127, 127], atol=1)


def test_a_transparent_colour_of_an_rgb_png_shows_white() -> None:
    pixels = decode(encode(quadrants(40, 40), "png", transparency=RED)).pixels
    assert pixels[5, 5].tolist() == [255, 255, 255]
    assert pixels[5, 35].tolist() == list(GREEN)


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "tif", "avif"])
def test_of_an_animation_the_first_frame_is_shown(suffix: str) -> None:
    later = [Image.new("RGB", (64, 48), colour) for colour in ("black", "white")]
    data = encode(quadrants(64, 48), suffix, save_all=True, append_images=later)
    assert_quarters(decode(data), [RED, GREEN, YELLOW, BLUE], tolerance=12)


def test_of_a_picture_pair_in_one_jpeg_the_first_is_shown() -> None:
    file = BytesIO()
    quadrants(64, 48).save(file, "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))])
    assert_quarters(decode(file.getvalue()), [RED, GREEN, YELLOW, BLUE])


@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize(
    ("at_least", "scale"), [(None, 1), (2000, 1), (801, 1), (800, 1 / 2), (400, 1 / 4), (200, 1 / 8), (1, 1 / 8)]
)
def test_a_picture_is_halved_as_long_as_enough_pixels_are_left(suffix: str, at_least: int | None, scale: float) -> None:
    picture = decode(encode(quadrants(1600, 1200), suffix), at_least=at_least)
    assert picture.size == (1600, 1200)
    assert picture.scale == scale
    assert picture.pixels.shape == (1200 * scale, 1600 * scale, 3)
    assert_quarters(picture, [RED, GREEN, YELLOW, BLUE])


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 700),
    st.integers(1, 700),
    st.integers(1, 400),
    st.sampled_from(["jpg", "bmp"]),
    st.integers(1, 8),
)
def test_any_size_is_reduced_to_whole_pixels(
    wide: int, high: int, at_least: int, suffix: str, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode(encode(quadrants(wide, high), suffix, exif=exif), at_least=at_least)
    turned = suffix == "jpg" and orientation >= 5
    assert picture.size == ((high, wide) if turned else (wide, high))
    long = max(wide, high)
    assert picture.scale in (1, 1 / 2, 1 / 4, 1 / 8)
    assert picture.scale == 1 or long * picture.scale >= at_least
    assert picture.scale == 1 / 8 or long * picture.scale < 2 * at_least
    assert picture.pixels.shape[1::-1] == tuple(-(-side // round(1 / picture.scale)) for side in picture.size)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 5), st.integers(200, 900), st.sampled_from(["png", "tif", "bmp"]))
def test_lossless_formats_give_every_pixel_back(wide: int, high: int, suffix: str) -> None:
    pixels = np.random.default_rng(high).integers(0, 256, (high, wide, 3), np.uint8)
    np.testing.assert_array_equal(decode(encode(Image.fromarray(pixels), suffix)).pixels, pixels)


def test_a_file_is_read_by_its_content_whatever_it_is_called(tmp_path: Path) -> None:
    file = tmp_path / "card.heic"
    file.write_bytes(encode(quadrants(64, 48), "png"))
    assert_quarters(decode(file), [RED, GREEN, YELLOW, BLUE])


def test_a_picture_can_be_given_another_name(tmp_path: Path) -> None:
    assert decode(encode(quadrants(9, 9), "png"), name="upload 7").name == "upload 7"
    with pytest.raises(UnreadablePicture, match=r"^upload 7: "):
        decode(b"no picture", name="upload 7")


def test_too_many_bytes_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "card.bmp"
    file.write_bytes(encode(quadrants(100, 100), "bmp"))
    with pytest.raises(UnreadablePicture, match=r"card\.bmp: larger than the limit of 3000 bytes.*CARDLENS_MAX_BYTES"):
        decode(file, limits=Limits(max_bytes=3_000))
    assert decode(file, limits=Limits(max_bytes=file.stat().st_size)).size == (100, 100)


@pytest.mark.parametrize(("suffix", "weight"), [("png", 1), ("jpg", 1), ("webp", 2.5), ("avif", 2), ("tif", 1.25)])
def test_too_many_pixels_are_refused_sooner_where_the_format_takes_more_memory(suffix: str, weight: float) -> None:
    data = encode(quadrants(100, 100), suffix)
    assert decode(data, limits=Limits(max_pixels=int(10_000 * weight))).size == (100, 100)
    with pytest.raises(UnreadablePicture, match=r"100 x 100 pixels.*CARDLENS_MAX_PIXELS"):
        decode(data, limits=Limits(max_pixels=int(10_000 * weight) - 1))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    file = tmp_path / "card.jpg"
    file.write_bytes(encode(quadrants(9, 9), "jpg"))
    file.chmod(0)
    with pytest.raises(UnreadablePicture, match="Permission denied"):
        decode(file)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(SUFFIXES), st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), min_size=1, max_size=8))
def test_damage_anywhere_never_raises_anything_else(suffix: str, damage: list[tuple[float, int]]) -> None:
    data = bytearray(turned_heic() if suffix == "heic" else encode(quadrants(40, 24), suffix))
    for where, change in damage:
        data[int(where * (len(data) - 1))] ^= change
    try:
        seen = str(decode(bytes(data), limits=Limits(max_pixels=1_000_000)).pixels.shape)
    except UnreadablePicture as error:
        seen = str(error)
    assert seen.startswith(("(", "picture: "))


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8)],
)
def test_a_picture_is_rgb_bytes(pixels: npt.NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="uint8"):
        Picture(pixels, "card.jpg", (4, 4))


def test_a_picture_lies_in_one_piece() -> None:
    with pytest.raises(ValueError, match="contiguous"):
        Picture(np.zeros((4, 8, 3), np.uint8)[:, ::2], "card.jpg", (4, 4))


@pytest.mark.cards
def test_real_photos_are_upright(cards_folder: Path) -> None:
    photos = cards_folder / "photos"
    sizes = {file.name: decode(file).size for file in sorted(photos.glob("*.*e*g")) + sorted(photos.glob("*.heic"))}
    assert sizes["fan-c05ef4ae.heic"] == (3024, 4032)
    assert sizes["fan-8ec9ac39.jpeg"] == (768, 1024)
    assert decode(photos / "magmar-tilt-left.jpg").pixels.shape == (2016, 1512, 3)
