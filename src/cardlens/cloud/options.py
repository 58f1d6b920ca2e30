"""What a user may set of the stack, as the template's parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from cardlens.errors import CardlensError

_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:[A-Za-z0-9_+=,.@/-]+")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST = 4096  # characters of a parameter's value
_FEWEST_DAYS, _SMALLEST_BUDGET = 30, 1


def stack_options(settings: Iterable[str]) -> dict[str, str]:
    """Check `name=value` settings and name them as the template does; what is not set stays as it is.

    Raises `CardlensError` for what CloudFormation would refuse halfway.
    """
    options: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if name not in _SETTINGS or not equals:
            raise CardlensError(f"{setting}: not a setting; there are {', '.join(f'{each}=…' for each in _SETTINGS)}")
        parameter, checked = _SETTINGS[name]
        options[parameter] = checked(value)
    return options


def _people(value: str) -> str:
    wrong = [arn for arn in value.split(",") if arn and not _ARN.fullmatch(arn)]
    if wrong:
        raise CardlensError(
            f"{wrong[0]}: not the ARN of a user or role; give one such as arn:aws:iam::123456789012:role/me"
        )
    return value


def _mail(value: str) -> str:
    if value and not _MAIL.fullmatch(value):
        raise CardlensError(f"{value}: not a mail address; give one, or nothing after = for no alarms")
    return value


def _at_least(fewest: int) -> Callable[[str], str]:
    def checked(value: str) -> str:
        if not value.isascii() or not value.isdigit() or int(value) < fewest:
            raise CardlensError(f"{value}: not a whole number of at least {fewest}; give one")
        return value

    return checked


def _certificate(value: str) -> str:
    """Read the file named; only a certificate may leave this computer."""
    try:
        text = Path(value).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise CardlensError(f"{value}: cannot be read as PEM; give the file of the authority's certificate") from error
    if "PRIVATE KEY" in text:
        raise CardlensError(f"{value}: holds a private key, which must not leave you; give the certificate alone")
    if "BEGIN CERTIFICATE" not in text or len(text) > _LONGEST:
        raise CardlensError(f"{value}: not a certificate in PEM of at most {_LONGEST} characters; give the authority's")
    return text.strip()


_SETTINGS: dict[str, tuple[str, Callable[[str], str]]] = {
    "people": ("People", _people),
    "device-authority": ("DeviceCertificateAuthority", _certificate),
    "experiment-days": ("ExperimentDays", _at_least(_FEWEST_DAYS)),
    "monthly-budget": ("MonthlyBudget", _at_least(_SMALLEST_BUDGET)),
    "alarm-email": ("AlarmEmail", _mail),
}
