"""Releases as a flow: persons let out, by ground (pardon, amnesty, term served …) and period.

Unit: persons, each once, at the first release any list dates. Many bear no date: they stand in "0000-00", never left out.
"""

from __future__ import annotations

import pandas as pd

from stats.measures import first_of, month_of, year_of

FLOW_COLUMNS = ["period", "outcome", "persons"]


def flow(releases: pd.DataFrame, time: str = "month") -> pd.DataFrame:
    """FLOW_COLUMNS by `time` ("month" or "year"); periods as stats.measures writes them."""
    first = first_of(releases, "released_on")
    period = year_of(first["released_on"]) if time == "year" else month_of(first["released_on"], first["released_on_precision"])
    counted = first.assign(period=period.astype("str"), outcome=first["outcome"].fillna("unknown"))
    return counted.groupby(["period", "outcome"]).size().rename("persons").reset_index()[FLOW_COLUMNS]
