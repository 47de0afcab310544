"""The share of women: a line for each of the charged, sentenced and pardoned, as published; the recognised and held in words."""

from pathlib import Path

import pytest

from components import filters
from components.charts import CHARTS
from components.text import percent

CHART = CHARTS["women"]


@pytest.fixture(autouse=True)
def here(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VYRAK_DATA", str(sample))


def test_the_lines_are_the_published_shares_over_the_same_years() -> None:
    view, _ = filters.parse("")
    shown = CHART.select(view)
    figure = CHART.figure(shown, view)
    told = view.vintage.statistics[lambda f: (f["statistic"] == "women") & f["period"].str.fullmatch(r"20\d\d")]
    years = sorted(set(told["period"]))
    lines = {trace["name"]: trace for trace in figure["data"]}
    assert set(lines) == {"charged", "sentenced", "pardoned"} == set(told["category"])
    for name, trace in lines.items():
        known = told[told["category"] == name].set_index("period")["value"]
        assert trace["x"] == years and {y: v for y, v in zip(years, trace["y"], strict=True) if v is not None} == known.to_dict()
    low, high = figure["layout"]["yaxis"]["range"]
    assert low == 0 and max(told["value"]) < high <= 1.02


def test_the_finding_and_the_note_say_the_numbers() -> None:
    view, _ = filters.parse("")
    shown = CHART.select(view)
    told = view.vintage.statistics[view.vintage.statistics["statistic"] == "women"].set_index(["category", "period"])["value"]
    last = told["sentenced"].drop("0000").sort_index()
    assert CHART.finding(shown, view).startswith(f"{percent(last.iloc[-1])} of those sentenced in {last.index[-1]} were women")
    [note] = [note for note in shown.notes if "recognised" in note]
    assert all(percent(told[name].iloc[0]) in note for name in ("recognised", "held"))
    assert {"recognised in all", "held"} <= set(CHART.table(shown, view).iloc[:, 1])


def test_a_period_without_such_figures_says_so() -> None:
    from components.chart import NotPublished
    view, _ = filters.parse("?from=2020-09&to=2020-10")
    shown_years = set(CHART.select(view).frame["period"])
    assert shown_years == {"2020"}
    with pytest.raises(NotPublished):
        CHARTS["share-served"].select(view)
