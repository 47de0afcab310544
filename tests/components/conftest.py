"""A small public vintage of invented counts, in the shape that etl/store.py opens."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etl import labels, store
from stats import batches, measures, publication
from stats.tables import PUBLIC_TABLES

VINTAGE = "20261031T120000Z-0123abcd"


def _events(count: int = 900) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    month = pd.Timestamp("2020-08-01") + pd.to_timedelta(rng.integers(0, 2280, count), "D")
    base = pd.DataFrame({
        "person_id": [f"p{i}" for i in range(count)], "date": month.astype("datetime64[us]"), "precision": "day",
        "basis": "verdict", "wave": None, "further": 0, "region": rng.choice(["BY-HM", "BY-BR", "BY-MA"], count,
                                                                             p=[.8, .15, .05]),
        "sex": rng.choice(["female", "male"], count, p=[.3, .7]),
        "articles": rng.choice(["342.1", "368", "342.1 369"], count),
        "punishment": rng.choice(["imprisonment", "fine", None], count, p=[.7, .1, .2]),
        "age": rng.choice(["18-24", "25-34", "45-54", None], count, p=[.15, .45, .3, .1]),
        "organisation": rng.choice(["only_viasna", "only_dissidentby", "dissidentby+viasna"], count, p=[.6, .1, .3])})
    base.loc[base.index[:20], ["date", "precision"]] = [pd.NaT, None]
    base.loc[base.index[20:30], "date"] = pd.Timestamp("2022-01-01")
    base.loc[base.index[20:30], "precision"] = "year"
    pardoned = base[100:250].assign(measure="pardoned", date=pd.Timestamp("2024-07-03"), precision="day", wave="2024-07-03")
    return pd.concat([base.assign(measure="charged"), base[:700].assign(measure="sentenced"), pardoned,
                      pardoned[:12].assign(measure="deported")], ignore_index=True)


@pytest.fixture(scope="session")
def exact() -> pd.DataFrame:
    """The exact cells behind the vintage: those of whom only the year is known are in national totals only."""
    events = _events()
    articles = measures.with_figures(events, 40)
    return batches.cells(events, batches.begun(batches.divisible(events, merge_sexes=False), PUBLIC_TABLES), PUBLIC_TABLES, articles)


@pytest.fixture(scope="session")
def folder(exact: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder that holds the vintage."""
    data = tmp_path_factory.mktemp("data")
    public = data / "vintages" / VINTAGE / "public"
    public.mkdir(parents=True)
    cells = publication.publish(_events(), PUBLIC_TABLES, 5, 3, 40).cells
    cells.to_parquet(public / "cells.parquet")
    labels.of(cells).to_parquet(public / "labels.parquet")
    numbers = {m: {"persons": 1, "as_of": "2026-10-31", "counts": "persons"} for m in
               ("charged", "sentenced", "pardoned", "deported", "held")}
    (public / "facts.json").write_text(json.dumps({
        "id": VINTAGE, "schema": store.SCHEMA, "created": "2026-10-31T12:00:00", "synthetic": True, "synthetic_rows": 9,
        "kept_rows": 9, "organisations": ["viasna"], "first_month": "2020-08", "last_month": "2026-10",
        "as_of": "2026-10-31", "headline": numbers, "placed": {}, "further": {}, "quarantined_now": 2, "fewer_than": 5,
        "rows": {"read": 10, "accepted": 9, "quarantined": 1}, "licence": "CC BY 4.0", "publisher": "Vyrak",
        "tables": [[t.measure, t.time, list(t.by)] for t in PUBLIC_TABLES], "protection": "audited",
        "dimensions": list(store.DIMENSIONS)}), encoding="utf-8")
    (data / "vintages" / "CURRENT").write_text(VINTAGE)
    return data


@pytest.fixture(autouse=True)
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("VYRAK_DATA", str(folder))
    yield
