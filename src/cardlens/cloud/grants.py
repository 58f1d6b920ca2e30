"""What a policy allows, and whether that is more than it should."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Document = dict[str, Any]
_OF_NO_BUCKET = ("s3:listallmybuckets", "s3:getaccountpublicaccessblock")  # they can be given on "*" only


@dataclass(frozen=True, slots=True)
class Grant:
    """One action allowed on one resource. `condition`: as in the policy, None where there is none."""

    action: str
    resource: str
    condition: Document | None = None

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{self.action} on {self.resource}"


def grants(document: Document) -> Iterator[Grant]:
    """List what the Allow statements of a policy give. What is not listed by name counts as everything."""
    for statement in _listed(document.get("Statement", [])):
        if statement.get("Effect") != "Allow":
            continue
        # "everything but" is everything, for whoever audits
        actions = _listed(statement["Action"]) if "Action" in statement else ["*"]
        resources = _listed(statement["Resource"]) if "Resource" in statement else ["*"]
        for action in actions:
            for resource in resources:
                yield Grant(action, resource, statement.get("Condition"))


def is_admin(document: Document) -> bool:
    """Tell whether a policy allows everything, or to give oneself everything."""
    return any(grant.action in ("*", "*:*", "iam:*") and grant.resource == "*" for grant in grants(document))


def beyond(documents: Iterable[Document], needed: Document) -> list[Grant]:
    """List what the documents allow and `needed` does not."""
    allowed = list(grants(needed))
    return [grant for document in documents for grant in grants(document) if not _covered(grant, allowed)]


def lacking(documents: Iterable[Document], needed: Document) -> list[Grant]:
    """List what `needed` allows and the documents do not."""
    given = [grant for document in documents for grant in grants(document)]
    return [grant for grant in grants(needed) if not _covered(grant, given)]


def by_wildcard(documents: Iterable[Document], bucket: str) -> list[Grant]:
    """List what reaches a bucket by a wildcard: in the action, or where the bucket's name should stand."""
    found = (grant for document in documents for grant in grants(document) if _reaches(grant, bucket))
    return [grant for grant in found if _is_pattern(grant.action) or _is_pattern(_bucket_of(grant.resource))]


def _reaches(grant: Grant, bucket: str) -> bool:
    action, service = grant.action.lower(), grant.resource.split(":")[2:3] or ["*"]
    of_s3 = fnmatchcase("s3", action.partition(":")[0]) and fnmatchcase("s3", service[0])
    return of_s3 and action not in _OF_NO_BUCKET and fnmatchcase(bucket, _bucket_of(grant.resource))


def _bucket_of(resource: str) -> str:
    return resource.rpartition(":")[2].partition("/")[0]


def _is_pattern(text: str) -> bool:
    return "*" in text or "?" in text


def _covered(grant: Grant, allowed: Iterable[Grant]) -> bool:
    return any(
        fnmatchcase(grant.action.lower(), other.action.lower())
        and fnmatchcase(grant.resource, other.resource)
        and other.condition in (None, grant.condition)
        for other in allowed
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
