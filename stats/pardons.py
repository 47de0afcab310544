"""Pardons: who was let out in each wave, how much of the term was served by then, and how many are jailed meanwhile.

Unit: persons and months (of a twelfth of a year), as the column names say.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from stats.measures import first_of, known_to_month, last_of
from stats.terms import DAYS_PER_MONTH

NO_WAVE = "none"
"""The wave of those pardoned outside the announced waves (stats.measures has the same word)."""

SERVED_COLUMNS = ["person_id", "wave", "released_on", "deported", "share_served", "months_left"]


def served(releases: pd.DataFrame, sentences: pd.DataFrame, charges: pd.DataFrame) -> pd.DataFrame:
    """One row a person pardoned (SERVED_COLUMNS): the share of the term served by the day of the pardon (0 to 1), and
    the months given back.

    Both are missing unless the beginning (the detention, else the sentence), the term and the release are known, the
    first and the last to the day or month. Time is counted from the detention day by day, without the factors by which
    days in a detention centre count for more in lighter regimes. The term is that of the latest sentence.
    """
    pardoned = first_of(releases[releases["outcome"] == "pardon"], "released_on").set_index("person_id")
    verdict = last_of(sentences, "sentenced_on").set_index("person_id")
    start = known_to_month(charges, "detained_on").groupby(charges["person_id"]).min().reindex(pardoned.index)
    start = start.fillna(known_to_month(verdict, "sentenced_on").reindex(pardoned.index))
    term = verdict["term_months"].reindex(pardoned.index).astype("float64")
    months = (known_to_month(pardoned, "released_on") - start).dt.days / DAYS_PER_MONTH
    share = (months / term).where((months >= 0) & (term > 0)).clip(upper=1)
    return pardoned.assign(
        wave=pardoned["wave"].fillna(NO_WAVE), deported=pardoned["deported"].fillna(False).astype(bool),
        share_served=share, months_left=term * (1 - share)).reset_index()[SERVED_COLUMNS]


def waves(served: pd.DataFrame) -> pd.DataFrame:
    """By wave: persons, deported, share_deported, with_dates (persons of whom both figures are known), share_served
    (their mean), months_given_back (their sum)."""
    result = served.groupby("wave").agg(
        persons=("person_id", "size"), deported=("deported", "sum"), with_dates=("share_served", "count"),
        share_served=("share_served", "mean"), months_given_back=("months_left", "sum")).reset_index()
    return result.assign(share_deported=result["deported"] / result["persons"])


def sentenced_per_pardon(sentenced: pd.Series, pardoned: pd.Series, window: int = 3) -> pd.Series:
    """New sentences for each person pardoned, over `window` months to and including each month.

    Both series are persons by month on one index; missing where nobody was pardoned in the window. Above 1 more people
    are sentenced than are pardoned; it says nothing of those who left otherwise.
    """
    new = sentenced.rolling(window, min_periods=window).sum()
    free = pardoned.rolling(window, min_periods=window).sum()
    return (new / free.where(free > 0)).replace(np.inf, np.nan).rename("sentenced_per_pardon")
