"""How often the interval for all cases holds the truth, over 200 simulated worlds of each kind."""

import numpy as np
import pandas as pd

from data.sample_world import world
from stats.coverage import estimate

WORLDS = 200
PERSONS = 2500
CHANCES = (0.5, 0.35, 0.25)


def _second_list_copies(rng: np.random.Generator, strength: float) -> list[np.ndarray]:
    """Three lists; those on the first are more likely on the third, by the factor `strength`."""
    first, second, third = CHANCES
    on = rng.random(PERSONS) < first
    likely = np.where(on, third * strength, third * (1 - first * strength) / (1 - first))
    return [on, rng.random(PERSONS) < second, rng.random(PERSONS) < likely]


def _all_know_the_same(rng: np.random.Generator) -> list[np.ndarray]:
    """Half of the cases are well known, half hidden, from every list alike."""
    known = np.where(rng.random(PERSONS) < 0.5, 1.5, 0.5)
    return [rng.random(PERSONS) < chance * known for chance in CHANCES]


KINDS = {
    "two lists, independent": lambda rng: [rng.random(PERSONS) < chance for chance in CHANCES[:2]],
    "two lists, one copies the other": lambda rng: _second_list_copies(rng, 1.5)[::2],
    "three lists, independent": lambda rng: [rng.random(PERSONS) < chance for chance in CHANCES],
    "three lists, one copies a little": lambda rng: _second_list_copies(rng, 1.1),
    "three lists, one copies much": lambda rng: _second_list_copies(rng, 1.5),
    "three lists, one avoids the other": lambda rng: _second_list_copies(rng, 0.6),
    "three lists, all miss the same cases": _all_know_the_same,
    "four lists, independent": lambda rng: [rng.random(PERSONS) < chance for chance in (*CHANCES, 0.2)],
}


def coverage(level: float = 0.95) -> pd.DataFrame:
    """One row a kind of world: share of `worlds` whose interval holds the truth, and mean bias and width in per cent
    of the truth."""
    rows = []
    for kind, lists in KINDS.items():
        rng = np.random.default_rng(4)
        found = [estimate(pd.DataFrame(np.column_stack(lists(rng))), level) for _ in range(WORLDS)]
        rows.append((kind, WORLDS, np.mean([e.lower <= PERSONS <= e.upper for e in found]),
                     100 * np.mean([e.total / PERSONS - 1 for e in found]),
                     100 * np.mean([(e.upper - e.lower) / PERSONS for e in found])))
    return pd.DataFrame(rows, columns=["kind", "worlds", "coverage", "bias %", "width %"])


def sample() -> str:
    """The sample's two organisations. A fifth of its cases is hidden from both, so that the answer must be too low."""
    persons = world().persons
    told = estimate(persons[["on_viasna", "on_dissidentby"]])
    return (f"The sample: {len(persons):,} persons in truth, {told.observed:,} on a list;"
            f" estimate {told.total:,.0f} ({told.lower:,.0f} to {told.upper:,.0f}).")


def main() -> None:
    print(f"95 % interval for {PERSONS} persons, of whom the lists hold", ", ".join(f"{c:.0%}" for c in CHANCES))
    print(coverage().round(3).to_string(index=False))
    print(sample())


if __name__ == "__main__":
    main()
