"""Views and what they show: sums of published cells, bounds called bounds, and a sentence for everything refused."""

import json
import re

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components import charts, download, figures, filters, selection
from components.cell_charts import CellChart
from components.charts import CHARTS
from components.text import period
from etl import store

QUIETLY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
VALID = st.fixed_dictionaries({}, optional={
    "from": st.sampled_from(["2021-01", "2022-05"]), "to": st.sampled_from(["2023-12", "2026-10"]),
    "region": st.sampled_from(["BY-HM", "BY-BR", "BY-MA"]), "sex": st.sampled_from(["female", "male"]),
    "article": st.sampled_from(["342", "368"])})


def view(query: str = "") -> filters.View:
    found, problems = filters.parse(query)
    assert problems == []
    return found


def query_of(parts: dict[str, str]) -> str:
    return "?" + "&".join(f"{k}={v}" for k, v in parts.items())


@QUIETLY
@given(VALID)
def test_a_view_and_its_address_are_the_same(parts: dict[str, str]) -> None:
    one = view(query_of(parts))
    assert filters.parse(filters.to_query(one)) == (one, [])


@QUIETLY
@given(st.one_of(st.none(), st.integers(), st.text(max_size=60), st.lists(st.text()),
                 st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=5).map(query_of)))
def test_nothing_in_an_address_breaks_it(query: object) -> None:
    found, problems = filters.parse(query)
    assert found.first <= found.last
    assert all(isinstance(p, str) and p.encode("utf-8") for p in problems)


@pytest.mark.parametrize("query", [
    "?" + "&".join(f"a{i}=1" for i in range(60)), "?region=\ud800", "?region=" + "x" * 2000, "?sex=male&sex=female",
    "?from=2024-13", "?from=2025-01&to=2024-01", "?vintage=../../etc", "?vintage=20200101T000000Z-00000000", "?colour=red",
    "?from=1999-01"])
def test_each_kind_of_nonsense_is_told(query: str) -> None:
    _, problems = filters.parse(query)
    assert len(problems) == 1 and problems[0].endswith(".")


@pytest.mark.parametrize("query", ["", "?sex=female", "?region=BY-MA", "?from=2021-03&to=2022-05",
                                   "?region=BY-HM&sex=male", "?age=25-34", "?age=25-34&sex=female"])
def test_sums_are_those_of_the_published_cells(query: str, exact: pd.DataFrame) -> None:
    wanted = view(query)
    shown = selection.series(wanted, ("charged",))
    by = {d: wanted.chosen.get(d, store.ALL) for d in store.DIMENSIONS}
    here = exact[(exact["measure"] == "charged") & (exact["time"] == shown.level)]
    for dimension, value in by.items():
        here = here[here[dimension] == value]
    truth = here.set_index("period")["persons"]
    for row in shown.frame.itertuples():
        if row.protected:
            assert pd.isna(row.persons)
        else:
            assert row.persons == truth.get(row.period, 0)


def test_those_on_the_lists_of_an_organisation_are_a_sum_of_cells(exact: pd.DataFrame) -> None:
    assert filters.options(view().vintage, "organisation") == {"dissidentby": "Dissidentby", "viasna": "Viasna"}
    shown = selection.series(view("?organisation=dissidentby"), ("charged", "pardoned"))
    here = exact[(exact["measure"] == "charged") & (exact["time"] == "year") & exact["organisation"].str.contains("dissidentby")]
    truth = here.groupby("period")["persons"].sum()
    rows = pd.concat([shown.frame, shown.unplaced])[lambda f: f["measure"] == "charged"]
    assert shown.level == "year" and len(rows) == 8 and (rows["protected"] | (rows["persons"] == rows["period"].map(truth))).all()
    cells = view().vintage.cells
    silent = cells[cells["protected"] & cells["organisation"].str.contains("dissidentby") & (cells["measure"] == "charged")]["period"]
    assert set(rows.loc[rows["protected"], "period"]) == set(silent) and not rows["protected"].all()


def test_nobody_is_lost_between_chart_and_table(exact: pd.DataFrame) -> None:
    shown = selection.series(view(), ("charged", "sentenced"))
    for measure, persons in (("charged", 900), ("sentenced", 700)):
        frames = [f[f["measure"] == measure]["persons"].sum() for f in (shown.frame, shown.unplaced)]
        assert sum(frames) == persons


def test_a_period_widened_to_years_is_named_so() -> None:
    chart = CHARTS["monthly"]
    wide = view("?region=BY-HM&sex=female&from=2021-03&to=2022-05")
    shown = chart.select(wide)
    assert shown.level == "year" and chart.finding(shown, wide).startswith("From 2021 to 2022")
    assert "2021 to 2022" in " ".join(shown.notes)


@pytest.mark.parametrize(("query", "level", "words"), [
    ("?sex=female", "quarter", "By quarter"), ("?article=342", "year", "By year"), ("?region=BY-HM&sex=male", "year", "By year"),
    ("?article=342&sex=female", "all", "All years together")])
def test_the_finer_a_selection_the_coarser_its_time(query: str, level: str, words: str) -> None:
    wanted = view(query)
    shown = CHARTS["monthly"].select(wanted)
    assert shown.level == level and shown.notes[0].startswith(words)
    assert CHARTS["cumulative"].figure(CHARTS["cumulative"].select(wanted), wanted)["data"]


