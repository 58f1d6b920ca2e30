"""The SageMaker pipeline: its definition, built offline and checked, then created, changed and started.

prepare -> teacher -> stage 1 -> stage 2 -> export -> evaluate -> gates -> register, pending approval.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cardlens.cloud.aws import Aws, CloudRefused, code_of, in_one_line
from cardlens.cloud.pipeline_schema import check_definition
from cardlens.cloud.pipeline_steps import Recipe, parameters, steps
from cardlens.cloud.place import Place

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

NAME = "cardlens-student"
VERSION = "2020-12-01"


@dataclass(frozen=True, slots=True)
class Definition:
    """What SageMaker is given."""

    document: dict[str, Any]

    @property
    def text(self) -> str:
        """As JSON: the same definition gives the same text."""
        return json.dumps(self.document, indent=1, sort_keys=True)

    @property
    def digest(self) -> str:
        """SHA-256 of the text, hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def define(place: Place, account: str, recipe: Recipe) -> Definition:
    """Build the definition and check it; asks nobody. Raises `BadDefinition` where it would not run."""
    document = {
        "Version": VERSION,
        "Metadata": {"made-by": "cardlens"},
        "Parameters": parameters(place, recipe),
        "Steps": steps(place, account, recipe),
    }
    check_definition(document)
    return Definition(document)


def put(aws: Aws, definition: Definition, role: str, name: str = NAME) -> str:
    """Create the pipeline, or bring it up to date; says "created", "changed" or "as it was"."""
    sagemaker = aws.sagemaker
    there = _there(sagemaker, name)
    if there == definition.text:
        return "as it was"
    with in_one_line(f"put the pipeline {name}"):
        if there is None:
            sagemaker.create_pipeline(
                PipelineName=name,
                PipelineDescription="From scans to a model that waits for approval",
                PipelineDefinition=definition.text,
                RoleArn=role,
                ClientRequestToken=definition.digest[:64],
                Tags=[{"Key": "project", "Value": "cardlens"}],
            )
            return "created"
        sagemaker.update_pipeline(PipelineName=name, PipelineDefinition=definition.text, RoleArn=role)
    return "changed"


def start(aws: Aws, values: dict[str, str], token: str, name: str = NAME) -> str:
    """Start a run with values for parameters; the same token starts it once only. Returns the run's ARN."""
    with in_one_line(f"start the pipeline {name}"):
        answer = aws.sagemaker.start_pipeline_execution(
            PipelineName=name,
            PipelineParameters=[{"Name": key, "Value": value} for key, value in values.items()],
            ClientRequestToken=hashlib.sha256(token.encode()).hexdigest(),
        )
    return answer["PipelineExecutionArn"]


def _there(sagemaker: SageMakerClient, name: str) -> str | None:
    with in_one_line(f"look at the pipeline {name}"):
        try:
            found = sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"]
        except ClientError as error:
            if code_of(error) in ("ResourceNotFound", "ValidationException"):
                return None
            raise
    try:
        return json.dumps(json.loads(found), indent=1, sort_keys=True)
    except ValueError as error:
        raise CloudRefused(f"the pipeline {name}: is not of cardlens; delete it in the console first") from error
