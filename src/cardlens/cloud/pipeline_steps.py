"""The steps of the pipeline, each one a job that runs `cardlens` in a container."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from cardlens.cloud.container import CHECKPOINTS, FIGURES
from cardlens.cloud.place import Place
from cardlens.cloud.stages import Stage
from cardlens.cloud.template import role_arn
from cardlens.cloud.training_job import INSTANCE, hyperparameters, training_image
from cardlens.errors import CardlensError
from cardlens.store.registry_gates import Gates

Document = dict[str, Any]

_INPUT, _OUTPUT, _CODE = "/opt/ml/processing/input", "/opt/ml/processing/output", "/opt/ml/processing/code"
_RUN = (
    f"set -e; mkdir -p {_CODE}/run; tar -xzf {_CODE}/*.tar.gz -C {_CODE}/run; cd {_CODE}/run; "
    "python3 -m pip install --quiet -r requirements.txt; python3 train.py"
)
_VOLUME_GB = 60
_HOUR = 3600
_BESIDE_TRAINING = 60  # minutes of a training step for its start, data and export: what comes after must still fit in
# JSON names of figures.json
_ACCURACY, _LOSS, _SAMPLES = "artwork_r_at_1", "int8_loss", "samples"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a pipeline is made from.

    Attributes:
        code: path of the code archive in the store.
        data: path of the data manifest in the store.
        with_teacher: distil from a teacher first; without, stage 2 starts from ImageNet's weights.
        gates: what must hold before a model is registered.
        instance: machine of the training steps.
        helper: machine of the other steps.
        seconds: longest run of one training step.
    """

    code: str
    data: str
    with_teacher: bool = True
    gates: Gates = field(default_factory=Gates)
    instance: str = INSTANCE
    helper: str = INSTANCE
    seconds: int = 4 * _HOUR

    @property
    def minutes(self) -> int:
        """How long training itself may take in a training step; raises `CardlensError` where that is no time."""
        minutes = self.seconds // 60 - _BESIDE_TRAINING
        if minutes < 1:
            raise CardlensError(
                f"{self.seconds / _HOUR:.1f} h: a training step needs {_BESIDE_TRAINING} minutes for its start, data "
                "and export alone; give more with --max-cost"
            )
        return minutes

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that run, in their order."""
        taught: tuple[Stage, ...] = ("teacher", "stage1") if self.with_teacher else ()
        return ("prepare", *taught, "stage2", "export", "evaluate")


def parameters(place: Place, recipe: Recipe) -> list[Document]:
    """What can be set anew for each run, with what is taken otherwise."""
    return [
        _parameter("Code", "String", f"{place.uri}/{recipe.code}"),
        _parameter("CardData", "String", f"{place.uri}/{recipe.data}"),
        _parameter("Image", "String", training_image(place.region)),
        _parameter("TrainingInstance", "String", recipe.instance),
        _parameter("HelperInstance", "String", recipe.helper),
        _parameter("Seed", "String", "1"),
        _parameter("MinimumAccuracy", "Float", recipe.gates.artwork_r_at_1),
        _parameter("MaximumInt8Loss", "Float", recipe.gates.int8_loss),
        _parameter("MinimumSamples", "Integer", recipe.gates.samples),
    ]


def steps(place: Place, account: str, recipe: Recipe) -> list[Document]:
    """Build every step."""
    return _Steps(place, role_arn("trainer", place, account), recipe).all()


class _Steps:
    def __init__(self, place: Place, role: str, recipe: Recipe) -> None:
        self._place, self._role, self._recipe = place, role, recipe

    def all(self) -> list[Document]:
        taught = [self._teacher(), self._stage1()] if self._recipe.with_teacher else []
        return [self._prepare(), *taught, self._stage2(), self._export(), self._evaluate(), self._gates()]

    def _prepare(self) -> Document:
        return self._processing("Prepare", "prepare", {}, "prepared")

    def _teacher(self) -> Document:
        return self._training("Teacher", "teacher", {"prepared": _output("Prepare", "prepared")})

    def _stage1(self) -> Document:
        channels = {"prepared": _output("Prepare", "prepared"), "teacher": _artifacts("Teacher")}
        return self._training("Stage1", "stage1", channels)

    def _stage2(self) -> Document:
        channels = {"prepared": _output("Prepare", "prepared")}
        if self._recipe.with_teacher:
            channels["stage1"] = _artifacts("Stage1")
        return self._training("Stage2", "stage2", channels)

    def _export(self) -> Document:
        inputs = {"prepared": _output("Prepare", "prepared"), "stage2": _artifacts("Stage2")}
        return self._processing("Export", "export", inputs, "release")

    def _evaluate(self) -> Document:
        inputs = {"prepared": _output("Prepare", "prepared"), "release": _output("Export", "release")}
        step = self._processing("Evaluate", "evaluate", inputs, "figures")
        file = {"PropertyFileName": "Figures", "OutputName": "figures", "FilePath": FIGURES}
        return {**step, "PropertyFiles": [file]}

    def _gates(self) -> Document:
        conditions = [
            _condition("GreaterThanOrEqualTo", _ACCURACY, "MinimumAccuracy"),
            _condition("LessThanOrEqualTo", _LOSS, "MaximumInt8Loss"),
            _condition("GreaterThanOrEqualTo", _SAMPLES, "MinimumSamples"),
        ]
        failed = _join("", "not registered: a gate does not hold; ", _ACCURACY, " is ", _figure(_ACCURACY))
        fail = {"Name": "NotGoodEnough", "Type": "Fail", "Arguments": {"ErrorMessage": failed}}
        arguments = {"Conditions": conditions, "IfSteps": [self._register()], "ElseSteps": [fail]}
        return {"Name": "Gates", "Type": "Condition", "Arguments": arguments}

    def _register(self) -> Document:
        figures = _join("/", _output("Evaluate", "figures"), FIGURES)
        container = {"Image": _get("Parameters.Image"), "ModelDataUrl": _artifacts("Stage2")}
        return {
            "Name": "Register",
            "Type": "RegisterModel",
            "Arguments": {
                "ModelPackageGroupName": self._place.package_group,
                "ModelPackageDescription": "cardlens student, from the pipeline",
                "ModelApprovalStatus": "PendingManualApproval",
                "ModelMetrics": {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": figures}}},
                "InferenceSpecification": {
                    "Containers": [container],
                    "SupportedContentTypes": ["application/x-image"],
                    "SupportedResponseMIMETypes": ["application/json"],
                },
            },
        }

    def _training(self, name: str, stage: Stage, channels: dict[str, Any]) -> Document:
        data = _channel("train", _get("Parameters.CardData"), "ManifestFile")
        further = [_channel(channel, uri, "S3Prefix") for channel, uri in channels.items()]
        settings = {"stage": stage, "minutes": str(self._recipe.minutes)}
        code = hyperparameters(self._place, f"pipeline-{stage}", self._recipe.code, settings)
        # a parameter, so that a run can take other code
        code["sagemaker_submit_directory"] = _get("Parameters.Code")  # type: ignore[assignment]
        return {
            "Name": name,
            "Type": "Training",
            "Arguments": {
                "AlgorithmSpecification": {"TrainingImage": _get("Parameters.Image"), "TrainingInputMode": "File"},
                "HyperParameters": {**code, "seed": _get("Parameters.Seed")},
                "InputDataConfig": [data, *further],
                "OutputDataConfig": {"S3OutputPath": f"{self._place.uri}/experiments/pipeline"},
                "CheckpointConfig": {"S3Uri": self._run_folder(f"checkpoints/{stage}"), "LocalPath": str(CHECKPOINTS)},
                "ResourceConfig": {
                    "InstanceType": _get("Parameters.TrainingInstance"),
                    "InstanceCount": 1,
                    "VolumeSizeInGB": _VOLUME_GB,
                },
                "StoppingCondition": {"MaxRuntimeInSeconds": self._recipe.seconds},
                "RoleArn": self._role,
            },
        }

    def _processing(self, name: str, stage: Stage, inputs: dict[str, Any], output: str) -> Document:
        given = {"train": _get("Parameters.CardData"), **inputs}
        variables = {f"SM_CHANNEL_{channel.upper()}": f"{_INPUT}/{channel}" for channel in given}
        code = _processing_input("code", _get("Parameters.Code"), _CODE)
        return {
            "Name": name,
            "Type": "Processing",
            "Arguments": {
                "AppSpecification": {
                    "ImageUri": _get("Parameters.Image"),
                    "ContainerEntrypoint": ["bash", "-c", _RUN],
                },
                "Environment": {
                    **variables,
                    "SM_MODEL_DIR": f"{_OUTPUT}/{output}",
                    "SM_HPS": json.dumps({"stage": stage}),
                },
                "ProcessingInputs": [
                    code,
                    *(_processing_input(channel, uri, f"{_INPUT}/{channel}") for channel, uri in given.items()),
                ],
                "ProcessingOutputConfig": {"Outputs": [self._processing_output(output)]},
                "ProcessingResources": {
                    "ClusterConfig": {
                        "InstanceType": _get("Parameters.HelperInstance"),
                        "InstanceCount": 1,
                        "VolumeSizeInGB": _VOLUME_GB,
                    }
                },
                "StoppingCondition": {"MaxRuntimeInSeconds": 2 * _HOUR},
                "RoleArn": self._role,
            },
        }

    def _processing_output(self, name: str) -> Document:
        where = {"LocalPath": f"{_OUTPUT}/{name}", "S3UploadMode": "EndOfJob", "S3Uri": self._run_folder(name)}
        return {"OutputName": name, "S3Output": where, "AppManaged": False}

    def _run_folder(self, name: str) -> Document:
        """A folder of its own for each run of the pipeline."""
        return _join("/", f"{self._place.uri}/experiments/pipeline", _get("Execution.PipelineExecutionId"), name)


def _parameter(name: str, kind: str, value: Any) -> Document:
    return {"Name": name, "Type": kind, "DefaultValue": value}


def _get(what: str) -> Document:
    return {"Get": what}


def _join(between: str, *values: Any) -> Document:
    return {"Std:Join": {"On": between, "Values": list(values)}}


def _output(step: str, name: str) -> Document:
    return _get(f"Steps.{step}.ProcessingOutputConfig.Outputs['{name}'].S3Output.S3Uri")


def _artifacts(step: str) -> Document:
    return _get(f"Steps.{step}.ModelArtifacts.S3ModelArtifacts")


def _figure(path: str) -> Document:
    return {"Std:JsonGet": {"PropertyFile": _get("Steps.Evaluate.PropertyFiles.Figures"), "Path": path}}


def _condition(kind: str, figure: str, parameter: str) -> Document:
    return {"Type": kind, "LeftValue": _figure(figure), "RightValue": _get(f"Parameters.{parameter}")}


def _channel(name: str, uri: Any, kind: str) -> Document:
    source = {"S3DataType": kind, "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def _processing_input(name: str, uri: Any, path: str) -> Document:
    kind = "ManifestFile" if uri == _get("Parameters.CardData") else "S3Prefix"
    where = {"S3Uri": uri, "LocalPath": path, "S3DataType": kind, "S3InputMode": "File"}
    return {"InputName": name, "S3Input": where, "AppManaged": False}
