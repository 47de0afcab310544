"""The attacker is played twice: by stats/audit.py, and here by plain loops over the definitions, or by trying out all
whole numbers. What protect() publishes must stand both; what is badly protected must be found."""


import numpy as np
import pandas as pd
import pytest

from stats.audit import ContradictionError, audit
from stats.system import KEYS
from stats.tables import ALL, CELL_COLUMNS, DIMENSIONS, Table


def cells(text: str) -> pd.DataFrame:
    """Cells written "charged year 2024 region=A sex=f 12", with "*" in place of the number if protected."""
    rows = []
    for line in filter(None, (part.strip() for part in text.strip().splitlines())):
        measure, time, period, *by, persons = line.split()
        values = dict.fromkeys(DIMENSIONS, ALL) | dict(pair.split("=") for pair in by)
        rows.append({"measure": measure, "time": time, "period": period, **values,
                     "persons": pd.NA if persons == "*" else int(persons), "protected": persons == "*"})
    return pd.DataFrame(rows)[CELL_COLUMNS].astype({"persons": "Int64", "protected": bool})


def tables(frame: pd.DataFrame) -> list[Table]:
    by = [tuple(d for d in DIMENSIONS if d in broken) for broken in
          (set(np.array(DIMENSIONS)[(row != ALL).to_numpy()]) for _, row in frame[list(DIMENSIONS)].iterrows())]
    return list(dict.fromkeys(Table(m, t, b) for m, t, b in zip(frame["measure"], frame["time"], by, strict=True)))


def found(text: str) -> list[str]:
    """The cells that the audit calls narrow, named by period and values."""
    told = audit(cells(text), tables(cells(text)), 5, 3)
    return [" ".join(v for i, v in enumerate(row) if v != ALL or i < 3) for row in told.loc[told["narrow"], KEYS].itertuples(index=False)]


