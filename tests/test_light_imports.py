"""Naming cards must not need what only training needs: the core install does not have it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"torch", "torchvision", "timm", "sklearn", "cv2", "rapidocr", "boto3", "fastapi", "ray", "pyarrow"}
CHECK = """
import sys
import {module}
loaded = {heavy} & set(sys.modules)
sys.exit(", ".join(sorted(loaded)))
"""


@pytest.mark.parametrize("module", ["cardlens.assembly", "cardlens.cli.main", "cardlens.cli.naming"])
def test_imports_nothing_that_only_training_needs(module: str) -> None:
    check = CHECK.format(module=module, heavy=HEAVY)
    ended = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)
    assert ended.stderr.strip() == ""
