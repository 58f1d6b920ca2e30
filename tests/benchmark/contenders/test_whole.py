from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cardlens.benchmark.contenders.whole import Whole
from cardlens.recognition.decision import Decider
from cardlens.recognition.detector import Detector
from cardlens.recognition.embedder import Embedder
from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.local import pack
from cardlens.recognition.matcher import Gallery, Matcher
from cardlens.recognition.picture import Limits
from cardlens.recognition.reading import Reading
from cardlens.recognition.recognizer import Recognizer
from cardlens.recognition.sight import SightCalibration, Sighting, features
from cardlens.recognition.straighten import straighten
from cardlens.runtimes.base import Bytes
from cardlens.training.left_out import LeftOut
from cardlens.training.simulator.layouts import card_at
from tests.recognition.doubles import (
    DETECTOR_SPEC,
    EMBEDDER_SPEC,
    ColourNetwork,
    ContentAligner,
    KnowingDetector,
    SmallGallery,
    ToldReader,
    random_parts,
)
from tests.recognition.drawn_quads import laid, patterned_card, rectangle

IDS = ("base1-10", "base1-11", "base1-12")
HERE = card_at(320, 320, 200, 0.1)
SURE = {**dict.fromkeys(features(Sighting((), 0, 0, 0)), 0.0), "bias": -36.0, "similarity": 45.0}


def crop(number: int) -> Bytes:
    return straighten(patterned_card(seed=number), rectangle(-0.5, -0.5, 126, 176), 64, 64)


def recognizer(gallery: Gallery) -> Recognizer:
    facts = bundled_facts()
    return Recognizer(
        detector=Detector(KnowingDetector([HERE], (640, 640)), DETECTOR_SPEC, ContentAligner()),
        embedder=Embedder(ColourNetwork(), EMBEDDER_SPEC),
        matcher=Matcher(gallery),
        calibration=SightCalibration(SURE),
        reader=ToldReader(Reading()),
        decider=Decider(gallery, facts),
        limits=Limits(),
    )


@pytest.fixture
def whole() -> Whole:
    vectors = Embedder(ColourNetwork(), EMBEDDER_SPEC).embed([crop(number) for number in range(3)])
    gallery: Any = SmallGallery(IDS, vectors, packed=pack(random_parts(3)))
    gallery.embeddings = vectors

    def blind(gone: Collection[str]) -> Recognizer:
        return recognizer(LeftOut(gallery, gone))

    return Whole(recognizer(gallery), gallery, blind)


PHOTO = laid(patterned_card(seed=1), HERE, np.full((640, 640, 3), 110, np.uint8))


def test_answers_come_with_what_they_were_decided_from(whole: Whole) -> None:
    [named] = whole.name_cards(PHOTO)
    assert named.candidates[0].card_id == "base1-11"
    assert named.seen is not None
    assert named.seen.sighting.artworks[0].printings == ("base1-11",)
    assert len(whole.spent) == 1
    again = whole.decide(named.seen)
    assert (again.candidates, again.confidence, again.decision) == (named.candidates, named.confidence, named.decision)


def test_cards_that_are_left_out_are_not_named(whole: Whole) -> None:
    [named] = whole.name_cards(PHOTO, {"base1-11"})
    assert "base1-11" not in {candidate.card_id for candidate in named.candidates}
    assert whole.name_cards(PHOTO)[0].candidates[0].card_id == "base1-11"


def test_crops_are_ranked_as_the_recognizer_matches_them(whole: Whole) -> None:
    described = whole.describe([crop(2), crop(0)])
    assert [one[0].card_id for one in whole.rank(described)] == ["base1-12", "base1-10"]
    assert [one[0].card_id for one in whole.rank(described, {"base1-12"})][1] == "base1-10"
    assert "base1-12" not in {candidate.card_id for candidate in whole.rank(described, {"base1-12"})[0]}
    assert whole.vector(described[0]).shape == (768,)


def test_where_the_model_has_parts_they_count(whole: Whole) -> None:
    [plain] = whole.describe([crop(2)])
    described = replace(plain, local=random_parts(3)[0])  # the parts of another card
    [with_parts], [by_vector] = whole.rank([described]), whole.rank_by_vector([described])
    scores = {candidate.card_id: candidate.score for candidate in with_parts}
    alone = {candidate.card_id: candidate.score for candidate in by_vector}
    assert scores["base1-10"] - alone["base1-10"] > 0.9 > scores["base1-12"] - alone["base1-12"]
