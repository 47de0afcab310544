"""What is published beside the tables: right for small worlds, silent where few persons stand behind a number."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats import counted, estimated, rule, statistics, timed
from stats.source import COLUMNS, STATUSES, by_one, national
from tests.stats.linked_world import RULE, source, world


@pytest.fixture(scope="module")
def big():
    return source(world(1500, seed=3))


@pytest.fixture(scope="module")
def published(big) -> pd.DataFrame:
    return statistics.compute(big)


def numbers(frame: pd.DataFrame, category: str = "") -> dict[str, float]:
    return frame[frame["category"] == category].set_index("period")["value"].to_dict()


@settings(deadline=None)
@given(st.integers(0, 1500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_a_share_leaves_open_how_many(persons_of: tuple[int, int]) -> None:
    persons, of = persons_of
    told = rule.share(persons, of, RULE)
    if told is None:
        return
    same = [n for n in range(of + 1) if rule.share(n, of, RULE) == told]
    assert max(same) - min(same) >= RULE.narrowest and persons in same
    assert min(same) >= RULE.fewer_than and of - max(same) >= RULE.fewer_than and abs(told - persons / of) <= 0.05 + 1e-9


@settings(deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=7))
def test_hidden_groups_of_a_whole_stay_open_together(groups: list[int]) -> None:
    persons = {str(i): n for i, n in enumerate(groups)}
    of, told = sum(groups), rule.parts(persons, RULE)
    ends = [[n for n in range(of + 1) if rule.share(n, of, RULE) == value] for value in told.values() if value is not None]
    silent = [name for name, value in told.items() if value is None]
    if not silent:
        return
    fewest = max(len(silent), of - sum(max(e) for e in ends))
    most = of - sum(min(e) for e in ends)
    assert most - fewest >= RULE.narrowest or not ends, "whoever subtracts what is shown is left with an interval"


def test_a_group_that_subtraction_would_find_takes_another_with_it() -> None:
    persons = {"a": 3, "b": 39, "c": 67, "d": 32}
    alone = [rule.share(n, 141, RULE) for n in persons.values()]
    assert alone[0] is None and None not in alone[1:]
    assert [name for name, value in rule.parts(persons, RULE).items() if value is None] == ["a", "d"], "a alone would be 1 to 3"


@pytest.mark.parametrize(("persons", "of", "expected"), [
    (4, 1000, None), (996, 1000, None), (5, 9, None), (0, 500, None), (15, 30, None), (22, 60, 0.4), (6, 500, None),
    (25, 150, 0.15), (123, 1000, 0.12)])
def test_shares_by_hand(persons: int, of: int, expected: float | None) -> None:
    assert rule.share(persons, of, RULE) == expected


def test_a_sum_that_one_person_dominates_is_hidden() -> None:
    assert rule.total(pd.Series([10.0] * 10), RULE) == 100
    assert rule.total(pd.Series([10.0] * 9), RULE) is None
    assert rule.total(pd.Series([1000.0, 10.0, *[1.0] * 9]), RULE) is None


@pytest.mark.parametrize(("count", "seed"), [(0, 0), (1, 1), (3, 2), (30, 3), (300, 4)])
def test_worlds_of_any_size_are_told_in_one_form(count: int, seed: int) -> None:
    frame = statistics.compute(source(world(count, seed)))
    assert list(frame.columns) == COLUMNS and set(frame["status"]) <= set(STATUSES)
    silent = frame["status"].isin(["hidden", "no number"])
    assert frame.loc[silent, ["value", "lower", "upper"]].isna().all().all()
    assert frame.loc[frame["status"] == "no number", "note"].notna().all()
    bounded = frame[frame["lower"].notna() & frame["upper"].notna()]
    assert (bounded["lower"] <= bounded["upper"]).all()
    assert not frame.duplicated(["statistic", "period", "category"]).any()
    assert set(frame["statistic"]) <= {s.name for s in statistics.STATISTICS}


def test_nothing_but_counts_rests_on_few(published) -> None:
    assert set(published["statistic"]) == {s.name for s in statistics.STATISTICS}, "each statistic tells something"
    told = published[published["status"].isin(["rounded", "bounds"])]
    assert (told["persons"] >= RULE.at_least).all()
    curves = published[published["category"] == "share still waiting"]
    assert len(curves) and (curves["persons"] >= RULE.at_least).all()
    assert (published.loc[published["unit"] == "share", "value"].dropna() <= 1).all()


def test_a_total_does_not_give_away_a_hidden_part(big, published) -> None:
    """Sums over all years or waves: minus the shown ones, what is left is nothing or of at least ten persons."""
    for name in ("terms", "given_back"):
        frame = published[published["statistic"] == name]
        for _, of_it in frame.groupby("category"):
            over_all = of_it[of_it["period"] == "all"].iloc[0]
            parts = of_it[of_it["period"] != "all"]
            rest = over_all["value"] - parts["value"].sum()
            if (parts["status"] == "hidden").any() and "without" in (over_all["note"] or ""):
                assert abs(rest) <= len(parts), "only rounding is left"


def test_a_hidden_year_is_left_out_of_the_total() -> None:
    tables = world(0)
    count = 203
    from tests.stats.linked_world import table
    ids = [f"P{i}" for i in range(count)]
    dates = pd.to_datetime(pd.Series(["2023-05-01"] * 200 + ["2024-05-01"] * 3)).astype("datetime64[us]")
    tables["persons"] = table("persons", count, person_id=ids)
    tables["sentences"] = table("sentences", count, sentence_id=ids, person_id=ids, sentenced_on=dates, row_keys="k",
                                sentenced_on_precision="day", punishment="imprisonment", term_months=24)
    terms = timed.terms_total(source(tables))
    assert numbers(terms, "imprisonment")["2023"] == numbers(terms, "imprisonment")["all"] == 4800
    told = terms.set_index("period")
    assert told.loc["2024", "status"] == "hidden" and pd.isna(told.loc["2024", "value"])
    assert told.loc["2023", "note"] == "400 years and 0 months" and "without" in told.loc["all", "note"]


def test_cumulatives_are_sums_of_the_published_months(big) -> None:
    months = national(big.cells, "sentenced", "month")
    told = numbers(counted.cumulative(big), "sentenced")
    until = months[(months.index >= "2020-08") & (months.index <= "2023-11") & ~months.index.str.endswith("-00")].sum()
    years = sum(months.get(f"{y}-00", 0) for y in (2021, 2022))
    early = months.get("2020-00", 0)
    assert told["2023-11"] == until + years + early
    assert told["2023-12"] - told["2023-11"] == months.get("2023-12", 0) + months.get("2023-00", 0)
    assert told["2026-10"] == months[(months.index >= "2020-08") | (months.index == "2020-00")].sum()


def test_regimes_of_a_month_are_hidden_together(big) -> None:
    held = counted.held(big)
    by_regime = held[held["category"] != "all"].pivot(index="period", columns="category", values="value")
    total = held[held["category"] == "all"].set_index("period")["value"]
    shown = by_regime.dropna()
    assert 0 < len(shown) < len(by_regime), "some months are small, some are not"
    assert not ((shown > 0) & (shown < RULE.fewer_than)).any().any()
    assert (shown.sum(axis=1) == total[shown.index]).all()
    assert by_regime.isna().all(axis=1).sum() == len(by_regime) - len(shown)


def test_shares_of_women_and_deported_come_from_published_counts(big) -> None:
    women = numbers(counted.women(big), "charged")
    cells = by_one(big.cells, "charged", "year", "sex").pivot(index="period", columns="category", values="persons")
    for year, share in women.items():
        assert share == round(cells.loc[year, "female"] / (cells.loc[year, "female"] + cells.loc[year, "male"]), 3)
    pardoned, deported = (national(big.cells, m, "wave") for m in ("pardoned", "deported"))
    told = numbers(timed.share_deported(big))
    assert told["2024-07-03"] == round(deported["2024-07-03"] / pardoned["2024-07-03"], 3)


def test_the_nowcast_says_where_it_has_no_history(big) -> None:
    told = estimated.nowcast(big)
    all_lists = told[told["category"] == "sentenced: all lists"]
    assert set(all_lists["status"]) == {"no number"} and all_lists["note"].str.startswith("Too little history").all()
    shown = national(big.cells, "sentenced", "month").reindex(all_lists["period"], fill_value=0)
    assert (all_lists.set_index("period")["persons"] == shown).all(), "what is known so far is the published count"
    dated = told[told["category"] == "charged: lists that date their entries"]
    assert (dated["status"] == "estimate").sum() > 6 and dated["persons"].isna().all()
    assert not estimated.nowcast(source(world(300), dated_by=())) ["category"].str.contains("date").any()


def test_missing_cases_stand_beside_the_count_of_old_cases_alone(big) -> None:
    found = estimated.missing_cases(big).set_index("category")
    charged = big.events[(big.events["measure"] == "charged") & (big.events["date"] < "2025-05-01")]
    assert found.loc["in all", "persons"] == len(charged)
    assert found.loc["in all", "value"] - found.loc["on no list", "value"] == pytest.approx(len(charged), abs=1)
    alone = world(60)
    for name in ("charges", "sentences"):
        alone[name]["organisations"] = "viasna"
    told = estimated.missing_cases(source(alone))
    assert set(told["status"]) == {"no number"} and "One list alone" in told["note"].iloc[0]


def test_many_undated_ends_leave_bounds_that_hold_the_truth() -> None:
    rng = np.random.default_rng(1)
    start = pd.Series(pd.Timestamp("2021-01-01"), index=range(400))
    true_end = start + pd.to_timedelta(rng.integers(60, 1500, 400), "D")
    undated = pd.Series(rng.random(400) < 0.5)
    big = source(world(0))
    told = timed._curve(start, true_end.where(~undated), pd.Series(True, index=range(400)), start, big)
    curve = told[told["category"] == "share still waiting"]
    assert set(curve["status"]) == {"bounds"} and curve["value"].isna().all()
    truth = [(true_end > start + pd.Timedelta(days=int(m) * 30.4375)).mean() for m in curve["period"]]
    assert (curve["lower"] - 0.01 <= truth).all() and (truth <= curve["upper"] + 0.01).all()
    median = told[told["period"] == "median"].iloc[0]
    assert "bear no date" in median["note"] and median["lower"] == 0 and pd.isna(median["upper"]), "half may be out at once, or not yet"


def test_every_statistic_is_explained() -> None:
    told = statistics.definitions()
    assert len(told) == len(statistics.STATISTICS) == told["statistic"].nunique()
    assert (told["counts"].str.len() > 10).all()
