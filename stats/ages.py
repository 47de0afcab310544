"""How old people were when it happened to them. Unit: whole years, and groups of them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

BOUNDS = (0, 18, 25, 35, 45, 55, 65, 120)
GROUPS = ("0-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+")
"""Minors apart (18 is the age of majority); from 65 on one group, since pension age has moved since 2020."""

SPANS = dict(zip(GROUPS, pairwise(BOUNDS), strict=True))
"""Of each group the first age, and the first beyond it."""

UNKNOWN = "unknown"


def ages(event: pd.Series, event_precision: pd.Series, birth: pd.Series, birth_precision: pd.Series) -> pd.DataFrame:
    """`least` and `most`: the completed years of age that the two dates leave open (Float64, same index).

    Two days tell the age; where one is known only to its month or year, it may be one of two. Missing where a date is,
    or where the two give no age of a person (under 10, Belarus's lowest age of detention in practice is 14; or over 110).
    """
    event_first, event_last = _span(event, event_precision)
    birth_first, birth_last = _span(birth, birth_precision)
    least, most = _completed(birth_last, event_first), _completed(birth_first, event_last)
    sane = (least >= 10) & (most <= 110)
    return pd.DataFrame({"least": least.where(sane), "most": most.where(sane)}).astype("Float64")


def groups(ages: pd.DataFrame) -> pd.Series:
    """The group of GROUPS each age lies in; UNKNOWN where it may lie in two, or is missing."""
    least, most = (pd.cut(ages[c].astype("float64"), BOUNDS, right=False, labels=list(GROUPS)).astype("str") for c in ("least", "most"))
    return least.where(least == most).fillna(UNKNOWN)


def _span(date: pd.Series, precision: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The first and the last day that a date of this precision may mean."""
    month, year = date.dt.to_period("M"), date.dt.to_period("Y")
    by_month, by_year = precision == "month", precision == "year"
    first = date.mask(by_month, month.dt.start_time).mask(by_year, year.dt.start_time)
    last = date.mask(by_month, month.dt.end_time.dt.floor("D")).mask(by_year, year.dt.end_time.dt.floor("D"))
    return first, last


def _completed(birth: pd.Series, day: pd.Series) -> pd.Series:
    """Years completed on `day`; a birthday on 29 February is kept on 1 March."""
    before = (day.dt.month * 100 + day.dt.day) < (birth.dt.month * 100 + birth.dt.day)
    return (day.dt.year - birth.dt.year - np.where(before, 1, 0)).astype("float64")
