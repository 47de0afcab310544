"""How many are held at the end of each month.

Unit: persons. A stock is entries minus exits; since many who were released bear no release date, the dates alone let
it drift upwards. So it is anchored on the status the newest list gives, dates are used where there are any, and
the part that rests on status alone is a column of its own.
"""

from __future__ import annotations

import pandas as pd

from stats.measures import first_of

CUSTODIAL = ("imprisonment", "arrest", "compulsory_treatment", "death_penalty")
"""Punishments served behind walls (stats are about being held; an open-type facility is a regime of its own)."""

OPEN = "restricted_liberty_open"
"""The punishment served in an open facility."""

REGIMES = ("pre-trial", "prison", "open facility")
STOCK_COLUMNS = ["month", "regime", "held", "by_status_only"]


def spells(persons: pd.DataFrame, charges: pd.DataFrame, sentences: pd.DataFrame, releases: pd.DataFrame
           ) -> pd.DataFrame:
    """One row a person who is or was held: person_id, entered, sentenced, punishment, left, open.

    entered: the detention, else a custodial verdict (datetime64[us]; missing if neither is dated). left: the release.
    open: no exit is known, and status says held. A person whose status is not `held` and whose release is undated
    has neither: such a spell ends at an unknown time and is given to no month.
    """
    first = {
        "entered": charges.groupby("person_id")["detained_on"].min(),
        "left": releases.groupby("person_id")["released_on"].max(),
    }
    verdict = first_of(sentences[["person_id", "sentenced_on", "punishment"]], "sentenced_on").set_index("person_id")
    frame = persons.set_index("person_id")[["status"]].assign(
        **first, sentenced=verdict["sentenced_on"], punishment=verdict["punishment"])
    custodial = frame["punishment"].isin([*CUSTODIAL, OPEN])
    frame["entered"] = frame["entered"].fillna(frame["sentenced"].where(custodial))
    released = frame.index.isin(releases["person_id"])
    frame["open"] = (frame["status"] == "held") & ~released
    held_once = frame["open"] | frame["entered"].notna() & (frame["status"].isin(["held", "former"]) | released)
    return frame[held_once].drop(columns="status").reset_index()


def stock(spells: pd.DataFrame, months: pd.PeriodIndex) -> pd.DataFrame:
    """Persons held at the end of each month, by regime (STOCK_COLUMNS), one row a month and regime.

    `held` counts spells entered by then and not left; `by_status_only` those that are held by status while no date
    says since when: they are in every month's count from the first on only as an upper bound, so they are
    not in `held` but beside it.
    """
    ends = months.to_timestamp(how="end").to_numpy("datetime64[us]")[:, None]
    dated = spells[spells["entered"].notna() & (spells["left"].notna() | spells["open"])]
    undated = int((spells["entered"].isna() & spells["open"]).sum())
    # Comparisons with a missing date are False: who has no release is inside, who has no verdict awaits it.
    entered, left, sentenced = (dated[c].to_numpy("datetime64[us]") for c in ("entered", "left", "sentenced"))
    inside = (entered <= ends) & ~(left <= ends)
    tried, is_open = sentenced <= ends, (dated["punishment"] == OPEN).to_numpy(bool)
    by_regime = {"pre-trial": inside & ~tried, "prison": inside & tried & ~is_open, "open facility": inside & tried & is_open}
    counts = pd.DataFrame({regime: by_regime[regime].sum(axis=1) for regime in REGIMES}, index=months.astype(str))
    frame = counts.rename_axis(index="month", columns="regime").stack().rename("held").reset_index()
    return frame.assign(by_status_only=undated)[STOCK_COLUMNS]
