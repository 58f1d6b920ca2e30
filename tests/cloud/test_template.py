from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

from cardlens.cloud import template
from cardlens.cloud.card_data import CardData
from cardlens.cloud.code_bundle import CodeBundle
from cardlens.cloud.grants import grants
from cardlens.cloud.place import Place
from cardlens.cloud.training_job import job_name
from cardlens.store.layout import dataset
from cardlens.store.manifest import manifest_path
from cardlens.store.pointer import pointer_path
from tests.moto_server import ACCOUNT

LARGEST_MANAGED_POLICY = 6144  # characters, white space not counted
# what AWS's own documents use and parliament does not know
KNOWN_GAPS = ("arn:aws:iam::aws:policy/*",)


def documents() -> dict[str, dict[str, Any]]:
    place = Place()
    return {
        **{role: template.policy(role, place, ACCOUNT) for role in template.ROLES},
        "bucket": template.bucket_policy(place, ACCOUNT),
    }


def test_the_template_is_valid() -> None:
    api = pytest.importorskip("cfnlint.api")
    found = api.lint_file(Path(template.__file__).with_name("stack.yaml"))
    assert [str(match) for match in found] == []


@pytest.mark.parametrize("name", [*template.ROLES, "bucket"])
def test_no_policy_has_a_fault_that_parliament_knows(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parliament = pytest.importorskip("parliament")
        found = parliament.analyze_policy_string(json.dumps(documents()[name])).findings
    faults = [f"{each.issue}: {each.detail} {each.location}" for each in found]
    assert [fault for fault in faults if not any(gap in fault for gap in KNOWN_GAPS)] == []


@pytest.mark.parametrize("role", template.ROLES)
def test_no_role_has_a_wildcard_action(role: template.Role) -> None:
    given = list(grants(template.policy(role, Place(), ACCOUNT)))
    assert given
    assert [grant.action for grant in given if "*" in grant.action] == []


@pytest.mark.parametrize("role", template.ROLES)
def test_every_resource_is_there_but_for_actions_that_have_none(role: template.Role) -> None:
    # of these AWS says: "does not support resource-level permissions"
    without_resource = {
        "cloudwatch:PutMetricData",
        "ecr:GetAuthorizationToken",
        "iam:GetAccountSummary",
        "iam:ListRoles",
        "iam:ListUsers",
        "sagemaker:ListModelPackageGroups",
        "sagemaker:ListPipelines",
        "sagemaker:ListTrainingJobs",
    }
    everywhere = {grant.action for grant in grants(template.policy(role, Place(), ACCOUNT)) if grant.resource == "*"}
    assert everywhere <= without_resource


@pytest.mark.parametrize("role", template.ROLES)
def test_policies_fit_into_what_aws_takes(role: template.Role) -> None:
    place = Place(bucket="b" * 63, prefix="p" * 60, stack="s" * 50)
    assert len(json.dumps(template.policy(role, place, ACCOUNT), separators=(",", ":"))) <= LARGEST_MANAGED_POLICY


def test_the_stack_makes_no_user_and_no_key() -> None:
    kinds = {each["Type"] for each in template.template()["Resources"].values()}
    assert not kinds & {"AWS::IAM::User", "AWS::IAM::AccessKey"}


def test_what_may_be_the_only_copy_stays_when_the_stack_goes() -> None:
    kept = [name for name, each in template.template()["Resources"].items() if each.get("DeletionPolicy") == "Retain"]
    assert kept == ["Bucket", "BucketPolicy", "PackageGroup"]


def test_the_bucket_is_private_encrypted_and_versioned() -> None:
    bucket = template.bucket(Place(), ACCOUNT)
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_no_lifecycle_rule_deletes_a_version_of_data_or_models() -> None:
    rules = template.bucket(Place(), ACCOUNT)["LifecycleConfiguration"]["Rules"]
    deleting = [rule for rule in rules if "NoncurrentVersionExpiration" in rule or "ExpirationInDays" in rule]
    assert {rule["Prefix"].removeprefix(f"{Place().prefix}/experiments/") for rule in deleting} == {
        "cardlens-",
        "pipeline/",
        "code/",
        "data/",
    }


def test_the_records_of_published_experiments_never_expire_and_what_jobs_write_does() -> None:
    rules = template.bucket(Place(), ACCOUNT)["LifecycleConfiguration"]["Rules"]
    deleting = tuple(rule["Prefix"] for rule in rules if "ExpirationInDays" in rule)
    experiments = dataset("experiments")
    for kept in (pointer_path(experiments), manifest_path(experiments, "v1.0"), "experiments/run/log.jsonl"):
        assert not f"{Place().prefix}/{kept}".startswith(deleting), kept
    for written in (
        f"experiments/{job_name('embedder')}/output/model.tar.gz",
        CodeBundle(b"").path,
        CardData(Place(), "data/raw/", ()).path,
        "experiments/pipeline/run/checkpoints",
    ):
        assert f"{Place().prefix}/{written}".startswith(deleting), written


def test_plain_http_is_refused_to_everyone() -> None:
    [statement] = [each for each in documents()["bucket"]["Statement"] if each["Sid"] == "TlsOnly"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_policies_name_the_place() -> None:
    place = Place(bucket="shop", prefix="cards", region="eu-central-1", stack="lab", package_group="group")
    text = json.dumps({role: template.policy(role, place, ACCOUNT) for role in template.ROLES})
    assert "arn:aws:s3:::shop/cards/models/*" in text
    assert f"arn:aws:sagemaker:eu-central-1:{ACCOUNT}:model-package/group/*" in text
    assert template.role_arn("trainer", place, ACCOUNT) in text
    # what is left is filled in when a device asks
    assert set(re.findall(r"\$\{[^}]*\}", text)) == {"${aws:username}", "${aws:PrincipalTag/x509Subject/CN}"}
    assert "pokemon" not in text


def test_the_publisher_is_denied_every_way_to_delete() -> None:
    statements = documents()["publisher"]["Statement"]
    [deny] = [each for each in statements if each["Effect"] == "Deny"]
    assert {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutLifecycleConfiguration"} <= set(deny["Action"])
    allowed = {grant.action for grant in grants(documents()["publisher"])}
    assert not any("Delete" in action for action in allowed)
