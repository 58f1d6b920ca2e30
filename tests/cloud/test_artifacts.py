from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from cardlens.cloud.artifacts import fetch_artifacts
from cardlens.cloud.aws import Aws, CloudRefused
from cardlens.cloud.place import Place
from tests.cloud.accounts import make_bucket


def test_brings_what_a_job_left(aws: Aws, place: Place, tmp_path: Path) -> None:
    make_bucket(aws, place)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        about = tarfile.TarInfo("models/embedder.onnx")
        about.size = 5
        archive.addfile(about, io.BytesIO(b"bytes"))
    aws.s3.put_object(Bucket=place.bucket, Key="job/output/model.tar.gz", Body=packed.getvalue())
    folder = fetch_artifacts(aws, f"s3://{place.bucket}/job/output/model.tar.gz", tmp_path / "out")
    assert [str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()] == ["models/embedder.onnx"]


@pytest.mark.parametrize("uri", ["https://b/model.tar.gz", "s3://b/model.zip"])
def test_what_no_job_leaves_is_refused(aws: Aws, uri: str, tmp_path: Path) -> None:
    with pytest.raises(CloudRefused, match="not what a training job leaves"):
        fetch_artifacts(aws, uri, tmp_path)


def test_what_is_gone_is_said(aws: Aws, place: Place, tmp_path: Path) -> None:
    make_bucket(aws, place)
    with pytest.raises(CloudRefused, match="AWS says NoSuchKey"):
        fetch_artifacts(aws, f"s3://{place.bucket}/model.tar.gz", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
