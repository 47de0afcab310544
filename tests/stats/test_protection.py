"""What protect() publishes of chance worlds stands the attack, by stats/audit.py and by plain loops over the definitions."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from stats import measures
from stats.audit import audit
from stats.disclosure import DisclosureError, loss, protect
from stats.system import KEYS
from stats.tables import ALL, DIMENSIONS, Table
from tests.stats.test_disclosure import cells, definitions, tables

PUBLIC = [Table("charged", t, b) for t in ("month", "year") for b in ((), ("region",), ("sex",))]
PUBLIC += [Table("charged", "year", b) for b in (("article",), ("age",), ("organisation",), ("region", "sex"), ("sex", "article"), ("sex", "age"))]
PUBLIC += [Table("sentenced", "year", ("organisation",))]
PUBLIC += [Table(m, t, b) for m, t in (("sentenced", "year"), ("pardoned", "year"), ("pardoned", "wave")) for b in ((), ("sex",))]


def counted(seed: int, persons: int, regions: int, months: int) -> pd.DataFrame:
    """Exact cells of PUBLIC of made-up persons, some without sex, region, age, month or date, counted as everywhere."""
    rng = np.random.default_rng(seed)
    date = pd.Timestamp("2023-12-01") + pd.to_timedelta(rng.integers(0, months, persons) * 31, "D")
    charged = pd.DataFrame({
        "measure": "charged", "person_id": np.arange(persons).astype(str), "date": date.astype("datetime64[us]"),
        "precision": rng.choice(["day", "year"], persons, p=[0.9, 0.1]), "basis": "charge", "wave": None,
        "region": rng.choice([f"R{i}" for i in range(regions)], persons, p=rng.dirichlet(np.full(regions, 0.7))),
        "sex": rng.choice(["female", "male", None], persons, p=[0.25, 0.7, 0.05]),
        "articles": [" ".join(rng.choice(["342", "361", "369"], rng.integers(1, 3), replace=False)) for _ in range(persons)],
        "punishment": None, "age": rng.choice(["0-17", "25-34", "35-44", None], persons, p=[.1, .4, .4, .1]),
        "organisation": rng.choice(["only_a", "only_b", "a+b"], persons, p=[.6, .1, .3]), "further": 0})
    charged.loc[rng.random(persons) < 0.1, "region"] = None
    charged.loc[rng.random(persons) < 0.1, "date"] = pd.NaT
    sentenced = charged[rng.random(persons) < 0.7].assign(measure="sentenced")
    pardoned = charged[rng.random(persons) < 0.3].assign(measure="pardoned")
    pardoned["wave"] = rng.choice(["2024-07-03", "2024-09-04", None], len(pardoned))
    return measures.count(pd.concat([charged, sentenced, pardoned], ignore_index=True), PUBLIC, article_at_least=5)


def published(exact: pd.DataFrame) -> pd.DataFrame:
    try:
        return protect(exact, PUBLIC, 5, 3)
    except DisclosureError:
        return reject()  # a refusal exposes nobody; hypothesis fails if it is the rule


WORLDS = {"seed": st.integers(0, 10**6), "persons": st.integers(1, 60), "regions": st.integers(1, 3), "months": st.integers(1, 3)}


@settings(max_examples=4, deadline=None)
@given(**WORLDS)
def test_what_is_published_stands_the_attack(seed: int, persons: int, regions: int, months: int) -> None:
    public = published(counted(seed, persons, regions, months))
    assert not audit(public, PUBLIC, 5, 3)["narrow"].any()
    assert (room(public) >= 0).all()


def room(public: pd.DataFrame) -> pd.Series:
    """By how much more than demanded each protected cell can move, by plain programmes over the plain definitions."""
    public = public.sort_values(KEYS, ignore_index=True)
    rows, upper = definitions(public)
    hidden = public["protected"].to_numpy()
    national = public[(public[list(DIMENSIONS)] == ALL).all(axis=1)].set_index(KEYS[:3])["persons"]
    top = national.reindex(pd.MultiIndex.from_frame(public[KEYS[:3]])).to_numpy(float)
    known = rows[:, ~hidden] @ public.loc[~hidden, "persons"].to_numpy(float)
    bounds = np.column_stack([np.where(withheld(public), 0, 1), top])[hidden]
    found = []
    for i in range(hidden.sum()):
        ends = [linprog(sign * np.eye(1, hidden.sum(), i)[0], A_ub=rows[upper][:, hidden], b_ub=-known[upper],
                        A_eq=rows[~upper][:, hidden], b_eq=-known[~upper], bounds=bounds).x[i] for sign in (1, -1)]
        at_least, at_most = np.ceil(ends[0] - 1e-6), np.floor(ends[1] + 1e-6)
        evident = public.loc[hidden].iloc[i][["period", "sex", "age"]].tolist() == ["0000", ALL, "unknown"]
        found.append(0 if at_most == 0 or evident else at_most - at_least - min(3, top[hidden][i]))
    return pd.Series(found, index=public.index[hidden], dtype=float)


def withheld(public: pd.DataFrame) -> np.ndarray:
    """Cells of a table of a period in which everything that could be is protected."""
    present = set(public[KEYS].itertuples(index=False, name=None))
    result = np.zeros(len(public), dtype=bool)
    for table in PUBLIC:
        values = [sorted(set(public[d]) - {ALL}) if d in table.by else [ALL] for d in DIMENSIONS]
        of_table = (public["measure"] == table.measure) & (public["time"] == table.time)
        for d in DIMENSIONS:
            of_table &= (public[d] != ALL) == (d in table.by)
        for period, its in public[of_table].groupby("period"):
            combinations = [dict(zip(DIMENSIONS, v, strict=True)) for v in product(*values)]
            could = sum(all((table.measure, table.time, period, *(c | {d: ALL}).values()) in present for d in table.by)
                        and (table.time != "month" or (table.measure, "year", period[:4], *c.values()) in present)
                        and not (period == "0000" and c["age"] not in (ALL, "unknown")) for c in combinations)
            result[its.index] = its["protected"].all() and len(its) == could
    return result


@settings(max_examples=4, deadline=None)
@given(**WORLDS)
def test_what_is_shown_is_exact_and_never_small(seed: int, persons: int, regions: int, months: int) -> None:
    exact = counted(seed, persons, regions, months)
    public = published(exact)
    both = public.merge(exact, on=KEYS, how="outer", suffixes=("", "_exact"), validate="one_to_one")
    shown = both["protected"].eq(False)
    assert both["persons"][shown].eq(both["persons_exact"][shown]).all()
    assert both["persons"][~shown].isna().all()
    assert both["protected"].notna().all()
    assert shown[(both[list(DIMENSIONS)] == ALL).all(axis=1)].all()
    # A dimension that knows but one value says no more than the national total.
    several = [d for d in DIMENSIONS if both[d].nunique() > 2]
    assert not both.loc[shown & (both[several] != ALL).any(axis=1), "persons"].between(1, 4).any()


def test_the_order_of_rows_doesnt_matter() -> None:
    exact = counted(1, 60, 2, 2)
    public = protect(exact, PUBLIC, 5, 3)
    assert public["protected"].any()
    pd.testing.assert_frame_equal(public, protect(exact.sample(frac=1, random_state=1), PUBLIC, 5, 3))


def test_the_smallest_sufficient_partner_is_hidden() -> None:
    exact = cells("""
        charged year 2024 100
        charged year 2024 region=A 3
        charged year 2024 region=B 9
        charged year 2024 region=C 30
        charged year 2024 region=D 58""")
    public = protect(exact, tables(exact), 5, 3).set_index("region")
    assert public.index[public["protected"]].tolist() == ["A", "B"]


def test_those_without_a_date_guard_no_age() -> None:
    """All know that the age of none of them is known: their cell by age, which is their total, tells nothing and hides nothing."""
    exact = cells("""
        charged all all 203
        charged year 2024 100
        charged year 2024 age=0-17 3
        charged year 2024 age=25-34 9
        charged year 2024 age=35-44 88
        charged year 2025 100
        charged year 2025 age=25-34 100
        charged year 0000 3
        charged year 0000 age=unknown 3""")
    public = protect(exact, tables(exact), 5, 3)
    hidden = public[public["protected"]]
    assert set(zip(hidden["period"], hidden["age"], strict=True)) == {("2024", "0-17"), ("2024", "25-34"), ("0000", "unknown")}
    assert not audit(public, tables(exact), 5, 3)["narrow"].any()


def test_cells_of_unknowns_are_spared_on_demand() -> None:
    exact = cells("""
        charged year 2024 100
        charged year 2024 sex=female 30
        charged year 2024 sex=male 68
        charged year 2024 sex=unknown 2""")
    assert protect(exact, tables(exact), 5, 3)["protected"].sum() == 2
    public = protect(exact, tables(exact), 5, 3, spare_unknown=True)
    assert not public["protected"].any()
    assert not len(audit(public, tables(exact), 5, 3, spare_unknown=True))
    assert audit(public, tables(exact), 5, 3)["narrow"].sum() == 1


def test_a_month_of_few_is_withheld_with_its_zeros() -> None:
    exact = cells("""
        charged month 2024-01 3
        charged month 2024-01 sex=female 3
        charged month 2024-02 60
        charged month 2024-02 sex=female 20
        charged month 2024-02 sex=male 40
        charged year 2024 63
        charged year 2024 sex=female 23
        charged year 2024 sex=male 40""")
    public = protect(exact, tables(exact), 5, 3)
    january = public[(public["period"] == "2024-01") & (public["sex"] != ALL)]
    assert january["sex"].tolist() == ["female", "male"]
    assert january["protected"].all()


def test_counts_that_dont_add_up_are_not_published() -> None:
    exact = cells("charged year 2024 100\ncharged year 2024 sex=female 30\ncharged year 2024 sex=male 60")
    with pytest.raises(DisclosureError, match=r"charged year 2024.* don't add up"):
        protect(exact, tables(exact), 5, 3)


def test_nobody_at_all_needs_no_protection() -> None:
    nobody = cells("charged year 2024 100").iloc[:0]
    assert not len(protect(nobody, PUBLIC, 5, 3))


def test_loss_is_told_by_table() -> None:
    exact = cells("""
        charged year 2024 100
        charged year 2024 region=A 3
        charged year 2024 region=B 7
        charged year 2024 region=C 90""")
    told = loss(exact, protect(exact, tables(exact), 5, 3)).set_index("by")
    assert told.loc["region", ["cells", "persons"]].tolist() == [3, 100]
    assert told.loc["region", ["share_of_cells", "share_of_persons"]].tolist() == pytest.approx([2 / 3, 0.1])
    assert told.loc["", "share_of_persons"] == 0
