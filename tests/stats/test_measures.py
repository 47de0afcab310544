"""Persons are counted once a measure, at the first event of that kind, and put where the data put them."""

import pandas as pd
import pytest

from stats import measures
from stats.tables import ALL, DIMENSIONS, PUBLIC_TABLES, Table, organisations_of


def frame(columns: str, *rows: tuple) -> pd.DataFrame:
    result = pd.DataFrame(rows, columns=columns.split())
    for name in [c for c in result if c.endswith("_on")]:
        texts = [text if isinstance(text, str) else "" for text in result[name]]
        precision = [{10: "day", 7: "month", 4: "year"}.get(len(text)) for text in texts]
        result[f"{name}_precision"] = pd.Series(precision, dtype="str")
        whole = [f"{text}-01-01" if len(text) == 4 else f"{text}-01" if len(text) == 7 else text for text in texts]
        result[name] = pd.to_datetime(pd.Series(whole).replace("", None)).astype("datetime64[us]")
    return result


PERSONS = frame("person_id sex", ("a", "female"), ("b", "male"), ("c", None), ("d", "male"))
CHARGES = frame(
    "person_id charged_on detained_on articles region",
    ("a", "2024-02-10", None, "342.1", "BY-HM"),
    ("a", "2024-05-01", None, "368", "BY-BR"),
    ("b", None, "2023-11-02", "361-4 342", None),
    ("c", None, None, None, None),
)
SENTENCES = frame(
    "person_id sentenced_on articles region punishment",
    ("a", "2024-06-03", "342.1", None, "imprisonment"),
    ("a", "2025-01-15", "411", None, "imprisonment"),
    ("b", "2024", None, "BY-HO", "fine"),
    ("d", "2024-07", "293.1+13.1", "BY-HO", None),
)
RELEASES = frame(
    "person_id released_on outcome deported wave region articles",
    ("a", "2025-12-13", "pardon", True, "2025-12-13", None, None),
    ("b", "2025-01-18", "pardon", False, "2025-01-18", None, None),
    ("d", None, "term_served", None, None, None, None),
)


@pytest.fixture
def cells() -> pd.DataFrame:
    events = measures.events(PERSONS, CHARGES, SENTENCES, RELEASES)
    return measures.count(events, PUBLIC_TABLES, article_at_least=2)


def persons(cells: pd.DataFrame, measure: str, time: str, period: str, **by: str) -> int:
    here = cells[(cells["measure"] == measure) & (cells["time"] == time) & (cells["period"] == period)]
    for dimension in DIMENSIONS:
        here = here[here[dimension] == by.get(dimension, ALL)]
    assert len(here) <= 1
    return int(here["persons"].sum())


def test_a_person_is_counted_once_at_the_first_event(cells: pd.DataFrame) -> None:
    assert persons(cells, "charged", "month", "2024-02") == 1
    assert persons(cells, "charged", "month", "2024-05") == 0
    assert persons(cells, "sentenced", "month", "2025-01") == 0


def test_dated_by_charge_else_detention_else_verdict(cells: pd.DataFrame) -> None:
    assert persons(cells, "charged", "month", "2023-11") == 1
    assert persons(cells, "charged", "month", "2024-07") == 1  # d: known from a sentence alone
    assert persons(cells, "charged", "month", "0000-00") == 1  # c: no date at all


def test_a_year_without_month_is_not_put_in_january(cells: pd.DataFrame) -> None:
    assert persons(cells, "sentenced", "month", "2024-01") == 0
    assert persons(cells, "sentenced", "month", "2024-00") == 1
    assert persons(cells, "sentenced", "quarter", "2024-Q0", sex="male") == 1
    assert persons(cells, "sentenced", "year", "2024") == 3


def test_articles_overlap_and_rare_ones_are_other(cells: pd.DataFrame) -> None:
    assert persons(cells, "charged", "year", "2023", article="342") == 1
    assert persons(cells, "charged", "year", "2023", article="other") == 1
    assert persons(cells, "sentenced", "year", "2024", article="342") == 2  # b's sentence names none: the charge does


