"""Downloads what a job left."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from cardlens.cloud.aws import Aws, CloudRefused, in_one_line
from cardlens.cloud.unpacking import LARGEST, unpack

_CHUNK = 1 << 20


def fetch_artifacts(aws: Aws, uri: str, folder: Path) -> Path:
    """Download `model.tar.gz` and unpack it into `folder`; returns that folder. Raises `CardlensError`."""
    parts = urlsplit(uri)
    if parts.scheme != "s3" or not parts.path.endswith(".tar.gz"):
        raise CloudRefused(f"{uri}: not what a training job leaves; see it in the console")
    folder.mkdir(parents=True, exist_ok=True)
    packed = folder / ".model.tar.gz.partial"
    try:
        with in_one_line(f"download {uri}"):
            answer = aws.s3.get_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))
            if answer["ContentLength"] > LARGEST:
                raise CloudRefused(f"{uri}: {answer['ContentLength']:,} bytes, more than {LARGEST:,}; look at the job")
            with packed.open("wb") as out:
                for chunk in answer["Body"].iter_chunks(_CHUNK):
                    out.write(chunk)
        unpack(packed, folder)
    finally:
        packed.unlink(missing_ok=True)
    return folder
