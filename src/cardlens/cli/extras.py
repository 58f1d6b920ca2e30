"""Which optional dependencies are installed, and what to say when one is needed and is not."""

from __future__ import annotations

from importlib.util import find_spec

from cardlens.errors import MissingExtra

EXTRAS = {
    "train": ("torch", "timm", "onnx", "sklearn", "cv2", "tensorboard"),
    "aws": ("boto3", "yaml", "jsonschema"),
    "device": ("tuf", "securesystemslib", "cryptography"),
    "postgres": ("sqlalchemy", "psycopg", "pgvector", "alembic"),
    "scale": ("ray", "pyarrow", "simpy"),
    "serve": ("fastapi", "uvicorn", "sqlalchemy", "alembic", "cv2"),
}


def missing(extra: str) -> list[str]:
    """List the modules of `extra` that are not installed, without importing any."""
    return [module for module in EXTRAS[extra] if find_spec(module) is None]


def install_command(extra: str) -> str:
    """Give the command that installs `extra`."""
    return f"pip install 'cardlens[{extra}]'"


def require(extra: str, command: str) -> None:
    """Raise `MissingExtra` where `command` cannot run for want of `extra`."""
    absent = missing(extra)
    if absent:
        raise MissingExtra(f"{command}: needs {', '.join(absent)}, not installed here; run: {install_command(extra)}")