def test_unknown_is_a_category(cells: pd.DataFrame) -> None:
    assert persons(cells, "charged", "quarter", "0000-Q0", region="unknown") == 1
    assert persons(cells, "charged", "quarter", "0000-Q0", sex="unknown") == 1
    assert persons(cells, "sentenced", "year", "2024", punishment="unknown") == 1


def test_a_case_told_in_parts_has_its_region(cells: pd.DataFrame) -> None:
    assert persons(cells, "charged", "quarter", "2023-Q4", region="BY-HO") == 1
    assert persons(cells, "sentenced", "year", "2024", region="BY-HM") == 1


def test_pardons_by_wave_and_the_deported_among_them(cells: pd.DataFrame) -> None:
    assert persons(cells, "pardoned", "wave", "2025-12-13") == 1
    assert persons(cells, "deported", "wave", "2025-12-13") == 1
    assert persons(cells, "deported", "wave", "2025-01-18") == 0
    assert persons(cells, "pardoned", "year", "2025", region="BY-HM") == 1


def test_months_and_quarters_add_up_to_years_and_dimensions_to_the_total(cells: pd.DataFrame) -> None:
    for table in PUBLIC_TABLES:
        if table.time == "wave" or "article" in table.by:
            continue
        total = cells[(cells["measure"] == table.measure) & (cells["time"] == "year")
                      & (cells[list(DIMENSIONS)] == ALL).all(axis=1)]["persons"].sum()
        here = cells[(cells["measure"] == table.measure) & (cells["time"] == table.time)]
        for dimension in DIMENSIONS:
            here = here[(here[dimension] != ALL) == (dimension in table.by)]
        assert here["persons"].sum() == total, table


def test_only_declared_tables_are_counted() -> None:
    events = measures.events(PERSONS, CHARGES, SENTENCES, RELEASES)
    cells = measures.count(events, [Table("charged", "year")], article_at_least=1)
    assert set(cells["measure"]) == {"charged"} and set(cells["time"]) == {"year"}
    assert cells["persons"].sum() == 4


def test_age_is_that_of_the_day_and_lists_are_those_that_tell_of_the_person() -> None:
    born = PERSONS.assign(birth_date=pd.to_datetime(["2000-03-01", "1990-01-01", None, "2006-07-15"]).astype("datetime64[us]"),
                          birth_date_precision=["day", "year", None, "day"])
    on = [table.assign(organisations=names) for table, names in
          ((CHARGES, ["viasna", "viasna", "honest viasna", "viasna"]), (SENTENCES, "viasna"), (RELEASES, ["dissidentby", "viasna", "viasna"]))]
    found = measures.events(born, *on).set_index(["measure", "person_id"])
    # d is 17 or 18 in the month of the sentence, whose day is not known; b, of whom the year of birth is, 34 or 35 on the day of the pardon.
    assert found["age"].fillna("?").to_dict() == {
        ("charged", "a"): "18-24", ("charged", "b"): "25-34", ("charged", "c"): "?", ("charged", "d"): "?", ("sentenced", "a"): "18-24",
        ("sentenced", "b"): "25-34", ("sentenced", "d"): "?", ("pardoned", "a"): "25-34", ("pardoned", "b"): "?", ("deported", "a"): "25-34"}
    lists = found["organisation"].to_dict()
    assert {lists[key] for key in lists if key[1] == "a"} == {"dissidentby+viasna"}, "in every measure"
    assert lists["charged", "b"] == "honest+viasna" and lists["sentenced", "d"] == "only_viasna"
    assert organisations_of(lists["charged", "b"]) == ("honest", "viasna") and organisations_of("only_viasna") == ("viasna",)


def test_those_without_a_date_are_of_unknown_age_and_of_no_list_where_none_is_named() -> None:
    events = measures.events(PERSONS, CHARGES, SENTENCES, RELEASES).assign(age="18-24")
    cells = measures.count(events, [Table("charged", "year"), *(Table("charged", "year", (d,)) for d in ("age", "organisation"))])
    undated = cells[(cells["period"] == "0000") & (cells["age"] != ALL)]
    assert undated["age"].tolist() == ["unknown"] and set(cells["organisation"]) == {ALL, "unknown"}
