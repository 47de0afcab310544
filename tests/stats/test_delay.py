"""The triangle says what was known when; the nowcast covers the truth as often as it promises, or stays silent."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.sample_world import world
from stats import delay


def events(*rows: tuple[str, str | None]) -> pd.DataFrame:
    """Events from (date, first reported); a date of seven characters is a month, of four a year."""
    precision = [{10: "day", 7: "month", 4: "year"}[len(date)] for date, _ in rows]
    whole = [f"{d}-01-01" if len(d) == 4 else f"{d}-01" if len(d) == 7 else d for d, _ in rows]
    return pd.DataFrame({
        "date": pd.to_datetime(pd.Series(whole)).astype("datetime64[us]"),
        "precision": pd.Series(precision, dtype="str"),
        "first_reported": pd.to_datetime(pd.Series([r for _, r in rows])).astype("datetime64[us]"),
    })


def simulated(seed: int, months: int = 63, level: float = 130, late: float = 0.2) -> pd.DataFrame:
    """Events from August 2020 on, most of them reported within weeks, a part after 3 to 18 months."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(level * rng.gamma(20, 1 / 20, months))
    first = pd.period_range("2020-08", periods=months, freq="M").start_time
    date = pd.Series(np.repeat(first, counts)).astype("datetime64[us]")
    date += pd.to_timedelta(rng.integers(0, 28, counts.sum()), unit="D")
    lag = np.where(rng.random(len(date)) < late, rng.uniform(90, 540, len(date)), rng.exponential(20, len(date)))
    reported = (date + pd.to_timedelta(lag, unit="D")).dt.floor("D").astype("datetime64[us]")
    return pd.DataFrame({"date": date, "precision": "day", "first_reported": reported}).astype({"precision": "str"})


SEEN = events(
    ("2024-01-10", "2024-01-15"), ("2024-01-20", "2024-02-20"), ("2024-01", "2024-03-01"),
    ("2024-03-05", "2024-03-31"), ("2024-03-06", "2024-02-01"),
    ("2024-02-03", None), ("2024", "2024-02-01"),
)


def values(triangle: pd.DataFrame) -> dict[str, list[float]]:
    return {str(month): row.dropna().tolist() for month, row in triangle.iterrows()}


def test_triangle_counts_what_was_known_after_each_month() -> None:
    result = delay.triangle(SEEN, pd.Timestamp("2024-03-31"))
    assert values(result) == {"2024-01": [1, 2, 3], "2024-02": [0, 0], "2024-03": [2]}


def test_triangle_is_viewed_on_the_day_of_as_of() -> None:
    """On the 15th: what came on the 20th of February was first seen in March's view; March itself is not over."""
    assert values(delay.triangle(SEEN, pd.Timestamp("2024-03-15"))) == {"2024-01": [1, 1, 3], "2024-02": [0, 0]}


def test_triangle_sees_nothing_of_the_time_before_the_first_import() -> None:
    result = delay.triangle(SEEN, pd.Timestamp("2024-03-31"), since=pd.Timestamp("2024-02-25"))
    assert values(result) == {"2024-01": [2, 3], "2024-02": [0, 0], "2024-03": [2]}
    assert np.isnan(result.loc["2024-01", 0])


def test_what_a_triangle_cannot_place_is_told() -> None:
    assert delay.placed(SEEN).tolist() == [True] * 5 + [False] * 2


@pytest.mark.parametrize("rows", [(), (("2024-05-01", "2024-05-02"),), (("2024", "2024-05-02"),)])
def test_nothing_to_see(rows: tuple) -> None:
    result = delay.triangle(events(*rows) if rows else SEEN.head(0), pd.Timestamp("2024-04-30"))
    assert result.empty
    assert delay.nowcast(result).empty
    assert delay.nowcast(result).columns.tolist() == delay.NOWCAST_COLUMNS
    assert delay.revisions(result).empty


