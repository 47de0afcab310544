"""Those still waiting count as waiting; those of whom it isn't known are left out and told."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats import survival

MONTH = survival.DAYS_A_MONTH


def dates(*texts: str | None) -> pd.Series:
    return pd.to_datetime(pd.Series(texts, dtype="str")).astype("datetime64[us]")


def waits(*months: float, still: tuple[float, ...] = ()) -> pd.DataFrame:
    return pd.DataFrame({"months": [*months, *still], "observed": [True] * len(months) + [False] * len(still)})


def test_durations_tell_the_waiting_from_the_unknown() -> None:
    result = survival.durations(
        dates("2024-01-01", "2024-01-01", "2024-01-01", None, "2024-05-01", "2024-01-01", "2024-07-01"),
        dates("2024-03-01", "2024-12-31", None, "2024-02-01", "2024-04-01", None, None),
        pd.Timestamp("2024-06-01"), ended=pd.Series([True, True, False, True, True, True, False]),
    )
    assert result["left_out"].fillna("").tolist() == [
        "", "", "", "no start", "end before start", "end without a date", "start after as_of"]
    assert result["observed"].tolist() == [True] + [False] * 6
    assert (result["months"] * MONTH).round().fillna(-1).tolist() == [60, 152, 152, -1, -1, -1, -1]


def test_durations_without_knowledge_of_undated_ends() -> None:
    result = survival.durations(dates("2024-01-01", None), dates(None, None), pd.Timestamp("2024-01-31"))
    assert result["left_out"].fillna("").tolist() == ["", "no start"]
    assert result["months"].iloc[0] == pytest.approx(30 / MONTH)


def test_curve_of_kaplan_and_meier() -> None:
    """Remission in weeks under 6-mercaptopurine (Freireich et al. 1963), the textbook's example: 0.857 at 6, 0.448 at
    23, median 23."""
    result = survival.curve(waits(6, 6, 6, 7, 10, 13, 16, 22, 23,
                                  still=(6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)))
    at = result.set_index("months")
    assert at["waiting"].loc[[6, 7, 10, 13, 16, 22, 23]].round(3).tolist() == [
        0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert at["at_risk"].loc[[6, 7, 10, 13, 16, 22, 23]].tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert at["ended"].sum() == 9
    middle = survival.median(result)
    assert (middle.months, middle.lower) == (23, 13)
    assert math.isnan(middle.upper)


@pytest.mark.parametrize("n", range(2, 61, 2))
def test_a_median_is_not_missed_by_a_rounding(n: int) -> None:
    assert survival.median(survival.curve(waits(*range(1, n + 1)))).months == n / 2


def test_interval_is_log_log() -> None:
    at = survival.curve(waits(6, 6, 6, still=(7,) * 18)).set_index("months").loc[6]
    waiting = 18 / 21
    error = 1.959964 * math.sqrt(3 / (21 * 18)) / abs(math.log(waiting))
    assert at["lower"] == pytest.approx(waiting ** math.exp(error))
    assert at["upper"] == pytest.approx(waiting ** math.exp(-error))


def test_nobody_and_nobody_ended() -> None:
    assert survival.curve(waits()).empty
    assert survival.curve(waits()).columns.tolist() == survival.CURVE_COLUMNS
    assert math.isnan(survival.median(survival.curve(waits())).months)
    only_waiting = survival.curve(waits(still=(3, 4)))
    assert only_waiting["waiting"].tolist() == [1, 1]
    assert math.isnan(survival.median(only_waiting).months)


def test_the_median_holds_the_truth_as_often_as_promised() -> None:
    """Exponential times with median 8 months, censored at random: 95 % in 100 samples, within what chance allows."""
    rng, held = np.random.default_rng(1), 0
    for _ in range(100):
        time, cut = rng.exponential(8 / math.log(2), 150), rng.uniform(0, 40, 150)
        frame = pd.DataFrame({"months": np.minimum(time, cut), "observed": time <= cut})
        middle = survival.median(survival.curve(frame))
        held += middle.lower <= 8 <= middle.upper
    assert 89 <= held <= 100


def test_a_curve_is_read_at_round_months_while_enough_persons_are_left() -> None:
    full = survival.curve(waits(1, 2, 2, 5, 7, still=(4, 8, 9)))
    public = survival.read_at(full, [0, 3, 6, 9, 12], at_least=3)
    assert public["months"].tolist() == [0, 3, 6]
    assert public["at_risk"].tolist() == [8, 5, 3]
    assert public["ended"].tolist() == [0, 3, 1]
    assert public["waiting"].tolist() == pytest.approx([1, 5 / 8, 5 / 8 * 3 / 4])
    assert survival.read_at(full, [0, 3], at_least=9).empty
    assert survival.read_at(survival.curve(waits()), [0, 3], at_least=1).empty


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_probability(level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        survival.curve(waits(1, 2), level)


times = st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=40)


@settings(max_examples=80, deadline=None)
@given(times)
def test_a_curve_falls_from_one_and_without_censoring_is_the_share_left(rows: list[tuple[int, bool]]) -> None:
    frame = pd.DataFrame(rows, columns=["months", "observed"])
    result = survival.curve(frame)
    assert result["waiting"].between(0, 1).all()
    assert result["waiting"].is_monotonic_decreasing
    assert (result["lower"].fillna(0) <= result["waiting"]).all()
    assert (result["upper"].fillna(1) >= result["waiting"]).all()
    assert result["ended"].sum() == frame["observed"].sum()
    whole = survival.curve(frame.assign(observed=True))
    left = [(frame["months"] > month).mean() for month in whole["months"]]
    assert whole["waiting"].tolist() == pytest.approx(left)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=40))
def test_the_curve_is_that_of_scipy(rows: list[tuple[int, bool]]) -> None:
    from scipy.stats import CensoredData, ecdf

    frame = pd.DataFrame(rows, columns=["months", "observed"]).astype({"months": float})
    result = survival.curve(frame)
    ended, still = (frame.loc[frame["observed"] == seen, "months"].to_numpy() for seen in (True, False))
    theirs = ecdf(CensoredData(uncensored=ended, right=still)).sf
    assert np.allclose(result["waiting"], theirs.probabilities) and np.allclose(result["months"], theirs.quantiles)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        interval = theirs.confidence_interval(0.95, method="log-log")
    both = [(result["lower"], interval.low.probabilities), (result["upper"], interval.high.probabilities)]
    for ours, other in both:
        assert np.allclose(ours, other, equal_nan=True)
