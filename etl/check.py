"""The canonical tables as schemas, and the border between accepted and quarantined rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

PRECISIONS = ["day", "month", "year"]
DATES = ("birth_date", "reported_on", "charged_on", "detained_on", "sentenced_on", "released_on")


# Pandera knows pandas' dtypes under names of its own; frames are made from these.
def _dtype(column: pa.Column) -> str:
    name = str(column.dtype)
    return "str" if name.startswith("str") else "datetime64[us]" if name.startswith("datetime64") else name


def _text(*allowed: str) -> pa.Column:
    return pa.Column(str, pa.Check.isin(allowed) if allowed else None, nullable=True)


def _date(name: str) -> dict[str, pa.Column]:
    return {name: pa.Column("datetime64[us]", nullable=True), f"{name}_precision": _text(*PRECISIONS)}


_PERSON = {
    "record_id": _text(),      # the list's own id of the record
    "url": _text(),            # the list's page on the person
    "name": _text(),           # as written
    **_date("birth_date"),
    "sex": _text("female", "male"),
    "citizenship": _text(),
    "status": _text("held", "former", "not_recognised"),
}
_CHARGE = {
    **_date("charged_on"), **_date("detained_on"),
    "articles": _text(),       # codes "342", "342.1" (part 1), "361-4", "293.1+13.1" (preparation), joined by " "
    "region": _text(),         # code of vocabulary/regions.csv (ISO 3166-2)
    "in_custody": pa.Column("boolean", nullable=True),
}
_SENTENCE = {
    **_date("sentenced_on"),
    "court": _text(),
    "punishment": _text(),     # code of vocabulary/punishments.csv: the main punishment
    "regime": _text(),         # code of vocabulary/regimes.csv
    "term_months": pa.Column("Float64", pa.Check.ge(0), nullable=True),
    "life": pa.Column("boolean", nullable=True),
    "additional": _text(),     # codes of vocabulary/punishments.csv, joined by " "
    "fine_base_units": pa.Column("Float64", pa.Check.ge(0), nullable=True),
    "fine_roubles": pa.Column("Float64", pa.Check.ge(0), nullable=True),
    "in_absentia": pa.Column("boolean", nullable=True),
}
_RELEASE = {
    **_date("released_on"),
    "outcome": _text(),        # code of vocabulary/outcomes.csv
    "deported": pa.Column("boolean", nullable=True),
    "destination": _text(),
    "wave": _text(),           # date of the pardon wave, a code of vocabulary/waves.csv
}
_ORIGIN = {
    "organisation": _text(), "list": _text(), "table": _text("cases", "charges", "sentences", "releases"),
    "file": _text(), "sha256": _text(), "sheet": _text(), "row": pa.Column("int64", pa.Check.ge(1)),
}
# Of how many persons a row tells that names none of them (etl/groups.py). It came later than the facts: rows kept from
# before keep the hash of their content.
_GROUP = {"persons": pa.Column("Int64", pa.Check.ge(1), nullable=True)}

ROWS = pa.DataFrameSchema(
    {**_ORIGIN, **_GROUP, **_PERSON, **_date("reported_on"), **_CHARGE, **_SENTENCE, **_RELEASE}, strict=True, ordered=False,
)
"""One canonical row a row of a sheet, whatever its layout. Dates with a precision below "day" lie on the first
day of their month or year. `term_months` is of the main punishment, in months (a day is 12/365.25 of one)."""

_ID = pa.Column(str, unique=True)
_TOLD = {       # how a linked fact knows its person and the rows that tell it; lists and keys are joined by " "
    "person_id": pa.Column(str), "organisations": _text(),
    "first_reported": pa.Column("datetime64[us]"),      # the earliest of `reported_on`, else when a row was first taken
    "row_keys": pa.Column(str),
}
_CASE = {"region": _CHARGE["region"], "articles": _CHARGE["articles"]}
LINKED = {name: pa.DataFrameSchema(columns, strict=True, ordered=False) for name, columns in {
    "persons": {
        "person_id": _ID,
        "names": _text(),          # every spelling as written, joined by " | "
        "name_latin": _text(),     # one transliteration
        **{name: _PERSON[name] for name in ("birth_date", "birth_date_precision", "sex", "citizenship", "status")},
        "lists": _text(),          # joined by " | "
    },
    "charges": {"charge_id": _ID, **_CHARGE, **_TOLD},
    "sentences": {"sentence_id": _ID, **_CASE, **_SENTENCE, **_TOLD},
    "releases": {"release_id": _ID, **_RELEASE, **_TOLD},
}.items()}
"""The linked tables: what the rows of all lists say together, once for each person and fact. Never public."""

LINKED_DTYPES = {table: {name: _dtype(column) for name, column in schema.columns.items()}
                 for table, schema in LINKED.items()}

DTYPES = {name: _dtype(column) for name, column in ROWS.columns.items()}

FACTS = tuple(c for c in ROWS.columns if c not in (*_ORIGIN, *_GROUP))
"""The columns of ROWS that say something about the case; the others say where the row came from."""


_BLANK = {"str": None, "datetime64[us]": pd.NaT, "boolean": pd.NA, "Float64": pd.NA, "Int64": pd.NA, "int64": 1}


def empty_rows(index: pd.Index, but: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """A frame of ROWS with nothing known `but` these columns, one row for each of `index` (`row` is 1)."""
    first = np.zeros(len(index), dtype=np.intp)
    nothing = {name: pd.array([_BLANK[dtype]], dtype=dtype).take(first) for name, dtype in DTYPES.items() if name not in (but or ())}
    return pd.DataFrame({name: (but or {}).get(name, nothing.get(name)) for name in DTYPES}, index=index)


def split(rows: pd.DataFrame, problems: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(accepted, quarantined): a row waits in quarantine if one of its problems has that severity."""
    bad = problems.loc[(problems["severity"] == "quarantined") & (problems["row"] > 0), ["file", "sheet", "row"]]
    keys = pd.MultiIndex.from_frame(rows[["file", "sheet", "row"]])
    waits = keys.isin(pd.MultiIndex.from_frame(bad)) if len(bad) else pd.Series(False, index=rows.index).to_numpy()
    return rows[~waits], rows[waits]