def test_a_filter_shows_pardons_by_year() -> None:
    wanted = view("?region=BY-HM&from=2024-01&to=2024-12")
    shown = CHARTS["waves"].select(wanted)
    assert shown.level == "year" and CHARTS["waves"].finding(shown, wanted).startswith("In 2024, ")
    assert "for all pardoned together only" in shown.notes[-1]


def test_those_not_yet_broken_down_are_told_and_are_no_filter() -> None:
    notes = " ".join(CHARTS["monthly"].select(view("?article=342")).notes)
    assert "Not yet broken down (persons charged: 10, persons sentenced: 10)" in notes
    assert store.UNDIVIDED not in filters.options(view().vintage, "article")
    assert "Not yet broken down" not in " ".join(CHARTS["monthly"].select(view()).notes)
    rows = CHARTS["punishments"].table(CHARTS["punishments"].select(view()), view())
    assert "not yet broken down" in set(rows.iloc[:, 0])


@pytest.mark.parametrize(("code", "words"), [
    ("2024-Q3", "July to September 2024"), ("2024-Q0", "2024, month not known"), ("0000-Q0", "date not known"), ("all", "all years"),
    ("2024-07", "July 2024"), ("2024", "2024")])
def test_a_period_in_words(code: str, words: str) -> None:
    assert period(code) == words


def test_three_filters_are_refused_in_words() -> None:
    with pytest.raises(charts.NotPublished, match="3 breakdowns at once"):
        CHARTS["monthly"].select(view("?region=BY-HM&sex=female&article=342"))


@settings(QUIETLY, max_examples=25)
@given(VALID)
def test_whatever_is_asked_is_drawn_or_refused(parts: dict[str, str]) -> None:
    for chart in CHARTS.values():
        wanted = chart.heeded(view(query_of(parts)))
        try:
            shown = chart.select(wanted)
        except charts.NotPublished as refused:
            assert str(refused).endswith(".")
            continue
        finding = chart.finding(shown, wanted)
        assert "at least 0" not in finding and "nan" not in finding
        picture = figures.framed(chart.figure(shown, wanted), chart.unit, download.short_source(wanted), "SYNTHETIC DATA")
        assert "SYNTHETIC DATA" in json.dumps(picture) and wanted.vintage.id in json.dumps(picture).replace("<br>", "")
        table = chart.table(shown, wanted)
        assert table.map(lambda cell: isinstance(cell, str)).to_numpy().all()
        if isinstance(chart, CellChart) and wanted.chosen:
            assert not table.isin(["1", "2", "3", "4"]).to_numpy().any()
        rows = download.rows(chart, shown, wanted)
        assert rows.loc[rows["status"] == "protected", "persons"].isna().all()


def test_a_hidden_figure_is_a_hollow_mark_and_never_zero() -> None:
    wanted = view("?region=BY-MA")
    shown = CHARTS["monthly"].select(wanted)
    assert shown.frame["protected"].any()
    marks = [t for t in CHARTS["monthly"].figure(shown, wanted)["data"] if t["type"] == "scatter"]
    assert sum(len(t["x"]) for t in marks) == int(shown.frame["protected"].sum())
    assert "Most were" not in CHARTS["monthly"].finding(shown, wanted)


def test_the_newest_months_stay_provisional_in_a_shorter_period() -> None:
    frame = CHARTS["monthly"].select(view("?to=2026-09")).frame
    assert list(frame.loc[frame["provisional"], "period"].unique()) == ["2026-08", "2026-09"]


def test_the_newest_months_are_drawn_as_provisional() -> None:
    wanted = view()
    shown = CHARTS["monthly"].select(wanted)
    assert list(shown.frame.loc[shown.frame["provisional"], "period"].unique()) == ["2026-08", "2026-09", "2026-10"]
    lines = CHARTS["cumulative"].figure(CHARTS["cumulative"].select(wanted), wanted)["data"]
    assert {t["line"]["dash"] for t in lines} == {"solid", "dot"}


def test_the_csv_word_for_word() -> None:
    wanted = view("?from=2024-07&to=2024-07")
    chart = CHARTS["waves"]
    text = download.to_csv(download.rows(chart, chart.select(wanted), wanted)).decode()
    assert text == (
        "period,measure,category,category_label,persons,status,provisional,synthetic\r\n"
        "2024-07-03,pardoned,,,150,exact,false,true\r\n"
        "2024-07-03,deported,,,12,exact,false,true\r\n")


def test_no_cell_is_a_formula() -> None:
    assert download.to_csv(pd.DataFrame({"a": ["=1+1", "@x", "-x"]})).decode() == "a\r\n'=1+1\r\n'@x\r\n'-x\r\n"
    assert download.to_csv(pd.DataFrame({"a": [-5]})).decode() == "a\r\n-5\r\n"


def test_a_file_is_named_after_what_it_holds() -> None:
    names = {download.file_name(CHARTS["monthly"], view(query), "csv") for query in ("", "?sex=female", "?region=BY-HM&from=2024-01")}
    assert len(names) == 3 and all(re.fullmatch(r"SYNTHETIC_vyrak_monthly[\w.-]*\.csv", name) for name in names)


def test_the_header_terms_are_documented() -> None:
    chart = CHARTS["monthly"]
    shown = chart.select(view())
    about = download.metadata(chart, shown, view(), "http://127.0.0.1/")
    assert list(download.rows(chart, shown, view()).columns) == list(about["columns"])
    assert about["synthetic"] and "invented" in about["warning"] and about["vintage"]["id"] in download.file_name(
        chart, view(), "csv")
