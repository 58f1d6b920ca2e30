"""The policies that users and roles hold, as documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from cardlens.cloud.aws import in_one_line

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

Document = dict[str, Any]


def held_by_role(iam: IAMClient, role: str) -> dict[str, Document]:
    """Policies of a role by name."""
    with in_one_line(f"read the policies of {role}"):
        attached = _pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=role)
        found = {each["PolicyName"]: _managed(iam, each["PolicyArn"]) for each in attached}
        for name in _pages(iam, "list_role_policies", "PolicyNames", RoleName=role):
            found[name] = _document(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
    return found


def held_by_user(iam: IAMClient, user: str) -> dict[str, Document]:
    """Policies of a user by name, those of its groups too."""
    with in_one_line(f"read the policies of {user}"):
        attached = _pages(iam, "list_attached_user_policies", "AttachedPolicies", UserName=user)
        found = {each["PolicyName"]: _managed(iam, each["PolicyArn"]) for each in attached}
        for name in _pages(iam, "list_user_policies", "PolicyNames", UserName=user):
            found[name] = _document(iam.get_user_policy(UserName=user, PolicyName=name)["PolicyDocument"])
        for group in groups_of(iam, user):
            found |= _held_by_group(iam, group)
    return found


def groups_of(iam: IAMClient, user: str) -> list[str]:
    """Names of the groups that a user is in."""
    with in_one_line(f"list the groups of {user}"):
        return [each["GroupName"] for each in _pages(iam, "list_groups_for_user", "Groups", UserName=user)]


def _held_by_group(iam: IAMClient, group: str) -> dict[str, Document]:
    attached = _pages(iam, "list_attached_group_policies", "AttachedPolicies", GroupName=group)
    found = {each["PolicyName"]: _managed(iam, each["PolicyArn"]) for each in attached}
    for name in _pages(iam, "list_group_policies", "PolicyNames", GroupName=group):
        found[name] = _document(iam.get_group_policy(GroupName=group, PolicyName=name)["PolicyDocument"])
    return found


def _managed(iam: IAMClient, arn: str) -> Document:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return _document(iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])


def _document(found: Any) -> Document:
    """boto3 decodes most documents; other servers hand the text back."""
    document: Document = json.loads(unquote(found)) if isinstance(found, str) else found
    return document


def _pages(iam: IAMClient, operation: Any, part: str, **about: str) -> Iterator[Any]:
    for page in iam.get_paginator(operation).paginate(**about):
        yield from page.get(part, [])