days = st.dates(pd.Timestamp("2023-01-01").date(), pd.Timestamp("2024-12-31").date()).map(str)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(days, days), min_size=1, max_size=40), days, st.none() | days)
def test_triangle_ends_with_the_count_as_it_stands(rows: list, as_of: str, since: str | None) -> None:
    frame, now = events(*rows), pd.Timestamp(as_of)
    result = delay.triangle(frame, now, pd.Timestamp(since) if since else None)
    known = frame[frame["first_reported"] <= now]["date"].dt.to_period("M").value_counts()
    for month, row in result.iterrows():
        watched = row.dropna()
        assert watched.is_monotonic_increasing
        assert watched.iloc[-1] == known.get(month, 0)
    revisions = delay.revisions(result)
    by_month = revisions.groupby("month")
    persons = by_month["persons"]
    assert (persons.first() + by_month["change"].sum() == persons.last()).all()
    assert (revisions["seen_in"] <= as_of[:7]).all()


def test_revisions_name_the_month_in_which_a_count_was_seen() -> None:
    result = delay.revisions(delay.triangle(SEEN, pd.Timestamp("2024-03-31")))
    january = result[result["month"] == "2024-01"]
    assert january["seen_in"].tolist() == ["2024-01", "2024-02", "2024-03"]
    assert january["change"].tolist()[1:] == [1, 1]


def test_revisions_of_what_was_published_may_fall() -> None:
    counts = pd.DataFrame({
        "seen_on": pd.to_datetime(["2024-02-28", "2024-02-03", "2024-04-10", "2024-04-10"]).astype("datetime64[us]"),
        "month": ["2024-01", "2024-01", "2024-01", "2024-04"], "persons": [12, 10, 11, 3],
    })
    published = delay.of_vintages(counts)
    with pytest.raises(ValueError, match="falls"):
        delay.nowcast(published.ffill(axis=1))
    result = delay.revisions(published)
    assert result.fillna(0).values.tolist() == [
        ["2024-01", "2024-02", 1, 12, 0], ["2024-01", "2024-04", 3, 11, -1], ["2024-04", "2024-04", 0, 3, 0]]


def test_nowcast_keeps_its_promise() -> None:
    """25 past views of two worlds, three months each: the 80 % interval, and the gain over the count as it stands."""
    views = pd.date_range("2023-02-28", "2025-02-28", freq="ME")
    parts = []
    for seed in (1, 2):
        world = simulated(seed)
        truth = world["date"].dt.strftime("%Y-%m").value_counts()
        parts.append(delay.back_test(world, views, truth))
    table = delay.score(pd.concat(parts)).set_index("age")
    assert table.loc["all", "forecasts"] == 150
    assert 0.72 <= table.loc["all", "coverage"] <= 0.88
    assert (table["gain"] > 0.4).all()


def test_nowcast_keeps_its_promise_on_the_sample() -> None:
    """The sentences of the sample's world as one list tells of them, 25 past views; exact in benchmarks/nowcast.py."""
    persons = world().persons
    told = persons[persons["on_viasna"] & persons["sentenced_on"].notna()]
    dates = {"date": told["sentenced_on"], "first_reported": told["reported_viasna"]}
    frame = pd.DataFrame(dates).astype("datetime64[us]").assign(precision="day")
    truth = frame["date"].dt.strftime("%Y-%m").value_counts()
    table = delay.score(delay.back_test(frame, pd.date_range("2023-02-28", "2025-02-28", freq="ME"), truth))
    whole = table.set_index("age").loc["all"]
    assert whole["forecasts"] == 75
    assert 0.7 <= whole["coverage"] <= 0.9
    assert whole["gain"] > 0.4


