from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cardlens.cloud.aws import Aws, CloudRefused
from cardlens.cloud.sagemaker_registry import SageMakerRegistry
from cardlens.store.registry import GROUP
from cardlens.store.registry_gates import Gates
from cardlens.store.registry_status import RegistryRefusal, Status
from cardlens.store.registry_store import StoreRegistry
from cardlens.store.registry_version import BadVersion
from tests.store.registered import a_version, memory_store

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

ADDRESS = "s3://bucket/project/cards"


@pytest.fixture
def mirror() -> StoreRegistry:
    return StoreRegistry(memory_store(ADDRESS), gates=Gates())


@pytest.fixture
def sagemaker(aws: Aws) -> SageMakerClient:
    return aws.sagemaker


@pytest.fixture
def registry(sagemaker: SageMakerClient, mirror: StoreRegistry) -> SageMakerRegistry:
    return SageMakerRegistry(sagemaker, memory_store(ADDRESS), mirror)


def approval(sagemaker: SageMakerClient, number: int) -> tuple[str, str]:
    """What SageMaker says of a package."""
    arns = [
        one["ModelPackageArn"]
        for one in sagemaker.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]
    ]
    package = sagemaker.describe_model_package(ModelPackageName=sorted(arns)[number - 1])
    return package["ModelApprovalStatus"], package.get("ApprovalDescription", "")


def test_a_version_goes_through_sagemaker_and_the_log(
    registry: SageMakerRegistry, sagemaker: SageMakerClient, mirror: StoreRegistry
) -> None:
    assert registry.register(a_version("v1.0"), "ash@lab").status is Status.PENDING
    assert approval(sagemaker, 1)[0] == "PendingManualApproval"
    assert registry.approved() is None
    decided = registry.decide("v1.0", Status.APPROVED, "misty@gym", "looked through")
    assert (decided.status, decided.latest.by) == (Status.APPROVED, "misty@gym")
    status, why = approval(sagemaker, 1)
    assert status == "Approved"
    assert "misty@gym" in why
    assert "looked through" in why
    approved, mirrored = registry.approved(), mirror.approved()
    assert approved is not None
    assert mirrored is not None
    assert approved.version == mirrored.version == a_version("v1.0")
    assert [one.status for one in registry.history("v1.0")] == [Status.PENDING, Status.APPROVED]


def test_archived_is_rejected_for_sagemaker_and_archived_for_us(
    registry: SageMakerRegistry, sagemaker: SageMakerClient
) -> None:
    for name in ("v1.0", "v2.0"):
        registry.register(a_version(name), "ash@lab")
        registry.decide(name, Status.APPROVED, "ash@lab")
    registry.decide("v1.0", Status.ARCHIVED, "ash@lab", "replaced by v2.0")
    assert approval(sagemaker, 1)[0] == "Rejected"
    assert [(one.version.name, str(one.status)) for one in registry.versions()] == [
        ("v1.0", "archived"),
        ("v2.0", "approved"),
    ]
    assert registry.version("v1.0").status is Status.ARCHIVED
    registry.decide("v2.0", Status.REJECTED, "ash@lab")
    assert registry.approved() is None


def test_gates_hold_here_too(registry: SageMakerRegistry, sagemaker: SageMakerClient) -> None:
    registry.register(a_version("v1.0", artwork_r_at_1=0.5), "ash@lab")
    with pytest.raises(RegistryRefusal, match="accuracy"):
        registry.decide("v1.0", Status.APPROVED, "ash@lab")
    assert approval(sagemaker, 1)[0] == "PendingManualApproval"


def test_registering_twice_makes_one_package(registry: SageMakerRegistry, sagemaker: SageMakerClient) -> None:
    registry.register(a_version("v1.0"), "ash@lab")
    registry.register(a_version("v1.0"), "ash@lab")
    assert len(sagemaker.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]) == 1


def test_what_the_console_approves_is_seen_and_counts_for_devices_when_it_is_said_here(
    registry: SageMakerRegistry, sagemaker: SageMakerClient, mirror: StoreRegistry
) -> None:
    registry.register(a_version("v1.0"), "ash@lab")
    arn = sagemaker.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"][0]["ModelPackageArn"]
    sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        CustomerMetadataProperties=sagemaker.describe_model_package(ModelPackageName=arn)["CustomerMetadataProperties"],
    )
    seen = registry.version("v1.0")
    assert (seen.status, seen.latest.by) == (Status.APPROVED, "fake-user-profile-name")
    assert mirror.approved() is None
    registry.decide("v1.0", Status.APPROVED, "misty@gym")
    assert mirror.approved() is not None
    with pytest.raises(RegistryRefusal, match="nothing to do"):
        registry.decide("v1.0", Status.APPROVED, "misty@gym")


def test_packages_of_others_are_left_alone(registry: SageMakerRegistry, sagemaker: SageMakerClient) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName=GROUP)
    sagemaker.create_model_package(ModelPackageGroupName=GROUP, ModelPackageDescription="made by hand")
    assert registry.versions() == []
    registry.register(a_version("v1.0"), "ash@lab")
    assert [one.version.name for one in registry.versions()] == ["v1.0"]


def test_what_is_not_there_is_one_line(registry: SageMakerRegistry) -> None:
    with pytest.raises(BadVersion, match="no such version in SageMaker"):
        registry.version("v9")


def test_a_store_that_sagemaker_cannot_read_is_refused(sagemaker: SageMakerClient, mirror: StoreRegistry) -> None:
    with pytest.raises(CloudRefused, match="needs a store in S3"):
        SageMakerRegistry(sagemaker, memory_store(), mirror)
