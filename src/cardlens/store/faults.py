"""What a failed request means, in one line: the object store's own words are pages long."""

from __future__ import annotations

import errno
import re

from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from cardlens.errors import CardlensError
from cardlens.store.errors import AlreadyThere, NotThere, Outdated, StoreError

_CODE = re.compile(r"<Code>(\w+)</Code>")
_KEYS = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile in ~/.aws/credentials"
# The error codes of S3, and what to do about each.
MEANINGS = {
    "NoSuchBucket": "there is no such bucket; check the name, or make it with `cardlens cloud apply`",
    "InvalidAccessKeyId": f"the access key is not known there; {_KEYS}",
    "SignatureDoesNotMatch": f"the secret key does not belong to the access key; {_KEYS}",
    "ExpiredToken": "the session token has expired; get new credentials (for example `aws sso login`) and try again",
    "InvalidToken": "the session token is not valid; get new credentials and try again",
    "TokenRefreshRequired": "the session token has expired; get new credentials and try again",
    "RequestTimeTooSkewed": "this computer's clock is more than 15 minutes off; set it (`timedatectl set-ntp true`)",
    "AccessDenied": "these credentials may not do that here; use a role that may, or ask the operator of the store",
    "PermanentRedirect": "the bucket is in another region; set AWS_REGION to its region",
    "AuthorizationHeaderMalformed": "the bucket is in another region; set AWS_REGION to its region",
    "SlowDown": "the server asks for less at once; try again in a while",
    "BadDigest": "the bytes that arrived are not those that were sent; try again",
    "NoSuchUpload": "the upload was ended by somebody else; try again",
}
FULL = "the disk is full; make room, then give the same command again: it goes on where it stopped"
# What stands in errors that carry no code.
_SIGNS = (
    (
        ("169.254.169.254", "169.254.170.2", "metadata endpoint", "missing credentials"),
        "no credentials found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`",
    ),
    (("No space left", "os error 28"), FULL),
    (("301 Moved", "Received redirect"), MEANINGS["PermanentRedirect"]),
    (
        ("error sending request", "HTTP error", "timed out"),
        "no answer from the server; check the network and AWS_ENDPOINT_URL, then try again",
    ),
)


class explained:  # noqa: N801 - used as a function is: with explained(place)
    """Turn what the object store raises inside the block into a `StoreError` about `place`."""

    __slots__ = ("_place",)

    def __init__(self, place: str) -> None:
        """Name what it is about."""
        self._place = place

    def __enter__(self) -> None:
        """Nothing is done yet."""

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        """Raise it as what it means."""
        if isinstance(error, BaseError | OSError) and not isinstance(error, CardlensError):
            raise _meaning(self._place, error) from error


def _meaning(place: str, error: Exception) -> StoreError:
    if isinstance(error, AlreadyExistsError):
        return AlreadyThere(f"{place}: exists already")
    if isinstance(error, PreconditionError):
        return Outdated(f"{place}: was changed by somebody else in the meantime; look again, then repeat")
    return _explanation(place, error)


def _explanation(place: str, error: Exception) -> StoreError:
    text = str(error)
    code = next(iter(_CODE.findall(text)), "")
    if code in MEANINGS:
        return StoreError(f"{place}: {MEANINGS[code]}")
    if isinstance(error, FileNotFoundError):
        return NotThere(f"{place}: not there")
    if isinstance(error, OSError):
        return StoreError(f"{place}: {_refusal(error)}")
    return StoreError(f"{place}: {_request_failure(text, code, error)}")


def _request_failure(text: str, code: str, error: Exception) -> str:
    for signs, meaning in _SIGNS:
        if any(sign in text for sign in signs):
            return meaning
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return MEANINGS["AccessDenied"]
    return f"the request failed ({code or _first_sentence(text)}); try again"


def _refusal(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FULL
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"may not be read or written ({error.strerror}); check its owner and permissions"
    return f"cannot be read or written ({error.strerror or _first_sentence(str(error))})"


def _first_sentence(text: str) -> str:
    return " ".join(text.partition("\n\nDebug source")[0].split())[:300]
