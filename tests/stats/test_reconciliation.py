"""Printed figures beside computed ones: the right period, the qualifier honoured, the reason named, contradictions told."""

import pandas as pd
import pytest

from etl import codes, compute
from stats import contradictions, reconciliation
from stats.source import told
from stats.tables import ALL, CELL_COLUMNS, DIMENSIONS

END = pd.Timestamp("2026-10-31")


def cell(measure: str, time: str, period: str, persons: int | None, **by: str) -> dict:
    return dict.fromkeys(DIMENSIONS, ALL) | {
        "measure": measure, "time": time, "period": period, "persons": persons, "protected": persons is None} | by


CELLS = pd.DataFrame([
    cell("sentenced", "month", "2024-04", 160), cell("sentenced", "month", "2024-05", 140), cell("sentenced", "year", "2024", 1700),
    cell("sentenced", "year", "2024", 30, sex="female"), cell("sentenced", "year", "2024", None, region="BY-VI"),
    cell("sentenced", "year", "2024", 40, region="BY-BR"),
    cell("sentenced", "year", "2024", 20, punishment="arrest"), cell("sentenced", "year", "2024", 15, punishment="fine"),
    cell("pardoned", "wave", "2024-07-03", 18), cell("pardoned", "wave", "2024-08-16", 30), cell("pardoned", "wave", "none", 9),
    cell("pardoned", "year", "2024", 57), cell("charged", "year", "2024", 2000),
], columns=CELL_COLUMNS).astype({"persons": "Int64"})
STATISTICS = told([
    {"statistic": "cumulative", "period": "2024-12", "category": "sentenced", "value": 5900.0},
    {"statistic": "held", "period": "2024-12", "category": "all", "value": 1100.0},
    {"statistic": "held", "period": "2024-12", "category": "pre-trial", "status": "hidden"},
    {"statistic": "recognised", "period": "2026-10-31", "category": "recognised", "value": 4895.0},
    {"statistic": "terms", "period": "2024", "category": "imprisonment", "value": 32_814.0}])
METRICS = compute.printed()[1]


def printed(as_of: str, metric: str, span: str, value: float, qualifier: str = "exact", **more: str) -> dict:
    return dict.fromkeys(reconciliation.FIGURE_COLUMNS, "") | {
        "as_of": as_of, "metric": metric, "span": span, "value": value, "qualifier": qualifier, "organisation": "Viasna",
        "unit": "persons", "source": "https://example.invalid/", "printed_metric": f"{metric}_{span}"} | more


def compare(figure: dict, *, synthetic: bool = False, organisations: tuple[str, ...] = ("viasna",)) -> dict:
    frame = reconciliation.reconcile(pd.DataFrame([figure]), METRICS, CELLS, STATISTICS, END, organisations, synthetic=synthetic)
    assert list(frame.columns) == reconciliation.COLUMNS
    return frame.iloc[0].to_dict()


