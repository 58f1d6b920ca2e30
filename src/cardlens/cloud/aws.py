"""AWS as the commands see it: clients of one account and region, and its refusals in one line each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore import exceptions as refused
from botocore.config import Config

from cardlens.errors import CardlensError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sts import STSClient

# Somebody waits at a terminal: no answer within half a minute is no network.
_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 3})

_SIGN_IN = "sign in again (`aws sso login`), or renew the keys in ~/.aws/credentials"
# AWS's codes -> what is wrong, and what to do
_CODES = {
    "ExpiredToken": ("the sign-in has expired", _SIGN_IN),
    "ExpiredTokenException": ("the sign-in has expired", _SIGN_IN),
    "RequestExpired": ("the sign-in or the clock is out of date", _SIGN_IN + ", and set the clock"),
    "InvalidClientTokenId": ("the access key is not known", "check AWS_PROFILE and ~/.aws/credentials"),
    "InvalidAccessKeyId": ("the access key is not known", "check AWS_PROFILE and ~/.aws/credentials"),
    "UnrecognizedClientException": ("the access key is not known", "check AWS_PROFILE and ~/.aws/credentials"),
    "AuthFailure": ("the access key is not known", "check AWS_PROFILE and ~/.aws/credentials"),
    "SignatureDoesNotMatch": ("the secret key is wrong", "check AWS_PROFILE and ~/.aws/credentials"),
    "IncompleteSignature": ("the secret key is wrong", "check AWS_PROFILE and ~/.aws/credentials"),
    "RequestTimeTooSkewed": ("this computer's clock is wrong", "set the clock (`timedatectl set-ntp true`)"),
    "NoSuchBucket": ("there is no such bucket", "check CARDLENS_STORE, or make it with `cardlens cloud apply`"),
    "Throttling": ("AWS asks to slow down", "try again in a minute"),
    "ThrottlingException": ("AWS asks to slow down", "try again in a minute"),
    "ResourceLimitExceeded": (
        "the account's limit for this is reached",
        "ask for more in the console's Service Quotas",
    ),
}
# what services but S3 say of a clock that is wrong, under the code of a wrong signature
_SKEWED = ("Signature expired", "Signature not yet current")
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden", "403")


class CloudRefused(CardlensError):
    """AWS did not do what was asked."""


class NotAllowed(CloudRefused):
    """The identity that asks may not do this."""


class NoAnswer(CloudRefused):
    """AWS cannot be reached."""


class NotOffered(CloudRefused):
    """The server is not AWS, and does not have this."""


class Aws:
    """One account in one region, as whoever is signed in; what boto3 finds in the environment says who and where."""

    def __init__(self, region: str, profile: str | None = None) -> None:
        """Open nothing yet; `profile` is one of ~/.aws/config."""
        self.region = region
        with in_one_line("open the profile"):
            self._session = boto3.Session(region_name=region, profile_name=profile)

    @cached_property
    def cloudformation(self) -> CloudFormationClient:
        """The stack."""
        return self._session.client("cloudformation", config=_CONFIG)

    @cached_property
    def iam(self) -> IAMClient:
        """Users, roles, policies."""
        return self._session.client("iam", config=_CONFIG)

    @cached_property
    def s3(self) -> S3Client:
        """The bucket."""
        return self._session.client("s3", config=_CONFIG)

    @cached_property
    def sagemaker(self) -> SageMakerClient:
        """Jobs, pipelines, registry."""
        return self._session.client("sagemaker", config=_CONFIG)

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        """What jobs print."""
        return self._session.client("logs", config=_CONFIG)

    def account(self) -> str:
        """The number of the account that is signed in to; raises `CloudRefused`."""
        with in_one_line("ask who is signed in"):
            return self._sts.get_caller_identity()["Account"]

    @cached_property
    def _sts(self) -> STSClient:
        return self._session.client("sts", config=_CONFIG)


@contextmanager
def in_one_line(what: str) -> Iterator[None]:
    """Turn whatever boto3 raises while `what` is done into a `CloudRefused` of one line."""
    try:
        yield
    except refused.ClientError as error:
        raise _said(what, error) from error
    except (refused.NoCredentialsError, refused.PartialCredentialsError, refused.CredentialRetrievalError) as error:
        raise CloudRefused(f"{what}: nobody is signed in to AWS; run `aws configure sso` or set AWS_PROFILE") from error
    except (refused.TokenRetrievalError, refused.SSOError) as error:
        raise CloudRefused(f"{what}: the sign-in has expired; {_SIGN_IN}") from error
    except refused.ProfileNotFound as error:
        raise CloudRefused(f"{what}: {error}; see `aws configure list-profiles`") from error
    except (refused.ConnectionError, refused.HTTPClientError) as error:
        host = error.kwargs.get("endpoint_url", "AWS")
        raise NoAnswer(f"{what}: no answer from {host}; check the network, and try again") from error
    except refused.BotoCoreError as error:
        raise CloudRefused(f"{what}: {error}; check AWS_PROFILE, AWS_REGION and ~/.aws/config") from error


def code_of(error: refused.ClientError) -> str:
    """AWS's word for what is wrong, such as `NoSuchBucket`."""
    return str(_refusal(error).get("Code", ""))


def _said(what: str, error: refused.ClientError) -> CloudRefused:
    code = code_of(error)
    if code in _DENIED:
        return NotAllowed(f"{what}: not allowed to {error.operation_name}; sign in with a role that is (AWS_PROFILE)")
    message = " ".join(_refusal(error).get("Message", "").split()).rstrip(".")[:300]
    if any(text in message for text in _SKEWED):
        code = "RequestTimeTooSkewed"
    if code in _CODES:
        wrong, next_step = _CODES[code]
        return CloudRefused(f"{what}: {wrong}; {next_step}")
    return CloudRefused(f"{what}: AWS says {code}: {message}; see {error.operation_name} in the console")


def _refusal(error: refused.ClientError) -> Mapping[str, Any]:
    """Code and message; a server that is not AWS gives them without the envelope that boto3 looks into."""
    response: Mapping[str, Any] = error.response
    return response.get("Error") or response
