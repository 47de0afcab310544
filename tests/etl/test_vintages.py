"""Figures as of a past vintage are those it published; the triangle shows how each month's count grew."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from etl import compute, publish, store, vintages
from etl.__main__ import main
from stats import delay, revisions, statistics
from tests.etl.conftest import record, write_export

NAME = "viasna_export_2026-08-30.csv"


@pytest.fixture(scope="module")
def folder_and_two(tmp_path_factory) -> Iterator[tuple[Path, tuple[str, str]]]:
    """Two vintages: thirty people sentenced in May 2024; then three more, and one who was moved to June."""
    data, folder = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("in")
    people = [record(n) for n in range(1, 31)]
    later = [record(n, verdict_date="2024-06-20") for n in (1, 31)] + [record(n) for n in range(2, 31)]
    later += [record(n, verdict_date="2024-05-07") for n in (32, 33)]
    ids = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VYRAK_DATA", str(data))
        for export in (people, later):
            done = CliRunner().invoke(main, ["import", str(write_export(folder / NAME, export)), "--json"], catch_exceptions=False)
            ids.append(json.loads(done.stdout)["vintage"])
            time.sleep(1.1)  # the id of a vintage holds the second
    assert ids[0] != ids[1]
    yield data, (ids[0], ids[1])


@pytest.fixture
def two(folder_and_two, monkeypatch) -> tuple[str, str]:
    monkeypatch.setenv("VYRAK_DATA", str(folder_and_two[0]))
    return folder_and_two[1]


def test_a_figure_as_of_a_past_vintage_is_the_one_it_published(two) -> None:
    for vintage in two:
        published = publish.read_public("statistics", vintage)
        again = statistics.compute(vintages.source(vintage))
        pd.testing.assert_frame_equal(again, published.astype(again.dtypes))
    cumulative = [vintages.measure("cumulative", vintage) for vintage in two]
    at_the_end = [int(f[(f["category"] == "sentenced")]["value"].iloc[-1]) for f in cumulative]
    assert at_the_end == [30, 33]


def test_revisions_tell_what_each_vintage_changed(two) -> None:
    first, second = two
    history = publish.read_public("revisions", second)
    sentenced = history[history["measure"] == "sentenced"]
    changes = sentenced[sentenced["vintage"] == second].set_index("month")["change"].to_dict()
    assert changes == {"2024-05": 1, "2024-06": 2}
    table = revisions.triangle(history, "sentenced")
    assert table.loc["2024-05"].tolist() == [30, 31]
    assert table.loc["2024-06", second] == 2 and pd.isna(table.loc["2024-06", first])


def test_the_triangle_over_the_store_holds_what_each_vintage_showed(two) -> None:
    table = vintages.triangle("sentenced")
    assert list(table.columns) == list(two)
    assert table.loc["2024-05"].tolist() == [30, 31]
    history = publish.read_public("revisions", two[1])
    seen = history[history["measure"] == "sentenced"].assign(seen_on=pd.to_datetime(history["seen_on"]))
    assert delay.of_vintages(seen[["seen_on", "month", "persons"]]).loc["2024-05"].dropna().tolist() == [31], "of two in a month, the last"


def test_a_month_that_empties_is_told(two) -> None:
    before = publish.read_public("revisions", two[1])
    emptied = store.open_public(two[1]).cells
    emptied = emptied[emptied["period"] != "2024-06"]
    history = revisions.history(before, emptied, {"recognised": 7}, "next", pd.Timestamp("2026-12-01"))
    new = history[history["vintage"] == "next"].set_index(["measure", "month"])
    assert new.loc[("sentenced", "2024-06"), ["persons", "change"]].tolist() == [0, -2]
    assert new.loc[("recognised", revisions.NOW), ["persons", "change"]].tolist() == [7, 7], "seven recognised since"
    unchanged = revisions.history(history, emptied, {"recognised": 7}, "after", pd.Timestamp("2026-12-02"))
    assert len(unchanged) == len(history)


def test_a_mended_print_makes_a_new_vintage(run_json, data, tmp_path, monkeypatch) -> None:
    file = write_export(tmp_path / NAME, [record(n) for n in range(1, 31)])
    _, first = run_json("import", file)
    mended = tmp_path / "published_figures.csv"
    mended.write_text(compute.PRINTED[0].read_text(encoding="utf-8").replace(",8696,", ",8697,"), encoding="utf-8")
    monkeypatch.setattr(compute, "PRINTED", (mended, compute.PRINTED[1]))
    _, second = run_json("import", file)
    assert first["vintage"] != second["vintage"] == store.current_id()
    assert (store.open_public().reconciliation["value"] == 8697).any()


def test_the_command_prints_a_statistic_as_of_a_vintage(two) -> None:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, catch_exceptions=False)

    result = json.loads(run("measure", "cumulative", "--as-of", two[0], "--json").stdout)
    assert result["vintage"] == two[0]
    assert result["numbers"][-1]["unit"] == "persons"
    assert run("measure", "cumulative").stdout.startswith("period,category,value")
    failed = run("measure", "nonsense", "--json")
    assert failed.exit_code == 1 and "cumulative" in json.loads(failed.stdout)["error"]
    with pytest.raises(store.UnknownVintage):
        run("measure", "cumulative", "--as-of", "20200101T000000Z-00000000")


def test_a_late_case_is_in_the_total_at_once_and_in_breakdowns_with_others(data: Path, tmp_path: Path) -> None:
    people = [record(n, gender="female" if n % 3 else "male") for n in range(1, 121)]
    shown, terms = [], []
    for count in (0, 1, 5):
        late = [record(200 + n, gender="female") for n in range(count)]
        CliRunner().invoke(main, ["import", str(write_export(tmp_path / NAME, people + late)), "--json"], catch_exceptions=False)
        cells = store.open_public().cells
        year = cells[(cells["measure"] == "sentenced") & (cells["time"] == "year") & (cells["period"] == "2024")]
        year = year[(year[[d for d in store.DIMENSIONS if d != "sex"]] == store.ALL).all(axis=1)]
        shown.append(year.set_index("sex")["persons"].to_dict())
        told = store.open_public().statistics.query("statistic == 'terms' and period == 'all'")
        terms.append(told["value"].sum())
        time.sleep(1.1)  # the id of a vintage holds the second
    assert terms[0] == terms[1] < terms[2], "the growth of a sum would be the term of the late one"
    assert shown == [{"all": 120, "female": 80, "male": 40}, {"all": 121, "female": 80, "male": 40, "undivided": 1},
                     {"all": 125, "female": 85, "male": 40}]
    assert not (data / "vintages" / store.current_id() / "public" / "divided.parquet").exists()
