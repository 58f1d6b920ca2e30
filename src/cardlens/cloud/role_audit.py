"""The roles, against the template: there, and neither wider nor narrower than needed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from cardlens.cloud import policies, template
from cardlens.cloud.aws import Aws, code_of, in_one_line
from cardlens.cloud.finding import Check, Finding
from cardlens.cloud.grants import Grant, beyond, by_wildcard, is_admin, lacking
from cardlens.cloud.place import Place

_APPLY = "cardlens cloud apply"
_FEW = 3
_OF_AWS = (
    "/aws-service-role/",
    "/aws-reserved/",
)  # of its services and of IAM Identity Center: not the owner's to change


def role_checks(aws: Aws, place: Place, account: str) -> list[Check]:
    """One look at each of the four roles, and one at all others of the account."""
    ours = [
        Check("Role", template.policy_name(role, place), partial(_look, aws, place, account, role))
        for role in template.ROLES
    ]
    return [*ours, Check("Other roles", account, partial(_look_at_others, aws, place))]


def _look(aws: Aws, place: Place, account: str, role: template.Role) -> Iterator[Finding]:
    name = template.policy_name(role, place)
    trust = _trust(aws, name)
    if trust is None:
        yield Finding("Role", name, "not there", "there", good=False, next_step=_APPLY)
        return
    if _trusts_anyone(trust):
        yield Finding("Role", name, "anyone may take it", "named people or services", good=False, next_step=_APPLY)
    yield judge_policies(f"role {name}", policies.held_by_role(aws.iam, name), template.policy(role, place, account))


def judge_policies(where: str, held: dict[str, Any], needed: dict[str, Any]) -> Finding:
    """Compare what is held with what is needed."""
    should = "what stack.yaml says"
    admin = [name for name, document in held.items() if is_admin(document)]
    if admin:
        what = "Admin on a device" if "device" in where else "Admin"
        return Finding(what, where, ", ".join(admin), should, good=False, next_step=f"detach {', '.join(admin)}")
    wide, narrow = beyond(held.values(), needed), lacking(held.values(), needed)
    if wide:
        names = ", ".join(name for name, document in held.items() if beyond([document], needed))
        return Finding("Policy", where, f"wider than needed: {few(wide)}", should, False, f"detach or narrow {names}")
    if narrow:
        return Finding("Policy", where, f"narrower than needed: {few(narrow)}", should, good=False, next_step=_APPLY)
    return Finding("Policy", where, should, should, good=True)


def judge_reach(where: str, held: dict[str, Any], bucket: str) -> Iterator[Finding]:
    """Report policies of somebody who is none of the four roles, if they reach the bucket by wildcards."""
    wide = by_wildcard(held.values(), bucket)
    if wide:
        names = ", ".join(name for name, document in held.items() if by_wildcard([document], bucket))
        should = "named actions on a named bucket"
        yield Finding("Policy", where, f"reaches the bucket: {few(wide)}", should, False, f"detach or narrow {names}")


def _look_at_others(aws: Aws, place: Place) -> Iterator[Finding]:
    ours = {template.policy_name(role, place) for role in template.ROLES}
    with in_one_line("list roles"):
        found = [role for page in aws.iam.get_paginator("list_roles").paginate() for role in page["Roles"]]
    for role in found:
        name = role["RoleName"]
        if name not in ours and not role["Path"].startswith(_OF_AWS):
            yield from judge_reach(f"role {name}", policies.held_by_role(aws.iam, name), place.bucket)


def few(found: list[Grant]) -> str:
    """Name some grants and count the rest."""
    rest = f" and {len(found) - _FEW} more" if len(found) > _FEW else ""
    return ", ".join(map(str, found[:_FEW])) + rest


def _trust(aws: Aws, role: str) -> dict[str, Any] | None:
    with in_one_line(f"look at the role {role}"):
        try:
            document: Any = aws.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        except ClientError as error:
            if code_of(error) == "NoSuchEntity":
                return None
            raise
    return dict(document)


def _trusts_anyone(trust: dict[str, Any]) -> bool:
    found = trust.get("Statement", [])
    # a server that is not AWS leaves an empty place where the stack's condition left a statement out
    statements = [each for each in (found if isinstance(found, list) else [found]) if each]
    principals = [each.get("Principal") for each in statements]
    return any(each == "*" or (isinstance(each, dict) and each.get("AWS") == "*") for each in principals)
