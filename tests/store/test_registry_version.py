from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.store.registry_version import BadVersion, ModelVersion, VersionFile, check_name
from tests.store.registered import a_version


def test_a_record_reads_back_as_it_was() -> None:
    version = a_version("v2.0")
    assert ModelVersion.from_bytes(version.to_bytes(), "here") == version
    assert ModelVersion.from_bytes(version.to_bytes(), "here").digest == version.digest


def test_content_is_the_same_whoever_registers_it() -> None:
    version = a_version("v2.0")
    assert version.same_content(replace(version, created="later", created_by="misty@gym"))
    assert not version.same_content(a_version("v2.1"))
    assert not version.same_content(replace(version, files={}))


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../b", "", "a//b", ".ssh/key", "a\\b", "a/\x00"])
def test_a_path_that_leads_out_is_refused(path: str) -> None:
    record = json.loads(a_version("v2.0").to_bytes())
    record["files"][path] = {"bytes": 1, "sha256": "a" * 64}
    with pytest.raises(BadVersion, match="here"):
        ModelVersion.from_bytes(json.dumps(record).encode(), "here")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schema", 2),
        ("name", "../up"),
        ("embedder", "short"),
        ("files", {"a": {"bytes": -1, "sha256": "a" * 64}}),
        ("files", {"a": {"bytes": 1, "sha256": "A" * 64}}),
        ("files", {str(n): {"bytes": 1, "sha256": "a" * 64} for n in range(501)}),
        ("files", None),
    ],
)
def test_a_record_of_another_kind_is_refused(field: str, value: object) -> None:
    record = {**json.loads(a_version("v2.0").to_bytes()), field: value}
    with pytest.raises(BadVersion):
        ModelVersion.from_bytes(json.dumps(record).encode(), "here")


@given(st.binary(max_size=300))
def test_whatever_bytes_are_refused_in_one_way(content: bytes) -> None:
    with pytest.raises(BadVersion):
        ModelVersion.from_bytes(content, "here")


@given(st.dictionaries(st.sampled_from(["schema", "name", "files", "embedder"]), st.none() | st.text() | st.integers()))
def test_whatever_json_is_refused_in_one_way(record: object) -> None:
    with pytest.raises(BadVersion):
        ModelVersion.from_bytes(json.dumps(record).encode(), "here")


def test_size_is_that_of_all_files() -> None:
    files = {"a": VersionFile(3, "a" * 64), "b": VersionFile(4, "b" * 64)}
    assert replace(a_version("v2.0"), files=files).size == 7


@pytest.mark.parametrize("name", ["", "v 2", "v/2", "-v2", "v2\n", "v" * 65, "é"])
def test_a_name_is_plain(name: str) -> None:
    with pytest.raises(BadVersion, match="not a name"):
        check_name(name)
