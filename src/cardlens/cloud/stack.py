"""Make, change and take down what `stack.yaml` describes, by CloudFormation change sets: look first, then apply."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cardlens.cloud import template
from cardlens.cloud.aws import Aws, CloudRefused, code_of, in_one_line
from cardlens.cloud.place import Place

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import DescribeChangeSetOutputTypeDef, ParameterTypeDef, StackTypeDef

_NOTHING = ("didn't contain changes", "No updates are to be performed")
# Nothing was made yet: the stack is there in name only.
_EMPTY = "REVIEW_IN_PROGRESS"
_STUCK = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that is to change. `action`: Add, Modify, Remove, Import; `replaced`: deleted and made anew."""

    action: str
    resource: str
    kind: str
    replaced: bool = False

    def __str__(self) -> str:
        """For people."""
        warning = "  MADE ANEW: what the old one holds is not in the new one" if self.replaced else ""
        return f"{self.action:<7} {self.resource:<18} {self.kind}{warning}"

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` lists."""
        return asdict(self)


class Stack:
    """The stack of one place. `wait`: seconds between two looks at what CloudFormation is doing."""

    def __init__(self, aws: Aws, place: Place, wait: float = 3.0) -> None:
        """Open nothing yet."""
        self._aws, self._place, self._wait = aws, place, wait

    def plan(self, options: Mapping[str, str]) -> list[Change]:
        """Say what `apply` would change; leaves nothing behind. `options`: values of the template's parameters."""
        with self._change_set(options) as changes:
            return changes

    def apply(self, options: Mapping[str, str], say: Callable[[str], None]) -> list[Change]:
        """Make what is there what it should be; returns the changes made, none where nothing had to change."""
        with self._change_set(options) as changes:
            if changes:
                for change in changes:
                    say(str(change))
                with in_one_line(f"change the stack {self._place.stack}"):
                    self._client.execute_change_set(ChangeSetName=self._name, StackName=self._place.stack)
                self._follow(say)
        return changes

    def leaving(self) -> tuple[list[str], list[str]]:
        """The resources that `destroy` would delete, and those that it would leave."""
        if self._describe() is None:
            return [], []
        with in_one_line(f"list the stack {self._place.stack}"):
            pages = self._client.get_paginator("list_stack_resources").paginate(StackName=self._place.stack)
            found = [each for page in pages for each in page["StackResourceSummaries"]]
        kept = {
            name for name, about in template.template()["Resources"].items() if about.get("DeletionPolicy") == "Retain"
        }
        # what never came to be has no name
        made = [each for each in found if each.get("PhysicalResourceId")]
        said = [
            (each["LogicalResourceId"], f"{each['LogicalResourceId']} {each['PhysicalResourceId']}") for each in made
        ]
        return [text for name, text in said if name not in kept], [text for name, text in said if name in kept]

    def destroy(self, say: Callable[[str], None]) -> None:
        """Delete the stack, not the bucket and what is in it; raises `CloudRefused` while devices depend on it."""
        self._refuse_with_devices()
        with in_one_line(f"delete the stack {self._place.stack}"):
            self._client.delete_stack(StackName=self._place.stack)
        self._follow(say)

    @property
    def _client(self) -> Any:
        return self._aws.cloudformation

    @contextmanager
    def _change_set(self, options: Mapping[str, str]) -> Iterator[list[Change]]:
        stack = self._describe()
        status = stack["StackStatus"] if stack else None
        if status in _STUCK:
            raise CloudRefused(
                f"stack {self._place.stack}: {status}; delete it with `cardlens cloud destroy --apply` and apply again"
            )
        fresh = status in (None, _EMPTY)
        if stack and not fresh:
            self._refuse_another_place(stack)
        parameters = self._parameters(None if fresh else stack, options)
        self._name = f"cardlens-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        if not self._compare(parameters, fresh=fresh):
            yield []
            return
        try:
            yield _changes(self._described())
        finally:
            self._clear(fresh=fresh)

    def _compare(self, parameters: list[ParameterTypeDef], *, fresh: bool) -> bool:
        """Have a change set made; False where there is nothing to change."""
        with in_one_line(f"compare the stack {self._place.stack}"):
            try:
                self._client.create_change_set(
                    StackName=self._place.stack,
                    ChangeSetName=self._name,
                    ChangeSetType="CREATE" if fresh else "UPDATE",
                    TemplateBody=template.template_text(),
                    Capabilities=["CAPABILITY_NAMED_IAM"],
                    Parameters=parameters,
                    # a bucket that is there already is taken over, not made
                    ImportExistingResources=True,
                )
            except ClientError as error:
                if any(text in str(error) for text in _NOTHING):
                    return False
                raise
        return True

    def _parameters(self, stack: StackTypeDef | None, options: Mapping[str, str]) -> list[ParameterTypeDef]:
        """What is not given stays as it is: applying twice changes nothing."""
        before = {each["ParameterKey"] for each in stack.get("Parameters", [])} if stack else set()
        given = {**template.parameters(self._place), **options}
        if "MakePackageGroup" not in before and self._has_package_group():
            given["MakePackageGroup"] = "no"
        kept = before & set(template.template()["Parameters"]) - set(given)
        changed: list[ParameterTypeDef] = [
            {"ParameterKey": name, "ParameterValue": value} for name, value in given.items()
        ]
        return changed + [{"ParameterKey": name, "UsePreviousValue": True} for name in sorted(kept)]

    def _has_package_group(self) -> bool:
        group = self._place.package_group
        with in_one_line(f"look for the package group {group}"):
            try:
                self._aws.sagemaker.describe_model_package_group(ModelPackageGroupName=group)
            except ClientError as error:
                if code_of(error) in ("ValidationException", "ResourceNotFound"):
                    return False
                raise
        return True

    def _described(self) -> DescribeChangeSetOutputTypeDef:
        while True:
            with in_one_line(f"compare the stack {self._place.stack}"):
                found: DescribeChangeSetOutputTypeDef = self._client.describe_change_set(
                    ChangeSetName=self._name, StackName=self._place.stack
                )
            if found["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
                return found
            time.sleep(self._wait)

    def _clear(self, *, fresh: bool) -> None:
        """Leave no change set behind, and no empty stack where there was none."""
        stack = self._describe()
        with in_one_line(f"clear up after comparing the stack {self._place.stack}"):
            if fresh and stack and stack["StackStatus"] == _EMPTY:
                self._client.delete_stack(StackName=self._place.stack)
            else:
                self._forget_change_set()

    def _forget_change_set(self) -> None:
        try:
            self._client.delete_change_set(ChangeSetName=self._name, StackName=self._place.stack)
        except ClientError as error:  # one that was executed is gone already, or belongs to the stack's history
            if code_of(error) not in ("ChangeSetNotFound", "InvalidChangeSetStatus", "ValidationError"):
                raise

    def _describe(self) -> StackTypeDef | None:
        with in_one_line(f"look at the stack {self._place.stack}"):
            try:
                stacks: list[StackTypeDef] = self._client.describe_stacks(StackName=self._place.stack)["Stacks"]
            except ClientError as error:
                if code_of(error) == "ValidationError" and "does not exist" in str(error):
                    return None
                raise
        return stacks[0] if stacks else None

    def _follow(self, say: Callable[[str], None]) -> None:
        """Wait for the end, telling each new status; raises `CloudRefused` with the first reason where it failed."""
        said = ""
        while stack := self._describe():
            status = stack["StackStatus"]
            if status != said:
                say(f"{self._place.stack}: {status}")
                said = status
            if not status.endswith("_IN_PROGRESS"):
                break
            time.sleep(self._wait)
        if "ROLLBACK" in said or said.endswith("FAILED"):
            raise CloudRefused(f"stack {self._place.stack}: {said}: {self._reason()}")

    def _reason(self) -> str:
        with in_one_line(f"ask why the stack {self._place.stack} failed"):
            events = self._client.describe_stack_events(StackName=self._place.stack)["StackEvents"]
        failed = [event for event in reversed(events) if event.get("ResourceStatus", "").endswith("FAILED")]
        if not failed:
            return "no reason is given; see its events in the console"
        first = failed[0]
        return (
            f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', 'no reason given')}; nothing was changed"
        )

    def _refuse_another_place(self, stack: StackTypeDef) -> None:
        """A stack that moved to another bucket would leave the old one behind, and every role without it."""
        there = {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", [])}
        for name, value in template.parameters(self._place).items():
            if there.get(name, value) != value:
                raise CloudRefused(
                    f"stack {self._place.stack}: is of {name} {there[name]}, not {value}; "
                    "set CARDLENS_STORE or --package-group to what it is of, or give this one another name with --stack"
                )

    def _refuse_with_devices(self) -> None:
        group = f"{self._place.stack}-devices"
        with in_one_line(f"look at the group {group}"):
            try:
                users = self._aws.iam.get_group(GroupName=group)["Users"]
            except ClientError as error:
                if code_of(error) == "NoSuchEntity":
                    return
                raise
        if users:
            names = ", ".join(user["UserName"] for user in users)
            raise CloudRefused(f"stack {self._place.stack}: devices still use it: {names}; remove these users first")


def _changes(found: DescribeChangeSetOutputTypeDef) -> list[Change]:
    if found["Status"] == "FAILED":
        reason = found.get("StatusReason", "")
        if any(text in reason for text in _NOTHING):
            return []
        raise CloudRefused(f"stack {found['StackName']}: CloudFormation refuses the template: {reason}")
    changed = [each["ResourceChange"] for each in found.get("Changes", []) if "ResourceChange" in each]
    return [
        Change(
            each["Action"],
            each["LogicalResourceId"],
            each["ResourceType"],
            each.get("Replacement") in ("True", "Conditional"),
        )
        for each in changed
    ]
