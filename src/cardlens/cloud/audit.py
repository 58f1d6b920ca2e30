"""What is at AWS against what should be: each finding is a row of the page, with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from cardlens.cloud.aws import Aws, NotAllowed, NotOffered
from cardlens.cloud.bucket_audit import bucket_checks
from cardlens.cloud.finding import Finding, Rules
from cardlens.cloud.place import Place
from cardlens.cloud.role_audit import role_checks
from cardlens.cloud.user_audit import user_checks


def audit(aws: Aws, place: Place, rules: Rules, now: datetime | None = None) -> Iterator[Finding]:
    """Look at bucket, registry, roles and users. What may not be looked at is a finding: it was not seen to be good."""
    account = aws.account()
    checks = [
        *bucket_checks(aws, place, account),
        *role_checks(aws, place, account),
        *user_checks(aws, place, account, rules, now or datetime.now(UTC)),
    ]
    for check in checks:
        try:
            yield from check.look()
        except NotAllowed as error:
            yield Finding(check.what, check.where, str(error), "to be seen", False, "audit with the role operator")
        except NotOffered as error:
            yield Finding(check.what, check.where, str(error), "to be seen", False, "look where the server is set up")
