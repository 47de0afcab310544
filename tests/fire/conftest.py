"""Two vintages of made-up people in a data folder of one's own, quickly."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from etl import store
from tests.components.conftest import VINTAGE, exact, folder  # noqa: F401

OLDER, NEWER = VINTAGE, "20261101T120000Z-89abcdef"


@pytest.fixture
def data(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811
    """A data folder in which two vintages were brought into use one after the other."""
    data = tmp_path / "data"
    shutil.copytree(folder, data)
    vintages = data / "vintages"
    shutil.copytree(vintages / OLDER, vintages / NEWER)
    change(vintages / NEWER, id=NEWER, created="2026-11-01T12:00:00")
    lines = [{"vintage": OLDER, "before": None, "why": "import"}, {"vintage": NEWER, "before": OLDER, "why": "import"}]
    (vintages / "history.jsonl").write_text("".join(f"\n{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    use(data, NEWER)
    monkeypatch.setenv("VYRAK_DATA", str(data))
    monkeypatch.setattr(store, "_ANEW_AFTER", 0.0)
    return data


def use(data: Path, vintage: str) -> None:
    """Bring a vintage into use as etl.publish does: the file is replaced."""
    new = data / "vintages" / ".CURRENT.new"
    new.write_text(vintage, encoding="ascii")
    new.replace(data / "vintages" / "CURRENT")


def change(vintage: Path, **facts: object) -> None:
    """Change facts of a vintage, and its manifest with them, as if it had been written so."""
    file = vintage / "public" / "facts.json"
    known = json.loads(file.read_text(encoding="utf-8")) | facts
    file.write_text(json.dumps({key: value for key, value in known.items() if value is not None}), encoding="utf-8")
    outputs = {f"public/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((vintage / "public").iterdir())}
    (vintage / "manifest.json").write_text(json.dumps({"outputs": outputs}), encoding="utf-8")


def as_a_new_process() -> None:
    """Forget all that this process holds of the vintages."""
    for held in (store._last_good, store._unreadable):
        held.clear()
    store._kept.cache_clear()