BAD = {
    "a small cell is shown": ("""
        charged year 2024 100
        charged year 2024 sex=f 3
        charged year 2024 sex=m 97""", "charged year 2024 f"),
    "one hidden cell in a line": ("""
        charged year 2024 100
        charged year 2024 region=A *
        charged year 2024 region=B 57
        charged year 2024 region=C 40""", "charged year 2024 A"),
    "two hidden cells hold too few": ("""
        charged year 2024 100
        charged year 2024 region=A *
        charged year 2024 region=B *
        charged year 2024 region=C 96""", "charged year 2024 A"),
    "as many hidden cells as persons in them": ("""
        charged year 2024 100
        charged year 2024 region=A *
        charged year 2024 region=B *
        charged year 2024 region=C *
        charged year 2024 region=D *
        charged year 2024 region=E 96""", "charged year 2024 C"),
    "months give away the year": ("""
        charged year 2024 100
        charged year 2024 sex=f *
        charged year 2024 sex=m *
        charged month 2024-01 60
        charged month 2024-01 sex=f 20
        charged month 2024-01 sex=m 40
        charged month 2024-02 40
        charged month 2024-02 sex=f 18
        charged month 2024-02 sex=m 22""", "charged year 2024 f"),
    "the year gives away a month": ("""
        charged year 2024 100
        charged year 2024 sex=f 22
        charged year 2024 sex=m 78
        charged month 2024-01 60
        charged month 2024-01 sex=f 20
        charged month 2024-01 sex=m 40
        charged month 2024-02 40
        charged month 2024-02 sex=f *
        charged month 2024-02 sex=m *""", "charged month 2024-02 f"),
    "those without a month give away a month": ("""
        charged year 2024 100
        charged year 2024 sex=f 22
        charged year 2024 sex=m 78
        charged month 2024-00 60
        charged month 2024-00 sex=f 20
        charged month 2024-00 sex=m 40
        charged month 2024-07 40
        charged month 2024-07 sex=f *
        charged month 2024-07 sex=m *""", "charged month 2024-07 f"),
    "four cells that can't move, for 0 is shown": ("""
        charged year 2024 40
        charged year 2024 region=A 2
        charged year 2024 region=B 38
        charged year 2024 sex=f 12
        charged year 2024 sex=m 28
        charged year 2024 region=A sex=f *
        charged year 2024 region=A sex=m *
        charged year 2024 region=B sex=f *
        charged year 2024 region=B sex=m *""", "charged year 2024 A f"),
    "a finer table gives away its margin": ("""
        charged year 2024 100
        charged year 2024 region=A *
        charged year 2024 region=B *
        charged year 2024 region=A sex=f 8
        charged year 2024 region=A sex=m 9
        charged year 2024 region=B sex=f 50
        charged year 2024 region=B sex=m 33
        charged year 2024 sex=f 58
        charged year 2024 sex=m 42""", "charged year 2024 A"),
    "two hidden cells on a diagonal": ("""
        charged year 2024 40
        charged year 2024 region=A 20
        charged year 2024 region=B 20
        charged year 2024 sex=f 20
        charged year 2024 sex=m 20
        charged year 2024 region=A sex=f *
        charged year 2024 region=A sex=m 12
        charged year 2024 region=B sex=f 12
        charged year 2024 region=B sex=m *""", "charged year 2024 B m"),
    "a margin that isn't shown follows from others": ("""
        charged year 2024 100
        charged year 2024 region=A sex=f *
        charged year 2024 region=A sex=m *
        charged year 2024 region=B sex=f 60
        charged year 2024 region=B sex=m 36""", "charged year 2024 A f"),
    "the months of an article": ("""
        charged year 2024 100
        charged year 2024 article=342 50
        charged year 2024 article=361 50
        charged month 2024-01 60
        charged month 2024-01 article=342 48
        charged month 2024-01 article=361 12
        charged month 2024-02 40
        charged month 2024-02 article=342 *
        charged month 2024-02 article=361 38""", "charged month 2024-02 342"),
    "nearly all stand under one article": ("""
        charged year 2024 100
        charged year 2024 article=342 98
        charged year 2024 article=361 20""", "charged year 2024 342"),
    "more than the rest of the articles can hold": ("""
        charged year 2024 70
        charged year 2024 region=A 20
        charged year 2024 region=B 50
        charged year 2024 article=342 30
        charged year 2024 article=361 42
        charged year 2024 region=A article=342 *
        charged year 2024 region=A article=361 5
        charged year 2024 region=B article=342 *
        charged year 2024 region=B article=361 37""", "charged year 2024 A 342"),
    "an article holds no more than its region": ("""
        charged year 2024 100
        charged year 2024 region=A 11
        charged year 2024 region=B 89
        charged year 2024 article=342 98
        charged year 2024 article=361 60
        charged year 2024 region=A article=342 *
        charged year 2024 region=A article=361 5
        charged year 2024 region=B article=342 *
        charged year 2024 region=B article=361 55""", "charged year 2024 A 342"),
    "waves give away the years": ("""
        pardoned year 2024 30
        pardoned year 2024 sex=f *
        pardoned year 2024 sex=m *
        pardoned wave 2024-07-03 18
        pardoned wave 2024-07-03 sex=f 7
        pardoned wave 2024-07-03 sex=m 11
        pardoned wave none 12
        pardoned wave none sex=f 6
        pardoned wave none sex=m 6""", "pardoned year 2024 f"),
    "quarters give away the year": ("""
        charged quarter 2024-Q1 60
        charged quarter 2024-Q1 sex=f 22
        charged quarter 2024-Q1 sex=m 38
        charged quarter 2024-Q0 40
        charged quarter 2024-Q0 sex=f 15
        charged quarter 2024-Q0 sex=m 25
        charged year 2024 100
        charged year 2024 sex=f *
        charged year 2024 sex=m *""", "charged year 2024 f"),
    "the years give away the whole time": ("""
        charged year 2024 60
        charged year 2024 region=A 20
        charged year 2024 region=B 40
        charged year 2025 60
        charged year 2025 region=A 30
        charged year 2025 region=B 30
        charged all all 120
        charged all all region=A article=342 *
        charged all all region=A article=361 12
        charged all all region=B article=342 60
        charged all all region=B article=361 50
        charged year 2024 article=342 30
        charged year 2024 article=361 40
        charged year 2025 article=342 50
        charged year 2025 article=361 22""", "charged all all A 342"),
    "those not yet broken down are known": ("""
        charged year 2024 100
        charged year 2024 region=A *
        charged year 2024 region=B 57
        charged year 2024 region=undivided 40""", "charged year 2024 A"),
    "nearly all who are broken down stand under one article": ("""
        charged year 2024 100
        charged year 2024 article=342 58
        charged year 2024 article=361 20
        charged year 2024 article=undivided 40""", "charged year 2024 342"),
    "the deported are a part of the pardoned": ("""
        pardoned year 2025 19
        pardoned year 2025 sex=f *
        pardoned year 2025 sex=m *
        deported year 2025 17
        deported year 2025 sex=f 9
        deported year 2025 sex=m 8""", "pardoned year 2025 f"),
    "whoever was sentenced was charged": ("""
        charged year 2024 12
        charged year 2024 sex=f *
        charged year 2024 sex=m *
        sentenced year 2025 11
        sentenced year 2025 sex=f 5
        sentenced year 2025 sex=m 6""", "charged year 2024 f"),
}


@pytest.mark.parametrize(("text", "cell"), BAD.values(), ids=BAD)
def test_the_audit_finds_the_leak(text: str, cell: str) -> None:
    assert cell in found(text)


