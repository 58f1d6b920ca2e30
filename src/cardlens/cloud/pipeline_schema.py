"""Checks a pipeline definition before SageMaker sees it: its form, and that everything it refers to exists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from cardlens.errors import CardlensError

_FILE = Path(__file__).with_name("pipeline_schema.json")
_REFERENCE = re.compile(r"(Parameters|Steps|Execution)\.([A-Za-z0-9_-]+)(?:\.(.+))?")
_EXECUTION = (
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "PipelineName",
    "PipelineArn",
    "StartDateTime",
    "CurrentDateTime",
)
_LARGEST = 1_048_576  # characters that CreatePipeline takes

Document = dict[str, Any]


class BadDefinition(CardlensError):
    """A pipeline definition that SageMaker would refuse, or that would fail once it runs."""


def check_definition(document: Document) -> None:
    """Raise `BadDefinition` that names what is wrong and where."""
    errors = sorted(_validator().iter_errors(document), key=lambda error: list(map(str, error.absolute_path)))
    if errors:
        first = min(errors, key=lambda error: -len(error.absolute_path))
        raise BadDefinition(f"pipeline, at {_place(first)}: {first.message[:200]}; report it as a bug of cardlens")
    if len(json.dumps(document)) > _LARGEST:
        raise BadDefinition(f"pipeline: longer than {_LARGEST:,} characters; report it as a bug of cardlens")
    _check_names(document)
    _check_references(document)


def references(node: Any) -> Iterator[str]:
    """List what every {"Get": …} in a document refers to."""
    if isinstance(node, dict):
        if set(node) == {"Get"}:
            yield node["Get"]
            return
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def all_steps(steps: list[Document]) -> Iterator[Document]:
    """List steps and, after each condition, the steps that hang on it."""
    for step in steps:
        yield step
        arguments = step.get("Arguments", {})
        yield from all_steps([*arguments.get("IfSteps", []), *arguments.get("ElseSteps", [])])


def _check_names(document: Document) -> None:
    for what, names in (
        ("parameter", [each["Name"] for each in document["Parameters"]]),
        ("step", [each["Name"] for each in all_steps(document["Steps"])]),
    ):
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise BadDefinition(f"pipeline: {what} {sorted(twice)[0]} is there twice; report it as a bug of cardlens")


def _check_references(document: Document) -> None:
    """A step may refer to parameters and to steps before it: so there is no circle either."""
    parameters = {each["Name"] for each in document["Parameters"]}
    before: dict[str, Document] = {}
    for step in document["Steps"]:
        for reference in references(step):
            _check_reference(step["Name"], reference, parameters, before)
        before |= {each["Name"]: each for each in all_steps([step])}


def _check_reference(step: str, reference: str, parameters: set[str], before: dict[str, Document]) -> None:
    found = _REFERENCE.fullmatch(reference)
    known = {"Parameters": parameters, "Steps": set(before), "Execution": set(_EXECUTION)}
    if not found or found[2] not in known[found[1]]:
        raise BadDefinition(f"pipeline: step {step} refers to {reference}, which is not there before it")
    if found[1] == "Steps" and not _has(before[found[2]], found[3] or ""):
        raise BadDefinition(f"pipeline: step {step} refers to {reference}, which that step does not give")


def _has(step: Document, path: str) -> bool:
    """Tell whether a step gives what is asked of it: an output by name, a property file, or a model."""
    if step["Type"] == "Training":
        return path == "ModelArtifacts.S3ModelArtifacts"
    outputs = step.get("Arguments", {}).get("ProcessingOutputConfig", {}).get("Outputs", [])
    given = {f"ProcessingOutputConfig.Outputs['{each['OutputName']}'].S3Output.S3Uri" for each in outputs}
    given |= {f"PropertyFiles.{each['PropertyFileName']}" for each in step.get("PropertyFiles", [])}
    return path in given


@cache
def _validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _place(error: jsonschema.ValidationError) -> str:
    return "/".join(map(str, error.absolute_path)) or "its top"
