"""Builds a pipeline as the old SageMaker SDK (2.x) does: what `sdk_definition.json` was made by, without a network.

    pip install 'sagemaker<3'
    python tests/cloud/sdk_definition.py

The same steps as ours, said in the SDK's words, so that a test can compare what comes out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.processing import ProcessingInput, ProcessingOutput, Processor
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionGreaterThanOrEqualTo, ConditionLessThanOrEqualTo
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.step_collections import RegisterModel
from sagemaker.workflow.steps import ProcessingStep, TrainingStep

BUCKET, ROLE = "s3://shop/cards", "arn:aws:iam::123456789012:role/cardlens-trainer"
# some keys, so that boto3 looks for none: nothing is asked
SESSION = PipelineSession(boto3.Session("nobody", "nothing", region_name="us-east-2"), default_bucket="shop")

code = ParameterString("Code", f"{BUCKET}/code.tar.gz")
card_data = ParameterString("CardData", f"{BUCKET}/data.manifest")
image = ParameterString("Image", "763104351884.dkr.ecr.us-east-2.amazonaws.com/pytorch-training:2")
training_instance = ParameterString("TrainingInstance", "ml.g4dn.xlarge")
helper_instance = ParameterString("HelperInstance", "ml.g4dn.xlarge")
seed = ParameterString("Seed", "1")
accuracy = ParameterFloat("MinimumAccuracy", 0.9)
loss = ParameterFloat("MaximumInt8Loss", 0.01)
samples = ParameterInteger("MinimumSamples", 500)
PARAMETERS = [code, card_data, image, training_instance, helper_instance, seed, accuracy, loss, samples]


def run_folder(name: str) -> Join:
    return Join(on="/", values=[f"{BUCKET}/experiments", ExecutionVariables.PIPELINE_EXECUTION_ID, name])


def processing(
    name: str, inputs: dict[str, Any], output: str, files: list[PropertyFile] | None = None
) -> ProcessingStep:
    processor = Processor(
        role=ROLE,
        image_uri=image,
        instance_count=1,
        instance_type=helper_instance,
        entrypoint=["bash", "-c", "true"],
        volume_size_in_gb=60,
        max_runtime_in_seconds=7200,
        env={"SM_MODEL_DIR": "/opt/ml/processing/output"},
        sagemaker_session=SESSION,
    )
    given = [
        ProcessingInput(source=uri, destination=f"/opt/ml/processing/input/{channel}", input_name=channel)
        for channel, uri in inputs.items()
    ]
    made = ProcessingOutput(
        source=f"/opt/ml/processing/output/{output}", destination=run_folder(output), output_name=output
    )
    arguments = processor.run(inputs=given, outputs=[made])
    return ProcessingStep(name=name, step_args=arguments, property_files=files)


def training(name: str, stage: str, channels: dict[str, Any]) -> TrainingStep:
    estimator = Estimator(
        image_uri=image,
        role=ROLE,
        instance_count=1,
        instance_type=training_instance,
        volume_size=60,
        max_run=14400,
        output_path=f"{BUCKET}/experiments",
        checkpoint_s3_uri=run_folder(f"checkpoints/{stage}"),
        checkpoint_local_path="/opt/ml/checkpoints",
        hyperparameters={"stage": stage, "seed": seed},
        disable_profiler=True,
        sagemaker_session=SESSION,
    )
    given = {"train": TrainingInput(card_data, s3_data_type="ManifestFile")}
    given |= {channel: TrainingInput(uri) for channel, uri in channels.items()}
    return TrainingStep(name=name, step_args=estimator.fit(inputs=given))


def output(step: ProcessingStep, name: str) -> Any:
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


def build() -> Pipeline:
    """Put the steps together."""
    prepare = processing("Prepare", {"code": code, "train": card_data}, "prepared")
    prepared = output(prepare, "prepared")
    teacher = training("Teacher", "teacher", {"prepared": prepared})
    stage1 = training("Stage1", "stage1", {"prepared": prepared, "teacher": artifacts(teacher)})
    stage2 = training("Stage2", "stage2", {"prepared": prepared, "stage1": artifacts(stage1)})
    export = processing("Export", {"code": code, "prepared": prepared, "stage2": artifacts(stage2)}, "release")
    figures = PropertyFile(name="Figures", output_name="figures", path="figures.json")
    inputs = {"code": code, "prepared": prepared, "release": output(export, "release")}
    evaluate = processing("Evaluate", inputs, "figures", [figures])
    gates = ConditionStep(
        name="Gates",
        conditions=[
            ConditionGreaterThanOrEqualTo(figure(evaluate, figures, "artwork_r_at_1"), accuracy),
            ConditionLessThanOrEqualTo(figure(evaluate, figures, "int8_loss"), loss),
            ConditionGreaterThanOrEqualTo(figure(evaluate, figures, "samples"), samples),
        ],
        if_steps=[register(stage2, evaluate)],
        else_steps=[not_good_enough(figure(evaluate, figures, "artwork_r_at_1"))],
    )
    steps = [prepare, teacher, stage1, stage2, export, evaluate, gates]
    return Pipeline(name="cardlens-student", parameters=PARAMETERS, steps=steps, sagemaker_session=SESSION)


def artifacts(step: TrainingStep) -> Any:
    return step.properties.ModelArtifacts.S3ModelArtifacts


def figure(step: ProcessingStep, file: PropertyFile, path: str) -> JsonGet:
    return JsonGet(step_name=step.name, property_file=file, json_path=path)


def register(stage2: TrainingStep, evaluate: ProcessingStep) -> RegisterModel:
    where = Join(on="/", values=[output(evaluate, "figures"), "figures.json"])
    metrics = ModelMetrics(model_statistics=MetricsSource("application/json", where))
    estimator = Estimator(
        image_uri=image, role=ROLE, instance_count=1, instance_type="ml.m5.large", sagemaker_session=SESSION
    )
    return RegisterModel(
        name="Register",
        estimator=estimator,
        model_data=artifacts(stage2),
        content_types=["application/x-image"],
        response_types=["application/json"],
        model_package_group_name="pokemon-card-embedding",
        approval_status="PendingManualApproval",
        image_uri=image,
        description="cardlens student, from the pipeline",
        model_metrics=metrics,
    )


def not_good_enough(accuracy_found: JsonGet) -> FailStep:
    text = Join(on="", values=["not registered: artwork_r_at_1 is ", accuracy_found])
    return FailStep(name="NotGoodEnough", error_message=text)


if __name__ == "__main__":
    text = json.dumps(json.loads(build().definition()), indent=1, sort_keys=True)
    Path(__file__).with_suffix(".json").write_text(text + "\n")
