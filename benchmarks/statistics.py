"""What the statistics beside the tables cost: seconds for all of them, the slowest, and memory. On linked tables of invented persons.

Aims: under 3 s for 10,000 persons; under 60 s and 3 GB for 1,000,000. Each size in a process of its own, so that the peak is its own.
"""

import multiprocessing
import resource
import sys
import time

import pandas as pd

from stats import measures, statistics
from stats.source import Source
from tests.stats.linked_world import source, world

SIZES = (10_000, 1_000_000)


def made_from(persons: int) -> Source:
    """The source of so many persons, as etl/compute.py makes it: numbers for ids. Protection isn't measured here."""
    tables = world(persons)
    return source(dict(zip(tables, measures.numbered(*tables.values())[1], strict=True)))


def measured(persons: int) -> dict[str, object]:
    """One row of the table. Run in a fresh process."""
    made = made_from(persons)
    before, start = _peak(), time.perf_counter()
    seconds, numbers = {}, 0
    for statistic in statistics.STATISTICS:
        begun = time.perf_counter()
        numbers += len(statistics.one(statistic, made))
        seconds[statistic.name] = time.perf_counter() - begun
    slowest = sorted(seconds, key=lambda name: -seconds[name])[:4]
    return {"persons": persons, "numbers": numbers, "seconds": round(time.perf_counter() - start, 2),
            "peak of the process, GB": round(_peak(), 2), "before, GB": round(before, 2),
            "slowest": ", ".join(f"{name} {seconds[name]:.1f}" for name in slowest)}


def _peak() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def main() -> None:
    context = multiprocessing.get_context("spawn")
    rows = []
    for persons in SIZES:
        with context.Pool(1) as pool:
            rows.append(pool.apply(measured, (persons,)))
    print(pd.DataFrame(rows).to_string(index=False))