@pytest.mark.parametrize(("figure", "computed", "verdict", "reasons"), [
    (printed("2024-05", "convicted_criminal", "month", 140), 140, "agrees", ""),
    (printed("2024-05", "convicted_criminal", "month", 145, "at_least"), 140, "below", "undated"),
    (printed("2024-05", "convicted_criminal", "month", 100, "at_least"), 140, "agrees", ""),
    (printed("2024-05", "convicted_criminal", "month", 145, "approx"), 140, "agrees", ""),
    (printed("2024-05", "convicted_criminal", "month", 100, "approx"), 140, "above", "later"),
    (printed("2024-05", "convicted_criminal", "month", 100, organisation="OHCHR"), 140, "above", "organisation later"),
    (printed("2024", "convicted_criminal", "year", 31, dimension="sex", category="female"), 30, "below", "undated"),
    (printed("2024", "convicted_criminal", "year", 2, dimension="region", category="BY-VI"), None, "hidden", "protected"),
    (printed("2024-04", "convicted_criminal", "month", 2, dimension="article", category="130"), None, "not comparable", "breakdown"),
    (printed("2024", "convicted_criminal", "year", 35, dimension="punishment", category="fine+arrest"), 35, "agrees", ""),
    (printed("2024", "convicted_criminal", "year", 21, dimension="age", category="pension"), None, "not comparable", "breakdown"),
    (printed("2024-12-31", "convicted_criminal", "cumulative", 6550, "at_least"), 5900, "below", "undated"),
    (printed("2025-01-08", "convicted_criminal", "cumulative", 6550, "at_least"), 5900, "below", "date undated"),
    (printed("2024-08-20", "pardoned", "cumulative", 48, since="2024-07"), 48, "agrees", ""),
    (printed("2024-07-03", "pardoned", "wave", 18), 18, "agrees", ""),
    (printed("2024-07", "pardoned", "wave", 18), None, "not comparable", "undated_print"),
    (printed("2024-12-28", "political_prisoners", "current", 1265), 1100, "below", "date definition"),
    (printed("2024-12-28", "political_prisoners", "current", 126, dimension="regime", category="pre-trial"), None, "hidden", "protected"),
    (printed("2024-12-28", "political_prisoners", "current", 150, dimension="sex", category="female"), None, "not comparable", "breakdown"),
    (printed("2024-12-31", "political_prisoners_recognised", "cumulative", 3697), None, "not comparable", "recognition"),
    (printed("2026-10-31", "political_prisoners_recognised", "cumulative", 4900), 4895, "below", "undated"),
    (printed("2026-12-31", "convicted_criminal", "cumulative", 9000), None, "not comparable", "outside"),
    (printed("2024", "prison_years_imposed", "year", 2734, unit="years"), 2734, "agrees", ""),
    (printed("2024-05", "detained", "month", 500), None, "not comparable", "no_measure"),
    (printed("2024-04-01/2024-05-31", "criminally_prosecuted", "period", 0), 0, "agrees", ""),
])
def test_a_figure_is_compared_with_its_own_kind(figure: dict, computed: float | None, verdict: str, reasons: str) -> None:
    row = compare(figure)
    assert (None if pd.isna(row["computed"]) else row["computed"], row["verdict"], row["reasons"]) == (computed, verdict, reasons)
    if computed is not None:
        assert row["difference"] == computed - figure["value"]


def test_invented_data_are_the_first_reason() -> None:
    row = compare(printed("2024-05", "convicted_criminal", "month", 100), synthetic=True, organisations=("dissidentby", "viasna"))
    assert row["reasons"] == "synthetic later lists"


def test_all_reasons_and_verdicts_are_explained() -> None:
    figures, metrics = compute.printed()
    frame = reconciliation.reconcile(figures, metrics, CELLS, STATISTICS, END, ("viasna",), synthetic=True)
    assert len(frame) == len(figures) > 600
    assert {r for text in frame["reasons"] for r in text.split()} <= set(reconciliation.REASONS)
    assert set(frame["verdict"]) <= set(reconciliation.VERDICTS)
    used = set(zip(figures["metric"], figures["span"], strict=True))
    assert {(m.metric, m.span) for m in metrics.itertuples()} <= used, "a mapping that no figure uses"


def test_the_printed_file_is_in_one_form() -> None:
    figures, _ = compute.printed()
    assert reconciliation.wrong_line(figures) is None
    spans = "month|year|cumulative|current|wave|in_year|in_month|in_period"
    assert not figures["metric"].str.contains("cumulative").any()
    assert not figures["metric"].str.contains(rf":|=|_(?:{spans})$|_(?:women|men)$").any(), "span and breakdown have columns of their own"
    assert ((figures["dimension"] == "") == (figures["category"] == "")).all()
    regions, punishments = set(codes.code_list("regions").frame.index), set(codes.code_list("punishments").frame.index)
    for dimension, known in (("region", regions), ("punishment", punishments), ("sex", {"female", "male"})):
        used = {c for text in figures.loc[figures["dimension"] == dimension, "category"] for c in text.split("+")}
        assert used <= known, dimension


@pytest.mark.parametrize(("column", "value", "word"), [
    ("as_of", "soon", "date"), ("as_of", "2024-13", "date"), ("as_of", "2024-02-31", "date"), ("value", "many", "number"),
    ("qualifier", "roughly", "qualifier"), ("metric", "", "metric")])
