"""Trainer, publisher and operator on a server that enforces their policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cardlens.cloud.template import Role
from tests.cloud.enforced import PREFIX, Holder, holder_of
from tests.s3_server import S3Server

pytestmark = pytest.mark.s3

SCAN, MODEL, LOG = (
    f"{PREFIX}/{path}" for path in ("data/raw/base1-4.png", "models/student.onnx", "experiments/run/log.jsonl")
)


@dataclass(frozen=True)
class Shelf:
    """A bucket with a scan, a model and a log, and who asks for them."""

    bucket: str
    holders: dict[str, Holder]

    def does(self, role: Role, operation: str, key: str, **more: Any) -> int:
        """Give the server's status."""
        ask = getattr(self.holders[role].s3, operation)
        body = {"Body": b"x"} if operation == "put_object" else {}
        try:
            answer = ask(Bucket=self.bucket, Key=key, **body, **more)
        except ClientError as error:
            answer = error.response
        return int(answer["ResponseMetadata"]["HTTPStatusCode"])


@pytest.fixture(scope="module")
def shelf(s3_server: S3Server) -> Shelf:
    name = s3_server.make_bucket()
    for key in (SCAN, MODEL, LOG):
        s3_server.s3.put_object(Bucket=name, Key=key, Body=key.encode())
    roles: tuple[Role, ...] = ("trainer", "publisher", "operator")
    return Shelf(name, {role: holder_of(role, s3_server, name) for role in roles})


@pytest.mark.parametrize("key", [SCAN, MODEL, LOG])
@pytest.mark.parametrize("role", ["trainer", "publisher", "operator"])
def test_each_reads_the_store(role: Role, key: str, shelf: Shelf) -> None:
    assert shelf.does(role, "get_object", key) == 200


@pytest.mark.parametrize("key", [SCAN, MODEL, LOG])
def test_the_publisher_writes_the_store(key: str, shelf: Shelf) -> None:
    assert shelf.does("publisher", "put_object", f"{key}.new") == 200


@pytest.mark.parametrize("key", [SCAN, MODEL, LOG])
def test_the_publisher_deletes_nothing(key: str, shelf: Shelf) -> None:
    assert shelf.does("publisher", "delete_object", key) == 403


def test_the_publisher_deletes_no_version(shelf: Shelf) -> None:
    found = shelf.holders["publisher"].s3.list_object_versions(Bucket=shelf.bucket, Prefix=SCAN)
    version = found["Versions"][0]["VersionId"]
    assert shelf.does("publisher", "delete_object", SCAN, VersionId=version) == 403


def test_the_publisher_writes_nowhere_else(shelf: Shelf) -> None:
    assert shelf.does("publisher", "put_object", "elsewhere/x") == 403


def test_the_trainer_writes_experiments_only(shelf: Shelf) -> None:
    assert shelf.does("trainer", "put_object", f"{LOG}.new") == 200
    assert shelf.does("trainer", "put_object", SCAN) == 403
    assert shelf.does("trainer", "put_object", MODEL) == 403


def test_the_trainer_deletes_nothing(shelf: Shelf) -> None:
    assert shelf.does("trainer", "delete_object", LOG) == 403


def test_the_operator_clears_up_experiments_only(shelf: Shelf) -> None:
    shelf.holders["operator"].s3.put_object(Bucket=shelf.bucket, Key=f"{LOG}.old", Body=b"x")
    assert shelf.does("operator", "delete_object", f"{LOG}.old") == 204
    assert shelf.does("operator", "delete_object", SCAN) == 403
    assert shelf.does("operator", "delete_object", MODEL) == 403


@pytest.mark.parametrize("role", ["trainer", "publisher", "operator"])
def test_none_gives_itself_more(role: Role, shelf: Shelf) -> None:
    holder = shelf.holders[role]
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    with pytest.raises(ClientError) as refused:
        holder.iam.put_user_policy(UserName=holder.name, PolicyName="more", PolicyDocument=policy)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
