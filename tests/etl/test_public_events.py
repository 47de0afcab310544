"""Public events come from files that staff edit: good lines are published with the vintage, bad ones told in words."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import public_events, store
from tests.etl.conftest import record, write_export

HEADER = "date,label_be,label_ru,label_en,source\n"
GOOD = "2021-03-04,Падзея,Событие,Invented event,https://synthetic.invalid/event\n"
NOW = pd.Timestamp("2026-11-01")
SHIPPED = pd.read_csv(public_events.SHIPPED, dtype=str, keep_default_na=False)


def taken(data: Path, text: str | bytes) -> tuple[pd.DataFrame, list]:
    """The events taken from an events.csv in the data folder besides those shipped, and the problems."""
    data.mkdir(exist_ok=True)
    (data / "events.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    events, found = public_events.events(NOW)
    return events[~events["date"].isin(SHIPPED["date"])].reset_index(drop=True), found


def test_every_shipped_event_is_good_and_names_its_source(data: Path) -> None:
    events, found = public_events.events(NOW)
    assert not found and len(events) == len(SHIPPED) > 20
    assert "2020-08-09" in set(events["date"]) and events["source"].str.startswith("http").all()


def test_events_are_published_with_the_vintage_and_stay_with_it(run_json, data: Path, tmp_path: Path) -> None:
    file = write_export(tmp_path / "viasna.csv", [record(n) for n in range(1, 12)])
    _, first = run_json("import", file)
    (data / "events.csv").write_text(HEADER + "soon,а,б,c,s\n" + GOOD, encoding="utf-8")
    status, second = run_json("import", file)
    assert status == 0 and second["vintage"] != first["vintage"], "events that changed make a vintage"
    assert [(p["kind"], p["row"]) for p in second["problems"]] == [("event-date", 2)], "a bad line is told, and stops nothing"
    labels = [set(store.open_public(done["vintage"]).events["label_en"]) for done in (first, second)]
    assert labels[1] - labels[0] == {"Invented event"}
    # A vintage of before there were events opens, without any.
    older = store.folder() / first["vintage"]
    (older / "public" / "events.parquet").unlink()
    manifest = json.loads((older / "manifest.json").read_text(encoding="utf-8"))
    del manifest["outputs"]["public/events.parquet"]
    (older / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    store._kept.cache_clear()
    assert store.open_public(first["vintage"]).events.empty


@pytest.mark.parametrize(("line", "kind", "column"), [
    ("2021-13-04,а,б,c,s", "event-date", "date"), ("soon,а,б,c,s", "event-date", "date"), ("2027-01-01,а,б,c,s", "event-date", "date"),
    ("2021-03-05,,б,c,s", "event-incomplete", "label_be"), ("2021-03-05,а,б,c,", "event-incomplete", "source"),
    ("2021-03-05,а,б", "event-incomplete", "label_en"), (f"2021-03-05,а,{'б' * 61},c,s", "event-label-long", "label_ru"),
    ('2021-03-05,а,"б,c,s', "event-incomplete", "label_en"),
    ("2021-03-05,а,б,c, and more,s", "row-wider", "")])
def test_a_bad_line_is_told_and_stops_no_good_one(data: Path, line: str, kind: str, column: str) -> None:
    events, found = taken(data, HEADER + line + "\n" + GOOD)
    assert list(events["label_en"]) == ["Invented event"]
    told = next(p for p in found if p.kind == kind and p.column == column)
    assert (told.file, told.row) == ("events.csv", 2) and told.message and told.remedy


@pytest.mark.parametrize(("file", "kind"), [("day,what\n2021-03-04,x\n", "events-column"), ("", "events-column"),
                                            (b"date\xff\xfe", "file-unreadable")])
def test_a_file_that_is_none_leaves_the_shipped_events(data: Path, file: str | bytes, kind: str) -> None:
    events, found = taken(data, file)
    assert events.empty and [p.kind for p in found] == [kind]
    assert len(public_events.events(NOW)[0]) == len(SHIPPED)


def test_a_day_that_both_files_name_is_told_by_the_own_one(data: Path) -> None:
    taken(data, HEADER + "09.08.2020;Сваё;Своё;Own words;A newspaper\n".replace(";", ","))
    events, found = public_events.events(NOW)
    assert not found and list(events.loc[events["date"] == "2020-08-09", "label_en"]) == ["Own words"]


def test_the_shipped_file_in_the_data_folder_is_read_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    copy = tmp_path / "data" / "events.csv"
    copy.parent.mkdir()
    shutil.copy(public_events.SHIPPED, copy)
    monkeypatch.setattr(public_events, "SHIPPED", copy)
    monkeypatch.setenv("VYRAK_DATA", str(copy.parent))
    assert len(public_events.events(NOW)[0]) == len(SHIPPED)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=80), max_size=5))
def test_whatever_stands_in_a_line_the_good_ones_are_taken(tmp_path_factory, lines: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("any")
        patch.setenv("VYRAK_DATA", str(folder))
        text = HEADER + "".join(f"{line}\n" for line in lines) + GOOD
        events, found = taken(folder, text)
        assert "Invented event" in set(events["label_en"])
        filled = [n for n, line in enumerate(lines, start=2) if line.replace('"', "").replace(',', '').strip()]
        assert {p.row for p in found} >= set(filled)
