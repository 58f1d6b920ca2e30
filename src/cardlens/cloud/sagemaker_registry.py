"""The registry in the SageMaker Model Registry: statuses live there, files and records in the store as ever.

SageMaker knows three statuses. Archived is kept as Rejected with our word beside it. Whatever is decided here is also
written to the store's own log, because devices may read the store and nothing else. A version that was approved in the
console is approved for devices when `cardlens registry approve` is said too, which checks the gates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from cardlens.cloud.aws import CloudRefused, in_one_line
from cardlens.store.objects import Store
from cardlens.store.registry import GROUP, Registered, check_step
from cardlens.store.registry_candidate import FIGURES, file_path
from cardlens.store.registry_status import Decision, Status, check_note
from cardlens.store.registry_store import StoreRegistry
from cardlens.store.registry_version import BadVersion, ModelVersion, check_name

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import CreateModelPackageInputTypeDef

Approval = Literal["PendingManualApproval", "Approved", "Rejected"]
APPROVALS: Mapping[Status, Approval] = {
    Status.PENDING: "PendingManualApproval",
    Status.APPROVED: "Approved",
    Status.REJECTED: "Rejected",
    Status.ARCHIVED: "Rejected",
}
_STATUSES = {"PendingManualApproval": Status.PENDING, "Approved": Status.APPROVED, "Rejected": Status.REJECTED}
_VERSION, _RECORD, _STATUS, _BY, _AT = (
    "cardlens-version",
    "cardlens-record",
    "cardlens-status",
    "cardlens-by",
    "cardlens-at",
)
# A package must name a container that could serve it. Ours runs on devices; this one would host the embedder.
IMAGE = "763104351884.dkr.ecr.{region}.amazonaws.com/pytorch-inference:2.6.0-cpu-py312-ubuntu22.04-sagemaker"


class SageMakerRegistry:
    """A model package group. Packages of it that cardlens did not register are left alone."""

    def __init__(self, client: SageMakerClient, store: Store, mirror: StoreRegistry, group: str = GROUP) -> None:
        """Take the client of an account and region; `mirror` is the registry in the store.

        Raises:
            CloudRefused: the store is not in S3, where SageMaker could find the files.
        """
        if not store.address.startswith("s3://"):
            raise CloudRefused(f"{store.address}: SageMaker's registry needs a store in S3; set CARDLENS_STORE")
        self._client, self._store, self._mirror, self._group = client, store, mirror, check_name(group)

    def register(self, version: ModelVersion, by: str) -> Registered:
        """Enter a version in the store's log and in the package group; entering the same again changes nothing."""
        registered = self._mirror.register(version, by)
        self._make_group()
        if self._find(version.name) is None:
            with in_one_line(f"register {version.name}"):
                self._client.create_model_package(**self._request(registered))
        return self.version(version.name)

    def _make_group(self) -> None:
        with in_one_line(f"make the package group {self._group}"):
            try:
                self._client.describe_model_package_group(ModelPackageGroupName=self._group)
            except ClientError as error:
                if error.response["Error"].get("Code") != "ValidationException":
                    raise
                self._client.create_model_package_group(
                    ModelPackageGroupName=self._group,
                    ModelPackageGroupDescription="Model, reference database, calibration and figures of each release",
                )

    def _request(self, registered: Registered) -> CreateModelPackageInputTypeDef:
        version = registered.version
        image = IMAGE.format(region=self._client.meta.region_name)
        data = {
            "S3Uri": self._uri(version, "models/embedder.onnx"),
            "S3DataType": "S3Object",
            "CompressionType": "None",
        }
        statistics = {"ContentType": "application/json", "S3Uri": self._uri(version, FIGURES)}
        request: Any = {
            "ModelPackageGroupName": self._group,
            "ModelPackageDescription": f"cardlens {version.name}: {version.cards:,} cards. {version.note}"[:1024],
            "ModelApprovalStatus": APPROVALS[registered.status],
            "CustomerMetadataProperties": {
                _VERSION: version.name,
                _RECORD: version.digest,
                **_about(registered.latest),
            },
            "ModelMetrics": {"ModelQuality": {"Statistics": statistics}},
            "InferenceSpecification": {
                "Containers": [{"Image": image, "ModelDataSource": {"S3DataSource": data}}],
                "SupportedContentTypes": ["application/x-npy"],
                "SupportedResponseMIMETypes": ["application/json"],
            },
        }
        return request  # type: ignore[no-any-return]

    def _uri(self, version: ModelVersion, path: str) -> str:
        return self._store.at(file_path(version.files[path].sha256, self._group))

    def versions(self) -> list[Registered]:
        """List the versions, oldest first, with the statuses that SageMaker has."""
        packages = sorted(self._packages(), key=lambda package: int(package["ModelPackageVersion"]))
        return [self._registered(package) for package in packages]

    def version(self, name: str) -> Registered:
        """Give one version."""
        package = self._find(check_name(name))
        if package is None:
            raise BadVersion(f"{name}: no such version in SageMaker's {self._group}; see `cardlens registry list`")
        return self._registered(package)

    def approved(self) -> Registered | None:
        """Give the version approved last, of those that still are."""
        packages = [package for package in self._packages() if package["ModelApprovalStatus"] == "Approved"]
        return self._registered(max(packages, key=_changed)) if packages else None

    def decide(self, name: str, status: Status, by: str, note: str = "") -> Registered:
        """Set the status of a version, in the store's log first: there it is settled who was quicker."""
        here, mirrored = self.version(name), self._mirror.version(name)
        if here.status is mirrored.status:
            check_step(here, status)
        decided = mirrored
        if mirrored.status is not status:
            decided = self._mirror.decide(name, status, by, check_note(note))
        package = self._find(name)
        if package is None:
            raise BadVersion(f"{name}: was removed from SageMaker's {self._group} in the meantime")
        with in_one_line(f"set {name} to {status}"):
            self._client.update_model_package(
                ModelPackageArn=package["ModelPackageArn"],
                ModelApprovalStatus=APPROVALS[status],
                ApprovalDescription=_description(decided.latest),
                CustomerMetadataProperties={**package["CustomerMetadataProperties"], **_about(decided.latest)},
            )
        return self.version(name)

    def history(self, name: str) -> list[Decision]:
        """List what was decided about a version, oldest first, as the store's log has it."""
        return self._mirror.history(name)

    def _find(self, name: str) -> Mapping[str, Any] | None:
        return next((each for each in self._packages() if each["CustomerMetadataProperties"][_VERSION] == name), None)

    def _packages(self) -> Iterator[Mapping[str, Any]]:
        with in_one_line(f"list the packages of {self._group}"):
            pages = self._client.get_paginator("list_model_packages").paginate(ModelPackageGroupName=self._group)
            arns = [summary["ModelPackageArn"] for page in pages for summary in page["ModelPackageSummaryList"]]
            for arn in arns:
                package = self._client.describe_model_package(ModelPackageName=arn)
                if _VERSION in package.get("CustomerMetadataProperties", {}):
                    yield package

    def _registered(self, package: Mapping[str, Any]) -> Registered:
        properties = package["CustomerMetadataProperties"]
        version = self._mirror.version(properties[_VERSION]).version
        return Registered(version, _decision(package, properties))


def _about(decision: Decision) -> dict[str, str]:
    return {_STATUS: str(decision.status), _BY: decision.by, _AT: decision.at}


def _description(decision: Decision) -> str:
    return f"{decision.status} by {decision.by} on {decision.at}. {decision.note}".strip()[:1024]


def _decision(package: Mapping[str, Any], properties: Mapping[str, str]) -> Decision:
    """What was decided last: ours where it is what SageMaker says too, or else what was done in the console."""
    status = _STATUSES[package["ModelApprovalStatus"]]
    ours = Status(properties.get(_STATUS, status))
    if APPROVALS[ours] == package["ModelApprovalStatus"]:
        return Decision(
            properties[_VERSION], ours, properties[_BY], properties[_AT], package.get("ApprovalDescription", "")
        )
    modified_by = package.get("LastModifiedBy", {}).get("UserProfileName") or "somebody in SageMaker"
    return Decision(properties[_VERSION], status, modified_by, _changed(package).isoformat(timespec="seconds"))


def _changed(package: Mapping[str, Any]) -> datetime:
    moment: datetime = package.get("LastModifiedTime") or package["CreationTime"]
    return moment.astimezone(UTC)
