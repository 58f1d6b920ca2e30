from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from cardlens.recognition.facts import bundled_facts


def test_a_card_is_found_by_name_and_number(client: TestClient) -> None:
    found = client.get("/v1/cards", params={"search": "pikachu 25/165"}).json()["cards"]
    assert found[0]["card_id"] == "sv3pt5-25"
    assert found[0]["can_be_seen"] is True


def test_a_card_of_the_database_alone_is_found_too(client: TestClient) -> None:
    found = client.get("/v1/cards", params={"search": "emberling"}).json()["cards"]
    assert found[0]["card_id"] == "demo-1"
    assert client.get("/v1/cards/demo-1").json()["name"] == "Emberling"


@pytest.mark.parametrize("path", ["/v1/cards/zzz-1", "/v1/similar/zzz-1", "/v1/cards/..%2f..%2fetc%2fpasswd"])
def test_a_card_that_is_none_is_a_404_in_words(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_looks_alike_is_given_most_alike_first(client: TestClient) -> None:
    similar = client.get("/v1/similar/demo-1", params={"limit": 5}).json()["similar"]
    assert len(similar) == 5
    values = [one["similarity"] for one in similar]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("limit", ["0", "201", "many"])
def test_an_impossible_limit_is_refused(client: TestClient, limit: str) -> None:
    assert client.get("/v1/cards", params={"search": "mew", "limit": limit}).status_code == 422


def test_the_index_holds_every_card_once_and_is_small(client: TestClient) -> None:
    answer = client.get("/v1/card-index")
    index = answer.json()
    ids = [row[0] for row in index["rows"]]
    assert len(ids) == len(set(ids))
    assert set(ids) >= {card.card_id for card in bundled_facts()} | {"demo-1"}
    assert int(answer.headers["content-length"]) < 500_000
