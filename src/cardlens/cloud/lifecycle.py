"""The lifecycle rules of a bucket: as the template writes them, and as S3 answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Document = dict[str, Any]


def rules_of_template(bucket: Document) -> list[Document]:
    """Spell the template's rules as S3's API does."""
    return [_as_api(rule) for rule in bucket["LifecycleConfiguration"]["Rules"]]


def differences(found: Iterable[Document], should: Sequence[Document]) -> list[str]:
    """Name the rules that are missing, switched off or changed, and those that delete and were never made."""
    there = {rule.get("ID"): rule for rule in found if rule.get("Status") == "Enabled"}
    known = {rule["ID"] for rule in should}
    wrong = [f"{name} deletes objects" for name, rule in there.items() if name not in known and _deletes(rule)]
    for rule in should:
        name = rule["ID"]
        if name not in there:
            wrong.append(f"{name} is missing")
        elif _plain(there[name]) != _plain(rule):
            wrong.append(f"{name} is not as it was made")
    return wrong


def _deletes(rule: Document) -> bool:
    return "Expiration" in rule or "NoncurrentVersionExpiration" in rule


def _as_api(rule: Document) -> Document:
    said: Document = {"ID": rule["Id"], "Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "ExpirationInDays" in rule:
        said["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    if "NoncurrentVersionTransitions" in rule:
        said["NoncurrentVersionTransitions"] = [
            {"NoncurrentDays": each["TransitionInDays"], "StorageClass": each["StorageClass"]}
            for each in rule["NoncurrentVersionTransitions"]
        ]
    for part in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        if part in rule:
            said[part] = rule[part]
    return said


def _plain(rule: Document) -> Document:
    """What a rule does, however its filter is written; days that were set by an option are the owner's to choose."""
    filtered = rule.get("Filter") or {}
    prefix = filtered.get("Prefix") or rule.get("Prefix") or ""
    plain = {name: value for name, value in rule.items() if name not in ("Filter", "Prefix", "ID", "Expiration")}
    return {**plain, "prefix": prefix, "expires": "Expiration" in rule}
