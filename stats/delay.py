"""How late events become known, and what the months still filling up will probably come to.

The reporting triangle holds, for each month of events, how many were known 0, 1, 2, … months later. From the older
rows one learns how counts grow; the nowcast lets the young rows grow alike. Unit: persons.

Sources: J. F. Lawless, "Adjustments for reporting delays and the prediction of occurred but not reported events",
Canadian Journal of Statistics 22 (1994), for the growth in reverse time; R. J. Verrall, "An investigation into
stochastic claims reserving models and the chain-ladder technique", Insurance: Mathematics and Economics 26 (2000), for
the over-dispersed negative binomial; R. J. Verrall, "A Bayesian generalized linear model for the Bornhuetter-Ferguson
method of claims reserving", North American Actuarial Journal 8 (2004), for the weight of the months before.
Formulas, assumptions and limits: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

NOWCAST_COLUMNS = ["month", "reported", "estimate", "lower", "upper", "level", "enough_history", "reason"]
"""A month still filling up: `month` ("2024-07"), `reported` (persons known so far), and what it will come to:
`estimate` with the interval `lower` to `upper` of probability `level`; missing, with a `reason`, without history."""

COMPLETE_AFTER = 18
"""Months after which a month's count is taken as complete: the nowcast tells what will be known by then."""

LEARN_FROM = 12
"""Months of which the latest growth is learnt: few, because monitors' delays change from year to year."""

JUDGE_BY = 24
"""Months by which it is judged how far a month's growth strays from the rule."""

LEAST_MONTHS = 6
"""How many months must have been watched through a delay before its growth is believed."""

LEAST_PERSONS = 30
"""How many persons they must hold together: below that one late case moves the estimate by more than its worth."""

DRAWS = 4000


def placed(events: pd.DataFrame) -> pd.Series:
    """Which events a triangle can place (bool): those whose month and whose first report are known."""
    return events["date"].notna() & events["precision"].isin(["day", "month"]) & events["first_reported"].notna()


def triangle(events: pd.DataFrame, as_of: pd.Timestamp, since: pd.Timestamp | None = None) -> pd.DataFrame:
    """Persons by month of the event (rows, periods) known after 0, 1, 2, … months (columns): cumulative, float.

    `events` has `date`, `precision` and `first_reported`; what `placed` refuses is left out. The count after j months
    is taken on the day of `as_of`, j months after the event's month, so that the last value of a row is the count as
    it stands, and rows can be compared whatever the day. Missing: what lies after `as_of`; and, if `since` is given,
    what lies before: the day of the first import, when the past arrived at once and its delays were not seen. The
    running month has no row: what has not happened yet can't be reported late.
    """
    as_of = pd.Timestamp(as_of)
    seen = events[placed(events) & (events["first_reported"] <= as_of)]
    happened = seen["date"].dt.to_period("M")
    last = (as_of + pd.Timedelta(days=1)).to_period("M") - 1
    if seen.empty or happened.min() > last:
        months = pd.period_range(last, periods=0, freq="M", name="month")
        return pd.DataFrame(index=months, columns=pd.RangeIndex(0, name="delay"), dtype=float)
    months = pd.period_range(happened.min(), last, freq="M", name="month")
    # Known before it happened (a verdict announced, a date mended later) is known at once.
    delay = (_month_of_view(seen["first_reported"], as_of) - _number(happened.dt)).clip(lower=0)
    row = _number(happened.dt) - _number(months[0])
    counts = np.zeros((len(months), _number(as_of) - _number(months[0]) + 1))
    inside = ((row < len(months)) & (delay < counts.shape[1])).to_numpy()
    np.add.at(counts, (row.to_numpy()[inside], delay.to_numpy()[inside]), 1)
    known = pd.DataFrame(counts.cumsum(axis=1), index=months)
    viewed = _number(months).to_numpy()[:, None] + known.columns.to_numpy()
    first = _month_of_view(pd.Series([min(since, as_of) if since else pd.Timestamp.min]), as_of).iloc[0]
    return known.where((viewed <= _number(as_of)) & (viewed >= first)).rename_axis(columns="delay")


def _number(month: Any) -> Any:
    """Months counted from year 0, so that a difference is a number of months."""
    return month.year * 12 + month.month


def _month_of_view(reported: pd.Series, as_of: pd.Timestamp) -> pd.Series:
    """The number of the month whose view (on the day of `as_of`) is the first to hold a report of this day."""
    day = 31 if as_of.is_month_end else as_of.day
    return _number(reported.dt) + (reported.dt.day > day)


