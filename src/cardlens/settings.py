"""The environment, read once, at the door."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cardlens.errors import CardlensError

BUNDLED = Path(__file__).parent / "bundled"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a user can set from outside, with defaults that suit a laptop.

    Attributes:
        reference: folder of the reference database (`CARDLENS_REFERENCE`).
        models: folder of the detector and embedder (`CARDLENS_MODELS`).
        max_bytes: largest file that is opened, in bytes (`CARDLENS_MAX_BYTES`).
        max_pixels: largest picture that is decoded, in pixels (`CARDLENS_MAX_PIXELS`).
        threads: CPU threads for the models, 0 = all cores (`CARDLENS_THREADS`).
    """

    reference: Path = BUNDLED / "reference"
    models: Path = BUNDLED
    max_bytes: int = 100_000_000
    max_pixels: int = 120_000_000
    threads: int = 0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read `CARDLENS_*`; a value that is not a number where one is needed raises `CardlensError`."""
        env = os.environ if environment is None else environment
        plain = cls()
        return cls(
            reference=Path(env.get("CARDLENS_REFERENCE", plain.reference)),
            models=Path(env.get("CARDLENS_MODELS", plain.models)),
            max_bytes=_number(env, "CARDLENS_MAX_BYTES", plain.max_bytes),
            max_pixels=_number(env, "CARDLENS_MAX_PIXELS", plain.max_pixels),
            threads=_number(env, "CARDLENS_THREADS", plain.threads),
        )


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit():
        raise CardlensError(f"{name}={text!r}: not a whole number; unset it or give one, such as {name}={default}")
    return int(text)
