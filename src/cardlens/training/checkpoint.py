"""Checkpoints that survive a killed process."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import torch

from cardlens.errors import BadModel


def save_checkpoint(file: Path, state: dict[str, Any]) -> None:
    """Write aside, then rename: the last whole checkpoint is never lost."""
    aside = file.with_suffix(".partial")
    torch.save(state, aside)
    aside.replace(file)


def load_checkpoint(file: Path) -> dict[str, Any] | None:
    """Read a checkpoint, None where there is none yet; tensors and plain values only, no code is run."""
    if not file.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises anything from RuntimeError to UnpicklingError here
        raise BadModel(f"{file}: not a checkpoint, or a damaged one; delete it to start anew") from error
    return state


def named(file: Path) -> dict[str, str]:
    """A file's name, and what is in it as SHA-256, hex."""
    with file.open("rb") as content:
        return {"file": file.name, "sha256": hashlib.file_digest(content, "sha256").hexdigest()}
