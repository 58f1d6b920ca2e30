"""The stack on moto, which makes buckets, policies and roles of it, and leaves the rest out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cardlens.cloud import template
from cardlens.cloud.aws import Aws, CloudRefused
from cardlens.cloud.place import Place
from cardlens.cloud.stack import Stack
from tests.moto_server import ACCOUNT

pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse")  # moto names what it leaves out


@pytest.fixture
def stack(aws: Aws, place: Place) -> Stack:
    return Stack(aws, place, wait=0.01)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def asked(aws: Aws) -> Iterator[list[dict[str, Any]]]:
    """Keep what change sets are asked for."""
    kept: list[dict[str, Any]] = []
    events = aws.cloudformation.meta.events
    name = "provide-client-params.cloudformation.CreateChangeSet"

    def keep(params: dict[str, Any], **_: Any) -> None:
        kept.append(params)

    events.register(name, keep)
    yield kept
    events.unregister(name, keep)


@pytest.fixture
def say(said: list[str]) -> Callable[[str], None]:
    return said.append


def test_a_plan_names_what_would_be_made_and_makes_nothing(stack: Stack, aws: Aws) -> None:
    changes = stack.plan({})
    assert {change.action for change in changes} == {"Add"}
    assert {"Bucket", "BucketPolicy", "PackageGroup", "DeviceRole", "TrainerRole", "PublisherRole", "OperatorRole"} <= {
        change.resource for change in changes
    }
    assert aws.s3.list_buckets()["Buckets"] == []
    assert aws.cloudformation.list_stacks(StackStatusFilter=["REVIEW_IN_PROGRESS"])["StackSummaries"] == []


def test_applying_makes_bucket_and_roles(stack: Stack, aws: Aws, place: Place, say: Callable[[str], None]) -> None:
    assert stack.apply({}, say)
    assert [each["Name"] for each in aws.s3.list_buckets()["Buckets"]] == [place.bucket]
    made = {each["Arn"] for each in aws.iam.list_roles()["Roles"]}
    assert made == {template.role_arn(role, place, ACCOUNT) for role in template.ROLES}
    for role in template.ROLES:
        # our reading of the template is CloudFormation's, as far as moto's goes
        arn = f"arn:aws:iam::{ACCOUNT}:policy/cardlens/cardlens-{role}"
        found = aws.iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
        assert found == template.policy(role, place, ACCOUNT)


def test_applying_again_changes_nothing_and_keeps_what_was_set(
    stack: Stack, aws: Aws, said: list[str], say: Callable[[str], None], asked: list[dict[str, Any]]
) -> None:
    stack.apply({"MonthlyBudget": "20"}, say)
    assert said[0].split() == ["Add", "Bucket", "AWS::S3::Bucket"]
    assert said[-1] == "cardlens: CREATE_COMPLETE"
    assert stack.plan({}) == []
    assert stack.apply({}, say) == []
    sent = {each["ParameterKey"]: each for each in asked[-1]["Parameters"]}
    assert sent["MonthlyBudget"] == {"ParameterKey": "MonthlyBudget", "UsePreviousValue": True}
    assert sent["BucketName"]["ParameterValue"] == "pokemon-card-training-us-east-2"
    assert asked[-1]["ImportExistingResources"]


def test_a_stack_of_another_bucket_is_left_alone(stack: Stack, aws: Aws, say: Callable[[str], None]) -> None:
    stack.apply({}, say)
    elsewhere = Stack(aws, Place(bucket="another-shop"), wait=0.01)
    with pytest.raises(CloudRefused, match="is of BucketName pokemon-card-training-us-east-2, not another-shop"):
        elsewhere.apply({}, say)
    assert [each["Name"] for each in aws.s3.list_buckets()["Buckets"]] == ["pokemon-card-training-us-east-2"]


def test_a_package_group_that_is_there_is_left_to_itself(stack: Stack, aws: Aws, say: Callable[[str], None]) -> None:
    aws.sagemaker.create_model_package_group(ModelPackageGroupName="pokemon-card-embedding")
    stack.apply({}, say)
    found = aws.cloudformation.describe_stacks(StackName="cardlens")["Stacks"][0]["Parameters"]
    assert {"ParameterKey": "MakePackageGroup", "ParameterValue": "no"} in found


def test_destroying_takes_the_roles_and_names_what_stays(
    stack: Stack, aws: Aws, place: Place, say: Callable[[str], None]
) -> None:
    stack.apply({}, say)
    deleted, kept = stack.leaving()
    assert kept == [f"Bucket {place.bucket}"]
    assert "DeviceRole cardlens-device" in deleted
    stack.destroy(say)
    assert aws.iam.list_roles()["Roles"] == []
    assert stack.leaving() == ([], [])


def test_destroying_nothing_is_fine(stack: Stack, say: Callable[[str], None]) -> None:
    assert stack.leaving() == ([], [])
    stack.destroy(say)


def test_a_stack_that_devices_use_is_not_destroyed(stack: Stack, aws: Aws, say: Callable[[str], None]) -> None:
    stack.apply({}, say)
    aws.iam.create_group(GroupName="cardlens-devices")
    aws.iam.create_user(UserName="raspberry-pi")
    aws.iam.add_user_to_group(GroupName="cardlens-devices", UserName="raspberry-pi")
    with pytest.raises(CloudRefused, match="devices still use it: raspberry-pi"):
        stack.destroy(say)
    assert len(aws.iam.list_roles()["Roles"]) == 4
