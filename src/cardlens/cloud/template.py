"""What should be at AWS, read from `stack.yaml`: the one home of every policy and bucket setting."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from cardlens.cloud.place import Place
from cardlens.errors import CardlensError

Document = dict[str, Any]
Role = Literal["device", "trainer", "publisher", "operator"]
ROLES: tuple[Role, ...] = ("device", "trainer", "publisher", "operator")

_FILE = Path(__file__).with_name("stack.yaml")
# "${!…}" is what stays a variable: of the policy, filled in when somebody asks
_VARIABLE = re.compile(r"\$\{(!?)([A-Za-z:/0-9]+)\}")


class _Reader(yaml.SafeLoader):
    """Reads YAML with CloudFormation's short functions: `!Ref x` becomes {"Ref": x}, `!Sub x` {"Fn::Sub": x}."""


def _function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Document:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {name: value.split(".") if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    raise CardlensError(f"{_FILE}: !{suffix} of a mapping is not understood here; use a list")


_Reader.add_multi_constructor("!", _function)


def template_text() -> str:
    """The template as CloudFormation is given it."""
    return _FILE.read_text(encoding="utf-8")


@cache
def template() -> Document:
    """The template with its functions spelt out; not to be changed."""
    document: Document = yaml.load(template_text(), Loader=_Reader)  # noqa: S506  # a SafeLoader
    return document


def parameters(place: Place) -> dict[str, str]:
    """The parameters that say where the system lives; the others keep their defaults."""
    return {"BucketName": place.bucket, "Prefix": place.prefix, "PackageGroupName": place.package_group}


def policy(role: Role, place: Place, account: str) -> Document:
    """The policy document of a role, as it should be in one account."""
    found = _resource(f"{role.capitalize()}Policy")["PolicyDocument"]
    return _resolved(found, place, account)


def policy_name(role: Role, place: Place) -> str:
    """The name of a role and of its managed policy, which are the same."""
    return f"{place.stack}-{role}"


def role_arn(role: Role, place: Place, account: str) -> str:
    """The ARN of a role of the stack."""
    return f"arn:{_partition(place)}:iam::{account}:role/cardlens/{policy_name(role, place)}"


def bucket_policy(place: Place, account: str) -> Document:
    """The bucket's own policy, as it should be."""
    return _resolved(_resource("BucketPolicy")["PolicyDocument"], place, account)


def bucket(place: Place, account: str) -> Document:
    """The bucket's properties, as they should be."""
    return _resolved(_resource("Bucket"), place, account)


def _resource(name: str) -> Document:
    properties: Document = template()["Resources"][name]["Properties"]
    return properties


def _resolved(document: Document, place: Place, account: str) -> Document:
    values = {name: about.get("Default", "") for name, about in template()["Parameters"].items()}
    values |= parameters(place)
    values |= {
        "AWS::Partition": _partition(place),
        "AWS::Region": place.region,
        "AWS::AccountId": account,
        "AWS::StackName": place.stack,
    }
    resolved: Document = _walk(document, lambda name: values[name])
    return resolved


def _partition(place: Place) -> str:
    return "aws-cn" if place.region.startswith("cn-") else "aws"


def _walk(node: Any, value_of: Callable[[str], Any]) -> Any:
    if isinstance(node, list):
        return [_walk(item, value_of) for item in node]
    if not isinstance(node, dict):
        return node
    if "Fn::Sub" in node:
        return _VARIABLE.sub(lambda found: f"${{{found[2]}}}" if found[1] else str(value_of(found[2])), node["Fn::Sub"])
    if "Ref" in node:
        return value_of(node["Ref"])
    return {name: _walk(item, value_of) for name, item in node.items()}
