"""Accounts to audit: one as stack.yaml makes it, and one as the page describes it."""

from __future__ import annotations

import json
from typing import Any

from cardlens.cloud import template
from cardlens.cloud.aws import Aws
from cardlens.cloud.lifecycle import rules_of_template
from cardlens.cloud.place import Place
from tests.moto_server import ACCOUNT, REGION

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def make_bucket(aws: Aws, place: Place) -> None:
    """Make a bucket with nothing set."""
    aws.s3.create_bucket(Bucket=place.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})


def secure_bucket(aws: Aws, place: Place) -> None:
    """Set of a bucket what the template says, call by call: moto's CloudFormation leaves it out."""
    bucket = template.bucket(place, ACCOUNT)
    name = place.bucket
    aws.s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=bucket["PublicAccessBlockConfiguration"])
    aws.s3.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    aws.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=bucket["VersioningConfiguration"])
    aws.s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=bucket["OwnershipControls"])
    aws.s3.put_bucket_policy(Bucket=name, Policy=json.dumps(template.bucket_policy(place, ACCOUNT)))
    rules: Any = rules_of_template(bucket)
    aws.s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})


def make_roles(aws: Aws, place: Place) -> None:
    """Make the four roles."""
    for role in template.ROLES:
        name = template.policy_name(role, place)
        aws.iam.create_role(RoleName=name, Path="/cardlens/", AssumeRolePolicyDocument=json.dumps(TRUST))
        document = json.dumps(template.policy(role, place, ACCOUNT))
        aws.iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=document)


def make_good(aws: Aws, place: Place) -> None:
    """Make everything as it should be, with one device that has a key."""
    make_bucket(aws, place)
    secure_bucket(aws, place)
    make_roles(aws, place)
    aws.sagemaker.create_model_package_group(ModelPackageGroupName=place.package_group)
    add_device(aws, "raspberry-pi-user", template.policy("device", place, ACCOUNT))


def make_the_pages(aws: Aws, place: Place) -> None:
    """Make what the page describes: no versions, an administrator with a key, and "Admin" on the Pi."""
    make_bucket(aws, place)
    add_device(aws, "raspberry-pi-user", EVERYTHING)
    aws.iam.create_user(UserName="owner")
    aws.iam.put_user_policy(UserName="owner", PolicyName="Admin", PolicyDocument=json.dumps(EVERYTHING))
    aws.iam.create_access_key(UserName="owner")


def add_device(aws: Aws, name: str, policy: dict[str, Any]) -> str:
    """Make a user with a policy and a key; returns the key's id."""
    aws.iam.create_user(UserName=name)
    aws.iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=json.dumps(policy))
    return aws.iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
