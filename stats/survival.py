"""How long it takes from one event to another, those for whom the other has not come yet included.

The Kaplan-Meier curve: the share of persons still waiting after so many months. Unit: months of 30.4375 days.

Sources: E. L. Kaplan and P. Meier, "Nonparametric estimation from incomplete observations", Journal of the American
Statistical Association 53 (1958); the interval of the curve is log-log (J. D. Kalbfleisch and R. L. Prentice, "The
statistical analysis of failure time data", 1980), that of the median is where it crosses one half (R. Brookmeyer and J.
Crowley, "A confidence interval for the median survival time", Biometrics 38, 1982). Tests hold the curve against
scipy.stats.ecdf, which is not used here because it takes longer to load than all statistics to compute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

DAYS_A_MONTH = 365.25 / 12

CURVE_COLUMNS = ["months", "waiting", "lower", "upper", "at_risk", "ended"]
"""A step of the curve: the share `waiting` (0 to 1) from `months` on, with its interval; how many persons were
`at_risk` until then, and how many `ended` then."""


@dataclass(frozen=True)
class Median:
    """A median time in months and its interval; NaN where the curve doesn't reach it."""

    months: float
    lower: float
    upper: float


def durations(start: pd.Series, end: pd.Series, as_of: pd.Timestamp, ended: pd.Series | None = None) -> pd.DataFrame:
    """One row a person (same index): `months` waited, `observed` (bool: the end came, else waiting still), `left_out`.

    `start` and `end` are dates, missing where unknown; `ended` (bool) says of whom it is known that the end came, dated
    or not. Ends after `as_of` have not come yet. `left_out` (str, missing if used) is the reason why a row can't be
    used; its months are missing: "no start", "start after as_of", "end before start", or "end without a date": such a
    person is not waiting, and counting them as waiting would make the curve too high.
    """
    as_of = pd.Timestamp(as_of)
    came = end.notna() & (end <= as_of)
    undated = end.isna() & (False if ended is None else ended.fillna(False).astype(bool))
    until = end.where(came, as_of)
    reasons = pd.Series(np.select(
        [start.isna(), start > as_of, undated, until < start],
        ["no start", "start after as_of", "end without a date", "end before start"], default=""), index=start.index)
    months = ((until - start).dt.days / DAYS_A_MONTH).where(reasons == "")
    left_out = reasons.astype("str").mask(reasons == "")
    return pd.DataFrame({"months": months, "observed": came & (reasons == ""), "left_out": left_out})


def curve(durations: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """The Kaplan-Meier curve (CURVE_COLUMNS) of what `durations` gives, one row a step.

    Empty if nothing can be used. Where nobody is left or nobody has ended, the interval is undefined (missing).
    Raises ValueError unless 0 < level < 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"The level of an interval lies between 0 and 1; it is {level}.")
    used = durations[durations["months"].notna()]
    if used.empty:
        return pd.DataFrame(columns=CURVE_COLUMNS, dtype=float)
    months, observed = used["months"].to_numpy(float), used["observed"].to_numpy(bool)
    steps, position = np.unique(months, return_inverse=True)
    left, ended = np.bincount(position), np.bincount(position, weights=observed)
    at_risk = len(months) - np.concatenate([[0], np.cumsum(left)[:-1]])
    waiting = np.cumprod(1 - ended / at_risk)
    lower, upper = _log_log(waiting, ended, at_risk, level)
    return pd.DataFrame({"months": steps, "waiting": waiting, "lower": lower, "upper": upper, "at_risk": at_risk,
                         "ended": ended.astype("int64")})[CURVE_COLUMNS]


def _log_log(waiting: np.ndarray, ended: np.ndarray, at_risk: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """The interval of a curve, with Greenwood's variance, on the scale log(-log S); undefined where S is 0 or 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(ended / (at_risk * (at_risk - ended)))
        spread = ndtri(0.5 + level / 2) * np.sqrt(greenwood) / -np.log(waiting)
        centre = np.log(-np.log(waiting))
        ends = tuple(np.exp(-np.exp(centre + side * spread)) for side in (1, -1))
    inside = (waiting > 0) & (waiting < 1)
    return np.where(inside, ends[0], np.nan), np.where(inside, ends[1], np.nan)


def median(curve: pd.DataFrame) -> Median:
    """After how many months half have ended: where the curve, and each side of its interval, first reaches one half.

    A side is missing (NaN) if its line never gets there; so is the median if more than half still wait at the end.
    """
    return Median(*(_first_at_half(curve["months"], curve[line]) for line in ("waiting", "lower", "upper")))


def _first_at_half(months: pd.Series, line: pd.Series) -> float:
    # A product of fractions that is one half may come out a hair above it.
    reached = months[line <= 0.5 + 1e-12]
    return float(reached.iloc[0]) if len(reached) else float("nan")


def read_at(curve: pd.DataFrame, months: Sequence[float], at_least: int) -> pd.DataFrame:
    """The curve (CURVE_COLUMNS) at these round `months`, as far as `at_least` persons are still at risk.

    What may be published: a step at a single person's day would tell that day. `ended` then counts since the `months`
    before.
    """
    steps = curve["months"].to_numpy(float)
    reach = np.searchsorted(steps, np.asarray(months, float), side="right")
    at_risk = np.append(curve["at_risk"].to_numpy(), 0)[reach]
    enough = np.logical_and.accumulate(at_risk >= at_least)
    reach, at_risk = reach[enough], at_risk[enough]
    ended = np.concatenate([[0], np.cumsum(curve["ended"].to_numpy())])[reach]
    lines = {name: np.concatenate([[start], curve[name].to_numpy(float)])[reach]
             for name, start in (("waiting", 1.0), ("lower", np.nan), ("upper", np.nan))}
    return pd.DataFrame({"months": np.asarray(months, float)[enough], **lines, "at_risk": at_risk,
                         "ended": np.diff(ended, prepend=0)})[CURVE_COLUMNS]
