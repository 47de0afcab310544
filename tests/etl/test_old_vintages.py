"""Vintages of an older Vyrak open, are imported upon and keep their figures; those of a newer one are refused in words.

vintage_081c38d.tar is a vintage as the program of commit 081c38d wrote it, before there were statistics, revisions and reconciliation;
tests/etl/make_old_vintage.py made it. The people in it are synthetic.
"""

import json
from pathlib import Path

import pytest

from app import server
from components import pages
from etl import backup, publish, store
from tests.etl.conftest import record, write_export

KEPT = Path(__file__).parent / "vintage_081c38d.tar"


@pytest.fixture
def old(data: Path) -> str:
    """Its id; it is in use in the data folder."""
    assert backup.from_file(KEPT).vintages == 1
    return store.current_id()


def _files(vintage: str) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted((store.folder() / vintage).rglob("*")) if p.is_file()}


def test_an_old_vintage_opens_and_what_came_later_is_empty(old: str) -> None:
    opened = store.open_public()
    assert opened.facts["headline"]["charged"]["persons"] == 20 and len(opened.cells)
    for table in ("statistics", "definitions", "revisions", "reconciliation", "contradictions"):
        assert getattr(opened, table).empty, table


def test_its_pages_and_files_answer(old: str) -> None:
    client = server.test_client()
    for page in pages.PAGES:
        if page.path != "/charges":  # articles-by-year divides by the number of articles, of which so few people have none
            assert client.get(page.path).status_code == 200, page.path
    overview = client.get("/?age=18-24&organisation=viasna").text
    for filter_name in ("Age group", "On the lists of"):
        assert f"{filter_name}: no figures; this vintage was made before there were such." in overview
    assert "There are no figures for age" in overview and 'id="filter-age"' not in overview
    told = client.get("/chart/monthly.csv")
    assert told.status_code == 200, told.text
    later = client.get("/chart/missing-cases.csv")
    assert later.status_code == 400 and "made before they were published" in later.text


def test_an_import_upon_it_changes_none_of_its_figures(old: str, run_json, tmp_path: Path) -> None:
    before = _files(old)
    lists = write_export(tmp_path / "SYNTHETIC_viasna_export.csv", [record(n) for n in range(1, 26)])
    status, told = run_json("import", lists)
    assert status == 0 and publish.manifest(told["vintage"])["parent"] == old
    assert [sum(f[k] for f in told["files"]) for k in ("unchanged", "accepted")] == [20, 5]
    assert store.open_public().facts["headline"]["charged"]["persons"] == 25 and not store.open_public().statistics.empty
    assert _files(old) == before
    assert run_json("measure", "cumulative", "--as-of", old)[1]["numbers"][-1]["unit"] == "persons"
    assert run_json("rollback")[1]["vintage"] == old


def _with_schema(vintage: str, schema: object) -> None:
    for name in ("manifest.json", "public/facts.json"):
        path = store.folder() / vintage / name
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"schema": schema}), encoding="utf-8")


@pytest.mark.parametrize(("schema", "said"), [(store.SCHEMA + 1, "made by a newer Vyrak"), (0, "does not say"), (None, "does not say"),
                                              ("1", "does not say")])
def test_another_layout_is_refused_in_words(old: str, run_json, tmp_path: Path, schema: object, said: str) -> None:
    _with_schema(old, schema)
    before = _files(old)
    lists = write_export(tmp_path / "SYNTHETIC_viasna_export.csv", [record(1)])
    for what in (lambda: store.open_public(), lambda: run_json("import", lists), lambda: run_json("status")):
        with pytest.raises(store.StoreError, match=said):
            what()
    told = server.test_client().get("/ready")
    assert told.status_code == 503 and said in told.text
    assert _files(old) == before


@pytest.mark.parametrize(("name", "content"), [("manifest.json", b"{"), ("manifest.json", b"[]"), ("public/facts.json", b"[]"),
                                               ("public/cells.parquet", b"PAR1"), ("private/rows.parquet", b""), ("public/facts.json", b"\xff")])
def test_a_damaged_file_is_told_in_words(old: str, run_json, tmp_path: Path, name: str, content: bytes) -> None:
    (store.folder() / old / name).write_bytes(content)
    lists = write_export(tmp_path / "SYNTHETIC_viasna_export.csv", [record(1)])
    with pytest.raises(store.StoreError, match=f"The vintage {old} is damaged"):
        store.open_public() if name.startswith("public") else run_json("import", lists)
    assert store.current_id() == old