def of_vintages(counts: pd.DataFrame) -> pd.DataFrame:
    """The triangle of what was published: `counts` has `seen_on` (date of the vintage), `month` ("2024-07"), `persons`.

    Of several vintages in a month the last counts; a month without a vintage is missing. These counts may fall (records
    joined, cases withdrawn): they show revisions, and are not for `nowcast`.
    """
    month = pd.PeriodIndex(counts["month"], freq="M", name="month")
    delay = _number(counts["seen_on"].dt).to_numpy() - _number(month).to_numpy()
    ordered = counts.assign(month=month, delay=delay).sort_values("seen_on", kind="stable")
    return ordered.pivot_table(index="month", columns="delay", values="persons", aggfunc="last").astype(float)


def revisions(triangle: pd.DataFrame) -> pd.DataFrame:
    """How each month's count grew: `month`, `seen_in` (both "2024-07"), `delay` (months), `persons`, `change`."""
    long = triangle.stack().dropna().rename("persons").reset_index()
    long["change"] = long.groupby("month")["persons"].diff()
    seen_in = long["month"].array + long["delay"].to_numpy()
    texts = {"month": long["month"].astype(str), "seen_in": pd.Series(seen_in, index=long.index).astype(str)}
    return long.assign(**texts)[["month", "seen_in", "delay", "persons", "change"]]


def nowcast(triangle: pd.DataFrame, level: float = 0.8, complete_after: int = COMPLETE_AFTER, seed: int = 0
            ) -> pd.DataFrame:
    """What the months younger than `complete_after` will come to (NOWCAST_COLUMNS), oldest first, in persons.

    A month's count is R of N, R known with probability p (the product of the growths still to come). Its level has a
    gamma prior from the twelve months before; N - R then is negative binomial. `estimate` is the median of the
    predictive distribution, the interval its middle `level`; uncertain growth and months that stray from the rule
    (over-dispersion) are in it. The same `seed` gives the same figures. Raises ValueError unless 0 < level < 1, and if
    a month's count ever falls.
    """
    if not 0 < level < 1:
        raise ValueError(f"The level of an interval lies between 0 and 1; it is {level}.")
    known = triangle.to_numpy()
    if (np.diff(known, axis=1) < 0).any():
        raise ValueError("The count of a month falls in this triangle; make it with `triangle`, not `of_vintages`.")
    ages = np.array([np.flatnonzero(~np.isnan(row))[-1] for row in known], dtype=int)
    rows = [
        (str(triangle.index[i]), *_nowcast_month(known, ages, int(i), level, complete_after, seed))
        for i in np.flatnonzero(ages < complete_after)
    ]
    frame = pd.DataFrame(rows, columns=["month", "reported", "estimate", "lower", "upper", "reason"])
    return frame.assign(level=level, enough_history=frame["reason"].isna()).astype({"month": "str", "reason": "str"})[
        NOWCAST_COLUMNS]


def _nowcast_month(known: np.ndarray, ages: np.ndarray, i: int, level: float, complete_after: int, seed: int
                   ) -> tuple[float, float, float, float, str | None]:
    """(reported, estimate, lower, upper, reason) of row i of the triangle `known`."""
    age, reported = ages[i], known[i, ages[i]]
    grown, persons, months = _growth(known, complete_after)
    if (reason := _too_little(age, persons, months)) is not None:
        return reported, np.nan, np.nan, np.nan, reason
    # A delay before `age` may be unwatched; its value is never used.
    stays = 1 - grown / np.maximum(persons, 1)
    # share[a]: the part of the final count that is known after a months.
    share = np.append(np.cumprod(stays[::-1])[::-1], 1.0)
    phi = _dispersion(known, ages, i, age, share)
    shape, rate = _level_before(known, ages, i, share)
    rng = np.random.default_rng([seed, age])
    come, here = grown[age:] / phi, (persons - grown)[age:] / phi
    known_share = np.prod(1 - rng.beta(come + 0.5, here + 0.5, size=(DRAWS, len(come))), axis=1)
    levels = rng.gamma(reported / phi + shape, 1 / (known_share / phi + rate))
    total = reported + _counts(rng, levels * (1 - known_share), phi)
    estimate = np.quantile(total, 0.5, method="inverted_cdf")
    # Both ends belong to the interval, so whole persons would make it hold the truth too often: spread them evenly.
    lower, upper = np.quantile(total + rng.uniform(-0.5, 0.5, DRAWS), [0.5 - level / 2, 0.5 + level / 2])
    return reported, estimate, min(np.ceil(lower), estimate), max(np.floor(upper), estimate), None


