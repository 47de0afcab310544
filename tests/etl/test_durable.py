"""What an import leaves behind that is killed, meets a full disk or another import."""

import json
import os
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from etl import publish, store
from tests.etl.conftest import record, write_export

ROOT = Path(__file__).resolve().parents[2]
KILLS, FULL_DISKS = 200, 100


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """What imports left that were stopped at every file, in two orders of writing; see stopped_imports.py."""
    # Threads of the linear algebra library do not survive a fork.
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    folder = tmp_path_factory.mktemp("stopped")
    runs = [subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.etl.stopped_imports", str(folder / order), "6", order],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for order in ("first", "last")]
    told = [json.loads(line) for run in runs for line in run.communicate(timeout=900)[0].splitlines()]
    assert [run.returncode for run in runs] == [0, 0]
    return told


def test_an_import_killed_at_any_of_200_moments_leaves_a_whole_vintage_and_can_be_repeated(stopped: list[dict]) -> None:
    killed = [stop for stop in stopped if stop["killed"]]
    assert len(killed) >= KILLS
    assert set(states := Counter(stop["vintage"] for stop in killed)) == {"first", "second"}, states
    # Some came between the new vintage's being in place and its being in use: it is no vintage then, and not shown.
    assert sum(stop["unfinished"] for stop in killed) > 4
    assert not [stop for stop in killed if stop["shown"]]
    _repeatable(killed)


def test_a_disk_that_fills_at_any_file_costs_nothing_but_the_import(stopped: list[dict]) -> None:
    full = [stop for stop in stopped if stop["what"].startswith("full") and stop["status"]]
    assert len(full) >= FULL_DISKS
    assert {stop["status"] for stop in full} == {1}
    assert {stop["vintage"] for stop in full} == {"first", "second"}
    for stop in full:
        assert "Traceback" not in stop["said"]
        said = ("no room left to write the new vintage; nothing was changed" if stop["vintage"] == "first"
                else "The report could not be written")
        assert said in stop["said"], stop
    _repeatable(full)


def _repeatable(stopped: list[dict]) -> None:
    repeats = [stop for stop in stopped if "repeated" in stop]
    assert len(repeats) >= 5
    assert {stop["repeated"] for stop in repeats} == {"whole"}
    assert not any(stop["leftovers"] for stop in repeats)


def _export(folder: Path, rows: int) -> Path:
    folder.mkdir(exist_ok=True)
    return write_export(folder / "viasna_export.csv", [record(n) for n in range(1, rows + 1)])


def _process(*arguments: object, data: Path, limit: int | None = None) -> subprocess.CompletedProcess:
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit or resource.RLIM_INFINITY,) * 2)

    return subprocess.run([sys.executable, "-m", "etl", *map(str, arguments)], cwd=ROOT, env=os.environ | {"VYRAK_DATA": str(data)},
                          capture_output=True, text=True, timeout=60, preexec_fn=small_files)


def test_where_files_may_not_grow_the_vintage_in_use_stays_and_it_is_said(tmp_path: Path, data: Path) -> None:
    assert _process("import", _export(tmp_path / "in", 20), data=data).returncode == 0
    before = store.current_id()
    result = _process("import", _export(tmp_path / "in", 30), data=data, limit=12_000)
    assert result.returncode == 1
    assert "no room left" in result.stderr and "vintage in use stays" in result.stderr and "Traceback" not in result.stderr
    assert store.current_id() == before
    assert store.open_public().facts["headline"]["charged"]["persons"] == 20
    assert not list(store.folder().glob(".building-*"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_where_the_output_cannot_be_written_it_is_not_said_that_nothing_was_done(tmp_path: Path, data: Path) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run([sys.executable, "-m", "etl", "import", _export(tmp_path / "in", 20)], cwd=ROOT, stdout=full,
                                stderr=subprocess.PIPE, text=True, timeout=60, env=os.environ | {"VYRAK_DATA": str(data)})
    assert result.returncode == 1 and store.current_id()
    assert "what the command did stands" in result.stderr
    assert "nothing was changed" not in result.stderr and "Traceback" not in result.stderr


def _stopped_before_use(run_json: Callable, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A vintage in use, and what an import left that was stopped just before its own was."""
    run_json("import", _export(folder, 20))
    before = store.current_id()
    with monkeypatch.context() as patched, pytest.raises(RuntimeError, match="stopped"):
        patched.setattr(publish, "make_current", lambda *_: (_ for _ in ()).throw(RuntimeError("stopped")))
        run_json("import", _export(folder, 30))
    [left] = {path.name for path in store.folder().iterdir() if path.is_dir()} - {before}
    return before, left


def test_what_was_never_in_use_is_no_vintage_and_goes_with_the_next_import(run_json, run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, left = _stopped_before_use(run_json, tmp_path / "in", monkeypatch)
    assert store.history() == [before] and store.unfinished() == [left]
    with pytest.raises(store.UnknownVintage):
        store.open_public(left)
    status, told = run_json("status")
    assert status == 0
    assert [v["vintage"] for v in told["vintages"]] == [before] and told["unfinished"] == [left]
    assert f"{left} is no vintage" in run("status").stdout
    with pytest.raises(store.UnknownVintage):
        run("rollback", left)
    # The next import takes it away.
    run_json("import", _export(tmp_path / "in", 20))
    assert [path.name for path in store.folder().iterdir() if path.is_dir()] == [before]
    assert run_json("status")[1]["unfinished"] == []


def test_a_vintage_gone_back_from_stays_one(run_json, tmp_path: Path) -> None:
    names = [run_json("import", _export(tmp_path / "in", count))[1]["vintage"] for count in (20, 30)]
    run_json("rollback")
    run_json("import", _export(tmp_path / "in", 20))
    assert store.current_id() == names[0]
    assert sorted(store.history()) == sorted(names) and not store.unfinished()
    # A data folder whose history got lost: every whole folder is a vintage, and none is taken away.
    (store.folder() / "history.jsonl").unlink()
    run_json("import", _export(tmp_path / "in", 20))
    assert sorted(store.history()) == sorted(names) and not store.unfinished()


def test_lines_of_the_history_that_led_to_nothing_count_for_nothing(run_json, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, left = _stopped_before_use(run_json, tmp_path / "in", monkeypatch)
    log = store.folder() / "history.jsonl"
    log.write_text(log.read_text() + json.dumps({"vintage": left, "before": before}) + '\n{"vintage": "2026')
    assert store.history() == [before] and store.unfinished() == [left]
    later = run_json("import", _export(tmp_path / "in", 25))[1]["vintage"]
    assert store.history() == [later, before] and not store.unfinished()


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
