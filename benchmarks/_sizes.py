"""Vintages of so many invented persons, and views of them: for benchmarks/dashboard.py.

A vintage goes the whole way from the linked tables on: counted, protected, audited, written (etl.publish.publish). Only the spreadsheets
are left out; benchmarks/import_speed.py measures them.
"""

from __future__ import annotations

import os
import random
import time
from urllib.parse import urlencode

import pandas as pd

import settings
from benchmarks.disclosure import simulated
from components import filters, pages
from components.charts import CHARTS
from etl import check, public_events, publish, store
from etl.link import Linked
from etl.revise import HISTORY
from tests.stats.linked_world import END, world

SEED = 20261124
NOW = pd.Timestamp("2026-11-10 12:00")


def linked(persons: int) -> Linked:
    """The linked tables of so many invented persons: of all regions and 25 articles, some of them without a date."""
    tables = world(persons)
    told = simulated(persons).query("measure == 'charged'")
    told.index = pd.Index("P" + told["person_id"], name="person_id")
    for name in ("charges", "sentences"):
        case = told.loc[tables[name]["person_id"], ["region", "articles"]].reset_index(drop=True).astype("str")
        tables[name] = tables[name].assign(**{column: case[column] for column in case})
    nothing = pd.DataFrame({"row_key": pd.Series(dtype="str"), "person_id": pd.Series(dtype="str")})
    return Linked(**tables, assignments=nothing, review=pd.DataFrame(), problems=pd.DataFrame())


def make(folder: str, persons: int, count: int) -> tuple[float, list[tuple[str, str]]]:
    """Write a vintage of so many persons into a data folder: the seconds it took, and `count` of its views. Of their rows it has two, one
    a list: rows tell the public tables no more than when lists end and whose they are."""
    os.environ["VYRAK_DATA"] = folder
    rows = check.empty_rows(pd.RangeIndex(2), {"organisation": ["viasna", "dissidentby"], "file": "SYNTHETIC.csv", "sha256": "0" * 64,
                                               "detained_on": END, "reported_on": [pd.NaT, END]})
    rows = rows.assign(**dict(zip(HISTORY, (["a", "b"], NOW, ["a", "b"]), strict=True)))
    nothing = pd.DataFrame(columns=["file", "sha256", "sheet", "row"])
    start = time.perf_counter()
    with publish.only_one_import():
        publish.publish(publish.Contents(rows, linked(persons), nothing, nothing, nothing, [], public_events.events(NOW)[0]), settings.load(), NOW)
    return time.perf_counter() - start, views(store.open_public(), count)


def views(vintage: store.PublicVintage, count: int) -> list[tuple[str, str]]:
    """(path, query) of views by one or two filters, of every page that has filters in turn; the same for the same vintage."""
    dice = random.Random(SEED)
    found: list[tuple[str, str]] = []
    asked = {page.path: sorted({name for chart in page.charts for name in CHARTS[chart].filters}) for page in pages.PAGES}
    paths = [path for path, names in asked.items() if names]
    months = filters.months(vintage)
    while len(found) < count:
        path = paths[len(found) % len(paths)]
        chosen: dict[str, str] = {}
        for name in dice.sample(asked[path], min(len(asked[path]), dice.choice((1, 2)))):
            first, last = sorted(dice.sample(months, 2))
            chosen |= {"from": first, "to": last} if name == "period" else {name: dice.choice([*filters.options(vintage, name)])}
        if (path, query := f"?{urlencode(chosen)}") not in found:
            found.append((path, query))
    return found
