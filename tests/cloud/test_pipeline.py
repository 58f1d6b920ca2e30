from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.validate import validate_parameters

from cardlens.cloud.aws import Aws
from cardlens.cloud.pipeline import NAME, Definition, define, put, start
from cardlens.cloud.pipeline_schema import BadDefinition, all_steps, check_definition, references
from cardlens.cloud.pipeline_steps import Recipe
from cardlens.cloud.place import Place
from cardlens.cloud.template import role_arn
from cardlens.store.registry_gates import Gates
from tests.moto_server import ACCOUNT

RECIPE = Recipe("experiments/code/abc.tar.gz", "experiments/data/def.manifest")
ROLE = role_arn("trainer", Place(), ACCOUNT)


@pytest.fixture(scope="module")
def definition() -> Definition:
    return define(Place(), ACCOUNT, RECIPE)


def steps_of(definition: Definition) -> dict[str, Any]:
    return {step["Name"]: step for step in all_steps(definition.document["Steps"])}


def test_goes_from_scans_to_a_model_that_waits_for_approval(definition: Definition) -> None:
    order = ["Prepare", "Teacher", "Stage1", "Stage2", "Export", "Evaluate", "Gates", "Register", "NotGoodEnough"]
    assert list(steps_of(definition)) == order
    assert steps_of(definition)["Register"]["Arguments"]["ModelApprovalStatus"] == "PendingManualApproval"


def test_without_teacher_stage_2_comes_first(definition: Definition) -> None:
    short = define(Place(), ACCOUNT, Recipe(RECIPE.code, RECIPE.data, with_teacher=False))
    assert [step["Name"] for step in short.document["Steps"]] == ["Prepare", "Stage2", "Export", "Evaluate", "Gates"]
    assert "Stage1" not in short.text


def test_each_step_gets_what_the_one_before_it_made(definition: Definition) -> None:
    steps = steps_of(definition)
    model = "Steps.{}.ModelArtifacts.S3ModelArtifacts"
    assert model.format("Teacher") in set(references(steps["Stage1"]))
    assert model.format("Stage1") in set(references(steps["Stage2"]))
    assert model.format("Stage2") in set(references(steps["Export"]))
    release = "Steps.Export.ProcessingOutputConfig.Outputs['release'].S3Output.S3Uri"
    assert release in set(references(steps["Evaluate"]))


def test_the_gates_are_the_registrys(definition: Definition) -> None:
    defaults = {each["Name"]: each["DefaultValue"] for each in definition.document["Parameters"]}
    gates = Gates()
    assert defaults["MinimumAccuracy"] == gates.artwork_r_at_1
    assert defaults["MaximumInt8Loss"] == gates.int8_loss
    assert defaults["MinimumSamples"] == gates.samples
    conditions = steps_of(definition)["Gates"]["Arguments"]["Conditions"]
    assert [each["LeftValue"]["Std:JsonGet"]["Path"] for each in conditions] == [
        "artwork_r_at_1",
        "int8_loss",
        "samples",
    ]


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("Prepare", "CreateProcessingJob"),
        ("Teacher", "CreateTrainingJob"),
        ("Stage1", "CreateTrainingJob"),
        ("Stage2", "CreateTrainingJob"),
        ("Export", "CreateProcessingJob"),
        ("Evaluate", "CreateProcessingJob"),
        ("Register", "CreateModelPackage"),
    ],
)
def test_each_step_is_a_request_that_sagemaker_takes(
    aws: Aws, definition: Definition, name: str, operation: str
) -> None:
    # a cross-check that is not ours: the model of the API that comes with botocore. What pipelines leave out: names.
    asked = {**_filled_in(steps_of(definition)[name]["Arguments"])}
    asked |= {"CreateProcessingJob": {"ProcessingJobName": "x"}, "CreateTrainingJob": {"TrainingJobName": "x"}}.get(
        operation, {}
    )
    shape = aws.sagemaker.meta.service_model.operation_model(operation).input_shape
    assert shape is not None
    validate_parameters(asked, shape)


def _filled_in(node: Any) -> Any:
    """Put a text where a function will put one when the pipeline runs."""
    if isinstance(node, dict):
        if set(node) & {"Get", "Std:Join", "Std:JsonGet"}:
            return "filled-in-later"
        return {name: _filled_in(value) for name, value in node.items()}
    return [_filled_in(value) for value in node] if isinstance(node, list) else node


def test_the_same_recipe_gives_the_same_definition(definition: Definition) -> None:
    assert define(Place(), ACCOUNT, RECIPE).text == definition.text


Change = Callable[[dict[str, Any]], object]
FAULTS: dict[str, tuple[Change, str]] = {
    "another version": (lambda d: d.update(Version="2019-01-01"), "Version"),
    "no steps": (lambda d: d.update(Steps=[]), "Steps"),
    "a step without a name": (lambda d: d["Steps"][0].pop("Name"), "Steps/0"),
    "an unknown kind of step": (lambda d: d["Steps"][0].update(Type="Tea"), "Steps/0/Type"),
    "an argument that does not exist": (lambda d: d["Steps"][0]["Arguments"].update(Tea=1), "Steps/0/Arguments"),
    "a missing role": (lambda d: d["Steps"][3]["Arguments"].pop("RoleArn"), "Steps/3/Arguments"),
    "a number for a text": (
        lambda d: d["Steps"][3]["Arguments"]["OutputDataConfig"].update(S3OutputPath=1),
        "Steps/3/Arguments/OutputDataConfig/S3OutputPath",
    ),
    "a default of the wrong kind": (lambda d: d["Parameters"][6].update(DefaultValue="high"), "Parameters/6"),
    "the same name twice": (lambda d: d["Steps"].insert(1, copy.deepcopy(d["Steps"][0])), "Prepare is there twice"),
    "a parameter that is not there": (lambda d: d["Parameters"].pop(0), "refers to Parameters.Code"),
    "a step that comes later": (lambda d: d["Steps"].reverse(), "which is not there before it"),
    "an output that is not made": (
        lambda d: d["Steps"][0]["Arguments"]["ProcessingOutputConfig"].update(Outputs=[]),
        "which that step does not give",
    ),
    "figures that are not kept": (lambda d: d["Steps"][5].pop("PropertyFiles"), "which that step does not give"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_would_not_run_is_refused_before(definition: Definition, fault: str) -> None:
    document = copy.deepcopy(definition.document)
    change, said = FAULTS[fault]
    change(document)
    with pytest.raises(BadDefinition, match=said):
        check_definition(document)


def test_is_created_changed_and_left_alone(aws: Aws, definition: Definition) -> None:
    assert put(aws, definition, ROLE) == "created"
    assert put(aws, definition, ROLE) == "as it was"
    other = define(Place(), ACCOUNT, Recipe("experiments/code/new.tar.gz", RECIPE.data))
    assert put(aws, other, ROLE) == "changed"
    found = aws.sagemaker.describe_pipeline(PipelineName=NAME)
    assert json.loads(found["PipelineDefinition"]) == other.document
    assert found["RoleArn"] == ROLE


def test_a_run_starts_with_its_parameters(aws: Aws, definition: Definition) -> None:
    put(aws, definition, ROLE)
    run = start(aws, {"Seed": "3"}, "token")
    found = aws.sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=run)
    assert found["PipelineParameters"] == [{"Name": "Seed", "Value": "3"}]
    assert aws.sagemaker.list_pipeline_executions(PipelineName=NAME)["PipelineExecutionSummaries"]
