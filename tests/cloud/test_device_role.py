"""The device role on a server that enforces it: the policy is the one of stack.yaml."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cardlens.store.address import open_store
from cardlens.store.registry import GROUP
from tests.cloud.enforced import PREFIX, Holder, holder_of
from tests.s3_server import S3Server

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.s3

REFERENCE, MODEL = f"{PREFIX}/data/reference/index.json", f"{PREFIX}/models/efficientnet-hailo/student.hef"
SCAN, EXPERIMENT = f"{PREFIX}/data/raw/card_images/base1-4.png", f"{PREFIX}/experiments/run/log.jsonl"
# like the two folders, and not in them
REPORTS = f"{PREFIX}/models/registry/{GROUP}/devices"
BESIDE = (f"{PREFIX}/models-of-others/secret.bin", f"{PREFIX}/data/reference-drafts/draft.bin", "models/elsewhere.bin")
Ask = Callable[["S3Client", "Shelf"], Any]


@dataclass(frozen=True)
class Shelf:
    """A bucket with something in each folder, and a device that asks for it. `version`: of REFERENCE."""

    bucket: str
    device: Holder
    version: str


@pytest.fixture(scope="module")
def shelf(s3_server: S3Server) -> Shelf:
    """Fill a bucket, and make a device."""
    name = s3_server.make_bucket()
    admin = s3_server.s3
    for key in (REFERENCE, MODEL, SCAN, EXPERIMENT, *BESIDE, "README.md"):
        admin.put_object(Bucket=name, Key=key, Body=key.encode())
    version = admin.list_object_versions(Bucket=name, Prefix=REFERENCE)["Versions"][0]["VersionId"]
    return Shelf(name, holder_of("device", s3_server, name), version)


ALLOWED: dict[str, Ask] = {
    "read the reference database": lambda s3, at: s3.get_object(Bucket=at.bucket, Key=REFERENCE),
    "read a model": lambda s3, at: s3.get_object(Bucket=at.bucket, Key=MODEL),
    "read a part of a model": lambda s3, at: s3.get_object(Bucket=at.bucket, Key=MODEL, Range="bytes=0-3"),
    "ask a file's size": lambda s3, at: s3.head_object(Bucket=at.bucket, Key=REFERENCE),
    "read a recorded version": lambda s3, at: s3.get_object(Bucket=at.bucket, Key=REFERENCE, VersionId=at.version),
    "list the reference database": lambda s3, at: s3.list_objects_v2(
        Bucket=at.bucket, Prefix=f"{PREFIX}/data/reference/"
    ),
    "list the models": lambda s3, at: s3.list_objects_v2(Bucket=at.bucket, Prefix=f"{PREFIX}/models/"),
    "list a folder of models": lambda s3, at: s3.list_objects_v2(
        Bucket=at.bucket, Prefix=f"{PREFIX}/models/efficientnet-hailo/", Delimiter="/"
    ),
    "report itself": lambda s3, at: s3.put_object(
        Bucket=at.bucket, Key=f"{REPORTS}/{at.device.name}.json", Body=b"{}", ChecksumAlgorithm="SHA256"
    ),
    "report itself again": lambda s3, at: s3.put_object(
        Bucket=at.bucket, Key=f"{REPORTS}/{at.device.name}.json", Body=b"{ }"
    ),
}
REFUSALS: dict[str, Ask] = {
    "read a scan": lambda s3, at: s3.get_object(Bucket=at.bucket, Key=SCAN),
    "ask a scan's size": lambda s3, at: s3.head_object(Bucket=at.bucket, Key=SCAN),
    "read an experiment": lambda s3, at: s3.get_object(Bucket=at.bucket, Key=EXPERIMENT),
    "read the README": lambda s3, at: s3.get_object(Bucket=at.bucket, Key="README.md"),
    "read beside models": lambda s3, at: s3.get_object(Bucket=at.bucket, Key=BESIDE[0]),
    "read beside reference": lambda s3, at: s3.get_object(Bucket=at.bucket, Key=BESIDE[1]),
    "read models outside the store": lambda s3, at: s3.get_object(Bucket=at.bucket, Key=BESIDE[2]),
    "list everything": lambda s3, at: s3.list_objects_v2(Bucket=at.bucket),
    "list the store": lambda s3, at: s3.list_objects_v2(Bucket=at.bucket, Prefix=f"{PREFIX}/"),
    "list scans": lambda s3, at: s3.list_objects_v2(Bucket=at.bucket, Prefix=f"{PREFIX}/data/raw/"),
    "list whatever begins like models": lambda s3, at: s3.list_objects_v2(Bucket=at.bucket, Prefix=f"{PREFIX}/models"),
    "list beside models": lambda s3, at: s3.list_objects_v2(Bucket=at.bucket, Prefix=f"{PREFIX}/models-of-others/"),
    "list by the old call": lambda s3, at: s3.list_objects(Bucket=at.bucket, Prefix=f"{PREFIX}/experiments/"),
    "list versions": lambda s3, at: s3.list_object_versions(Bucket=at.bucket),
    "list unfinished uploads": lambda s3, at: s3.list_multipart_uploads(Bucket=at.bucket),
    "overwrite the reference database": lambda s3, at: s3.put_object(Bucket=at.bucket, Key=REFERENCE, Body=b"x"),
    "add a model": lambda s3, at: s3.put_object(Bucket=at.bucket, Key=f"{PREFIX}/models/new.bin", Body=b"x"),
    "write elsewhere": lambda s3, at: s3.put_object(Bucket=at.bucket, Key="anything", Body=b"x"),
    "report another device": lambda s3, at: s3.put_object(
        Bucket=at.bucket, Key=f"{REPORTS}/{at.device.name}-2.json", Body=b"{}"
    ),
    "report below its name": lambda s3, at: s3.put_object(
        Bucket=at.bucket, Key=f"{REPORTS}/{at.device.name}.json/x", Body=b"{}"
    ),
    "report by a name with a star": lambda s3, at: s3.put_object(Bucket=at.bucket, Key=f"{REPORTS}/*.json", Body=b"{}"),
    "report to another group": lambda s3, at: s3.put_object(
        Bucket=at.bucket, Key=f"{PREFIX}/models/registry/other/devices/{at.device.name}.json", Body=b"{}"
    ),
    "write the registry's log": lambda s3, at: s3.put_object(
        Bucket=at.bucket, Key=f"{PREFIX}/models/registry/{GROUP}/log.json", Body=b"{}"
    ),
    "delete its report": lambda s3, at: s3.delete_object(Bucket=at.bucket, Key=f"{REPORTS}/{at.device.name}.json"),
    "begin a large upload": lambda s3, at: s3.create_multipart_upload(Bucket=at.bucket, Key=MODEL),
    "copy over a model": lambda s3, at: s3.copy_object(
        Bucket=at.bucket, Key=MODEL, CopySource={"Bucket": at.bucket, "Key": REFERENCE}
    ),
    "delete a model": lambda s3, at: s3.delete_object(Bucket=at.bucket, Key=MODEL),
    "delete a version": lambda s3, at: s3.delete_object(Bucket=at.bucket, Key=REFERENCE, VersionId=at.version),
    "delete a scan": lambda s3, at: s3.delete_object(Bucket=at.bucket, Key=SCAN),
    "tag a model": lambda s3, at: s3.put_object_tagging(
        Bucket=at.bucket, Key=MODEL, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}
    ),
    "switch versioning off": lambda s3, at: s3.put_bucket_versioning(
        Bucket=at.bucket, VersioningConfiguration={"Status": "Suspended"}
    ),
    "write a bucket policy": lambda s3, at: s3.put_bucket_policy(Bucket=at.bucket, Policy="{}"),
    "read the bucket policy": lambda s3, at: s3.get_bucket_policy(Bucket=at.bucket),
    "delete the bucket policy": lambda s3, at: s3.delete_bucket_policy(Bucket=at.bucket),
    "write a lifecycle": lambda s3, at: s3.put_bucket_lifecycle_configuration(
        Bucket=at.bucket,
        LifecycleConfiguration={
            "Rules": [{"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]
        },
    ),
    "open the bucket's ACL": lambda s3, at: s3.put_bucket_acl(Bucket=at.bucket, ACL="public-read"),
    "delete the bucket": lambda s3, at: s3.delete_bucket(Bucket=at.bucket),
    "make a bucket": lambda s3, at: s3.create_bucket(Bucket=f"{at.bucket}-of-a-device"),
    "make a user": lambda s3, at: at.device.iam.create_user(UserName="friend"),
    "make a key": lambda s3, at: at.device.iam.create_access_key(UserName="admin"),
    "take admin rights": lambda s3, at: at.device.iam.put_user_policy(
        UserName=at.device.name,
        PolicyName="admin",
        PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    ),
    "list users": lambda s3, at: at.device.iam.list_users(),
}


@pytest.mark.parametrize("what", ALLOWED)
def test_a_device_may(what: str, shelf: Shelf) -> None:
    answer = ALLOWED[what](shelf.device.s3, shelf)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] in (200, 206)
    listed = [each["Key"] for each in answer.get("Contents", [])]
    assert all(key.startswith((f"{PREFIX}/data/reference/", f"{PREFIX}/models/")) for key in listed)


@pytest.mark.parametrize("what", REFUSALS)
def test_a_device_may_not(what: str, shelf: Shelf) -> None:
    with pytest.raises(ClientError) as refused:
        REFUSALS[what](shelf.device.s3, shelf)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_at_least_twenty_things_were_refused() -> None:
    assert len(REFUSALS) >= 20


def test_the_store_reads_what_a_device_may_read(shelf: Shelf) -> None:
    store = open_store(f"s3://{shelf.bucket}/{PREFIX}", shelf.device.environment)
    assert [each.path for each in store.list("data/reference")] == ["data/reference/index.json"]
    found = store.read("models/efficientnet-hailo/student.hef", 1000)
    assert found is not None
    assert found.content == MODEL.encode()
