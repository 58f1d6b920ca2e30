from __future__ import annotations

import pytest

from cardlens.cloud.place import Place
from cardlens.errors import CardlensError


def test_the_documented_example_is_the_default() -> None:
    place = Place.from_environment(environment={})
    assert place.uri == "s3://pokemon-card-training-us-east-2/project/pokemon-card-recognition"
    assert (place.region, place.package_group) == ("us-east-2", "pokemon-card-embedding")


def test_the_environment_names_store_and_region() -> None:
    place = Place.from_environment(environment={"CARDLENS_STORE": "s3://shop/cards/", "AWS_REGION": "eu-central-1"})
    assert (place.bucket, place.prefix, place.region) == ("shop", "cards", "eu-central-1")
    assert place.key("models/x") == "cards/models/x"


def test_a_local_store_leaves_the_example() -> None:
    assert Place.from_environment(environment={"CARDLENS_STORE": "/srv/store"}) == Place()


@pytest.mark.parametrize(
    "store", ["/srv/store", "s3://bucket", "s3://", "s3://Bucket/cards", "s3://b/cards", "gs://a/b"]
)
def test_what_is_no_place_in_s3_is_refused(store: str) -> None:
    with pytest.raises(CardlensError, match="give"):
        Place.from_environment(store, {})


@pytest.mark.parametrize("stack", ["", "1st", "a b", "s" * 51])
def test_a_bad_stack_name_is_refused(stack: str) -> None:
    with pytest.raises(CardlensError, match="stack"):
        Place(stack=stack)