def test_nowcast_of_a_month_is_higher_than_its_count_and_near_the_truth() -> None:
    world = simulated(3)
    table = delay.nowcast(delay.triangle(world, pd.Timestamp("2025-03-12")))
    truth = table["month"].map(world["date"].dt.strftime("%Y-%m").value_counts())
    assert table["month"].tolist() == pd.period_range("2023-10", "2025-02", freq="M").astype(str).tolist()
    assert (table["reported"] <= table["lower"]).all()
    assert (table["lower"] <= table["estimate"]).all()
    assert (table["estimate"] <= table["upper"]).all()
    assert (table["estimate"] - truth).abs().sum() < 0.4 * (table["reported"] - truth).abs().sum()


def test_interval_grows_with_its_level_and_repeats_with_its_seed() -> None:
    seen = delay.triangle(simulated(4), pd.Timestamp("2025-01-31"))
    narrow, wide = delay.nowcast(seen, 0.5), delay.nowcast(seen, 0.95)
    assert (wide["lower"] <= narrow["lower"]).all()
    assert (wide["upper"] >= narrow["upper"]).all()
    assert (wide["upper"] - wide["lower"]).sum() > (narrow["upper"] - narrow["lower"]).sum()
    pd.testing.assert_frame_equal(narrow, delay.nowcast(seen, 0.5))


def test_a_month_of_which_nothing_is_known_yet_is_not_taken_for_empty() -> None:
    world = simulated(5)
    last = world["date"].dt.to_period("M") == "2024-12"
    silent = world[~(last & (world["first_reported"] <= "2024-12-31"))]
    row = delay.nowcast(delay.triangle(silent, pd.Timestamp("2024-12-31"))).iloc[-1]
    assert row["reported"] == 0
    assert row["upper"] > 20


def test_months_straying_from_the_rule_widen_the_interval() -> None:
    """Every second month held back for ten weeks: the same mean delay, another certainty."""
    steady = simulated(6)
    held_back = steady.copy()
    odd = held_back["date"].dt.month % 2 == 1
    held_back.loc[odd, "first_reported"] += pd.Timedelta(days=70)

    def width(frame: pd.DataFrame) -> float:
        table = delay.nowcast(delay.triangle(frame, pd.Timestamp("2024-12-31"))).tail(1)
        return float(((table["upper"] - table["lower"]) / table["estimate"]).iloc[0])

    assert width(held_back) > 1.5 * width(steady)


def test_too_little_history_gives_a_reason_and_no_number() -> None:
    young = delay.nowcast(delay.triangle(simulated(7, months=20), pd.Timestamp("2022-02-28")))
    assert not young["enough_history"].any()
    assert young[["estimate", "lower", "upper"]].isna().all(axis=None)
    assert young["reported"].gt(0).all()
    assert young["reason"].iloc[-1] == (
        "Too little history: only 5 months have been watched from 13 to 14 months after; at least 6 are needed."
    )
    rare = delay.nowcast(delay.triangle(simulated(8, level=1), pd.Timestamp("2024-12-31")))
    assert rare["reason"].iloc[-1].startswith("Too few persons")


def test_history_begins_with_the_first_import() -> None:
    """What arrived at once with the first import teaches nothing about delays, and is not taken for late."""
    world = simulated(9)
    start = pd.Timestamp("2023-06-30")
    bulk = world.assign(first_reported=world["first_reported"].clip(lower=start))
    view = pd.Timestamp("2024-03-31")
    naive, aware = (delay.nowcast(delay.triangle(bulk, view, since)) for since in (None, start))
    truth = aware["month"].map(world["date"].dt.strftime("%Y-%m").value_counts())
    assert aware["enough_history"].all()
    assert (aware["estimate"] - truth).abs().sum() < 0.5 * (naive["estimate"] - truth).abs().sum()
    too_early = delay.nowcast(delay.triangle(bulk, pd.Timestamp("2023-09-30"), start))
    assert not too_early["enough_history"].any()
    assert delay.nowcast(delay.triangle(bulk, pd.Timestamp("2023-01-31"), start))["reason"].notna().all()


@pytest.mark.parametrize("level", [0, 1, 80])
def test_a_level_is_a_probability(level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        delay.nowcast(delay.triangle(SEEN, pd.Timestamp("2024-03-31")), level)
