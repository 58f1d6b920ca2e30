"""`cardlens cloud` on moto's account."""

from __future__ import annotations

import io
import json
import socket
import tarfile
from pathlib import Path
from typing import Any

import pytest

from cardlens.cli import extras
from cardlens.cli.cloud_pipeline_work import missing_commands
from cardlens.cloud.aws import Aws
from cardlens.cloud.code_bundle import CodeBundle
from cardlens.cloud.place import Place
from cardlens.settings import BUNDLED
from tests.benchmark.test_registry_figures import REPORT
from tests.cli.doubles import Run
from tests.cloud import accounts
from tests.moto_server import REGION, moto_address, moto_endpoint

__all__ = ["moto_address", "moto_endpoint"]

pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse")  # moto names what it leaves out

JOB = "cardlens-embedder-20260110-093000"


@pytest.fixture(scope="module")
def kept() -> dict[str, Aws]:
    return {}


@pytest.fixture
def aws(moto_endpoint: str, kept: dict[str, Aws], monkeypatch: pytest.MonkeyPatch) -> Aws:
    """Sign in to moto's empty account; commands share the clients, which take long to make."""
    aws = kept.setdefault(moto_endpoint, Aws(REGION))
    monkeypatch.delenv("CARDLENS_STORE", raising=False)
    monkeypatch.setattr("cardlens.cloud.aws.Aws", lambda region, profile=None: aws)
    return aws


@pytest.fixture
def place() -> Place:
    return Place()


def test_apply_makes_everything_and_then_nothing(run: Run, aws: Aws) -> None:
    planned = run("cloud", "plan")
    assert planned.code == 0
    assert "Add     Bucket" in planned.out
    assert "none made" in planned.out
    assert aws.s3.list_buckets()["Buckets"] == []
    made = run("cloud", "apply", "--set", "monthly-budget=20", "--json")
    assert made.code == 0
    assert json.loads(made.out)["applied"]
    assert "CREATE_COMPLETE" in made.err
    assert "as it should be; nothing to do" in run("cloud", "apply").out


def test_destroy_says_what_stays_and_waits_for_apply(run: Run, aws: Aws, place: Place) -> None:
    assert "no such stack" in run("cloud", "destroy").out
    run("cloud", "apply")
    said = run("cloud", "destroy")
    assert f"stays    Bucket {place.bucket}" in said.out
    assert "would delete  DeviceRole" in said.out
    assert len(aws.iam.list_roles()["Roles"]) == 4
    assert run("cloud", "destroy", "--apply").code == 0
    assert aws.iam.list_roles()["Roles"] == []


def test_a_setting_that_is_none_is_one_line(run: Run, aws: Aws) -> None:
    ended = run("cloud", "plan", "--set", "budget=20")
    assert ended.code == 1
    assert ended.err.startswith("budget=20: not a setting; there are people=")


def test_audit_ends_with_1_where_something_is_at_fault(run: Run, aws: Aws, place: Place) -> None:
    accounts.make_the_pages(aws, place)
    ended = run("cloud", "audit", "--json")
    report = json.loads(ended.out)
    assert (ended.code, report["healthy"]) == (1, False)
    assert {"Versioning", "Admin on a device", "Admin"} <= {
        each["what"] for each in report["findings"] if not each["good"]
    }
    assert "Admin on a device" in run("cloud", "audit").out


def test_audit_ends_with_0_where_nothing_is(run: Run, aws: Aws, place: Place) -> None:
    accounts.make_good(aws, place)
    ended = run("cloud", "audit")
    assert ended.code == 0
    assert "all as it should be" in ended.out


