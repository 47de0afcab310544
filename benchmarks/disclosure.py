"""What protection costs: seconds and memory against what is demanded, and the persons hidden or not yet broken down, by table
and from vintage to vintage. The sample, its world told week by week, and simulated persons."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context

import numpy as np
import pandas as pd

from components import filters, selection
from data.sample_world import world
from etl import vintages
from settings import ROOT
from stats import ages, batches, measures, publication
from stats.audit import audit
from stats.disclosure import loss
from stats.publication import Published
from stats.tables import ALL, DIMENSIONS, PUBLIC_TABLES, UNDIVIDED

SOME, MANY = 10_000, 1_000_000
FEWER_THAN, NARROWEST, ARTICLE = 5, 3, 40
SEED = 20260831
WEEKS = pd.date_range("2026-08-08", periods=13, freq="7D")
QUERIES = ("", "?sex=female", "?region=BY-BR", "?region=BY-BR&sex=female", "?article=342", "?article=342&sex=female")

REGIONS = {"BY-HM": 0.43, "BY-BR": 0.11, "BY-HO": 0.11, "BY-HR": 0.10, "BY-MI": 0.08, "BY-MA": 0.06, "BY-VI": 0.06, None: 0.05}
PUNISHMENTS = {"imprisonment": 0.42, "restricted_liberty_home": 0.33, "restricted_liberty_open": 0.10, None: 0.06,
               "fine": 0.04, "arrest": 0.03, "compulsory_treatment": 0.015, "suspended_sentence": 0.005}
AGES = {"0-17": 0.03, "18-24": 0.1, "25-34": 0.3, "35-44": 0.26, "45-54": 0.14, "55-64": 0.06, "65+": 0.02, None: 0.09}
LISTS: dict[str | None, float] = {"only_viasna": 0.55, "dissidentby+viasna": 0.35, "only_dissidentby": 0.1}
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
        "punishment": choose(PUNISHMENTS), "further": 0, "age": choose(AGES), "organisation": choose(LISTS)})
    charged.loc[rng.random(persons) < 0.06, "date"] = pd.NaT
    sentenced = charged[rng.random(persons) < 7 / 8].assign(measure="sentenced")
    sentenced["date"] += pd.to_timedelta(rng.integers(60, 300, len(sentenced)), "D")
    pardoned = sentenced[rng.random(len(sentenced)) < 1 / 13].assign(measure="pardoned", precision="day")
    pardoned["date"] = WAVES.astype("datetime64[us]").take(rng.integers(0, 20, len(pardoned)))
    pardoned["wave"] = pardoned["date"].dt.strftime("%Y-%m-%d")
    deported = pardoned[pardoned["date"].isin(WAVES[::3])].assign(measure="deported")
    return pd.concat([charged.assign(punishment=None), sentenced, pardoned, deported], ignore_index=True)


def told(as_of: pd.Timestamp, persons: pd.DataFrame) -> pd.DataFrame:
    """The events of the sample's world that lists had told of on a day."""
    reports = pd.concat([persons[f"reported_{name}"].where(persons[f"on_{name}"]) for name in ("viasna", "dissidentby")], axis=1)
    seen = persons[persons["known"] & (reports.min(axis=1) <= as_of)]
    charged = pd.DataFrame({
        "person_id": seen.index.astype("str"), "date": seen["detained_on"].fillna(seen["sentenced_on"]), "precision": "day",
        "basis": "detention", "wave": None, "region": seen["region"], "sex": seen["woman"].map({True: "female", False: "male"}),
        "articles": seen["articles"].map(" ".join),
        "punishment": None, "further": 0, "measure": "charged"}).astype({"date": "datetime64[us]"})
    sentenced = charged.assign(date=seen["sentenced_on"].astype("datetime64[us]"), punishment=seen["punishment"], measure="sentenced")
    pardoned = charged.assign(date=seen["released_on"].astype("datetime64[us]"), measure="pardoned", wave=seen["wave"])
    events = pd.concat([charged[charged["date"] <= as_of], sentenced[sentenced["date"] <= as_of],
                        pardoned[(seen["outcome"] == "pardon") & (pardoned["date"] <= as_of)]], ignore_index=True)
    born = events["person_id"].astype("int64").map(persons["born"]).astype("datetime64[us]")
    on = seen[["on_dissidentby", "on_viasna"]].set_axis(seen.index.astype("str"))
    lists = pd.Series("dissidentby+viasna", on.index).mask(~on["on_viasna"], "only_dissidentby").mask(~on["on_dissidentby"], "only_viasna")
    events = events.assign(organisation=events["person_id"].map(lists).astype("str"))
    return events.assign(age=ages.groups(ages.ages(events["date"], events["precision"], born, events["precision"])))


def published(events: pd.DataFrame, previous: Published | None = None, at_least: int = ARTICLE) -> Published:
    return publication.publish(events, PUBLIC_TABLES, FEWER_THAN, NARROWEST, at_least, previous)


def counted(events: pd.DataFrame, of: Published) -> pd.DataFrame:
    """The exact cells behind what is published."""
    articles = set(of.cells["article"]) - {ALL, UNDIVIDED, measures.UNKNOWN, measures.OTHER}
    return batches.cells(events, of.divided, PUBLIC_TABLES, articles)


