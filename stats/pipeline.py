"""What became of everyone charged: sentenced, still held, released and on what ground, or not known.

Unit: persons, each once. Each stage adds up to the one it comes from.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from stats.measures import last_of
from stats.stocks import CUSTODIAL

HELD = "held"
OUTSIDE_CUSTODY = "punishment outside custody"
NOT_KNOWN = "not known"
STAGES = ("after charge", "after sentence")
PIPELINE_COLUMNS = ["stage", "outcome", "persons"]


def states(persons: pd.DataFrame, charges: pd.DataFrame, sentences: pd.DataFrame, releases: pd.DataFrame) -> pd.DataFrame:
    """One row a person charged or sentenced: person_id, `stage` (the last one reached) and `outcome` in it.

    outcome: the ground of the last release ("release of unknown ground" if no list tells), else "held" by status,
    else after a sentence "punishment outside custody" (a fine, home confinement, a suspended sentence), else "not known":
    neither held by status nor known to be released.
    """
    everyone = pd.Index(charges["person_id"]).union(pd.Index(sentences["person_id"])).unique()
    last = releases[["person_id", "released_on", "outcome"]].sort_values("released_on", kind="stable", na_position="first")
    last = last.drop_duplicates("person_id", keep="last")
    ground = last.set_index("person_id")["outcome"].fillna("unknown").replace("unknown", "release of unknown ground")
    verdict = last_of(sentences[["person_id", "sentenced_on", "punishment"]], "sentenced_on")
    punishment = verdict.set_index("person_id")["punishment"].reindex(everyone)
    held = persons.set_index("person_id")["status"].reindex(everyone) == "held"
    outside = punishment.notna() & ~punishment.isin([*CUSTODIAL, "restricted_liberty_open", "restricted_liberty"])
    fallback = np.select([held, outside], [HELD, OUTSIDE_CUSTODY], default=NOT_KNOWN)
    outcome = ground.reindex(everyone).fillna(pd.Series(fallback, index=everyone))
    stage = np.where(everyone.isin(sentences["person_id"]), STAGES[1], STAGES[0])
    return pd.DataFrame({"person_id": everyone, "stage": stage, "outcome": outcome.to_numpy()})


def pipeline(states: pd.DataFrame) -> pd.DataFrame:
    """PIPELINE_COLUMNS: "charged" = "sentenced" + "not sentenced as far as known" (outcome "all"); the outcomes after
    sentence add up to the sentenced, those after charge to the rest."""
    sentenced = int((states["stage"] == STAGES[1]).sum())
    top = [("charged", "all", len(states)), ("sentenced", "all", sentenced),
           ("not sentenced as far as known", "all", len(states) - sentenced)]
    counts = states.groupby(["stage", "outcome"]).size().rename("persons").reset_index()
    counts = counts.sort_values(["stage", "persons"], ascending=[False, False])
    return pd.concat([pd.DataFrame(top, columns=PIPELINE_COLUMNS), counts], ignore_index=True)[PIPELINE_COLUMNS]
