from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.cloud.grants import beyond, by_wildcard, grants, is_admin, lacking


def policy(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **more}]}


READ = policy("s3:GetObject", "arn:aws:s3:::cards/models/*")
LISTED = {"StringLike": {"s3:prefix": "models/*"}}


@pytest.mark.parametrize(
    "document",
    [
        policy("*", "*"),
        policy(["s3:GetObject", "*"], ["*"]),
        policy("iam:*", "*"),
        {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}},
    ],
)
def test_knows_an_administrator(document: dict[str, Any]) -> None:
    assert is_admin(document)


@pytest.mark.parametrize("document", [policy("s3:*", "*"), policy("*", "arn:aws:s3:::cards/*"), {}])
def test_knows_who_is_none(document: dict[str, Any]) -> None:
    assert not is_admin(document)


@pytest.mark.parametrize(
    "held",
    [
        policy("s3:*", "arn:aws:s3:::cards/models/*"),
        policy("s3:Get*", "arn:aws:s3:::cards/models/*"),
        policy("s3:GetObject", "arn:aws:s3:::cards/*"),
        policy("s3:GetObject", "*"),
        policy("s3:PutObject", "arn:aws:s3:::cards/models/*"),
        {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::other/*"}]},
    ],
)
def test_what_goes_beyond_is_named(held: dict[str, Any]) -> None:
    assert list(map(str, beyond([held], READ))) == list(map(str, grants(held)))


@pytest.mark.parametrize(
    "held",
    [
        READ,
        policy("S3:getobject", "arn:aws:s3:::cards/models/*"),
        policy("s3:GetObject", "arn:aws:s3:::cards/models/one.hef"),
        policy("s3:GetObject", "arn:aws:s3:::cards/models/*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
        {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]},
    ],
)
def test_what_is_needed_or_less_is_not_beyond(held: dict[str, Any]) -> None:
    assert beyond([held], READ) == []


def test_a_condition_that_is_left_out_is_beyond() -> None:
    needed = policy("s3:ListBucket", "arn:aws:s3:::cards", Condition=LISTED)
    assert beyond([needed], needed) == []
    assert len(beyond([policy("s3:ListBucket", "arn:aws:s3:::cards")], needed)) == 1


def test_what_is_lacking_is_named() -> None:
    assert list(map(str, lacking([], READ))) == ["s3:GetObject on arn:aws:s3:::cards/models/*"]
    assert lacking([policy("s3:*", "*")], READ) == []


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:*", "arn:aws:s3:::cards/models/*"),
        ("S3:Get*", "arn:aws:s3:::cards"),
        ("*", "arn:aws:s3:::cards/*"),
        ("s3:GetObject", "*"),
        ("s3:GetObject", "arn:aws:s3:::*"),
        ("s3:PutObject", "arn:aws:s3:::car*/models/one.hef"),
        ("s3:GetObject", "arn:aws-cn:s3:::card?/*"),
    ],
)
def test_what_reaches_a_bucket_by_a_wildcard_is_named(action: str, resource: str) -> None:
    assert list(map(str, by_wildcard([policy(action, resource)], "cards"))) == [f"{action} on {resource}"]


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::cards/models/*"),
        ("s3:*", "arn:aws:s3:::other/*"),
        ("s3:ListAllMyBuckets", "*"),
        ("iam:*", "*"),
        ("*", "arn:aws:sns:us-east-2:123456789012:*"),
    ],
)
def test_what_names_a_bucket_and_its_actions_reaches_none_by_a_wildcard(action: str, resource: str) -> None:
    assert by_wildcard([policy(action, resource)], "cards") == []


names = st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:*", "*"])
places = st.sampled_from(["arn:aws:s3:::cards", "arn:aws:s3:::cards/*", "arn:aws:s3:::cards/models/*", "*"])
documents = st.builds(policy, st.lists(names, min_size=1), st.lists(places, min_size=1))


@given(documents)
def test_a_policy_is_never_beyond_nor_lacking_itself(document: dict[str, Any]) -> None:
    assert beyond([document], document) == []
    assert lacking([document], document) == []


@given(documents, documents)
def test_beyond_one_way_is_lacking_the_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert beyond([one], other) == lacking([other], one)
