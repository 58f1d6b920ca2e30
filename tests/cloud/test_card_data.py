from __future__ import annotations

import json

import pytest

from cardlens.cloud.aws import Aws, CloudRefused
from cardlens.cloud.card_data import list_card_data
from cardlens.cloud.place import Place
from tests.cloud.accounts import make_bucket

FILES = ("card_images/base1-1.png", "card_images/base1-2.png", "backgrounds/table.jpg")


@pytest.fixture
def filled(aws: Aws, place: Place) -> Place:
    """Fill data/raw/ with three files and one record of the store's own."""
    make_bucket(aws, place)
    for path in (*FILES, ".cardlens/current.json"):
        aws.s3.put_object(Bucket=place.bucket, Key=place.key(f"data/raw/{path}"), Body=path.encode())
    return place


def test_lists_what_training_reads(aws: Aws, filled: Place) -> None:
    data = list_card_data(aws, filled)
    assert [path for path, _, _ in data.files] == sorted(FILES)
    assert data.size == sum(map(len, FILES))


def test_the_manifest_is_what_sagemaker_reads(aws: Aws, filled: Place) -> None:
    manifest = json.loads(list_card_data(aws, filled, "data/raw").manifest())
    assert manifest == [{"prefix": f"{filled.uri}/data/raw/"}, *sorted(FILES)]


def test_another_content_is_another_manifest(aws: Aws, filled: Place) -> None:
    before = list_card_data(aws, filled)
    assert list_card_data(aws, filled).path == before.path
    aws.s3.put_object(Bucket=filled.bucket, Key=filled.key(f"data/raw/{FILES[0]}"), Body=b"x" * len(FILES[0]))
    assert list_card_data(aws, filled).path != before.path


def test_no_scans_is_said(aws: Aws, filled: Place) -> None:
    with pytest.raises(CloudRefused, match="data/processed/: has no scans to train on; run `cardlens store push raw"):
        list_card_data(aws, filled, "data/processed")


def test_no_bucket_is_said(aws: Aws, place: Place) -> None:
    with pytest.raises(CloudRefused, match="there is no such bucket; check CARDLENS_STORE"):
        list_card_data(aws, place)
