"""A new access key for a device, before the old one is switched off."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from configparser import ConfigParser, Error
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from cardlens.cloud.aws import Aws, CloudRefused, code_of, in_one_line
from cardlens.errors import CardlensError

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import AccessKeyMetadataTypeDef, AccessKeyTypeDef

# A key takes some seconds to be known everywhere.
_PATIENCE, _PAUSE = 30, 2.0
_UNKNOWN = ("InvalidClientTokenId", "SignatureDoesNotMatch", "AuthFailure")


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """What a rotation will do. Ids of keys, no secrets.

    Attributes:
        user: whose key.
        old: active keys that will be switched off, oldest first.
        deleted: keys switched off before, which will be deleted: a user has at most two.
    """

    user: str
    old: tuple[str, ...]
    deleted: tuple[str, ...]

    def lines(self, file: Path) -> list[str]:
        """Say it step by step."""
        return [
            *(f"delete key {_short(key)}, switched off before" for key in self.deleted),
            f"make a new key for {self.user}, try it, and write it to {file}",
            *(f"switch off key {_short(key)}" for key in self.old),
        ]


def plan_rotation(aws: Aws, user: str) -> KeyPlan:
    """Look at the keys of a user; raises `CloudRefused` where there is no room for a new one."""
    with in_one_line(f"list the keys of {user}"):
        try:
            found = aws.iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
        except ClientError as error:
            if code_of(error) == "NoSuchEntity":
                raise CloudRefused(f"{user}: no such user; see `cardlens cloud audit`") from error
            raise
    keys = sorted(found, key=_age_first)
    active = tuple(key["AccessKeyId"] for key in keys if key["Status"] == "Active")
    off = tuple(key["AccessKeyId"] for key in keys if key["Status"] != "Active")
    if len(active) > 1:
        raise CloudRefused(f"{user}: has two active keys; switch off the one that no device uses, then rotate again")
    return KeyPlan(user, active, off)


def rotate(aws: Aws, plan: KeyPlan, file: Path, profile: str, say: Callable[[str], None], pause: float = _PAUSE) -> str:
    """Carry out a plan; returns the new key's id. The secret goes into `file`, readable by its owner only.

    Where anything fails before the old key is switched off, the new one is deleted again and the old one works on.
    """
    check_credentials_file(file)
    iam = aws.iam
    for key in plan.deleted:
        with in_one_line(f"delete a key of {plan.user}"):
            iam.delete_access_key(UserName=plan.user, AccessKeyId=key)
        say(f"deleted {_short(key)}")
    with in_one_line(f"make a key for {plan.user}"):
        made = iam.create_access_key(UserName=plan.user)["AccessKey"]
    try:
        _try_out(made, aws.region, pause)
        write_credentials(file, profile, made["AccessKeyId"], made["SecretAccessKey"], aws.region)
    except BaseException:
        with in_one_line(f"delete the new key of {plan.user} again"):
            iam.delete_access_key(UserName=plan.user, AccessKeyId=made["AccessKeyId"])
        raise
    say(f"new key {_short(made['AccessKeyId'])} works, written to {file}")
    for key in plan.old:
        with in_one_line(f"switch off a key of {plan.user}"):
            iam.update_access_key(UserName=plan.user, AccessKeyId=key, Status="Inactive")
        say(f"switched off {_short(key)}; the next rotation deletes it")
    return made["AccessKeyId"]


def check_credentials_file(file: Path) -> ConfigParser:
    """Read what `file` holds so far; raises `CardlensError` where a key could not be added to it."""
    held = ConfigParser(interpolation=None, default_section="")
    try:
        if file.exists():
            held.read_string(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, Error) as error:
        raise CardlensError(f"{file}: not a credentials file of AWS; give another with --file") from error
    if not file.parent.is_dir() or not os.access(file.parent, os.W_OK):
        raise CardlensError(f"{file.parent}: cannot be written to; give a file elsewhere with --file")
    return held


def write_credentials(file: Path, profile: str, key: str, secret: str, region: str) -> None:
    """Put a key into a credentials file beside what is there; aside first, then renamed, for its owner's eyes only."""
    held = check_credentials_file(file)
    held[profile] = {"aws_access_key_id": key, "aws_secret_access_key": secret, "region": region}
    aside = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            held.write(out)
        aside.replace(file)
    except OSError as error:
        raise CardlensError(f"{file}: cannot be written ({error.strerror}); give another with --file") from error
    finally:
        aside.unlink(missing_ok=True)


def _try_out(made: AccessKeyTypeDef, region: str, pause: float) -> None:
    """Ask who the new key is, until AWS knows it."""
    session = boto3.Session(made["AccessKeyId"], made["SecretAccessKey"], region_name=region)
    deadline = time.monotonic() + _PATIENCE
    with in_one_line(f"try the new key of {made['UserName']}"):
        while not _is_known(session, last=time.monotonic() > deadline):
            time.sleep(pause)


def _is_known(session: boto3.Session, *, last: bool) -> bool:
    try:
        session.client("sts").get_caller_identity()
    except ClientError as error:
        if last or code_of(error) not in _UNKNOWN:
            raise
        return False
    return True


def _age_first(key: AccessKeyMetadataTypeDef) -> datetime:
    return key.get("CreateDate", datetime.now(UTC))


def _short(key: str) -> str:
    return f"...{key[-4:]}"
