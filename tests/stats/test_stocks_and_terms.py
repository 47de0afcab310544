"""Stocks, terms and pardons on cases small enough to count by hand."""

import math

import pandas as pd

from stats import pardons, pipeline, stocks, terms


def day(text: str | None) -> pd.Timestamp:
    return pd.Timestamp(text).as_unit("us") if text else pd.NaT


def dates(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    return frame.assign(**{name: frame[name].map(day).astype("datetime64[us]") for name in names})


PERSONS = pd.DataFrame({"person_id": list("abcde"), "status": ["held", "former", "former", "held", "not_recognised"]})
CHARGES = dates(pd.DataFrame({
    "person_id": list("abcde"), "detained_on": ["2024-01-10", "2024-02-01", "2024-02-01", None, None],
}), "detained_on")
SENTENCES = dates(pd.DataFrame({
    "person_id": ["a", "b", "d", "e"],
    "sentenced_on": ["2024-03-05", "2024-04-10", None, "2024-05-01"],
    "punishment": ["imprisonment", "restricted_liberty_open", "imprisonment", "fine"],
    "term_months": pd.array([30, 18, 24, None], "Float64"), "life": pd.array([None] * 4, "boolean"),
    "year": [2024, 2024, 2024, 2024],
}), "sentenced_on")
RELEASES = dates(pd.DataFrame({
    "person_id": ["b", "c"], "released_on": ["2024-06-15", None], "outcome": ["pardon", None],
    "deported": pd.array([True, None], "boolean"), "wave": ["2024-07-03", None],
}), "released_on")


def held(stock: pd.DataFrame, month: str) -> dict[str, int]:
    here = stock[stock["month"] == month]
    return {r.regime: r.held for r in here.itertuples() if r.held}


def test_the_stock_at_the_end_of_each_month_by_regime() -> None:
    spells = stocks.spells(PERSONS, CHARGES, SENTENCES, RELEASES)
    stock = stocks.stock(spells, pd.period_range("2024-01", "2024-07", freq="M"))
    assert held(stock, "2024-01") == {"pre-trial": 1}
    assert held(stock, "2024-02") == {"pre-trial": 2}
    assert held(stock, "2024-03") == {"pre-trial": 1, "prison": 1}
    assert held(stock, "2024-04") == {"prison": 1, "open facility": 1}
    assert held(stock, "2024-06") == {"prison": 1}


def test_an_undated_release_ends_nowhere_and_an_undated_entry_stands_beside() -> None:
    spells = stocks.spells(PERSONS, CHARGES, SENTENCES, RELEASES)
    stock = stocks.stock(spells, pd.period_range("2024-01", "2024-07", freq="M"))
    assert stock["held"].max() == 2, "c was released at an unknown time and is in no month"
    assert set(stock["by_status_only"]) == {1}, "d is held, nobody knows since when"


def test_the_pipeline_adds_up() -> None:
    frame = pipeline.pipeline(pipeline.states(PERSONS, CHARGES, SENTENCES, RELEASES))
    persons = frame.set_index(["stage", "outcome"])["persons"]
    assert persons["charged", "all"] == 5
    assert persons["sentenced", "all"] + persons["not sentenced as far as known", "all"] == 5
    assert persons["after sentence"].sum() == persons["sentenced", "all"]
    assert persons["after charge"].sum() == persons["not sentenced as far as known", "all"] == 1
    assert persons["after sentence", "pardon"] == 1 and persons["after sentence", "held"] == 2
    assert persons["after sentence", pipeline.OUTSIDE_CUSTODY] == 1, "e was fined: neither held nor released"
    assert persons["after charge", "release of unknown ground"] == 1, "c is known to be out, on what ground nobody says"


def test_totals_as_monitors_print_them() -> None:
    frame = terms.totals(SENTENCES, ["year"]).set_index("punishment")
    assert (frame.loc["imprisonment", "years"], frame.loc["imprisonment", "months"]) == (4, 6)
    assert frame.loc["imprisonment", "persons"] == 2
    assert frame.loc["fine", "of_them_with_term"] == 0


def test_life_enters_no_sum() -> None:
    life = SENTENCES.assign(life=pd.array([True, False, False, False], "boolean"),
                            term_months=pd.array([None, 18, 24, None], "Float64"))
    row = terms.totals(life, ["year"]).set_index("punishment").loc["imprisonment"]
    assert (row["life"], row["years"], row["months"]) == (1, 2, 0)


def test_the_distribution_has_medians() -> None:
    frame = terms.distribution(SENTENCES, ["punishment"]).set_index("punishment")
    assert frame.loc["imprisonment", "median"] == 27
    assert "fine" not in frame.index


def test_person_years_are_a_lower_bound_of_dated_spells() -> None:
    spells = stocks.spells(PERSONS, CHARGES, SENTENCES, RELEASES)
    years = terms.person_years(spells, day("2025-01-10"))
    assert math.isclose(years, (366 + 135) / 365.25, rel_tol=1e-9)


def test_what_a_wave_gave_back() -> None:
    [wave] = pardons.waves(pardons.served(RELEASES, SENTENCES, CHARGES)).to_dict("records")
    served = 135 / terms.DAYS_PER_MONTH
    assert (wave["persons"], wave["deported"], wave["share_deported"], wave["with_dates"]) == (1, 1, 1, 1)
    assert math.isclose(wave["share_served"], served / 18)
    assert math.isclose(wave["months_given_back"], 18 - served)


def test_new_sentences_for_each_person_pardoned() -> None:
    months = pd.period_range("2024-01", periods=5, freq="M").astype(str)
    ratio = pardons.sentenced_per_pardon(pd.Series([10, 20, 30, 40, 50], months), pd.Series([0, 0, 0, 9, 0], months))
    assert ratio.iloc[:3].isna().all()
    assert list(ratio.iloc[3:]) == [10, 120 / 9]
