"""Where the system lives at AWS: bucket, folder, region, stack."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cardlens.errors import CardlensError
from cardlens.settings import Settings

# the documented example; every part is a setting
EXAMPLE_BUCKET = "pokemon-card-training-us-east-2"
EXAMPLE_PREFIX = "project/pokemon-card-recognition"
EXAMPLE_REGION = "us-east-2"
EXAMPLE_PACKAGE_GROUP = Settings().group

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_./-]*[A-Za-z0-9])?")
_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,49}")  # IAM names are the stack's and a word; they end at 64 characters


@dataclass(frozen=True, slots=True)
class Place:
    """One installation of the system.

    Attributes:
        bucket: the store's bucket.
        prefix: the store's folder in it, without slashes at its ends.
        region: such as `us-east-2`.
        stack: name of the CloudFormation stack; the names of roles and policies begin with it.
        package_group: model package group of the SageMaker Model Registry.
    """

    bucket: str = EXAMPLE_BUCKET
    prefix: str = EXAMPLE_PREFIX
    region: str = EXAMPLE_REGION
    stack: str = "cardlens"
    package_group: str = EXAMPLE_PACKAGE_GROUP

    def __post_init__(self) -> None:
        """Refuse names that AWS would refuse later, one by one."""
        _check(_BUCKET, self.bucket, "the name of a bucket", "lower-case letters, digits, dots and hyphens")
        _check(
            _PREFIX, self.prefix, "a folder of the store", f"one such as {EXAMPLE_PREFIX}, without slashes at its ends"
        )
        _check(
            _STACK, self.stack, "the name of a stack", "a letter first, then letters, digits and hyphens, 50 at most"
        )

    @classmethod
    def from_environment(cls, store: str | None = None, environment: Mapping[str, str] | None = None) -> Place:
        """Read `CARDLENS_STORE` where that is an `s3://` URI, unless `store` is given, and AWS's region.

        Raises `CardlensError` for a store that is no `s3://bucket/folder`.
        """
        env = os.environ if environment is None else environment
        plain = cls()
        region = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or plain.region
        uri = store or Settings.from_environment(env).store
        if not uri.startswith("s3://"):
            if store:
                raise CardlensError(f"{store}: not in S3; give s3://bucket/folder")
            return replace(plain, region=region)
        bucket, _, prefix = uri.removeprefix("s3://").strip("/").partition("/")
        if not prefix:
            raise CardlensError(f"{uri}: names no folder; give s3://{bucket or 'bucket'}/folder")
        return replace(plain, bucket=bucket, prefix=prefix, region=region)

    @property
    def uri(self) -> str:
        """The store, as `s3://bucket/prefix`."""
        return f"s3://{self.bucket}/{self.prefix}"

    def key(self, path: str) -> str:
        """The object key of a path in the store."""
        return f"{self.prefix}/{path}"


def _check(pattern: re.Pattern[str], text: str, what: str, wanted: str) -> None:
    if not pattern.fullmatch(text):
        raise CardlensError(f"{text!r}: not {what}; give {wanted}")
