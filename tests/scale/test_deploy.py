"""The files that start a cluster are sound as far as that can be told without an account."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import ray
from jsonschema import validate

yaml = pytest.importorskip("yaml")

DEPLOY = Path(__file__).parents[2] / "deploy" / "ray"
STACK = Path(__file__).parents[2] / "src" / "cardlens" / "cloud" / "stack.yaml"


@pytest.fixture(scope="module")
def cluster() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "cluster.yaml").read_text(encoding="utf-8"))
    return loaded


def test_the_cluster_file_fits_rays_schema(cluster: dict[str, Any]) -> None:
    schema = json.loads((Path(ray.__file__).parent / "autoscaler" / "ray-schema.json").read_text(encoding="utf-8"))
    validate(cluster, schema)


def test_workers_are_spot_machines_and_only_ssh_is_open(cluster: dict[str, Any]) -> None:
    worker = cluster["available_node_types"]["worker"]["node_config"]
    assert worker["InstanceMarketOptions"] == {"MarketType": "spot"}
    assert cluster["available_node_types"]["head"]["resources"] == {"CPU": 0}
    ports = cluster["provider"]["security_group"]["IpPermissions"]
    assert [(one["FromPort"], one["ToPort"]) for one in ports] == [(22, 22)]
    assert all(one["IpRanges"][0]["CidrIp"].endswith("/32") for one in ports)


def test_machines_have_the_profiles_of_the_template_and_need_tokens_for_them(cluster: dict[str, Any]) -> None:
    template = (DEPLOY / "nodes.yaml").read_text(encoding="utf-8")
    for kind, node in cluster["available_node_types"].items():
        assert node["node_config"]["IamInstanceProfile"] == {"Name": f"cardlens-ray-{kind}"}
        assert f'InstanceProfileName: !Sub "${{CardlensStack}}-ray-{kind}"' in template
        assert node["node_config"]["MetadataOptions"]["HttpTokens"] == "required"


def test_the_store_is_reached_by_the_policy_that_the_stack_has() -> None:
    template = (DEPLOY / "nodes.yaml").read_text(encoding="utf-8")
    assert template.count("policy/cardlens/${CardlensStack}-publisher") == 2
    assert 'ManagedPolicyName: !Sub "${AWS::StackName}-publisher"' in STACK.read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("cfn-lint", path=str(Path(sys.executable).parent)) is None, reason="needs cfn-lint")
def test_the_template_has_no_findings() -> None:
    program = Path(sys.executable).parent / "cfn-lint"
    ended = subprocess.run([program, DEPLOY / "nodes.yaml"], capture_output=True, text=True, check=False)
    assert ended.stdout == ""
    assert ended.returncode == 0