def shares(events: pd.DataFrame, of: Published) -> dict[str, float]:
    """In per cent, over all breakdowns of one dimension: persons hidden, and persons not yet broken down."""
    by_table = loss(counted(events, of), of.cells)
    main = by_table[(by_table["by"] != "") & ~by_table["by"].str.contains(" ")]
    cells = of.cells[(of.cells[list(DIMENSIONS)] != ALL).sum(axis=1) == 1]
    aside = cells.loc[(cells[list(DIMENSIONS)] == UNDIVIDED).any(axis=1), "persons"].abs().sum()
    hidden = (main["share_of_persons"] * main["persons"]).sum()
    return {"hidden %": 100 * hidden / main["persons"].sum(), "not yet broken down %": 100 * float(aside) / main["persons"].sum()}


def week_by_week() -> pd.DataFrame:
    """A vintage a week: what it hides and holds back, and in how many cells that change it does so by fewer than it may."""
    persons, rows, before = world().persons, [], None
    was: pd.Series | None = None
    for week in WEEKS:
        events, start = told(week, persons), time.perf_counter()
        before = published(events, before)
        seconds = time.perf_counter() - start
        keys = [c for c in before.cells if c not in ("persons", "protected")]
        inside = (before.cells[list(DIMENSIONS)] != ALL).any(axis=1) & ~(before.cells[list(DIMENSIONS)] == UNDIVIDED).any(axis=1)
        now = before.cells[inside & ~before.cells["protected"]].set_index(keys)["persons"].astype(float)
        change = (now - (now if was is None else was)).abs()
        rows.append({"week": f"{week:%Y-%m-%d}", "charged": int((events["measure"] == "charged").sum()), **shares(events, before),
                     "cells changed": int((change > 0).sum()), "by 1 to 4": int(change.between(1, FEWER_THAN - 1).sum()),
                     "seconds": seconds})
        was = now
    return pd.DataFrame(rows)


def _large(persons: int) -> tuple[float, float]:
    """(seconds to count, protect and audit so many; peak memory in GB of a process of its own)."""
    events, start = simulated(persons), time.perf_counter()
    published(events, at_least=persons // 250)
    return time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _view(query: str) -> float:
    """Milliseconds of the slowest of what the charts sum for a view, each at its quickest."""
    view, _ = filters.parse(query)
    work = {"series": lambda: selection.series(view, ("charged", "sentenced", "pardoned")),
            "totals": lambda: selection.totals(view, "sentenced", "punishment"), "waves": lambda: selection.waves(view)}
    found = []
    for call in work.values():
        try:
            found.append(min(_timed(call) for _ in range(5)))
        except selection.NotPublished:
            continue
    return 1000 * max(found)


def main() -> None:
    rows: list[tuple[str, str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VYRAK_DATA"] = folder
        subprocess.run([sys.executable, "-m", "etl", "import", str(ROOT / "data" / "sample")], check=False, capture_output=True, cwd=ROOT)
        events = vintages.source().events
        views = {query: _view(query) for query in QUERIES}
    some = simulated(SOME)
    divided = batches.begun(batches.divisible(some, merge_sexes=True), PUBLIC_TABLES)
    articles = measures.with_figures(some, ARTICLE)
    rows.append((f"tables of {SOME:,} persons", "3 s", f"{_timed(lambda: batches.cells(some, divided, PUBLIC_TABLES, articles)):.1f} s"))
    start = time.perf_counter()
    sample = published(events)
    rows.append(("the sample, protected and audited", "30 s", f"{time.perf_counter() - start:.1f} s"))
    narrow: list[int] = []
    alone = _timed(lambda: narrow.append(int(audit(sample.cells, PUBLIC_TABLES, FEWER_THAN, NARROWEST)["narrow"].sum())))
    rows += [("of which the audit", "", f"{alone:.1f} s"), ("intervals narrower than the rule", "0", f"{narrow[0]}")]
    with get_context("spawn").Pool(1) as pool:
        seconds, memory = pool.apply(_large, (MANY,))
    rows += [(f"{MANY:,} persons, protected and audited", "60 s", f"{seconds:.0f} s"), ("peak memory of that", "3 GB", f"{memory:.1f} GB")]
    rows += [(f"a view of the app, {query or 'unfiltered'}", "10 ms", f"{ms:.1f} ms") for query, ms in views.items()]
    print(pd.DataFrame(rows, columns=["what", "target", "measured"]).to_string(index=False))
    by_table = loss(counted(events, sample), sample.cells).query("by != ''")
    by_table[["share_of_cells", "share_of_persons"]] *= 100
    print("\nThe sample: cells hidden and persons in them, in %, by table:")
    print(by_table.round(1).to_string(index=False))
    print("\n" + "; ".join(f"{name}: {value:.1f}" for name, value in shares(events, sample).items()) + " (breakdowns by one dimension)")
    print("\nThe sample's world, a vintage a week:")
    print(week_by_week().round(1).to_string(index=False))
