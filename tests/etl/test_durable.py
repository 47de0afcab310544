"""What an import leaves behind that is killed, meets a full disk or another import."""

import errno
import json
import os
import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from etl import publish, store
from tests.etl.conftest import record, write_export

ROOT = Path(__file__).resolve().parents[2]
KILLS = 200
PROCESSES = 2


def test_an_import_killed_at_any_of_200_moments_leaves_a_whole_vintage_and_can_be_repeated(tmp_path: Path) -> None:
    # Threads of the linear algebra library do not survive a fork.
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    runs = [subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.etl.kill_imports", str(tmp_path / str(n)), str(KILLS), str(n), str(PROCESSES)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for n in range(PROCESSES)]
    told = [json.loads(line) for run in runs for line in run.communicate(timeout=900)[0].splitlines()]
    assert [run.returncode for run in runs] == [0] * PROCESSES
    assert len(told) == KILLS
    assert set(states := Counter(kill["vintage"] for kill in told)) <= {"first", "second"}, states
    # Some kills came before the new vintage was in use, and some after: both sides of the border were tried.
    assert states["first"] > KILLS / 2 and states["second"] > 0
    repeats = [kill for kill in told if "repeated" in kill]
    assert len(repeats) >= KILLS // 15
    assert {kill["repeated"] for kill in repeats} == {"whole"}
    assert not any(kill["leftovers"] for kill in repeats)
    assert len({kill["at"] for kill in told if kill["kind"] == "file"}) > 30


def _export(folder: Path, rows: int) -> Path:
    folder.mkdir(exist_ok=True)
    return write_export(folder / "viasna_export.csv", [record(n) for n in range(1, rows + 1)])


def _process(*arguments: object, data: Path, limit: int | None = None) -> subprocess.CompletedProcess:
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit or resource.RLIM_INFINITY,) * 2)

    return subprocess.run([sys.executable, "-m", "etl", *map(str, arguments)], cwd=ROOT, env=os.environ | {"VYRAK_DATA": str(data)},
                          capture_output=True, text=True, timeout=60, preexec_fn=small_files)


@pytest.mark.parametrize("limit", [100, 12_000])
def test_where_files_may_not_grow_the_vintage_in_use_stays_and_it_is_said(tmp_path: Path, data: Path, limit: int) -> None:
    assert _process("import", _export(tmp_path / "in", 20), data=data).returncode == 0
    before = store.current_id()
    result = _process("import", _export(tmp_path / "in", 30), data=data, limit=limit)
    assert result.returncode == 1
    assert "no room left" in result.stderr and "vintage in use stays" in result.stderr and "Traceback" not in result.stderr
    assert store.current_id() == before
    assert store.open_public().facts["headline"]["charged"]["persons"] == 20
    assert not list(store.folder().glob(".building-*"))


@pytest.mark.parametrize("failing", range(1, 18, 4))
def test_a_disk_that_fills_at_any_file_costs_nothing_but_the_import(
        run_json, tmp_path: Path, data: Path, failing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    run_json("import", _export(tmp_path / "in", 20))
    before = store.current_id()
    flushed = 0
    flush = os.fsync

    def full(handle: int) -> None:
        nonlocal flushed
        flushed += 1
        if flushed == failing:
            raise OSError(errno.ENOSPC, "No space left on device")
        flush(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            run_json("import", _export(tmp_path / "in", 30))
    assert store.current_id() == before
    status, _ = run_json("import", _export(tmp_path / "in", 30))
    assert status == 0
    assert len(publish.read_private("rows")) == 30
    assert not list(store.folder().glob(".building-*"))


def test_two_imports_at_once_do_not_mix(tmp_path: Path, data: Path) -> None:
    files = [write_export(tmp_path / f"{name}_export.csv", [record(n) for n in numbers])
             for name, numbers in (("viasna", range(1, 200)), ("dissidentby", range(300, 400)))]
    runs = [subprocess.Popen([sys.executable, "-m", "etl", "import", str(file)], cwd=ROOT, env=os.environ | {"VYRAK_DATA": str(data)},
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for file in files]
    said = [run.communicate(timeout=60)[1] for run in runs]
    refused = [text for text in said if "Another import is under way" in text]
    taken = [run.returncode for run in runs].count(0)
    assert taken + len(refused) == 2 and taken
    rows = publish.read_private("rows")
    by_list = rows.groupby("organisation").size().to_dict()
    assert by_list.items() <= {"viasna": 199, "dissidentby": 100}.items()
    assert len(by_list) == taken
