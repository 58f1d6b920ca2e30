from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from cardlens.cloud import template
from cardlens.cloud.audit import audit
from cardlens.cloud.aws import Aws
from cardlens.cloud.finding import Finding, Rules
from cardlens.cloud.options import stack_options
from cardlens.cloud.place import Place
from cardlens.cloud.stack import Stack
from tests.cloud import accounts
from tests.moto_server import ACCOUNT
from tests.s3_server import S3Server


def faults(aws: Aws, place: Place, days: int = 0) -> list[Finding]:
    """Audit as if so many days had passed."""
    return [each for each in audit(aws, place, Rules(), datetime.now(UTC) + timedelta(days=days)) if not each.good]


def test_what_is_as_it_should_be_has_no_fault(aws: Aws, place: Place) -> None:
    accounts.make_good(aws, place)
    found = list(audit(aws, place, Rules()))
    assert [each for each in found if not each.good] == []
    assert {each.what for each in found} == {
        "Access",
        "Encryption",
        "History",
        "Key age",
        "Lifecycle",
        "Package group",
        "Policy",
        "Public access",
        "Root account",
        "TLS only",
        "Unused keys",
        "Versioning",
    }


def test_every_mistake_of_the_page_is_found(aws: Aws, place: Place) -> None:
    accounts.make_the_pages(aws, place)
    found = {(each.what, each.where): each for each in faults(aws, place)}
    assert found["Versioning", place.bucket].found == "Disabled"
    assert found["Admin on a device", "device raspberry-pi-user"].found == "rights"
    assert found["Admin", "user owner"].found == "Admin with keys that do not change"
    assert {"Public access", "TLS only", "Lifecycle", "Package group", "Role"} <= {what for what, _ in found}
    assert all(each.next_step for each in found.values())


def test_no_bucket_is_one_fault(aws: Aws, place: Place) -> None:
    about_the_bucket = [each for each in faults(aws, place) if each.where == place.bucket]
    assert [(each.what, each.found) for each in about_the_bucket] == [("Bucket", "not there")]


@pytest.mark.parametrize(("days", "expected"), [(44, []), (46, ["Unused keys"]), (91, ["Key age", "Unused keys"])])
def test_keys_grow_old_and_lie_unused(aws: Aws, place: Place, days: int, expected: list[str]) -> None:
    accounts.make_good(aws, place)
    assert [each.what for each in faults(aws, place, days)] == expected


def test_a_key_that_is_switched_off_does_not_grow_old(aws: Aws, place: Place) -> None:
    accounts.make_good(aws, place)
    [key] = aws.iam.list_access_keys(UserName="raspberry-pi-user")["AccessKeyMetadata"]
    aws.iam.update_access_key(UserName="raspberry-pi-user", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert faults(aws, place, 500) == []


def test_read_only_access_to_everything_is_wider_than_a_device_needs(aws: Aws, place: Place) -> None:
    accounts.make_good(aws, place)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "*"}]}
    aws.iam.put_user_policy(
        UserName="raspberry-pi-user", PolicyName="AmazonS3ReadOnlyAccess", PolicyDocument=json.dumps(policy)
    )
    [fault] = faults(aws, place)
    assert (fault.what, fault.where) == ("Policy", "device raspberry-pi-user")
    assert "wider than needed: s3:Get* on *" in fault.found
    assert "AmazonS3ReadOnlyAccess" in fault.next_step


def test_others_that_reach_the_bucket_by_wildcards_are_found(aws: Aws, place: Place) -> None:
    accounts.make_good(aws, place)
    wide = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    narrow = template.policy("publisher", place, ACCOUNT)
    for name, policy in (("ash", wide), ("misty", narrow)):
        aws.iam.create_user(UserName=name)
        aws.iam.put_user_policy(UserName=name, PolicyName="mine", PolicyDocument=json.dumps(policy))
    trust = json.dumps(accounts.TRUST)
    for name, path in (("batch", "/"), ("AWSServiceRoleForBatch", "/aws-service-role/batch.amazonaws.com/")):
        aws.iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust)
        aws.iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(accounts.EVERYTHING))
    assert [(each.what, each.where, each.found, each.next_step) for each in faults(aws, place)] == [
        ("Policy", "role batch", "reaches the bucket: * on *", "detach or narrow all"),
        ("Policy", "user ash", "reaches the bucket: s3:* on *", "detach or narrow mine"),
    ]


def test_rights_through_a_group_count(aws: Aws, place: Place) -> None:
    accounts.make_good(aws, place)
    aws.iam.create_group(GroupName="helpers")
    aws.iam.put_group_policy(GroupName="helpers", PolicyName="all", PolicyDocument=json.dumps(accounts.EVERYTHING))
    aws.iam.add_user_to_group(GroupName="helpers", UserName="raspberry-pi-user")
    assert [each.what for each in faults(aws, place)] == ["Admin on a device"]


def test_a_role_that_was_widened_or_narrowed_is_found(aws: Aws, place: Place) -> None:
    accounts.make_good(aws, place)
    wide = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "*"}]}
    aws.iam.put_role_policy(RoleName="cardlens-publisher", PolicyName="more", PolicyDocument=json.dumps(wide))
    aws.iam.delete_role_policy(RoleName="cardlens-device", PolicyName="cardlens-device")
    found = {each.where: each.found for each in faults(aws, place)}
    assert found["role cardlens-publisher"] == "wider than needed: s3:DeleteObject on *"
    assert found["role cardlens-device"].startswith("narrower than needed: s3:GetObject on ")


def test_a_role_that_anyone_may_take_is_found(aws: Aws, place: Place) -> None:
    accounts.make_good(aws, place)
    trust = {**accounts.TRUST, "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    aws.iam.update_assume_role_policy(RoleName="cardlens-operator", PolicyDocument=json.dumps(trust))
    assert [(each.where, each.found) for each in faults(aws, place)] == [("cardlens-operator", "anyone may take it")]


def test_a_bucket_policy_that_lets_anyone_in_is_found(aws: Aws, place: Place) -> None:
    accounts.make_good(aws, place)
    policy = template.bucket_policy(place, ACCOUNT)
    allow = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{place.bucket}/*",
    }
    policy["Statement"].append(allow)
    aws.s3.put_bucket_policy(Bucket=place.bucket, Policy=json.dumps(policy))
    assert [each.found for each in faults(aws, place)] == ["the bucket policy lets anyone in"]


@pytest.mark.s3
def test_another_server_than_aws_is_told_apart(
    s3_server: S3Server, aws: Aws, monkeypatch: pytest.MonkeyPatch, place: Place
) -> None:
    # S3 from a real server, the rest from moto
    name = s3_server.make_bucket()
    monkeypatch.setitem(vars(aws), "s3", s3_server.s3)  # a cached property
    found = {each.what: each for each in audit(aws, Place(bucket=name, prefix="cards"), Rules())}
    assert (found["Versioning"].found, found["Versioning"].good) == ("Enabled", True)
    assert not found["Public access"].good


def test_what_the_stack_has_made_can_be_audited(aws: Aws, place: Place) -> None:
    # moto leaves a null where a condition leaves a statement out, and does not attach the policies
    Stack(aws, place).apply(stack_options([]), lambda _: None)
    found = list(audit(aws, place, Rules()))
    policies = [each for each in found if each.what == "Policy"]
    assert len(policies) >= len(template.ROLES)
    assert not any("anyone" in each.found for each in policies)
