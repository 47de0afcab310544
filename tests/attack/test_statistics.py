"""The statistics beside the cells, attacked: for each of them one line that says why no hidden number can be worked out of it,
and a check of that reason which knows the statistic's numbers, the published cells, and what was counted."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from stats import ages, coverage, delay, pipeline, releases, rule, shares, statistics, stocks, timed
from stats.measures import year_of
from stats.source import EVERYTHING, Source, by_one, national
from tests.stats.linked_world import RULE, source, table, world

UNDIVIDED = "undivided"
"""Those in a total but in no cell that it is broken down into, if there are such: they may be of any."""

Told = pd.DataFrame
"""The numbers of one statistic (stats.source.COLUMNS)."""


def made_of_published_counts(one: Source, told: Told) -> None:
    """Without a single person at hand the numbers are the same."""
    nobody = {name: getattr(one, name).iloc[:0] for name in ("persons", "charges", "sentences", "releases", "events")}
    again = statistics.one(statistics.named(told["statistic"].iloc[0]), dataclasses.replace(one, **nobody))
    pd.testing.assert_frame_equal(told, again)


def women_by_year_of_published_counts(one: Source, told: Told) -> None:
    by_year = told[told["period"].str.len() == 4]
    nobody = {name: getattr(one, name).iloc[:0] for name in ("persons", "releases")}
    again = statistics.one(statistics.named("women"), dataclasses.replace(one, **nobody))
    pd.testing.assert_frame_equal(by_year.reset_index(drop=True), again[again["period"].str.len() == 4].reset_index(drop=True))
    status = one.persons["status"].where(~one.persons["person_id"].isin(one.releases["person_id"]), "former")
    for category, chosen in (("recognised", one.persons["status"].isin(["held", "former"])), ("held", (one.persons["status"] == "held") & (
            status == "held"))):
        here = told[(told["category"] == category) & (told["period"] == one.day)].iloc[0]
        sexes = one.persons.loc[chosen, "sex"].dropna()
        assert _left_open(int((sexes == "female").sum()), len(sexes), here["value"]) >= RULE.narrowest


def _left_open(persons: int, of: int, told: float) -> int:
    """Over how many persons those numbers reach that would be told alike."""
    same = [n for n in range(of + 1) if rule.share(n, of, RULE) == (None if pd.isna(told) else told)]
    assert persons in same
    return max(same) - min(same)


def national_totals(one: Source, told: Told) -> None:
    """Numbers of everybody, broken down by nothing that a person is: three stocks, of which one is the sum of the others."""
    assert set(told["category"]) == {"recognised", "held", "former"}
    known = one.persons.set_index("person_id")["status"]
    out = known.index.isin(one.releases["person_id"])
    assert told.set_index("category")["value"].to_dict() == {
        "recognised": known.isin(["held", "former"]).sum(), "held": ((known == "held") & ~out).sum(),
        "former": ((known == "former") | ((known == "held") & out)).sum()}


def rounded(groups: Callable[[Source], pd.DataFrame], name: str = "{category}", public: str = "", *, whole_is_told: bool = True
            ) -> Callable[[Source, Told], None]:
    """Shares of groups that make up a whole: by all that is told of them no hidden one is known better than the rule demands.

    `groups`: stats.shares.SHARE_COLUMNS, exact. The number of the whole is known (else, unless `whole_is_told`, as the
    statistic tells it, rounded down), and that of a group that is `public` elsewhere.
    """
    def check(one: Source, told: Told) -> None:
        exact = groups(one)
        values = told.set_index(["period", "category"])["value"]
        bounds, silent = [], []
        for g in exact.itertuples():
            whole = one.day if "{period}" in name else g.period
            value = values.get((whole, name.format(period=g.period, category=g.category)), np.nan)
            same = [n for n in range(1, g.of + 1) if rule.share(n, g.of, RULE) == value] if value == value else []
            assert value != value or (g.persons in same and min(same) >= RULE.fewer_than and g.of - max(same) >= RULE.fewer_than)
            known = g.category == public
            bounds.append((g.persons, g.persons) if known else (min(same), max(same)) if same else (1, g.of))
            silent.append(not same and not known)
        rows, sums, upper, most = [], [], [], []
        for period, its in exact.groupby("period").indices.items():
            rows, sums = [*rows, _row(len(exact), its)], [*sums, exact["of"].iloc[its[0]]]
            if not whole_is_told:
                least = told.loc[told["period"] == period, "persons"].max()
                ends = (0, len(one.releases)) if pd.isna(least) else (least, least + rule.REST - 1)
                upper, most = [*upper, -rows.pop(), _row(len(exact), its)], [*most, -ends[0], ends[1]]
                sums.pop()
        for _, its in exact.groupby("category").indices.items():
            over_all = [i for i in its if exact["period"].iloc[i] == EVERYTHING]
            if over_all and len(its) > 1:
                rows, sums = [*rows, _row(len(exact), [i for i in its if i not in over_all], over_all)], [*sums, 0]
        among = exact.groupby("period")["of"].transform("size")
        for i in np.flatnonzero(np.array(silent) & (among > 1)):
            wanted = min(RULE.narrowest, (exact["of"] - among).iloc[i])
            low, high = _ends(i, rows, sums, np.array(bounds), upper, most)
            assert high - low >= wanted, exact.iloc[i].to_dict()
    return check


def _row(width: int, ups: Iterable[int], downs: Iterable[int] = ()) -> np.ndarray:
    return np.bincount([*ups], minlength=width) - np.bincount([*downs], minlength=width)


def _ends(i: int, rows: list, sums: list, bounds: np.ndarray, upper: list, most: list) -> tuple[int, int]:
    """The least and the greatest number i can be, of those that add up (`rows` to `sums`; `upper` to `most` or less)."""
    ends = []
    for sign in (1, -1):
        found = linprog(sign * np.eye(1, len(bounds), i)[0], A_eq=rows or None, b_eq=sums or None, A_ub=upper or None, b_ub=most or None,
                        bounds=bounds)
        assert found.status == 0, found.message
        ends.append(found.x[i])
    return int(np.ceil(ends[0] - 1e-6)), int(np.floor(ends[1] + 1e-6))


def _states(one: Source) -> pd.DataFrame:
    states = pipeline.states(one.persons, one.charges, one.sentences, one.releases)
    return shares.shares(states["stage"], states["outcome"])


def _released(one: Source) -> pd.DataFrame:
    flow = releases.flow(one.releases, "year").rename(columns={"outcome": "category"})
    return flow.assign(of=flow.groupby("period")["persons"].transform("sum"))


def _articles(one: Source) -> pd.DataFrame:
    return shares.shares(pd.Series(EVERYTHING, index=one.charged.index), shares.article_counts(one.charged["articles"]))


def rests_on_ten(one: Source, told: Told) -> None:
    """A sum, mean or median of ten or more, whole or of two digits; how many is rounded down."""
    shown = told[told["value"].notna()]
    assert (shown["persons"] >= RULE.at_least).all() and (shown["persons"] % rule.REST == 0).all()
    for end in ("value", "lower", "upper"):
        digits = 2 if (told["unit"] == "share").any() else 0
        assert (shown[end].dropna() == shown[end].dropna().round(digits)).all()
    assert not set(re.findall(r"\d+ others", " ".join(told["note"].dropna()))), "nothing is said of few others"


def rests_on_ten_of_a_shown_cell(one: Source, told: Told) -> None:
    """As above; and it is least number of persons of a cell that is shown."""
    rests_on_ten(one, told)
    _narrows_no_cell(one, told)


def median_that_narrows_no_group(one: Source, told: Told) -> None:
    """As above; and what quartiles say of the numbers by age follows from those that are shown."""
    rests_on_ten(one, told)
    cells = by_one(one.cells, "charged", "year", "age").reset_index(drop=True)
    totals, hidden = national(one.cells, "charged", "year"), cells["persons"].isna()
    bounds = np.column_stack([cells["persons"].fillna(1), cells["persons"].fillna(len(one.persons))]).astype(float)
    rows = [_row(len(cells), its) for its in cells.groupby("period").indices.values()]
    sums = [totals[str(period)] for period in cells.groupby("period").indices]
    upper, most, told = [], [], told[told["value"].notna()]
    for r, (quarter, end) in itertools.product(told.itertuples(), ((0.25, "lower"), (0.5, "value"), (0.75, "upper"))):
        here = (cells["period"] == r.period) | (r.period == EVERYTHING)
        for share, inside in ((quarter, lambda low, high, age: low <= age), (1 - quarter, lambda low, high, age: high > age)):
            groups = [g for g, ends in ages.SPANS.items() if inside(*ends, getattr(r, end))]
            upper.append(-_row(len(cells), np.flatnonzero(here & cells["category"].isin(groups))))
            most.append(-share * r.persons)
    for r in told.itertuples():
        here = (cells["period"] == r.period) | (r.period == EVERYTHING)
        upper.append(-_row(len(cells), np.flatnonzero(here & cells["category"].isin(ages.GROUPS))))
        most.append(-r.persons)
    assert len(told) and hidden.any(), "there is something to be found"
    for i in np.flatnonzero(hidden):
        assert _ends(i, rows, sums, bounds, upper, most) == _ends(i, rows, sums, bounds, [], []), cells.iloc[i].to_dict()


def stock_that_narrows_no_cell(one: Source, told: Told) -> None:
    """In all a national total; by regime never small, nor more than the shown cells of the sentenced allow for."""
    assert not [n for note in told["note"].dropna() for n in re.findall(r"\d+", note) if 0 < int(n) < RULE.fewer_than]
    by_regime = told[told["category"] != EVERYTHING]
    assert not by_regime["value"].between(1, RULE.fewer_than - 1).any()
    assert (by_regime["value"].isna().groupby(by_regime["period"]).nunique() == 1).all()
    _narrows_no_cell(one, told)


def _narrows_no_cell(one: Source, told: Told) -> None:
    """The hidden numbers of the sentenced by punishment are as open with the statistic as without it."""
    cells = pd.concat([by_one(one.cells, "sentenced", time, "punishment").assign(time=time) for time in set(one.cells["time"])], ignore_index=True)
    cells["year"] = cells["period"].str[:4]
    bounds = np.column_stack([cells["persons"].fillna(0), cells["persons"].fillna(len(one.sentences))]).astype(float)
    rows, sums = [], []
    for time, its in cells.groupby("time").indices.items():
        totals = national(one.cells, "sentenced", str(time))
        for period, same in cells.iloc[its].groupby("period").groups.items():
            rows.append(_row(len(cells), same))
            sums.append(totals[period])
        for key, parts in cells.iloc[its].groupby(["year", "category"]).groups.items():
            whole = cells.index[(cells["time"] == "year") & (cells["period"] == key[0]) & (cells["category"] == key[1])]
            if time not in ("year", "all") and len(whole):
                rows.append(_row(len(cells), parts, whole))
                sums.append(0)
    least = list(_least(one, told, cells))
    upper, most = [-_row(len(cells), its) for its, _ in least], [-n for _, n in least]
    for i in np.flatnonzero(cells["persons"].isna() & ((cells["time"] == "year") | (cells["category"] == stocks.OPEN))):
        before = _ends(i, rows, sums, bounds, [], [])
        assert _ends(i, rows, sums, bounds, upper, most) == before, (cells.iloc[i].to_dict(), before)


def _least(one: Source, told: Told, cells: pd.DataFrame) -> Iterable[tuple[pd.Index, float]]:
    """(cells, how many persons they hold at the least) by what a statistic tells."""
    if told["statistic"].iloc[0] != "held":
        for row in told[told["persons"].notna()].itertuples():
            here = cells[cells["category"].isin([row.category, UNDIVIDED]) & (cells["time"] == "year")]
            yield here.index[(here["period"] == row.period) | (row.period == EVERYTHING)], row.persons
        return
    truth = timed.first_of(one.sentences, "sentenced_on")
    by_regime = told[(told["category"] != EVERYTHING) & told["value"].notna()].pivot(index="period", columns="category", values="value")
    for (first, before), (last, after) in zip(list(by_regime.iterrows())[:-1], list(by_regime.iterrows())[1:], strict=True):
        months = pd.period_range(pd.Period(first, "M") + 1, last, freq="M").astype(str)
        for regime, of_it in (("open facility", cells["category"].isin([stocks.OPEN, UNDIVIDED])), ("prison", cells["category"] != stocks.OPEN)):
            for time in cells["time"].unique():
                inside = _touched(months, str(time))
                its = cells.index[of_it & (cells["time"] == time) & cells["period"].isin(inside)]
                kind = (truth["punishment"] == stocks.OPEN) == (regime == "open facility")
                years = year_of(truth["sentenced_on"]).astype("str").isin({m[:4] for m in months})
                # Some enter long after their sentence; a reader who did not think of them would be wrong.
                if inside and after[regime] - before[regime] <= (kind & years).sum() and len(its):
                    yield its, after[regime] - before[regime]


def _touched(months: Iterable[str], time: str) -> set[str]:
    """The periods of a level of time that hold these months; of those with a January, also those without a month."""
    months = list(months)
    if time == "month":
        return {*months, *(f"{m[:4]}-00" for m in months)}
    if time == "quarter":
        return {f"{m[:4]}-Q{(int(m[5:]) + 2) // 3}" for m in months} | {f"{m[:4]}-Q0" for m in months}
    return {m[:4] for m in months} if time == "year" else set()


def curve_in_steps_of_persons(one: Source, told: Told) -> None:
    """Each point is told to steps of so many persons as the rule leaves open, up to the last that rests on ten."""
    points = told[told["category"] == "share still waiting"]
    assert (points["persons"] >= RULE.at_least).all() and (points["persons"] % rule.REST == 0).all()
    ends = points[["value", "lower", "upper"]].to_numpy(float)
    for (n, *_), values in zip(points[["persons"]].to_numpy(float), ends, strict=True):
        height = np.nanmax(values)
        # At least n are at risk, and each of them is height / n of the curve.
        fine = [step for step in rule.STEPS if (n + rule.REST) / max(height, 0.01) * step >= RULE.narrowest]
        steps = values[~np.isnan(values)] / min(fine, default=1)
        assert fine and np.allclose(steps, steps.round(), atol=1e-6), (n, values)
    medians = told.loc[told["period"] == "median", ["value", "lower", "upper"]].to_numpy(float)
    assert np.isnan(medians).all() or (medians[~np.isnan(medians)] == medians[~np.isnan(medians)].round()).all()


def estimate_of_lists(one: Source, told: Told) -> None:
    """Of all lists together national totals; of some lists, none where few are on them or few are not; reasons without counts."""
    for measure in ("charged", "sentenced"):
        facts = pd.concat([one.sentences] if measure == "sentenced" else [one.charges, one.sentences])
        on_them = facts.loc[facts["organisations"].str.contains(one.dated_by[0]).fillna(False), "person_id"]
        its = one.events[(one.events["measure"] == measure) & one.events["person_id"].isin(on_them) & delay.placed(one.events)]
        months = its["date"].dt.strftime("%Y-%m").value_counts()
        others = national(one.cells, measure, "month").sub(months, fill_value=0)
        shown = told[told["category"].str.startswith(f"{measure}: lists") & told["value"].notna()]["period"]
        by_list = by_one(one.cells, measure, "year", "organisation")
        assert len(by_list) and not {month[:4] for month in shown} & set(by_list.loc[by_list["persons"].isna(), "period"])
        assert (months[shown] >= RULE.fewer_than).all() and not others[shown].between(1, RULE.fewer_than - 1).any()
    assert told["value"].notna().any(), "some months are estimated"
    limits = {delay.LEAST_PERSONS, delay.LEAST_MONTHS, *range(delay.COMPLETE_AFTER + 1)}
    assert {int(n) for note in told["note"].dropna() for n in re.findall(r"\d+", note)} <= limits


def estimate_of_overlap(one: Source, told: Told) -> None:
    """Three numbers tell the overlap of two lists: none where few are on one alone, where a number by organisation is hidden, or
    where few of a year whose numbers are shown stand before or after its end."""
    by_list = by_one(one.cells, "charged", "year", "organisation")
    assert len(by_list) and by_list["persons"].notna().all()
    assert told["value"].notna().all(), "the world has two lists that can be compared"
    by_list = (one.cells["measure"] == "charged") & (one.cells["organisation"] == "only_viasna") & (one.cells["period"] == "2023")
    hidden = one.cells.assign(persons=one.cells["persons"].mask(by_list), protected=one.cells["protected"] | by_list)
    after = one.events["date"].between("2025-05-01", "2025-12-31") & (one.events["measure"] == "charged")
    few = one.events["organisation"].where(~after, "only_viasna").mask(after & (after.cumsum() < 3), "dissidentby+viasna")
    for other in (_with_few_on_one_list(one), dataclasses.replace(one, cells=hidden),
                  dataclasses.replace(one, events=one.events.assign(organisation=few))):
        silent = statistics.one(statistics.named("missing_cases"), other)
        assert set(silent["status"]) == {"hidden"} and silent["value"].isna().all()
    for both in range(coverage.LEAST_BOTH):
        assert not {*re.findall(r"\d+", coverage.chapman(50, 50, both).reason or "")} - {str(coverage.LEAST_BOTH)}


def _with_few_on_one_list(one: Source) -> Source:
    def one_list(frame: pd.DataFrame, few: list) -> pd.DataFrame:
        both = pd.Series("viasna dissidentby", frame.index, dtype="str").mask(frame.index % 2 == 0, "viasna")
        return frame.assign(organisations=both.mask(frame["person_id"].isin(few), "dissidentby"))
    few = one.events.loc[one.events["date"] < "2022-01-01", "person_id"].unique()[:3].tolist()
    return dataclasses.replace(one, charges=one_list(one.charges, few), sentences=one_list(one.sentences, few))


WHY: dict[str, Callable[[Source, Told], None]] = {
    "cumulative": made_of_published_counts,
    "held": stock_that_narrows_no_cell,
    "recognised": national_totals,
    "after_charge": rounded(_states, "{period}: {category}", "pardon"),
    "released": rounded(_released, public="pardon", whole_is_told=False),
    "in_absentia": rounded(lambda one: shares.absentia(one.sentences)),
    "women": women_by_year_of_published_counts,
    "age": made_of_published_counts,
    "median_age": median_that_narrows_no_group,
    "articles": rounded(_articles),
    "terms": rests_on_ten_of_a_shown_cell,
    "term_length": rests_on_ten_of_a_shown_cell,
    "years_taken": rests_on_ten,
    "detention_to_sentence": curve_in_steps_of_persons,
    "charge_to_release": curve_in_steps_of_persons,
    "share_deported": made_of_published_counts,
    "share_served": rests_on_ten,
    "given_back": rests_on_ten,
    "sentenced_per_pardon": made_of_published_counts,
    "nowcast": estimate_of_lists,
    "missing_cases": estimate_of_overlap,
}


def thin(seed: int) -> Source:
    """A world in which few are fined, arrested, minors or tried in absentia."""
    rng, tables = np.random.default_rng(seed), world(700, seed)
    sentences = tables["sentences"]
    kinds = rng.choice(["imprisonment", "restricted_liberty_open", "fine", "arrest"], len(sentences), p=[0.6, 0.3, 0.06, 0.04])
    absent = pd.Series(rng.choice([True, None], len(sentences), p=[0.04, 0.96]), dtype="boolean")
    tables["sentences"] = sentences.assign(punishment=pd.Series(kinds, dtype="str"), in_absentia=absent)
    return source(tables)


@pytest.fixture(scope="module")
def worlds() -> list[Source]:
    return [thin(seed) for seed in range(2)]


@pytest.fixture(scope="module")
def big() -> Source:
    return source(world(2500, seed=3))


def test_a_group_hidden_in_a_year_is_hidden_over_all_years() -> None:
    """Two minors of 2023, hidden with others: were the share of minors over all years told, they would be too."""
    one = source(of_ages([28, 28, 2], [572, 572, 98]))
    hidden = by_one(one.cells, "charged", "year", "age").query("persons.isna()")
    assert set(hidden["period"]) == {"2023"} and "0-17" in set(hidden["category"])
    told = statistics.one(statistics.named("age"), one)
    WHY["age"](one, told)
    minors = told[told["category"] == "0-17"].set_index("period")
    assert dict(minors["status"]) == {"2021": "exact", "2022": "exact", "2023": "hidden", EVERYTHING: "hidden"}
    assert minors["value"]["2021"] == round(28 / 600, 3)


def of_ages(minors: list[int], of_forty: list[int]) -> dict[str, pd.DataFrame]:
    """A world of those charged from 2021 on, so many a year of 14 and of 41 years."""
    year = np.repeat(np.arange(len(minors)) + 2021, np.add(minors, of_forty))
    born = np.concatenate([[f"{y - 14}-01-01"] * n + [f"{y - 41}-01-01"] * m for y, n, m in zip(sorted({*year}), minors, of_forty, strict=True)])
    tables, ids = world(0), [f"P{i}" for i in range(len(year))]
    births, detained = (pd.to_datetime(pd.Series(days)).astype("datetime64[us]") for days in (born, [f"{y}-06-01" for y in year]))
    tables["persons"] = table("persons", len(year), person_id=ids, birth_date=births, birth_date_precision="day")
    tables["charges"] = table("charges", len(year), charge_id=ids, person_id=ids, detained_on=detained, detained_on_precision="day", row_keys="k")
    return tables


def test_a_median_that_would_tell_of_a_hidden_group_is_hidden() -> None:
    """In a year of 13, whose groups are all hidden, the median says that seven at the least are of forty or less."""
    one = source(of_ages([40, 3], [160, 10]))
    assert by_one(one.cells, "charged", "year", "age").query("period == '2022'")["persons"].dropna().empty
    told = statistics.one(statistics.named("median_age"), one).set_index("period")
    assert dict(told["status"]) == {"2021": "rounded", "2022": "hidden", EVERYTHING: "rounded"}


def test_without_ages_there_is_no_breakdown_and_no_share() -> None:
    tables = of_ages([40], [160])
    few = tables["persons"].assign(birth_date=tables["persons"]["birth_date"].where(tables["persons"].index < 99))
    one = source(tables | {"persons": few})
    assert (one.cells["age"] == "all").all()
    assert statistics.one(statistics.named("age"), one).empty


def test_a_group_is_not_told_by_those_pardoned() -> None:
    """495 of 1,000 are told as 50 %, thus 495 at the least; with 503 pardoned, which is public, two are left at the most."""
    groups = {"pardon": 503, "held": 495, "term served": 2}
    assert [name for name, value in rule.parts(groups, RULE, ("pardon",)).items() if value is None] == ["held", "term served"]
    assert rule.parts(groups, RULE)["held"] is not None


def test_there_is_a_reason_for_each_statistic() -> None:
    assert list(WHY) == [s.name for s in statistics.STATISTICS]


@pytest.mark.parametrize("name", WHY)
def test_no_hidden_number_can_be_worked_out_of(name: str, worlds: list[Source], big: Source) -> None:
    for one in worlds:
        assert by_one(one.cells, "sentenced", "year", "punishment")["persons"].isna().any(), "there is something to be found"
    for one in [big] if name == "nowcast" else worlds:
        WHY[name](one, statistics.one(statistics.named(name), one))
