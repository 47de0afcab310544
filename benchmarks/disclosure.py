"""What protection costs: seconds to protect and to audit, cells and persons hidden by table. On simulated persons."""

import time

import numpy as np
import pandas as pd

from stats import measures
from stats.audit import audit
from stats.disclosure import loss, protect
from stats.tables import PUBLIC_TABLES

PERSONS = 9_000
MANY = 1_000_000
FEWER_THAN, NARROWEST = 5, 3
SEED = 20260831

REGIONS = {"BY-HM": 0.43, "BY-BR": 0.11, "BY-HO": 0.11, "BY-HR": 0.10, "BY-MI": 0.08, "BY-MA": 0.06, "BY-VI": 0.06, None: 0.05}
PUNISHMENTS = {"imprisonment": 0.42, "restricted_liberty_home": 0.33, "restricted_liberty_open": 0.10, None: 0.06,
               "fine": 0.04, "arrest": 0.03, "compulsory_treatment": 0.015, "suspended_sentence": 0.005}
WAVES = pd.date_range("2024-07-03", periods=20, freq="29D")


def simulated(persons: int, seed: int = SEED) -> pd.DataFrame:
    """Events (stats.measures.EVENT_COLUMNS): 75 months, 25 articles with a heavy tail and 1 to 5 a person, women 22 %,
    unknowns in every dimension, seven in eight sentenced, one in fifteen pardoned in 20 waves and a third of them deported."""
    rng = np.random.default_rng(seed)

    def choose(values: dict[str | None, float]) -> np.ndarray:
        shares = np.array([*values.values()])
        return rng.choice(np.array([*values], dtype=object), persons, p=shares / shares.sum())

    heavy = 1 / np.arange(1, 26) ** 1.3
    order = np.argsort(rng.random((persons, 25)) ** (1 / heavy), axis=1)[:, ::-1]
    names = np.array([str(number) for number in range(340, 365)])
    number = 1 + rng.binomial(4, 0.12, persons)
    month = pd.Timestamp("2020-08-01") + rng.integers(0, 75 * 30, persons) * pd.Timedelta(days=1)
    charged = pd.DataFrame({
        "measure": "charged", "person_id": np.arange(persons).astype(str), "date": month.astype("datetime64[us]"),
        "precision": rng.choice(["day", "year"], persons, p=[0.998, 0.002]), "basis": "charge", "wave": None,
        "region": choose(REGIONS), "sex": choose({"male": 0.775, "female": 0.22, None: 0.005}),
        "articles": [" ".join(names[row[:n]]) for row, n in zip(order, number, strict=True)],
        "punishment": choose(PUNISHMENTS), "further": 0})
    charged.loc[rng.random(persons) < 0.06, "date"] = pd.NaT
    sentenced = charged[rng.random(persons) < 7 / 8].assign(measure="sentenced")
    sentenced["date"] += pd.to_timedelta(rng.integers(60, 300, len(sentenced)), "D")
    pardoned = sentenced[rng.random(len(sentenced)) < 1 / 13].assign(measure="pardoned", precision="day")
    pardoned["date"] = WAVES.astype("datetime64[us]").take(rng.integers(0, 20, len(pardoned)))
    pardoned["wave"] = pardoned["date"].dt.strftime("%Y-%m-%d")
    deported = pardoned[pardoned["date"].isin(WAVES[::3])].assign(measure="deported")
    return pd.concat([charged.assign(punishment=None), sentenced, pardoned, deported], ignore_index=True)


def measured(persons: int, spare_unknown: bool, at_least: int) -> tuple[dict, pd.DataFrame]:
    """One row of the table of times, and the loss by table."""
    exact = measures.count(simulated(persons), PUBLIC_TABLES, at_least)
    start = time.perf_counter()
    public = protect(exact, PUBLIC_TABLES, FEWER_THAN, NARROWEST, spare_unknown=spare_unknown)
    protected = time.perf_counter()
    told = audit(public, PUBLIC_TABLES, FEWER_THAN, NARROWEST, spare_unknown=spare_unknown)
    audited = time.perf_counter()
    row = {"persons": persons, "spare_unknown": spare_unknown, "cells": len(public), "hidden": int(public["protected"].sum()),
           "narrow": int(told["narrow"].sum()), "protect and audit s": protected - start, "audit s": audited - protected}
    return row, loss(exact, public)


def main() -> None:
    rows, losses = [], {}
    for persons, spare, at_least in ((PERSONS, False, 40), (PERSONS, True, 40), (MANY, False, 4_000)):
        row, told = measured(persons, spare, at_least)
        rows.append(row)
        name = f"{persons:,}{', unknown spared' if spare else ''}"
        losses[name] = told.set_index(["measure", "time", "by"])["share_of_persons"]
    print(pd.DataFrame(rows).round(1).to_string(index=False))
    shares = pd.DataFrame(losses)
    print("\nShare of persons in hidden cells, in %, by table:")
    print((shares[(shares > 0).any(axis=1)] * 100).round(1).to_string())
