"""Two vintages compared: what changes between them changes by none or by enough persons together, whatever is imported."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats import batches, measures, publication
from stats.audit import audit
from stats.system import KEYS, slices
from stats.tables import ALL, DIMENSIONS, UNDIVIDED, Table
from tests.stats.test_protection import PUBLIC

AT_LEAST, WIDTH = 5, 3


def people(count: int, seed: int = 0, first: int = 0) -> pd.DataFrame:
    """Events of made-up persons: charged, most sentenced, some pardoned."""
    rng = np.random.default_rng(seed)
    date = pd.Timestamp("2023-11-01") + pd.to_timedelta(rng.integers(0, 150, count), "D")
    charged = pd.DataFrame({
        "measure": "charged", "person_id": [f"p{first + i}" for i in range(count)], "date": date.astype("datetime64[us]"),
        "precision": rng.choice(["day", "year"], count, p=[0.97, 0.03]), "wave": None,
        "region": rng.choice(["A", "B", "C", None], count, p=[.5, .3, .15, .05]), "sex": rng.choice(["female", "male"], count),
        "articles": rng.choice(["342", "361", "342 361"], count), "punishment": None,
        "age": rng.choice(["18-24", "25-34", "35-44", None], count, p=[.2, .4, .3, .1]),
        "organisation": rng.choice(["only_a", "a+b"], count, p=[.7, .3])})
    sentenced = charged[rng.random(count) < 0.7].assign(measure="sentenced", punishment="fine")
    pardoned = sentenced[rng.random(len(sentenced)) < 0.4].assign(measure="pardoned", wave="2024-07-03", punishment=None)
    return pd.concat([charged, sentenced, pardoned], ignore_index=True)


def exact(events: pd.DataFrame, divided: pd.DataFrame) -> pd.Series:
    return batches.cells(events, divided, PUBLIC, ["342", "361"]).set_index(KEYS)["persons"].astype(int)


def broken_down(cells: pd.Series) -> pd.Series:
    """The cells of breakdowns, the undivided left out."""
    frame = cells.index.to_frame()[list(DIMENSIONS)]
    return cells[(frame != ALL).any(axis=1) & (frame != UNDIVIDED).all(axis=1)]


def later(events: pd.DataFrame, seed: int, come: int, go: int, move: int) -> pd.DataFrame:
    """The events with so many persons more, fewer, and said to be of another region."""
    rng = np.random.default_rng(seed)
    persons = events["person_id"].unique()
    gone, moved = rng.choice(persons, min(go, len(persons)), replace=False), rng.choice(persons, min(move, len(persons)), replace=False)
    left = events[~events["person_id"].isin(gone)]
    left = left.assign(region=left["region"].mask(left["person_id"].isin(moved), "B"))
    return pd.concat([left, people(come, seed, first=1000 * (seed + 1))], ignore_index=True)


CHANGES = {"seed": st.integers(0, 10**6), "come": st.integers(0, 60), "go": st.integers(0, 8), "move": st.integers(0, 12)}


@settings(max_examples=4, deadline=None)
@given(**CHANGES)
def test_no_cell_changes_by_few(seed: int, come: int, go: int, move: int) -> None:
    events = people(120, seed)
    before = batches.begun(batches.divisible(events, merge_sexes=False), PUBLIC)
    now = later(events, seed, come, go, move)
    after = batches.brought_up_to_date(before, batches.divisible(now, merge_sexes=False), PUBLIC, ["342", "361"], AT_LEAST)
    was, is_now = (broken_down(exact(e, d)) for e, d in ((events, before), (now, after)))
    change = is_now.sub(was, fill_value=0).abs()
    assert not change.between(1, AT_LEAST - 1).any()
    assert _adds_up(exact(now, after))


def _adds_up(cells: pd.Series) -> bool:
    """Every line of regions and of sexes adds up to its margin, the undivided included; national totals are of all events."""
    frame = cells.rename("persons").reset_index()
    for dimension in ("region", "sex"):
        parts = frame[frame[dimension] != ALL].assign(**{dimension: ALL}).groupby(KEYS)["persons"].sum()
        wholes = frame.set_index(KEYS)["persons"].reindex(parts.index)
        declared = [t for t in PUBLIC if dimension in t.by and len(t.by) == 1]
        inside = [any((m, when) == (t.measure, t.time) for t in declared) for m, when in zip(
            parts.index.get_level_values("measure"), parts.index.get_level_values("time"), strict=True)]
        if not (parts[inside] == wholes[inside].fillna(0)).all():
            return False
    return True


def test_a_single_late_case_waits_and_five_come_together() -> None:
    events = people(120)
    before = batches.begun(batches.divisible(events, merge_sexes=False), PUBLIC)
    late = people(1, seed=3, first=500).iloc[:1].assign(date=pd.Timestamp("2023-11-05"), precision="day", region="C")
    one = pd.concat([events, late], ignore_index=True)
    after = batches.brought_up_to_date(before, batches.divisible(one, merge_sexes=False), PUBLIC, ["342", "361"], AT_LEAST)
    assert (broken_down(exact(one, after)) == broken_down(exact(events, before))).all()
    aside = ("charged", "year", "2023", UNDIVIDED, *[ALL] * (len(DIMENSIONS) - 1))
    assert exact(one, after)[aside] == 1 + exact(events, before).get(aside, 0)
    five = pd.concat([events, *(late.assign(person_id=f"late{i}") for i in range(5))], ignore_index=True)
    after = batches.brought_up_to_date(before, batches.divisible(five, merge_sexes=False), PUBLIC, ["342", "361"], AT_LEAST)
    cell = ("charged", "year", "2023", "C", *[ALL] * (len(DIMENSIONS) - 1))
    gained = exact(five, after)[cell] - exact(events, before)[cell]
    assert gained == 5


def test_somebody_with_a_new_id_is_no_change() -> None:
    events = people(120)
    before = batches.begun(batches.divisible(events, merge_sexes=False), PUBLIC)
    renamed = events.assign(person_id=events["person_id"].replace({"p7": "q7"}))
    after = batches.brought_up_to_date(before, batches.divisible(renamed, merge_sexes=False), PUBLIC, ["342", "361"], AT_LEAST)
    pd.testing.assert_series_equal(exact(renamed, after), exact(events, before))
    assert "q7" in set(after["person_id"]) and "p7" not in set(after["person_id"])


def test_over_vintages_nothing_known_is_hidden_and_nothing_hidden_is_shown() -> None:
    events = people(220, 1)
    published = publication.publish(events, PUBLIC, AT_LEAST, WIDTH, 5)
    for week in range(2):
        previous, was = published, exact(events, published.divided)
        events = later(events, 10 + week, 25, 1, 2)
        published = publication.publish(events, PUBLIC, AT_LEAST, WIDTH, 5, previous)
        same = broken_down(exact(events, published.divided)).eq(broken_down(was)).loc[lambda s: s]
        same = same[same.index.isin(pd.MultiIndex.from_frame(published.cells[KEYS]))]
        assert len(same) and published.tables == previous.tables
        hidden = [p.cells.set_index(KEYS)["protected"].reindex(same.index) for p in (previous, published)]
        assert (hidden[0] == hidden[1]).all(), "a cell of the same number is shown or hidden as before"
        assert not audit(published.cells, PUBLIC, AT_LEAST, WIDTH)["narrow"].any()
        assert not measures.count(events, [t for t in PUBLIC if not t.by]).set_index(KEYS)["persons"].sub(
            published.cells.set_index(KEYS)["persons"]).dropna().any(), "national totals are exact"


def test_breakdowns_stay_where_new_ones_cant_be_protected(monkeypatch: pytest.MonkeyPatch) -> None:
    events = people(220, 2)
    first = publication.publish(events, PUBLIC, AT_LEAST, WIDTH, 5)
    now = later(events, 5, 60, 0, 0)
    protect = publication.protect

    def refuse_the_new(cells: pd.DataFrame, *rest: object, settled: pd.DataFrame) -> pd.DataFrame:
        if len(settled) < (~first.cells["protected"]).sum() / 2:
            raise publication.DisclosureError("no")
        return protect(cells, *rest, settled=settled)

    monkeypatch.setattr(publication, "protect", refuse_the_new)
    monkeypatch.setattr(batches, "brought_up_to_date", lambda before, now, *_: batches.begun(now, PUBLIC))
    second = publication.publish(now, PUBLIC, AT_LEAST, WIDTH, 5, first)
    shown = [broken_down(p.cells.set_index(KEYS)["persons"].fillna(-1).astype(int)) for p in (first, second)]
    pd.testing.assert_series_equal(*shown)
    assert second.cells.query("time == 'year' and period == '2023' and sex == 'all' and region == 'all' and measure == 'charged'")[
        "persons"].max() > first.cells.query("time == 'year' and period == '2023' and measure == 'charged'")["persons"].max()


def test_other_rules_begin_anew_and_unknown_sex_is_not_by_itself() -> None:
    events = people(150)
    few = events.assign(sex=events["sex"].mask(events["person_id"].isin(["p1", "p2"])))
    cells = publication.publish(few, PUBLIC, AT_LEAST, WIDTH, 5).cells
    assert set(cells["sex"]) - {ALL, UNDIVIDED} == {"female", batches.MEN_OR_UNKNOWN}
    many = events.assign(sex=events["sex"].mask(events["person_id"].str.endswith("1")))
    assert "unknown" in set(publication.publish(many, PUBLIC, AT_LEAST, WIDTH, 5).cells["sex"])


def test_those_of_whom_only_the_year_is_known_are_undivided() -> None:
    events = people(120)
    divided = batches.begun(batches.divisible(events, merge_sexes=False), PUBLIC)
    by_year = events.loc[events["precision"] == "year", "person_id"].nunique()
    frame = exact(events, divided).reset_index()
    aside = frame[(frame["region"] == UNDIVIDED) & (frame["time"] == "year") & (frame["measure"] == "charged") & (frame["sex"] == ALL)]
    assert by_year == aside["persons"].sum() > 0
    assert not slices(frame[frame["region"].isin(["A", "B"])]).str.contains("-00").any()
    assert Table("charged", "year", ("region",)) in PUBLIC


BY_GROUP = [Table(m, "year", by) for m in ("charged", "pardoned") for by in ((), ("age",), ("organisation",))]


def by(published: publication.Published) -> set[tuple[str, str]]:
    """The measures and dimensions by which there are tables, of those that not every list allows."""
    return {(t.measure, d) for t in published.tables for d in t.by if d in ("age", "organisation")}


def test_ages_are_broken_down_where_enough_are_known_and_stay_so() -> None:
    events = people(400)
    measure = events["measure"] == "charged"
    few = events.assign(age=events["age"].where(~measure | (events.index % 5 > 2)))
    first = publication.publish(few, BY_GROUP, AT_LEAST, WIDTH, 5)
    assert ("charged", "age") not in by(first) and ("pardoned", "age") in by(first)
    enough = publication.publish(events, BY_GROUP, AT_LEAST, WIDTH, 5, first)
    assert ("charged", "age") in by(enough)
    assert ("charged", "age") in by(publication.publish(few, BY_GROUP, AT_LEAST, WIDTH, 5, enough))


def test_one_organisation_is_no_breakdown() -> None:
    events = people(200)
    told = publication.publish(events, BY_GROUP, AT_LEAST, WIDTH, 5)
    assert {d for _, d in by(told)} == {"age", "organisation"}
    alone = publication.publish(events.assign(organisation="only_a"), BY_GROUP, AT_LEAST, WIDTH, 5)
    assert {d for _, d in by(alone)} == {"age"} and (alone.cells["organisation"] == ALL).all()


def test_one_who_comes_onto_another_list_waits_for_others() -> None:
    events = people(300)
    before = batches.begun(batches.divisible(events, merge_sexes=False), BY_GROUP)
    only = events.loc[(events["organisation"] == "only_a") & (events["measure"] == "charged") & (events["precision"] == "day"), "person_id"]
    year = events["date"].dt.year == 2023
    for count in (1, 40):
        moved = events["person_id"].isin(only[only.isin(events.loc[year, "person_id"])].head(count))
        now = events.assign(organisation=events["organisation"].mask(moved, "a+b"))
        after = batches.brought_up_to_date(before, batches.divisible(now, merge_sexes=False), BY_GROUP, ["342", "361"], AT_LEAST)
        was, is_now = (broken_down(batches.cells(e, d, BY_GROUP, ["342", "361"]).set_index(KEYS)["persons"].astype(int))
                       for e, d in ((events, before), (now, after)))
        change = is_now.sub(was, fill_value=0)
        assert not change.abs().between(1, AT_LEAST - 1).any() and (change == 0).all() == (count == 1)
