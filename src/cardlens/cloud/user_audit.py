"""The account's users and their keys: root, admins, devices, age and use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cardlens.cloud import policies, template
from cardlens.cloud.aws import Aws, in_one_line
from cardlens.cloud.finding import Check, Finding, Rules
from cardlens.cloud.grants import is_admin
from cardlens.cloud.place import Place
from cardlens.cloud.role_audit import judge_policies, judge_reach

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import AccessKeyMetadataTypeDef, UserTypeDef

DEVICES_PATH = "/cardlens/devices/"
# users that were made for a device before there was a path for them
_DEVICE_NAME = re.compile(r"(?i)(raspberry|\bpi\b|device|hailo|kiosk|camera)")


def user_checks(aws: Aws, place: Place, account: str, rules: Rules, now: datetime) -> list[Check]:
    """The root account, then all users."""
    audit = _UserAudit(aws, place, account, rules, now)
    return [Check("Root account", account, audit.root), Check("Users", account, audit.users)]


@dataclass(frozen=True, slots=True)
class _UserAudit:
    aws: Aws
    place: Place
    account: str
    rules: Rules
    now: datetime

    def root(self) -> Iterator[Finding]:
        with in_one_line("look at the root account"):
            summary = self.aws.iam.get_account_summary()["SummaryMap"]
        keys = int(summary.get("AccountAccessKeysPresent", 0))
        found = "has access keys" if keys else "no access keys"
        step = "delete the root account's access keys in the console" if keys else ""
        yield Finding("Root account", self.account, found, "no access keys", not keys, step)

    def users(self) -> Iterator[Finding]:
        with in_one_line("list users"):
            found = [user for page in self.aws.iam.get_paginator("list_users").paginate() for user in page["Users"]]
        for user in found:
            keys = self._keys(user)
            yield from self._rights(user, with_keys=bool(keys))
            for key in keys:
                yield from self._key(user, key)

    def _keys(self, user: UserTypeDef) -> list[AccessKeyMetadataTypeDef]:
        with in_one_line(f"list the keys of {user['UserName']}"):
            return self.aws.iam.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]

    def _rights(self, user: UserTypeDef, *, with_keys: bool) -> Iterator[Finding]:
        name = user["UserName"]
        held = policies.held_by_user(self.aws.iam, name)
        if self._is_device(user):
            yield judge_policies(f"device {name}", held, template.policy("device", self.place, self.account))
            return
        admin = [policy for policy, document in held.items() if is_admin(document)]
        if admin:
            key = " with keys that do not change" if with_keys else ""
            should = "nobody is an administrator for good"
            step = f"detach {', '.join(admin)}; sign in through IAM Identity Center instead"
            yield Finding("Admin", f"user {name}", f"{', '.join(admin)}{key}", should, False, step)
            return
        yield from judge_reach(f"user {name}", held, self.place.bucket)

    def _is_device(self, user: UserTypeDef) -> bool:
        in_path = user.get("Path", "/").startswith(DEVICES_PATH) or _DEVICE_NAME.search(user["UserName"])
        return bool(in_path) or f"{self.place.stack}-devices" in policies.groups_of(self.aws.iam, user["UserName"])

    def _key(self, user: UserTypeDef, key: AccessKeyMetadataTypeDef) -> Iterator[Finding]:
        name = user["UserName"]
        where = f"user {name}, key ...{key['AccessKeyId'][-4:]}"
        if key["Status"] != "Active":
            yield Finding("Key age", where, "switched off", "switched off or young", good=True)
            return
        age = (self.now - key["CreateDate"]).days
        rotate = f"cardlens cloud rotate-key {name} --apply"
        limit = self.rules.key_age
        young = age <= limit
        yield Finding("Key age", where, f"{age} days", f"at most {limit} days", young, "" if young else rotate)
        yield self._use(where, name, key, age)

    def _use(self, where: str, user: str, key: AccessKeyMetadataTypeDef, age: int) -> Finding:
        with in_one_line(f"ask when a key of {user} was used"):
            last = self.aws.iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
        used = last.get("LastUsedDate")
        idle = (self.now - used).days if used else age
        found = f"used {idle} days ago" if used else f"never used in {age} days"
        limit = self.rules.key_unused
        good = idle <= limit
        step = "" if good else f"aws iam delete-access-key --user-name {user} --access-key-id {key['AccessKeyId']}"
        return Finding("Unused keys", where, found, f"used within {limit} days", good, step)
