from __future__ import annotations

import json

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cardlens.training.dataset.forms import (
    CORNERS,
    HIDDEN,
    IN_SIGHT,
    LabelledCard,
    LabelledPhoto,
    as_coco,
    as_yolo,
    box,
    corner_states,
    yolo_data,
)
from cardlens.training.simulator.layouts import card_at

SIZE = 640
ALL_IN_SIGHT = (IN_SIGHT,) * 4


def photo(*cards: LabelledCard) -> LabelledPhoto:
    return LabelledPhoto("000001.jpg", (SIZE, SIZE), cards)


INSIDE = LabelledCard(card_at(300, 300, 100, 0.3), ALL_IN_SIGHT, "A1-1", 1.0)
CUT = LabelledCard(card_at(20, 300, 100, 0.0), (HIDDEN, IN_SIGHT, IN_SIGHT, HIDDEN), "A1-2", 0.7)


def test_coco_has_an_image_and_an_annotation_a_card() -> None:
    record = as_coco([photo(INSIDE, CUT), LabelledPhoto("000002.jpg", (SIZE, SIZE), ())])
    assert [image["id"] for image in record["images"]] == [1, 2]
    assert [(one["id"], one["image_id"], one["card_id"]) for one in record["annotations"]] == [
        (1, 1, "A1-1"),
        (2, 1, "A1-2"),
    ]
    assert record["categories"][0]["keypoints"] == list(CORNERS)
    assert json.loads(json.dumps(record)) == record


def test_coco_keypoints_are_the_corners_in_the_card_s_own_order() -> None:
    [inside, cut] = as_coco([photo(INSIDE, CUT)])["annotations"]
    places = np.array(inside["keypoints"]).reshape(4, 3)
    np.testing.assert_allclose(places[:, :2], INSIDE.quad + 0.5, atol=0.01)
    assert places[:, 2].tolist() == [2, 2, 2, 2]
    assert np.array(cut["keypoints"]).reshape(4, 3)[:, 2].tolist() == [1, 2, 2, 1]
    assert cut["keypoints"][0] < 0, "a corner outside keeps its place"
    assert inside["area"] == pytest.approx(100 * 100 * 88 / 63, rel=0.01)


def test_boxes_end_at_the_photo_s_edge() -> None:
    left, top, across, down = box(CUT.quad, (SIZE, SIZE))
    assert left == 0
    assert across == pytest.approx(70.5)
    assert [top, down] == pytest.approx([300.5 - 69.84, 139.68], abs=0.01)


@given(st.floats(-50, 690), st.floats(-50, 690), st.floats(20, 300), st.floats(-3.2, 3.2))
def test_yolo_stays_within_the_photo_and_gives_the_corners_back(x: float, y: float, wide: float, angle: float) -> None:
    card = LabelledCard(card_at(x, y, wide, angle), ALL_IN_SIGHT, "a", 1.0)
    words = as_yolo(photo(card)).split()
    assert len(words) == 1 + 4 + 4 * 3
    assert words[0] == "0"
    values = [float(word) for word in words[1:5]]
    assert all(0 <= value <= 1 for value in values)
    corners = np.array([float(word) for word in words[5:]]).reshape(4, 3)
    assert ((corners[:, :2] >= 0) & (corners[:, :2] <= 1)).all()
    for given_, said in zip(card.quad + 0.5, corners, strict=True):
        if said[2]:
            np.testing.assert_allclose(said[:2] * SIZE, given_, atol=0.01)
        else:
            assert ((given_ < 0) | (given_ > SIZE)).any()


def test_corners_under_later_cards_and_outside_are_hidden() -> None:
    below, above = card_at(100, 150, 100, 0.0), card_at(150, 220, 100, 0.0)
    first, second = corner_states([below, above], SIZE)
    assert first == (IN_SIGHT, IN_SIGHT, HIDDEN, IN_SIGHT)
    assert second == ALL_IN_SIGHT
    assert corner_states([CUT.quad], SIZE) == [CUT.corners]


def test_the_yolo_description_does_not_let_cards_be_mirrored() -> None:
    said = yaml.safe_load(yolo_data(["train", "val"]))
    assert said == {"train": "images/train", "val": "images/val", "kpt_shape": [4, 3], "names": {0: "card"}}


def test_photos_are_found_from_wherever_training_is_started() -> None:
    """Without `path`, ultralytics takes the folder of data.yaml; with `path: .`, the one that it was started in."""
    assert "path" not in yaml.safe_load(yolo_data(["train"]))
