"""The sample, imported once for all tests that read what is published."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the sample imported by the command that staff use."""
    folder = tmp_path_factory.mktemp("sample")
    done = subprocess.run([sys.executable, "-m", "etl", "import", "data/sample"], cwd=ROOT, capture_output=True, text=True,
                          env=os.environ | {"VYRAK_DATA": str(folder)}, timeout=120)
    assert "is in use" in done.stdout, f"the sample was not published: {done.stdout}{done.stderr}"
    return folder
