"""Any figure as of any vintage: computed again from that vintage's own tables, which never change."""

from __future__ import annotations

import pandas as pd

import settings
from etl import compute, publish, store
from etl.link import Linked
from stats import revisions, statistics
from stats.source import Source

_LINKED = ("persons", "charges", "sentences", "releases", "assignments", "review", "problems")


class UnknownStatistic(Exception):
    """There is no statistic of that name; the message lists those there are."""


def source(vintage_id: str | None = None) -> Source:
    """What the statistics of a vintage (by default the one in use) are made from. Raises store.StoreError."""
    vintage_id = vintage_id or store.current_id()
    record = publish.manifest(vintage_id)
    linked = Linked(*(_private(name, vintage_id) for name in _LINKED))
    return compute.source(
        linked, _private("rows", vintage_id), compute.events_of(linked), store.open_public(vintage_id).cells, settings.load(),
        vintage_id=vintage_id, now=pd.Timestamp(record["created"]), before=publish.read_public("revisions", record["parent"]),
        divided=publish.read_divided(vintage_id))


def measure(name: str, as_of: str | None = None) -> pd.DataFrame:
    """The numbers of a statistic (stats.source.COLUMNS) as of a vintage, by today's definition, from what was known then.

    Equal to what the vintage published, unless the definition or a setting has changed since. Raises UnknownStatistic,
    and store.StoreError where the vintage can't be read.
    """
    try:
        statistic = statistics.named(name)
    except KeyError as error:
        known = ", ".join(s.name for s in statistics.STATISTICS)
        raise UnknownStatistic(f"There is no statistic {name!r}. There are: {known}.") from error
    return statistics.one(statistic, source(as_of))


def triangle(measure: str) -> pd.DataFrame:
    """The count of each month (rows) in each vintage in the store (columns, the oldest first), as published: Int64.

    Over all vintages, those gone back from included; `stats.revisions` has the line that led to one of them.
    """
    columns = {}
    for vintage_id in reversed(store.history()):
        counts = revisions.national(store.open_public(vintage_id).cells, measure, "month")
        columns[vintage_id] = counts
    return pd.DataFrame(columns, dtype="Int64").rename_axis("month").sort_index()


def _private(name: str, vintage_id: str) -> pd.DataFrame:
    """A private table of a vintage. Raises store.StoreError."""
    try:
        frame = publish.read_private(name, vintage_id)
    except OSError as error:
        raise store.StoreError(f"The vintage {vintage_id} has no private table {name!r} any more.") from error
    if frame is None:
        raise store.NoVintage("Nothing has been imported yet.")
    return frame
