"""An invented world of cases as the spreadsheet of a monitor, thin in some places on purpose, and its import."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
from click.testing import CliRunner

from etl.__main__ import main

PERSONS = 700
REGIONS = {"Минск": 0.7, "Брестская область": 0.2, "Гомельская область": 0.06, "Витебская область": 0.04}
PUNISHMENTS = {"imprisonment": 0.7, "restricted_liberty_open": 0.2, "fine": 0.1}


def cases(persons: int = PERSONS, seed: int = 1) -> pd.DataFrame:
    """One case a person, all columns text: 2021 to 2025, women a fifth, three articles, few regions and punishments of few."""
    rng = np.random.default_rng(seed)

    def day(first: pd.Series | str, span: int) -> pd.Series:
        return pd.Series(pd.to_datetime(first), index=range(persons)) + pd.to_timedelta(rng.integers(0, span, persons), "D")

    detained = day("2021-01-04", 1500)
    sentenced = day(detained, 300)
    released = day(sentenced, 900)
    pardoned = rng.random(persons) < 0.15
    wave = pd.Series(np.where(released < "2024-09-01", "2024-07-03", "2025-09-11"))
    return pd.DataFrame({
        "name": [f"Сінтэтык Прозвішча{_letters(n)}" for n in range(persons)],
        "url": [f"https://synthetic.invalid/person/{n}" for n in range(persons)],
        "sex": rng.choice(["female", "male"], persons, p=[0.2, 0.8]), "status": rng.choice(["held", "former"], persons),
        "birth_date": day("1960-01-01", 15_000).dt.strftime("%Y-%m-%d"),
        "region": rng.choice([*REGIONS], persons, p=[*REGIONS.values()]),
        "articles": rng.choice(["ст. 342", "ст. 368", "ст. 342, ст. 369"], persons, p=[0.6, 0.3, 0.1]),
        "detained_on": detained.dt.strftime("%Y-%m-%d"), "charged_on": detained.head(3).dt.strftime("%Y-%m-%d"),
        "sentenced_on": sentenced.dt.strftime("%Y-%m-%d"),
        "punishment_code": rng.choice([*PUNISHMENTS], persons, p=[*PUNISHMENTS.values()]), "term_months": rng.choice(["12", "24", "60"], persons),
        "released_on": released.where(pardoned).dt.strftime("%Y-%m-%d"), "outcome": pd.Series("помилование", index=range(persons)).where(pardoned),
        "wave": wave.where(pardoned), "deported": pd.Series(np.where(rng.random(persons) < 0.3, "да", "нет")).where(pardoned),
        "monitor": rng.choice(["viasna", "dissidentby"], persons, p=[0.85, 0.15]),
    }).fillna("")


def _letters(number: int) -> str:
    """A number in letters, so that names differ by more than a digit."""
    return "".join("абвгдежзік"[int(digit)] * 2 for digit in f"{number:04}")


def crowds(seed: int = 2) -> pd.DataFrame:
    """Cases of many at once, each in a number of its own between 1,000 and 1,900, so that a number in an answer tells which
    cell it is of: three months by two regions, sexes and articles. Beside them crowds of 2 and 3, which hide others."""
    rng = np.random.default_rng(seed)
    groups = pd.MultiIndex.from_product([["2023-02", "2023-05", "2024-03"], [*REGIONS][:2], ["female", "male"], ["ст. 342", "ст. 368"]],
                                        names=["month", "region", "sex", "articles"]).to_frame(index=False)
    groups["persons_told_of"] = rng.choice(np.arange(1000, 1900), len(groups), replace=False)
    thin = groups.iloc[[0, 5, 10, 15, 20]].assign(region=[*REGIONS][2], persons_told_of=[2, 3, 2, 3, 2])
    every = pd.concat([groups, thin], ignore_index=True)
    number = np.arange(len(every))
    wave = pd.Series(["2024-07-03", "2025-09-11"]).take(number % 2).set_axis(every.index)
    pardoned = pd.Series(number % 3 == 0, every.index)
    return every.assign(
        name="", url=[f"https://synthetic.invalid/crowd/{n}" for n in number], status=np.where(number % 5, "former", "held"),
        detained_on=every["month"] + "-03", sentenced_on=every["month"] + "-20", punishment_code=np.array([*PUNISHMENTS])[number % 3],
        term_months=(12 + number % 7 * 6).astype(str), birth_date=[f"19{60 + n}-01-01" for n in number],
        released_on=wave.where(pardoned), wave=wave.where(pardoned), outcome=pd.Series("помилование", every.index).where(pardoned),
        deported=pd.Series(np.where(number % 2, "да", "нет"), every.index).where(pardoned), in_absentia=np.where(number % 4, "нет", "да"),
        monitor=np.where(number % 5 == 1, "dissidentby", "viasna"),
    ).drop(columns="month").fillna("").astype(str)


def imported(frame: pd.DataFrame, data: Path, folder: Path) -> str:
    """The id of the vintage after the import of `frame`, each case by the list of its `monitor`, into the data folder `data`, which
    VYRAK_DATA must name."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{monitor}_cases_SYNTHETIC.csv" for monitor in ("viasna", "dissidentby")]
    for path in paths:
        its = frame[frame["monitor"] == path.name.split("_")[0]].drop(columns="monitor")
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(its.columns)
            writer.writerows(its.itertuples(index=False))
    done = CliRunner().invoke(main, ["import", *map(str, paths), "--json"], catch_exceptions=False)
    told = json.loads(done.stdout)
    assert [line["quarantined"] for line in told["files"]] == [0, 0], done.stdout[:2000]
    return told["vintage"]
