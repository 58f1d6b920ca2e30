"""The bucket and the package group, against the template."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from cardlens.cloud import lifecycle, template
from cardlens.cloud.aws import Aws, NotOffered, code_of, in_one_line
from cardlens.cloud.finding import Check, Finding
from cardlens.cloud.place import Place

Document = dict[str, Any]

_APPLY = "cardlens cloud apply"
# what S3 answers where a setting was never made
_UNSET = (
    "NoSuchPublicAccessBlockConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
    "OwnershipControlsNotFoundError",
    "NoSuchLifecycleConfiguration",
    "NoSuchBucketPolicy",
)
_MISSING = ("404", "NoSuchBucket", "NotFound")
_NOT_OFFERED = ("NotImplemented", "501", "MethodNotAllowed")
_EVERYONE = ("AllUsers", "AuthenticatedUsers")


def bucket_checks(aws: Aws, place: Place, account: str) -> list[Check]:
    """List what to look at."""
    audit = _BucketAudit(aws, place, account)
    checks = [
        ("Public access", audit.public_access),
        ("Encryption", audit.encryption),
        ("Versioning", audit.versioning),
        ("Access", audit.ownership),
        ("TLS only", audit.policy),
        ("Lifecycle", audit.lifecycle),
    ]
    if not audit.there():
        missing = Finding("Bucket", place.bucket, "not there", "there", good=False, next_step=_APPLY)
        return [Check("Bucket", place.bucket, lambda: iter([missing]))]
    rows = [Check(what, place.bucket, look) for what, look in checks]
    return [*rows, Check("Package group", place.package_group, audit.package_group)]


class _BucketAudit:
    def __init__(self, aws: Aws, place: Place, account: str) -> None:
        self._aws, self._place = aws, place
        self._account = account
        self._should = template.bucket(place, account)

    def there(self) -> bool:
        with in_one_line(f"look at the bucket {self._place.bucket}"):
            try:
                self._aws.s3.head_bucket(Bucket=self._place.bucket)
            except ClientError as error:
                if code_of(error) in _MISSING:
                    return False
                raise
        return True

    def public_access(self) -> Iterator[Finding]:
        found = self._asked("get_public_access_block", "PublicAccessBlockConfiguration")
        should = self._should["PublicAccessBlockConfiguration"]
        open_ways = [name for name in should if not found.get(name)]
        said = "blocked" if not open_ways else "not blocked: " + ", ".join(open_ways)
        yield self._finding("Public access", said, "blocked", good=not open_ways)
        grants = self._asked("get_bucket_acl", "Grants") or []
        public = [each for each in grants if str(each["Grantee"].get("URI", "")).endswith(_EVERYONE)]
        if public:
            rights = ", ".join(each["Permission"] for each in public)
            yield self._finding("Public access", f"everyone has {rights}", "nobody but this account", good=False)

    def encryption(self) -> Iterator[Finding]:
        should = self._should["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
        wanted = should["ServerSideEncryptionByDefault"]["SSEAlgorithm"]
        rules = self._asked("get_bucket_encryption", "ServerSideEncryptionConfiguration").get("Rules", [])
        found = [each.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm", "") for each in rules]
        # KMS encrypts too, with keys that cost and can be lost: not what was asked for, but no fault
        good = bool(found) and all(each == wanted or each.startswith("aws:kms") for each in found)
        yield self._finding("Encryption", ", ".join(found) or "none set", wanted, good=good)

    def versioning(self) -> Iterator[Finding]:
        found = self._asked("get_bucket_versioning", "Status") or "Disabled"
        should = self._should["VersioningConfiguration"]["Status"]
        yield self._finding("Versioning", str(found), should, good=found == should)

    def ownership(self) -> Iterator[Finding]:
        rules = self._asked("get_bucket_ownership_controls", "OwnershipControls").get("Rules", [])
        found = rules[0]["ObjectOwnership"] if rules else "ACLs allowed"
        should = self._should["OwnershipControls"]["Rules"][0]["ObjectOwnership"]
        yield self._finding("Access", found, should, good=found == should)

    def policy(self) -> Iterator[Finding]:
        text = self._asked("get_bucket_policy", "Policy") or "{}"
        statements = json.loads(text).get("Statement", [])
        for should in template.bucket_policy(self._place, self._account)["Statement"]:
            there = any(_same_statement(each, should) for each in statements)
            what = "TLS only" if should["Sid"] == "TlsOnly" else "History"
            wanted = "plain HTTP refused" if what == "TLS only" else "versions of data/ and models/ cannot be deleted"
            yield self._finding(what, wanted if there else "allowed", wanted, good=there)
        wide = [each for each in statements if each.get("Effect") == "Allow" and _anyone(each.get("Principal"))]
        if wide:
            yield self._finding("Public access", "the bucket policy lets anyone in", "nobody let in", good=False)

    def lifecycle(self) -> Iterator[Finding]:
        rules = self._asked("get_bucket_lifecycle_configuration", "Rules") or []
        should = lifecycle.rules_of_template(self._should)
        wrong = lifecycle.differences(rules, should)
        wanted = ", ".join(rule["ID"] for rule in should)
        yield self._finding("Lifecycle", "; ".join(wrong) or wanted, wanted, good=not wrong)

    def package_group(self) -> Iterator[Finding]:
        group = self._place.package_group
        found = "there"
        with in_one_line(f"look at the package group {group}"):
            try:
                self._aws.sagemaker.describe_model_package_group(ModelPackageGroupName=group)
            except ClientError as error:
                if code_of(error) not in ("ValidationException", "ResourceNotFound"):
                    raise
                found = "not there"
        yield Finding("Package group", group, found, "there", found == "there", "" if found == "there" else _APPLY)

    def _asked(self, operation: str, part: str) -> Any:
        """One part of a setting; {} where it was never made. Raises `NotOffered` where the server cannot say."""
        ask: Callable[..., Document] = getattr(self._aws.s3, operation)
        with in_one_line(f"{self._place.bucket}: {operation}"):
            try:
                return ask(Bucket=self._place.bucket).get(part, {})
            except ClientError as error:
                if code_of(error) in _UNSET:
                    return {}
                if code_of(error) in _NOT_OFFERED:
                    raise NotOffered(f"{self._place.bucket}: this server does not say ({operation})") from error
                raise

    def _finding(self, what: str, found: str, should: str, *, good: bool) -> Finding:
        return Finding(what, self._place.bucket, found, should, good, "" if good else _APPLY)


def _same_statement(found: Document, should: Document) -> bool:
    parts = ("Effect", "Action", "Condition")
    same = all(_plain(found.get(part)) == _plain(should.get(part)) for part in parts)
    reaches = set(_list(should["Resource"])) <= set(_list(found.get("Resource", [])))
    return same and reaches and _anyone(found.get("Principal"))


def _plain(value: Any) -> Any:
    """A value as AWS may hand it back: a list of one is that one, true is "true"."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return _plain(value[0]) if len(value) == 1 else sorted(map(str, value))
    return str(value).lower() if isinstance(value, bool) else value


def _anyone(principal: Any) -> bool:
    return principal == "*" or (isinstance(principal, dict) and "*" in _list(principal.get("AWS", [])))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
