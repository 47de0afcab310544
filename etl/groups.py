"""Rows that tell of several persons without naming them: "Rally on the square, 12 detained"."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from etl.link import Linked

_IDS = {"persons": "person_id", "charges": "charge_id", "sentences": "sentence_id", "releases": "release_id"}


def spread(linked: Linked, rows: pd.DataFrame) -> Linked:
    """The linked tables with as many persons, each with the same facts, as a row tells of (`persons` of etl.check.ROWS).

    Nobody knows who they are, so one who stands in two such rows is counted twice. Assignments keep the first of them.
    """
    several = rows[rows["persons"].fillna(1) > 1]
    if several.empty:
        return linked
    person = several["row_key"].map(linked.assignments.set_index("row_key")["person_id"])
    number = several["persons"].astype("int64").groupby(person.to_numpy()).max()
    return replace(linked, **{name: _repeated(getattr(linked, name), id_, number) for name, id_ in _IDS.items()})


def _repeated(table: pd.DataFrame, id_: str, number: pd.Series) -> pd.DataFrame:
    times = table["person_id"].map(number).fillna(1).astype("int64").to_numpy()
    longer = table.loc[np.repeat(table.index.to_numpy(), times)].reset_index(drop=True)
    copy = pd.Series(np.concatenate([np.arange(n) for n in times]) if len(times) else times, index=longer.index)
    tail = ("-" + (copy + 1).astype("str")).where(copy > 0, "")
    return longer.assign(**{name: (longer[name] + tail).astype("str") for name in dict.fromkeys(("person_id", id_))})
