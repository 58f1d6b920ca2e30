"""One SageMaker training job: what is asked for, and how it is started."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cardlens.cloud.aws import Aws, code_of, in_one_line
from cardlens.cloud.card_data import CardData
from cardlens.cloud.code_bundle import PROGRAM, CodeBundle
from cardlens.cloud.container import CHECKPOINTS
from cardlens.cloud.place import Place
from cardlens.cloud.template import role_arn

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import (
        CreateTrainingJobRequestTypeDef,
        ResourceConfigTypeDef,
        StoppingConditionTypeDef,
    )

INSTANCE = "ml.g4dn.xlarge"
# AWS's own image for PyTorch; its list: https://docs.aws.amazon.com/deep-learning-containers/latest/devguide/
_IMAGE = "763104351884.dkr.ecr.{region}.amazonaws.com/pytorch-training:2.9.0-gpu-py312-cu130-ubuntu22.04-sagemaker"
_VOLUME_GB = 60
_WAIT_FOR_SPOT = 6 * 3600


@dataclass(frozen=True, slots=True)
class JobWishes:
    """What a user wants of a job.

    Attributes:
        model: what is trained.
        settings: options of `cardlens train`.
        seconds: longest run: SageMaker itself stops it then, whether anybody watches or not.
        instance: machine.
        spot: take an interruptible machine, which costs less; checkpoints make up for it.
        image: container image; None for AWS's own.
        role: ARN; None for the stack's trainer.
    """

    model: str
    settings: Mapping[str, str]
    seconds: int
    instance: str = INSTANCE
    spot: bool = False
    image: str | None = None
    role: str | None = None


def job_name(model: str, now: datetime | None = None) -> str:
    """Name a new job, such as cardlens-embedder-20260110-093000."""
    return f"cardlens-{model}-{now or datetime.now(UTC):%Y%m%d-%H%M%S}"


def training_image(region: str) -> str:
    """The image that jobs run in by default."""
    return _IMAGE.format(region=region)


def hyperparameters(place: Place, job: str, code: str, more: Mapping[str, str]) -> dict[str, str]:
    """What script mode wants to know: values are JSON; `code` is a path in the store."""
    values: dict[str, Any] = {
        "sagemaker_program": PROGRAM,
        "sagemaker_submit_directory": f"{place.uri}/{code}",
        "sagemaker_region": place.region,
        "sagemaker_job_name": job,
        "sagemaker_container_log_level": 20,
        **more,
    }
    return {name: json.dumps(value) for name, value in values.items()}


def training_request(
    name: str, place: Place, account: str, wishes: JobWishes, code: CodeBundle, data: CardData
) -> CreateTrainingJobRequestTypeDef:
    """Spell a job out as SageMaker takes it; asks nobody."""
    stop: StoppingConditionTypeDef = {"MaxRuntimeInSeconds": wishes.seconds}
    if wishes.spot:
        stop["MaxWaitTimeInSeconds"] = wishes.seconds + _WAIT_FOR_SPOT
    machine: ResourceConfigTypeDef = {"InstanceCount": 1, "VolumeSizeInGB": _VOLUME_GB}
    machine["InstanceType"] = wishes.instance  # type: ignore[typeddict-item]  # AWS has more than the stubs list
    settings = {"model": wishes.model, **wishes.settings}
    return {
        "TrainingJobName": name,
        "RoleArn": wishes.role or role_arn("trainer", place, account),
        "AlgorithmSpecification": {
            "TrainingImage": wishes.image or training_image(place.region),
            "TrainingInputMode": "File",
        },
        "HyperParameters": hyperparameters(place, name, code.path, settings),
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "ManifestFile",
                        "S3Uri": f"{place.uri}/{data.path}",
                        "S3DataDistributionType": "FullyReplicated",
                    }
                },
            }
        ],
        "OutputDataConfig": {"S3OutputPath": f"{place.uri}/experiments"},
        "CheckpointConfig": {
            "S3Uri": f"{place.uri}/experiments/{name}/checkpoints",
            "LocalPath": str(CHECKPOINTS),
        },
        "ResourceConfig": machine,
        "StoppingCondition": stop,
        "EnableManagedSpotTraining": wishes.spot,
        "Tags": [
            {"Key": "project", "Value": "cardlens"},
            {"Key": "data", "Value": data.digest[:32]},
            {"Key": "code", "Value": code.digest[:32]},
        ],
    }


def start(aws: Aws, request: CreateTrainingJobRequestTypeDef, code: CodeBundle, data: CardData) -> None:
    """Send code and data manifest where they are not there yet, then start the job."""
    put_once(aws, data.place, code.path, code.content)
    put_once(aws, data.place, data.path, data.manifest())
    with in_one_line(f"start {request['TrainingJobName']}"):
        aws.sagemaker.create_training_job(**request)


def put_once(aws: Aws, place: Place, path: str, content: bytes) -> bool:
    """Store what is named by its digest; False where it was there already."""
    with in_one_line(f"send {place.uri}/{path}"):
        try:
            aws.s3.put_object(
                Bucket=place.bucket,
                Key=place.key(path),
                Body=content,
                IfNoneMatch="*",
                ServerSideEncryption="AES256",
                ChecksumAlgorithm="SHA256",
            )
        except ClientError as error:
            if code_of(error) in ("PreconditionFailed", "412", "ConditionalRequestConflict"):
                return False
            raise
    return True
