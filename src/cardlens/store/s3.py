"""Reaching a bucket: endpoint, region and credentials from where the AWS tools look for them."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from obstore.exceptions import BaseError
from obstore.store import S3Store

from cardlens.store.errors import StoreError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

# Six tries within half a minute: a network that is away is said so before one wonders, a hiccup is not noticed.
RETRIES: RetryConfig = {
    "max_retries": 5,
    "retry_timeout": timedelta(seconds=30),
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=5), "base": 2},
}
# What obstore finds by itself: keys, and the roles of containers and web identities.
_NATIVE = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


def open_bucket(bucket: str, prefix: str, shown: str, environment: Mapping[str, str]) -> S3Store:
    """Open a bucket; raises `StoreError` where the settings make no sense. Nothing is sent yet."""
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    settings: dict[str, Any] = {"checksum_algorithm": "sha256", **_credentials(environment)}
    settings["region"] = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or _region(environment)
    if endpoint:
        settings["endpoint"] = endpoint
    # an endpoint without TLS is taken only where somebody has written it down as such
    options: ClientConfig = {
        "allow_http": bool(endpoint and endpoint.startswith("http://")),
        "connect_timeout": timedelta(seconds=5),
        "read_timeout": timedelta(minutes=1),
        "timeout": timedelta(minutes=10),  # of one part
        "pool_max_idle_per_host": "64",
    }
    try:
        return S3Store(bucket, prefix=prefix or None, client_options=options, retry_config=RETRIES, **settings)
    except (BaseError, ValueError) as error:
        raise StoreError(f"{shown}: wrong settings ({error}); check the AWS_* variables") from error


def _credentials(environment: Mapping[str, str]) -> dict[str, Any]:
    if any(environment.get(name) for name in _NATIVE):
        return _explicit(environment)
    written = _profile(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials", "")
    if {"aws_access_key_id", "aws_secret_access_key"} <= set(written):
        return {
            "access_key_id": written["aws_access_key_id"],
            "secret_access_key": written["aws_secret_access_key"],
            **({"session_token": written["aws_session_token"]} if "aws_session_token" in written else {}),
        }
    if find_spec("boto3") is not None:  # single sign-on, assumed roles, credential processes
        return _from_boto3()
    return {}


def _explicit(environment: Mapping[str, str]) -> dict[str, Any]:
    names = {
        "access_key_id": "AWS_ACCESS_KEY_ID",
        "secret_access_key": "AWS_SECRET_ACCESS_KEY",
        "session_token": "AWS_SESSION_TOKEN",
    }
    return {setting: environment[name] for setting, name in names.items() if environment.get(name)}


def _from_boto3() -> dict[str, Any]:
    from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415 - boto3 takes long, and may not be there

    try:
        return {"credential_provider": Boto3CredentialProvider()}
    except ValueError:  # boto3 finds none either: the request will say so
        return {}


def _region(environment: Mapping[str, str]) -> str:
    profile = environment.get("AWS_PROFILE", "default")
    section = "" if profile == "default" else "profile "
    return _profile(environment, "AWS_CONFIG_FILE", "config", section).get("region", "us-east-1")


def _profile(environment: Mapping[str, str], variable: str, name: str, section: str) -> dict[str, str]:
    """Read the profile in use from one of the files that `aws configure` writes."""
    file = Path(environment.get(variable) or Path.home() / ".aws" / name)
    parser = configparser.RawConfigParser()
    try:
        parser.read(file, encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{file}: cannot be read ({type(error).__name__}); write it again: aws configure") from None
    wanted = section + environment.get("AWS_PROFILE", "default")
    return dict(parser[wanted]) if parser.has_section(wanted) else {}
