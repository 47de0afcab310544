"""The command line from files to a vintage, as staff use it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from etl import durable, publish, store
from tests.etl.conftest import record, write_export

ROOT = Path(__file__).resolve().parents[2]


def export(folder: Path, count: int = 30, name: str = "viasna_export_2026-08-30.csv", **changed: dict) -> Path:
    folder.mkdir(exist_ok=True)
    records = [record(n) | changed.get(f"row{n}", {}) for n in range(1, count + 1)]
    return write_export(folder / name, records)


def total(result: dict, name: str) -> int:
    return sum(line[name] for line in result["files"])


def test_every_row_is_accounted_for_and_a_vintage_is_made(run_json, tmp_path, data) -> None:
    status, result = run_json("import", export(tmp_path / "in"))
    assert status == 0
    [line] = result["files"]
    assert (line["read"], line["accepted"], line["not_data"]) == (31, 30, 1)
    assert result["vintage"] == store.current_id()
    assert store.open_public().facts["headline"]["sentenced"]["persons"] == 30


def test_a_bad_cell_costs_one_row_and_is_told_with_its_place(run_json, tmp_path) -> None:
    file = export(tmp_path / "in", row7={"verdict_date": "30.02.2024"})
    status, result = run_json("import", file)
    assert status == 1
    [line] = result["files"]
    assert (line["accepted"], line["quarantined"]) == (29, 1)
    [problem] = [p for p in line["problems"] if p["severity"] == "quarantined"]
    assert (problem["file"], problem["row"], problem["cell"]) == (file.name, 8, "S8")
    assert problem["column"] == "verdict_date" and problem["found"] == "30.02.2024" and problem["expected"]
    assert problem["message"] and problem["remedy"]


def test_a_row_with_a_mark_that_is_never_closed_waits_and_the_rows_after_it_are_taken(run_json, tmp_path) -> None:
    file = export(tmp_path / "in")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("np,male,,,1967", 'np,"male,,,1967'), encoding="utf-8")
    status, result = run_json("import", file)
    [line] = result["files"]
    assert status == 1 and (line["read"], line["accepted"], line["quarantined"], line["not_data"]) == (31, 29, 1, 1)
    [problem] = [p for p in line["problems"] if p["severity"] == "quarantined"]
    assert (problem["kind"], problem["cell"], problem["found"]) == ("quote-not-closed", "E8", "23")


def test_a_mended_row_leaves_quarantine(run_json, tmp_path) -> None:
    run_json("import", export(tmp_path / "in", row7={"verdict_date": "30.02.2024"}))
    assert len(publish.read_private("quarantine")) == 1
    status, result = run_json("import", export(tmp_path / "in", row7={"verdict_date": "29.02.2024"}))
    assert status == 0
    assert (total(result, "accepted"), total(result, "unchanged")) == (1, 29)
    assert len(publish.read_private("quarantine")) == 0


def test_the_same_file_twice_makes_no_vintage(run_json, tmp_path) -> None:
    file = export(tmp_path / "in")
    _, first = run_json("import", file)
    _, second = run_json("import", file)
    assert second["vintage"] == first["vintage"]
    assert total(second, "unchanged") == 30
    assert store.history() == [first["vintage"]]


def test_a_later_export_corrects_and_the_old_value_is_kept(run_json, tmp_path) -> None:
    run_json("import", export(tmp_path / "in"))
    later = export(tmp_path / "in", name="viasna_export_2026-09-30 (2).csv", row3={"verdict_date": "2024-06-01"})
    status, result = run_json("import", later)
    assert status == 0
    assert (total(result, "corrected"), total(result, "unchanged"), total(result, "accepted")) == (1, 29, 0)
    [change] = publish.read_private("changes").to_dict("records")
    assert (change["field"], change["old"][:10], change["new"][:10]) == ("sentenced_on", "2024-05-06", "2024-06-01")
    cells = store.open_public().cells
    june = cells[(cells["measure"] == "sentenced") & (cells["period"] == "2024-06")
                 & (cells[list(store.DIMENSIONS)] == store.ALL).all(axis=1)]
    assert june["persons"].sum() == 1


def test_person_ids_are_stable_from_one_import_to_the_next(run_json, tmp_path) -> None:
    run_json("import", export(tmp_path / "in"))
    before = publish.read_private("assignments").set_index("row_key")["person_id"]
    run_json("import", export(tmp_path / "in", count=40, name="viasna_export_2026-10-30.csv"))
    after = publish.read_private("assignments").set_index("row_key")["person_id"]
    pd.testing.assert_series_equal(before.sort_index(), after.loc[before.index].sort_index())


def test_a_truncated_export_is_refused_unless_confirmed(run_json, tmp_path) -> None:
    run_json("import", export(tmp_path / "in"))
    short = export(tmp_path / "in", count=10, name="viasna_export_2026-09-30.csv")
    status, result = run_json("import", short)
    assert status == 1
    assert [p["kind"] for p in result["files"][0]["problems"] if p["severity"] == "refused"] == ["list-shrunk"]
    assert store.open_public().facts["headline"]["charged"]["persons"] == 30
    _, confirmed = run_json("import", short, "--accept-shrunk")
    assert total(confirmed, "unchanged") == 10
    assert [p["kind"] for p in confirmed["files"][0]["problems"]].count("row-gone") == 20
    assert store.open_public().facts["headline"]["charged"]["persons"] == 30, "rows gone are kept"


def test_check_tells_and_changes_nothing(run_json, tmp_path, data) -> None:
    status, result = run_json("check", export(tmp_path / "in", row7={"verdict_date": "soon"}))
    assert status == 1 and result["vintage"] is None
    assert total(result, "quarantined") == 1
    assert not list(data.glob("vintages/*"))


def test_rollback_and_back(run_json, tmp_path) -> None:
    _, first = run_json("import", export(tmp_path / "in"))
    _, second = run_json("import", export(tmp_path / "in", count=45))
    assert first["vintage"] != second["vintage"]
    assert run_json("rollback")[1]["vintage"] == first["vintage"] == store.current_id()
    assert store.open_public().facts["headline"]["charged"]["persons"] == 30
    assert run_json("rollback", second["vintage"])[0] == 0
    assert store.open_public().facts["headline"]["charged"]["persons"] == 45
    listed = run_json("status")[1]["vintages"]
    assert [v["vintage"] for v in listed if v["in_use"]] == [second["vintage"]]


def test_private_tables_are_for_the_user_who_imports_alone(run_json, tmp_path) -> None:
    vintage = store.folder() / run_json("import", export(tmp_path / "in"))[1]["vintage"]
    assert (vintage / "private").stat().st_mode & 0o777 == 0o700
    assert (vintage / "public").stat().st_mode & 0o500 == 0o500


def test_a_vintage_can_be_checked_against_its_manifest(run_json, tmp_path) -> None:
    import hashlib
    file = export(tmp_path / "in")
    _, result = run_json("import", file)
    manifest = publish.manifest(result["vintage"])
    assert manifest["inputs"] == [{"file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}]
    folder = store.folder() / result["vintage"]
    assert manifest["outputs"]
    for name, digest in manifest["outputs"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_nothing_private_stands_in_the_public_part(run_json, tmp_path) -> None:
    run_json("import", export(tmp_path / "in"))
    public = store.folder() / store.current_id() / "public"
    for path in public.iterdir():
        text = path.read_text(encoding="utf-8") if path.suffix == ".json" else pd.read_parquet(path).to_csv()
        assert "Прозвішча" not in text and "synthetic.invalid" not in text and "viasna_export" not in text


def test_what_is_missing_or_no_table_is_said_in_a_sentence(run_json, tmp_path) -> None:
    status, result = run_json("import", tmp_path / "nowhere.xlsx")
    assert status == 1
    [problem] = result["files"][0]["problems"]
    assert problem["severity"] == "refused" and "nowhere.xlsx" in problem["file"]


def test_the_terminal_shows_the_sum(run, tmp_path) -> None:
    result = run("import", export(tmp_path / "in", row7={"verdict_date": "30.02.2024"}))
    assert "31 =       29 +         0 +         0 +           1 +        1" in result.stdout
    assert "S8" in result.stdout and "30.02.2024" in result.stdout


def etl(data: Path, *arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "etl", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True,
                          timeout=60, env=os.environ | {"VYRAK_DATA": str(data)})


def test_failures_are_sentences_not_tracebacks(data, tmp_path) -> None:
    status = etl(data, "status", "--json")
    assert status.returncode == 1 and json.loads(status.stdout)["error"] == "Nothing has been imported yet."
    wrong = etl(data, "import")
    assert wrong.returncode == 2 and "Traceback" not in wrong.stderr


def test_two_imports_at_once_do_not_mix(run_json, data, tmp_path) -> None:
    run_json("import", export(tmp_path / "in"))
    with publish.only_one_import():
        second = etl(data, "import", export(tmp_path / "in", count=50))
    assert second.returncode == 1
    assert "Another import is under way" in second.stderr
    assert len(store.history()) == 1


def test_a_full_disk_is_a_message_and_the_last_vintage_stays(run_json, run, data, tmp_path, monkeypatch) -> None:
    _, first = run_json("import", export(tmp_path / "in"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "flush", full)
    with pytest.raises(OSError, match="No space left"):
        run("import", export(tmp_path / "in", count=50))
    assert store.current_id() == first["vintage"]
    assert store.history() == [first["vintage"]]
