"""The sample, imported once for all tests that read what is published, and headless Chromium."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from components import answers, limits

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--no-first-run"]

# Tests ask more in a second than readers in an hour, and change under the server's hands what answers are made from.
# How answers are kept and limited is tested in tests/fire, on servers of their own.
limits.COSTS.update(dict.fromkeys(limits.COSTS, limits.Cost(10**9, 1e9)))
answers.KEPT_BYTES = 0


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the sample imported by the command that staff use; to be read alone, since all processes of a run share it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "sample"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.with_suffix(".done").exists():
            _import_sample(folder)
            folder.with_suffix(".done").touch()
    return folder


def _import_sample(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "etl", "import", "data/sample"], cwd=ROOT, capture_output=True, text=True,
                          env=os.environ | {"VYRAK_DATA": str(folder)}, timeout=120)
    assert "is in use" in done.stdout, f"the sample was not published: {done.stdout}{done.stderr}"


@pytest.fixture(scope="session")
def playwright_here() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright_here: Playwright) -> Iterator[Browser]:
    path = subprocess.run([ROOT / ".ci" / "find-chromium"], cwd=ROOT, capture_output=True, text=True, check=True)
    browser = playwright_here.chromium.launch(executable_path=path.stdout.strip(), args=CHROMIUM)
    yield browser
    browser.close()