def _growth(known: np.ndarray, complete_after: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each delay 1 … complete_after, over the latest months watched through it: how many persons it added, how
    many were known after it, and how many months these were."""
    grown, persons, months = np.zeros((3, complete_after))
    for delay in range(1, min(complete_after + 1, known.shape[1])):
        before, after = known[:, delay - 1], known[:, delay]
        rows = np.flatnonzero(~np.isnan(before) & ~np.isnan(after))[-LEARN_FROM:]
        grown[delay - 1] = (after - before)[rows].sum()
        persons[delay - 1], months[delay - 1] = after[rows].sum(), len(rows)
    return grown, persons, months


def _too_little(age: int, persons: np.ndarray, months: np.ndarray) -> str | None:
    """Why the growth after `age` can't be learnt, in words; None if it can."""
    for delay in range(age + 1, len(months) + 1):
        if months[delay - 1] < LEAST_MONTHS:
            return (f"Too little history: only {months[delay - 1]:.0f} months have been watched from {delay - 1} to"
                    f" {delay} months after; at least {LEAST_MONTHS} are needed.")
        if persons[delay - 1] < LEAST_PERSONS:
            return f"Too few persons: the months watched up to {delay} months after hold fewer than {LEAST_PERSONS}, which are needed."
    return None


def _dispersion(known: np.ndarray, ages: np.ndarray, i: int, age: int, share: np.ndarray) -> float:
    """How much more the growth of a month from `age` to its latest view varies than chance alone makes it (at least
    1): Pearson's statistic per degree of freedom over the JUDGE_BY months before row i. Taken over the whole growth
    and not step by step, because a month that is late at one step tends to be late at the next."""
    rows = np.arange(max(0, i - JUDGE_BY), i)
    to = np.minimum(ages[rows], len(share) - 1)
    start, end, expected = known[rows, age], known[rows, to], 1 - share[age] / share[to]
    use = (end > 0) & (expected > 0) & (expected < 1) & ~np.isnan(start)
    start, end, expected = start[use], end[use], expected[use]
    squares = (end - start - end * expected) ** 2 / (end * expected * (1 - expected))
    return max(1.0, squares.sum() / max(1, use.sum() - 1))


def _level_before(known: np.ndarray, ages: np.ndarray, i: int, share: np.ndarray) -> tuple[float, float]:
    """Shape and rate of the gamma distribution of a month's count, by moments, from the LEARN_FROM months before row i
    that are known by half or more."""
    past = share[np.minimum(ages[:i], len(share) - 1)]
    rows = np.flatnonzero(past >= 0.5)[-LEARN_FROM:]
    levels = known[rows, ages[rows]] / past[rows]
    mean = max(levels.mean(), 0.5) if len(levels) else 0.5
    # Never surer than 15 %: twelve quiet months don't promise a thirteenth.
    variance = max(levels.var(ddof=1) if len(levels) > 1 else mean ** 2, (0.15 * mean) ** 2)
    return mean ** 2 / variance, mean / variance


def _counts(rng: np.random.Generator, mean: np.ndarray, phi: float) -> np.ndarray:
    """Random counts with these means and a variance of phi times the mean."""
    if phi < 1.001:
        return rng.poisson(mean)
    return rng.negative_binomial(np.maximum(mean, 1e-9) / (phi - 1), 1 / phi)


def back_test(events: pd.DataFrame, as_of: Iterable[pd.Timestamp], truth: pd.Series, months: int = 3,
              since: pd.Timestamp | None = None, level: float = 0.8) -> pd.DataFrame:
    """The nowcast of the last `months` months as it would have been on each day of `as_of`, beside the `truth`.

    `truth`: persons by month ("2024-07"). One row a day and month: NOWCAST_COLUMNS, `as_of`, `age` (0: the month just
    over), `final`, `covered`.
    """
    parts = []
    for day in as_of:
        table = nowcast(triangle(events, day, since), level).tail(months)
        parts.append(table.assign(as_of=day, age=np.arange(len(table))[::-1]))
    frame = pd.concat(parts, ignore_index=True)
    frame["final"] = frame["month"].map(truth).fillna(0)
    frame["covered"] = (frame["final"] >= frame["lower"]) & (frame["final"] <= frame["upper"])
    return frame


def score(back_test: pd.DataFrame) -> pd.DataFrame:
    """The back-test in short, one row an `age` and one for "all": number of `forecasts`, `coverage` of the interval,
    mean absolute error in persons of the count as it stands (`error_as_is`) and of the estimate (`error_nowcast`), and
    by which share the latter is smaller (`gain`). Months without enough history don't count."""
    told = back_test[back_test["enough_history"]]
    errors = pd.DataFrame({
        "age": told["age"].astype(str), "covered": told["covered"].astype(float),
        "error_as_is": (told["final"] - told["reported"]).abs(),
        "error_nowcast": (told["final"] - told["estimate"]).abs(),
    })
    groups = pd.concat([errors, errors.assign(age="all")]).groupby("age")
    table = groups.agg(forecasts=("covered", "size"), coverage=("covered", "mean"),
                       error_as_is=("error_as_is", "mean"), error_nowcast=("error_nowcast", "mean"))
    return table.assign(gain=1 - table["error_nowcast"] / table["error_as_is"]).reset_index()
