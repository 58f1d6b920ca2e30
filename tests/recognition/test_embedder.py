from __future__ import annotations

import numpy as np
import pytest

from cardlens.recognition.embedder import Embedder
from cardlens.runtimes.base import Bytes, Floats, prepare
from tests.recognition.doubles import EMBEDDER_SPEC, ColourNetwork


def crops(count: int) -> list[Bytes]:
    return list(np.random.default_rng(count).integers(0, 256, (count, 64, 64, 3), dtype=np.uint8))


@pytest.mark.parametrize("count", [1, 7, 8, 9, 21])
def test_however_many_crops_each_has_its_own_unit_vector(count: int) -> None:
    pictures = crops(count)
    vectors = Embedder(ColourNetwork(), EMBEDDER_SPEC).embed(pictures)
    assert vectors.dtype == np.float32
    assert vectors.shape == (count, 768)
    for picture, vector in zip(pictures, vectors, strict=True):
        raw = ColourNetwork().run(prepare([picture], EMBEDDER_SPEC))[0][0]
        np.testing.assert_allclose(vector, raw / np.sqrt(sum(float(value) ** 2 for value in raw)), atol=1e-6)


def test_crops_of_one_card_are_averaged_and_a_unit_vector_again() -> None:
    said = Embedder(_WithParts(), EMBEDDER_SPEC).describe(crops(6))
    together = said.averaged(3)
    assert together.vectors.shape == (2, 768)
    for at, vector in enumerate(together.vectors):
        mean = said.vectors[3 * at : 3 * at + 3].mean(axis=0)
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=1e-6)
    assert together.local is not None
    np.testing.assert_allclose(np.linalg.norm(together.local, axis=3), 1.0, atol=1e-5)


def test_no_crops_are_no_vectors_and_no_work() -> None:
    network = ColourNetwork()
    assert Embedder(network, EMBEDDER_SPEC).embed([]).shape == (0, 768)
    assert network.batches == []


def test_many_crops_go_in_small_batches() -> None:
    network = ColourNetwork()
    Embedder(network, EMBEDDER_SPEC).embed(crops(20))
    assert sum(network.batches) == 20
    assert max(network.batches) <= 8


def test_a_blank_crop_gives_numbers_all_the_same() -> None:
    vectors = Embedder(ColourNetwork(), EMBEDDER_SPEC).embed([np.zeros((64, 64, 3), np.uint8)])
    assert np.isfinite(vectors).all()


def test_its_digest_is_that_of_its_model() -> None:
    assert Embedder(ColourNetwork(), EMBEDDER_SPEC).digest == EMBEDDER_SPEC.digest


class _WithParts(ColourNetwork):
    def run(self, batch: Floats) -> list[Floats]:
        maps = np.arange(16 * 14 * 14, dtype=np.float32).reshape(1, 16, 14, 14).repeat(len(batch), axis=0)
        return [*super().run(batch), maps]


def test_a_network_with_local_maps_describes_parts_by_unit_vectors() -> None:
    description = Embedder(_WithParts(), EMBEDDER_SPEC).describe(crops(11))
    assert len(description) == 11
    assert description.local is not None
    assert description.local.shape == (11, 14, 14, 16)
    np.testing.assert_allclose(np.linalg.norm(description.local, axis=3), 1, atol=1e-5)
    raw = np.arange(16 * 14 * 14, dtype=np.float32).reshape(16, 14, 14)[:, 3, 5]
    np.testing.assert_allclose(description.local[7, 3, 5], raw / np.linalg.norm(raw), atol=1e-6)
    np.testing.assert_array_equal(description.vectors, Embedder(ColourNetwork(), EMBEDDER_SPEC).embed(crops(11)))


def test_a_network_without_them_describes_none_and_some_of_a_description_are_the_same_crops() -> None:
    assert Embedder(ColourNetwork(), EMBEDDER_SPEC).describe(crops(3)).local is None
    whole = Embedder(_WithParts(), EMBEDDER_SPEC).describe(crops(5))
    some = whole[1:3]
    assert len(some) == 2
    np.testing.assert_array_equal(some.vectors, whole.vectors[1:3])