def test_urls_need_no_network(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    ended = run("cloud", "urls", "--store", "s3://shop/cards", "--json")
    assert ended.code == 0
    assert "shop" in json.loads(ended.out)["Bucket"]


def test_a_key_is_renewed_and_its_secret_not_shown(run: Run, aws: Aws, tmp_path: Path) -> None:
    aws.iam.create_user(UserName="pi")
    aws.iam.create_access_key(UserName="pi")
    file = tmp_path / "pi.credentials"
    planned = run("cloud", "rotate-key", "pi", "--file", file)
    assert "would make a new key for pi" in planned.out
    assert not file.exists()
    ended = run("cloud", "rotate-key", "pi", "--file", file, "--apply")
    assert ended.code == 0
    secret = next(line for line in file.read_text().splitlines() if "secret" in line).split(" = ")[1]
    assert secret not in ended.out + ended.err


@pytest.mark.parametrize("command", [("plan",), ("audit",), ("train",), ("follow", "job"), ("rotate-key", "pi")])
def test_no_network_is_one_line(
    run: Run, command: tuple[str, ...], moto_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        ended = run("cloud", *command)
    assert ended.code == 1
    assert "no answer from http://127.0.0.1" in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("command", ["plan", "audit", "train", "urls", "pipeline"])
def test_says_how_to_install_what_it_needs(run: Run, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.EXTRAS, "aws", ("no_such_module",))
    ended = run("cloud", command)
    assert ended.code == 1
    assert "pip install 'cardlens[aws]'" in ended.err


@pytest.fixture
def scans(aws: Aws, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put two scans into the store, and take a small archive for the code."""
    accounts.make_bucket(aws, place)
    for name in ("a", "b"):
        aws.s3.put_object(Bucket=place.bucket, Key=place.key(f"data/raw/card_images/{name}.png"), Body=b"png")
    monkeypatch.setattr("cardlens.cloud.code_bundle.bundle_code", lambda: CodeBundle(b"code"))


@pytest.mark.usefixtures("scans")
def test_a_plan_says_time_and_cost_and_starts_nothing(run: Run, aws: Aws, place: Place) -> None:
    ended = run("cloud", "train", "--json")
    plan = json.loads(ended.out)
    assert (ended.code, plan["applied"], plan["fits"]) == (0, False, True)
    assert float(plan["estimate"]["dollars"]) <= 2.80
    assert "ml.g4dn.xlarge at $0.7364 an hour" in plan["estimate"]["rests_on"][0]
    assert plan["request"]["StoppingCondition"]["MaxRuntimeInSeconds"] == 13_688
    assert aws.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []
    assert aws.s3.list_objects_v2(Bucket=place.bucket)["KeyCount"] == 2


@pytest.mark.usefixtures("scans")
def test_a_plan_that_does_not_fit_says_so(run: Run, aws: Aws) -> None:
    ended = run("cloud", "train", "--steps", "9000", "--plan")
    assert "expected to be stopped before all steps are done" in ended.out
    assert "Nothing was sent or started" in ended.out


@pytest.mark.parametrize("amount", ["free", "-1", "0", "nan"])
def test_money_is_an_amount(run: Run, aws: Aws, amount: str) -> None:
    ended = run("cloud", "train", f"--max-cost={amount}")
    assert ended.code == 1
    assert "not an amount of dollars" in ended.err


@pytest.fixture
def result(aws: Aws, place: Place, scans: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay ready what a job of a known name would leave: here, what cardlens comes with."""
    monkeypatch.setattr("cardlens.cloud.training_job.job_name", lambda _model: JOB)
    key = place.key(f"experiments/{JOB}/output/model.tar.gz")
    aws.s3.put_object(Bucket=place.bucket, Key=key, Body=_version())


def _version(record: str = "figures.json") -> bytes:
    """Pack what a job leaves; `record`: the figures, or the report alone where no embedder was trained."""
    digest = json.loads((BUNDLED / "embedder.json").read_text())["digest"]
    figures: dict[str, Any] = {"embedder": digest, "r_at_1_fp32": 0.99, "r_at_1_int8": 0.98}
    figures |= {"artwork_r_at_1": 0.95, "samples": 300}
    report = {**REPORT, "int8": None, "about": {**REPORT["about"], "embedder": digest}}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
        for file in (*BUNDLED.glob("*.onnx"), *BUNDLED.glob("*or.json"), *BUNDLED.glob("*er.json")):
            archive.add(file, f"models/{file.name}")
        archive.add(BUNDLED / "calibration.json", "models/calibration.json")
        for file in (BUNDLED / "reference").iterdir():
            archive.add(file, f"reference/{file.name}")
        content = json.dumps(figures if record == "figures.json" else report).encode()
        about = tarfile.TarInfo(record)
        about.size = len(content)
        archive.addfile(about, io.BytesIO(content))
    return packed.getvalue()


@pytest.mark.usefixtures("result")
def test_a_job_is_started_followed_fetched_and_registered(
    run: Run, aws: Aws, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = run("cloud", "train", "--apply", "--version", "v9", "--out", tmp_path / "out")
    assert ended.code == 0, ended.err
    assert f"{JOB}: Completed" in ended.out
    assert (tmp_path / "out" / "models" / "embedder.onnx").exists()
    assert "v9:" in ended.out
    assert "pending" in ended.out
    shown: Any = json.loads(run("registry", "show", "v9", "--store", place.uri, "--json").out)
    assert shown["status"] == "pending"
    assert json.dumps(shown).count(JOB)


@pytest.mark.usefixtures("result")
def test_a_detector_is_registered_with_the_embedder_that_was_measured_before(
    run: Run, aws: Aws, place: Place, tmp_path: Path
) -> None:
    assert run("cloud", "train", "--apply", "--version", "v8", "--out", tmp_path / "out8").code == 0
    key = place.key(f"experiments/{JOB}/output/model.tar.gz")
    aws.s3.put_object(Bucket=place.bucket, Key=key, Body=_version("bench/bench.json"))
    ended = run("cloud", "follow", JOB, "--version", "v9", "--out", tmp_path / "out9")
    assert ended.code == 0, ended.err
    shown: Any = json.loads(run("registry", "show", "v9", "--store", place.uri, "--json").out)
    figures = json.loads((tmp_path / "out9" / "figures.json").read_text())
    assert (figures["r_at_1_fp32"], figures["r_at_1_int8"], figures["artwork_r_at_1"]) == (0.99, 0.98, 0.97)
    assert shown["status"] == "pending"


@pytest.mark.usefixtures("scans")
def test_the_pipeline_is_built_offline(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    ended = run("cloud", "pipeline", "--out", tmp_path / "pipeline.json", "--account", "1" * 12)
    assert ended.code == 0
    assert "Stage2         Training" in ended.out
    for line in (
        "$ 2.80  Teacher   at most",
        "h  $ 7.47  together: ml.g4dn.xlarge at",
        "Stage2    start, data, training",
    ):
        assert line in ended.out
    assert "at $2.80 a step that trains is stopped, by SageMaker itself after 3.80 h" in ended.out
    definition = json.loads((tmp_path / "pipeline.json").read_text())
    assert definition["Version"] == "2020-12-01"
    assert "1" * 12 in json.dumps(definition)


def test_each_training_step_of_the_pipeline_has_a_limit_in_dollars(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pipeline.json"
    assert run("cloud", "pipeline", "--max-cost", "1.50", "--out", file, "--account", "1" * 12).code == 0
    steps = {step["Name"]: step["Arguments"] for step in json.loads(file.read_text())["Steps"]}
    for name in ("Teacher", "Stage1", "Stage2"):
        seconds = steps[name]["StoppingCondition"]["MaxRuntimeInSeconds"]
        assert seconds == int(1.50 / 0.7364 * 3600)
        assert json.loads(steps[name]["HyperParameters"]["minutes"]) == str(seconds // 60 - 60)
    refused = run("cloud", "pipeline", "--max-cost", "0.50", "--account", "1" * 12)
    assert (refused.code, "give more with --max-cost" in refused.err) == (1, True)


@pytest.mark.usefixtures("scans")
def test_the_pipeline_is_created_and_started(run: Run, aws: Aws) -> None:
    ended = run("cloud", "pipeline", "--without-teacher", "--apply", "--start")
    assert ended.code == 0, ended.err
    assert "cardlens-student: created" in ended.out
    assert "cardlens-student: started, arn:aws:sagemaker" in ended.out
    assert (
        len(aws.sagemaker.list_pipeline_executions(PipelineName="cardlens-student")["PipelineExecutionSummaries"]) == 1
    )


def test_what_a_run_needs_and_is_not_here_is_said_before_anything_is_sent(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cardlens.cli.cloud_pipeline_work.missing_commands", lambda **_: ["cardlens train teacher"])
    ended = run("cloud", "pipeline", "--apply", "--start")
    assert ended.code == 1
    assert "its steps run cardlens train teacher, which this cardlens does not have" in ended.err
    assert aws.sagemaker.list_pipelines()["PipelineSummaries"] == []


@pytest.mark.parametrize("with_teacher", [True, False])
def test_every_command_of_the_pipeline_is_here(with_teacher: bool) -> None:
    assert missing_commands(with_teacher=with_teacher) == []
