from __future__ import annotations

from urllib.parse import urlsplit

from cardlens.cloud.place import Place
from cardlens.cloud.urls import console_urls


def test_every_row_of_the_page_has_a_link() -> None:
    found = console_urls(Place())
    assert {"Bucket", "Reference DB", "Models", "Training jobs", "Model registry", "Users", "Role device"} <= set(found)
    assert found["Bucket"].endswith("buckets/pokemon-card-training-us-east-2?region=us-east-2")
    assert found["Reference DB"].endswith("prefix=project/pokemon-card-recognition/data/reference/")


def test_links_lead_into_the_console_of_the_place() -> None:
    place = Place(bucket="shop", prefix="my cards/x".replace(" ", "-"), region="eu-central-1", stack="lab")
    for url in console_urls(place).values():
        assert urlsplit(url).scheme == "https"
        assert (urlsplit(url).hostname or "").endswith("console.aws.amazon.com")
    assert "lab-device" in console_urls(place)["Role device"]
