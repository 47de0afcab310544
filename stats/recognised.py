"""Recognised as political prisoners: those whom the newest list gives as held or as former political prisoners.

Unit: persons, as of the vintage. No list says on which day a person was recognised, so there is no flow by month of
recognition: the difference between two vintages is the number recognised between them (etl.vintages).
"""

from __future__ import annotations

import pandas as pd


def recognised(persons: pd.DataFrame, releases: pd.DataFrame) -> pd.DataFrame:
    """Columns category, persons: `recognised` = `held` + `former`. Who is held by status but released by another list
    counts as former."""
    known = persons[persons["status"].isin(["held", "former"])]
    held = int(((known["status"] == "held") & ~known["person_id"].isin(releases["person_id"])).sum())
    rows = [("recognised", len(known)), ("held", held), ("former", len(known) - held)]
    return pd.DataFrame(rows, columns=["category", "persons"])