def test_a_wrong_line_is_named(column: str, value: str, word: str, tmp_path, monkeypatch) -> None:
    source = pd.read_csv(compute.PRINTED[0], dtype="str", keep_default_na=False).head(5)
    source.loc[3, column] = value
    source.to_csv(tmp_path / "published_figures.csv", index=False)
    monkeypatch.setattr(compute, "PRINTED", (tmp_path / "published_figures.csv", compute.PRINTED[1]))
    with pytest.raises(codes.VocabularyError, match=rf"published_figures\.csv, line 5: .*{word}"):
        compute.printed()


def kinds(*figures: dict) -> list[str]:
    frame = contradictions.contradictions(pd.DataFrame(list(figures)))
    assert list(frame.columns) == contradictions.COLUMNS
    return frame["kind"].tolist()


HELD = ("2023-12-31", "political_prisoners", "current")
TOTAL = ("convicted_criminal", "cumulative")


@pytest.mark.parametrize(("figures", "expected"), [
    ([printed(*HELD, 1452), printed(*HELD, 1477, source="b")], ["same organisation"]),
    ([printed(*HELD, 1452), printed(*HELD, 1477, source="b", organisation="OHCHR")], ["across organisations"]),
    ([printed(*HELD, 1452), printed(*HELD, 1477)], ["listed twice", "same organisation"]),
    ([printed(*HELD, 1452), printed(*HELD, 1400, "at_least", source="b")], []),
    ([printed(*HELD, 1452), printed(*HELD, 1500, "at_least", source="b")], ["same organisation"]),
    ([printed(*HELD, 1452), printed(*HELD, 1500, "approx", source="b")], []),
    ([printed("2024-12", "pardoned", "wave", 29), printed("2024-12", "pardoned", "wave", 20, source="b")], []),
    ([printed("2025-12-31", *TOTAL, 9282, "at_least"), printed("2026-08-26", *TOTAL, 8689)], ["total falls"]),
    ([printed("2025-12-31", *TOTAL, 9282), printed("2026-08-26", *TOTAL, 8689, organisation="OHCHR")], []),
    ([printed("2025-12-31", *TOTAL, 9282), printed("2026", *TOTAL, 8689)], []),
    ([printed("2024", "convicted_criminal", "year", 100), *(
        printed("2024", "convicted_criminal", "year", n, dimension="sex", category=c) for c, n in (("female", 30), ("male", 60)))],
     ["parts and whole"]),
    ([printed("2024", "convicted_criminal", "year", 100), printed(
        "2024", "convicted_criminal", "year", 30, dimension="punishment", category="fine")], []),
    ([printed("2024", "convicted_criminal", "year", 100), *(
        printed("2024", "convicted_criminal", "year", 60, dimension="region", category=c) for c in ("BY-BR", "BY-HM"))], ["parts and whole"]),
    ([printed("2024", "convicted_criminal", "year", 1721), printed("2023-12-31", *TOTAL, 4248), printed("2024-12-31", *TOTAL, 6550)],
     ["restated"]),
    ([printed("2024", "convicted_criminal", "year", 2300), printed("2023-12-31", *TOTAL, 4248), printed("2024-12-31", *TOTAL, 6550)], []),
    ([printed(*HELD, 1452, note="CONFLICT with another")], ["noted"]),
])
def test_contradictions(figures: list[dict], expected: list[str]) -> None:
    assert kinds(*figures) == expected


def test_the_known_contradictions_are_found() -> None:
    """Those that the field notes tell of: punishments, Homiel twice, a total that doesn't grow by the year's count."""
    found = contradictions.contradictions(compute.printed()[0])
    assert set(found["kind"]) <= set(contradictions.KINDS)
    restated = found[found["kind"] == "restated"]
    assert restated["figures"].str.contains("6,550").any() and restated["explanation"].str.contains("2,302").any()
    assert ((found["kind"] == "listed twice") & (found["category"] == "BY-HO") & (found["as_of"] == "2024-04")).any()
    assert ((found["kind"] == "same organisation") & found["figures"].str.contains("1,477")).any()
