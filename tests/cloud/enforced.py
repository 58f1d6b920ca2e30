"""A user on a server that enforces policies, who holds what stack.yaml gives a role, and nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from cardlens.cloud import template
from cardlens.cloud.place import Place
from tests.moto_server import ACCOUNT
from tests.s3_server import S3Server

PREFIX = "project/cards"
# Names of actions that this server does not know: it refuses a policy that has them. They are tried nowhere here.
NOT_KNOWN = {
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicyStatus",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:ListMultipartUploadParts",
    "s3:PutLifecycleConfiguration",
}


@dataclass(frozen=True)
class Holder:
    """Who asks: clients with the role's rights."""

    name: str
    s3: Any
    iam: Any
    environment: dict[str, str]


def holder_of(role: template.Role, server: S3Server, bucket: str) -> Holder:
    """Make the user."""
    name = f"{role}-of-{bucket}"
    policy = _of_storage(template.policy(role, Place(bucket=bucket, prefix=PREFIX), ACCOUNT))
    server.iam.create_user(UserName=name)
    server.iam.put_user_policy(UserName=name, PolicyName=role, PolicyDocument=json.dumps(policy))
    key = server.iam.create_access_key(UserName=name)["AccessKey"]
    keys = (key["AccessKeyId"], key["SecretAccessKey"])
    return Holder(name, server.client("s3", *keys), server.client("iam", *keys), server.environment(*keys))


def _of_storage(policy: dict[str, Any]) -> dict[str, Any]:
    """What is allowed of S3: this server has nothing else. It takes no Deny either: roles must hold without theirs."""
    statements = []
    for statement in policy["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        known = [action for action in actions if action.startswith("s3:") and action not in NOT_KNOWN]
        if known and statement["Effect"] == "Allow":
            statements.append({**statement, "Action": known})
    return {**policy, "Statement": statements}