GOOD = {
    "two cells of five persons": """
        charged year 2024 100
        charged year 2024 region=A *
        charged year 2024 region=B *
        charged year 2024 region=C 95""",
    "a whole table of a month": """
        charged month 2024-01 4
        charged month 2024-01 sex=f *
        charged month 2024-01 sex=m *""",
    "four cells that can move": """
        charged year 2024 40
        charged year 2024 region=A 20
        charged year 2024 region=B 20
        charged year 2024 sex=f 20
        charged year 2024 sex=m 20
        charged year 2024 region=A sex=f *
        charged year 2024 region=A sex=m *
        charged year 2024 region=B sex=f *
        charged year 2024 region=B sex=m *""",
    "few are not yet broken down": """
        charged year 2024 102
        charged year 2024 region=A 40
        charged year 2024 region=B 60
        charged year 2024 region=undivided 2""",
    "more is broken down than counted, since a list took somebody back": """
        charged year 2024 99
        charged year 2024 region=A 40
        charged year 2024 region=B 60
        charged year 2024 region=undivided -1""",
    "nothing is hidden, nothing is small": """
        charged year 2024 40
        charged year 2024 sex=f 12
        charged year 2024 sex=m 28""",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_the_audit_finds_nothing_where_nothing_leaks(text: str) -> None:
    assert found(text) == []


def test_cells_that_contradict_each_other_are_told() -> None:
    with pytest.raises(ContradictionError, match="2024"):
        found("charged year 2024 9\ncharged year 2024 sex=f *\ncharged year 2024 sex=m 12")


def by_trying_out(frame: pd.DataFrame, least: int, most: int) -> pd.DataFrame:
    """The bounds of each protected cell over all whole numbers that fulfil the definitions."""
    hidden = frame["protected"].to_numpy()
    rows, upper = definitions(frame)
    tried = np.indices([most + 1 - least] * hidden.sum()).reshape(hidden.sum(), -1) + least
    known = rows[:, ~hidden] @ frame.loc[~hidden, "persons"].to_numpy(int)
    sums = rows[:, hidden] @ tried + known[:, np.newaxis]
    possible = tried[:, (sums <= 0).all(axis=0) & (sums[~upper] == 0).all(axis=0)]
    return frame.loc[hidden, KEYS].assign(lower=possible.min(axis=1), upper=possible.max(axis=1))


def definitions(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Rows by cells, and which of them are "at most 0" and not "equal to 0"; by plain loops over the definitions."""
    position = {key: i for i, key in enumerate(frame[KEYS].itertuples(index=False, name=None))}
    sums: dict[tuple, list[int]] = {}
    parts: dict[tuple, list[int]] = {}
    for key, i in position.items():
        cell = dict(zip(KEYS, key, strict=True))
        for dimension in (d for d in DIMENSIONS if cell[d] != ALL):
            whole = tuple((cell | {dimension: ALL}).values())
            (parts if dimension == "article" else sums).setdefault((dimension, whole), []).append(i)
        if cell["time"] == "month":
            sums.setdefault(("month", tuple((cell | {"time": "year", "period": cell["period"][:4]}).values())), []).append(i)
    rows, upper = [], []

    def row(ups: list[int], downs: list[int], at_most: bool) -> None:
        rows.append(np.bincount(ups, minlength=len(frame)) - np.bincount(downs, minlength=len(frame)))
        upper.append(at_most)

    for (_, whole), its in sums.items():
        if whole in position:
            row(its, [position[whole]], False)
    for (_, whole), its in parts.items():
        if whole in position:
            row([position[whole]], its, True)
            for i in its:
                row([i], [position[whole]], True)
    return np.array(rows), np.array(upper)


@pytest.mark.parametrize("name", ["a finer table gives away its margin", "two hidden cells on a diagonal",
                                  "the months of an article", "more than the rest of the articles can hold"])
def test_bounds_are_those_of_trying_out(name: str) -> None:
    frame = cells(BAD[name][0])
    told = audit(frame, tables(frame), 5, 30).merge(by_trying_out(frame, 1, 100), on=KEYS)
    assert len(told) == frame["protected"].sum()
    assert told["lower_x"].tolist() == told["lower_y"].tolist()
    assert told["upper_x"].tolist() == told["upper_y"].tolist()


def test_bounds_of_a_square_are_those_of_trying_out() -> None:
    frame = cells("""
        charged year 2024 24
        charged year 2024 region=A 7
        charged year 2024 region=B 9
        charged year 2024 region=C 8
        charged year 2024 sex=f 10
        charged year 2024 sex=m 14
        charged year 2024 region=A sex=f *
        charged year 2024 region=A sex=m *
        charged year 2024 region=B sex=f *
        charged year 2024 region=B sex=m *
        charged year 2024 region=C sex=f *
        charged year 2024 region=C sex=m *""")
    told = audit(frame, tables(frame), 5, 9)
    # The whole table is hidden, so that a cell may be of nobody.
    tried = by_trying_out(frame, 0, 9)
    assert told[["lower", "upper"]].to_numpy().tolist() == tried[["lower", "upper"]].to_numpy().tolist()
