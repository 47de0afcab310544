"""Rows of several lists become persons with their charges, sentences and releases."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import linkage
from etl import check, problems
from etl.link import Linked, link

DATES = ("birth_date", "reported_on", "charged_on", "detained_on", "sentenced_on", "released_on")
FIRST, LATER = "2026-01-01", "2026-06-01"


def frame(*records: dict) -> pd.DataFrame:
    """Canonical rows; a date is written "2024-05-06", "2024-05" or "2024", the key is the row's number."""
    filled = []
    for n, record in enumerate(records):
        values = {"row_key": f"k{n}", "first_seen": FIRST, "list": "a", "organisation": "viasna", "table": "cases",
                  "file": "SYNTHETIC.csv", "sheet": "", "sha256": "0", "row": n + 2} | record
        for column in set(values) & set(DATES):
            values[f"{column}_precision"] = {4: "year", 7: "month", 10: "day"}[len(values[column])]
        filled.append({c: pd.Timestamp(v) if c in (*DATES, "first_seen") else v for c, v in values.items()})
    dtypes = check.DTYPES | {"row_key": "str", "first_seen": "datetime64[us]"}
    return pd.DataFrame(filled, columns=list(dtypes)).astype(dtypes)


ZUFIK = {"name": "Иван Зуфик", "birth_date": "1980-05-06", "record_id": "1"}
ZUFIK_B = {"name": "Zufik Ivan", "birth_date": "1980-05-06", "list": "b", "organisation": "other", "record_id": "77"}


def persons(linked: Linked) -> list[set[str]]:
    """The row keys of each person."""
    return [set(keys) for _, keys in linked.assignments.groupby("person_id", sort=False)["row_key"]]


def linked(*records: dict, **more: pd.DataFrame) -> Linked:
    """`link` of such rows; every row must be some person's."""
    rows = frame(*records)
    result = link(rows, **more)
    hold(rows, result)
    return result


def hold(rows: pd.DataFrame, result: Linked) -> None:
    """What is so whatever the rows."""
    assert sorted(result.assignments["row_key"]) == sorted(rows["row_key"])
    assert set(result.assignments["person_id"]) == set(result.persons["person_id"])
    whose = result.assignments.set_index("row_key")["person_id"]
    for table in (result.charges, result.sentences, result.releases):
        told = table.assign(key=table["row_keys"].str.split(" ")).explode("key")
        assert not told["key"].duplicated().any(), "a row tells a fact of a kind once"
        assert (told["key"].map(whose) == told["person_id"]).all()
    assert set(result.charges["row_keys"].str.split(" ").explode().dropna()) == set(
        rows.loc[rows["table"].isin(["cases", "charges"]), "row_key"])
    apart = result.review
    assert (apart["row_key_a"].map(whose) != apart["row_key_b"].map(whose)).all()
    assert list(result.problems.columns) == problems.COLUMNS


@pytest.fixture(scope="module")
def measured() -> dict[str, float]:
    return linkage.measure(*linkage.world(1_500, seed=3))


def test_precision_and_recall_on_invented_people(measured: dict[str, float]) -> None:
    assert measured["true pairs"] > 3_000
    assert measured["precision"] >= 0.995
    assert measured["recall"] >= 0.96


def test_unkind_lists_leave_work_for_people_but_not_much(measured: dict[str, float]) -> None:
    assert 0 < measured["review"] < 0.1 * measured["rows"]


def test_quality_counts_pairs() -> None:
    truth = pd.Series({"a": 1, "b": 1, "c": 1, "d": 2})
    assert linkage.quality(pd.Series({"a": "x", "b": "x", "c": "y", "d": "y"}), truth) == (0.5, 1 / 3, 3)


def test_the_tables_are_as_declared() -> None:
    rows, _ = linkage.world(60, seed=4)
    result = link(rows)
    hold(rows, result)
    for name, schema in check.LINKED.items():
        schema.validate(getattr(result, name))
        assert len(getattr(result, name)) > 10


def test_any_order_of_rows_gives_the_same_persons() -> None:
    rows, _ = linkage.world(120, seed=5)
    shuffled = rows.sample(frac=1, random_state=1).reset_index(drop=True)
    one, other = (link(r).assignments.set_index("row_key")["person_id"].sort_index() for r in (rows, shuffled))
    pd.testing.assert_series_equal(one, other)


# Who is one person

def test_name_and_date_of_birth_make_one_person() -> None:
    assert persons(linked(ZUFIK, ZUFIK_B)) == [{"k0", "k1"}]


def test_name_and_the_date_of_an_event_make_one_person() -> None:
    case = {"sentenced_on": "2024-05-06", "articles": "342"}
    both = linked({"name": "Иван Зуфик", **case}, {"name": "Zufik Ivan", "list": "b", **case})
    assert persons(both) == [{"k0", "k1"}]


def test_a_name_alone_goes_to_review_with_its_reasons() -> None:
    both = linked({"name": "Иван Зуфик"}, {"name": "Zufik Ivan", "list": "b"})
    assert len(both.persons) == 2
    [pair] = both.review.to_dict("records")
    assert {pair["row_key_a"], pair["row_key_b"]} == {"k0", "k1"}
    assert 0.5 <= pair["score"] <= 1
    assert pair["reasons"] == "same surname; same given name; not merged: a name alone, or a contradiction"


def test_relatives_of_one_case_are_two_persons() -> None:
    case = {"sentenced_on": "2024-05-06", "detained_on": "2024-01-02", "articles": "342 368", "region": "BY-HO"}
    both = linked({"name": "Зуфик Иван Петрович", **case}, {"name": "Зуфик Роман Петрович", "list": "b", **case})
    assert len(both.persons) == 2


def test_a_namesake_born_in_another_year_is_another_person() -> None:
    both = linked(ZUFIK, ZUFIK_B | {"birth_date": "1991-07-08", "sentenced_on": "2024-05-06"})
    assert len(both.persons) == 2
    assert both.review.empty


@pytest.mark.parametrize("name", ["Гражданин К.", "Person 12", None])
def test_anonymous_people_are_never_linked_across_lists(name: str | None) -> None:
    case = {"name": name, "sentenced_on": "2024-05-06", "detained_on": "2024-01-02", "articles": "342", "sex": "male"}
    both = linked(case, case | {"list": "b"})
    assert len(both.persons) == 2
    assert both.review.empty


def test_anonymous_people_are_linked_by_the_lists_id_or_page() -> None:
    page = {"name": "Гражданин К.", "url": "https://synthetic.invalid/9", "sex": "male", "sentenced_on": "2024-05-06"}
    assert persons(linked(page, page | {"list": "b"})) == [{"k0", "k1"}]
    same_id = {"name": "Гражданин К.", "record_id": "9"}
    assert persons(linked(same_id, same_id | {"table": "sentences"})) == [{"k0", "k1"}]


def test_one_page_for_two_citizens_does_not_make_them_one() -> None:
    page = {"name": "Гражданин К.", "url": "https://synthetic.invalid/9"}
    assert len(linked(page | {"record_id": "1"}, page | {"record_id": "2"}).persons) == 2


def test_two_ids_of_one_list_are_two_persons_and_shown() -> None:
    both = linked(ZUFIK | {"sentenced_on": "2024-05-06"}, ZUFIK | {"record_id": "2", "sentenced_on": "2024-05-06"})
    assert len(both.persons) == 2
    assert both.review["score"].iloc[0] > 0.99


def test_a_third_row_does_not_join_two_records_of_one_list() -> None:
    two = [ZUFIK | {"birth_date": "1980"}, ZUFIK | {"record_id": "2", "birth_date": "1980"}]
    found = linked(*two, ZUFIK_B | {"birth_date": "1980"})
    assert len(found.persons) == 3, "which of the two it is would be a guess"
    assert len(found.review) == 3


def test_the_clearly_better_of_two_namesakes_is_taken() -> None:
    two = [ZUFIK | {"sentenced_on": "2024-05-06"}, ZUFIK | {"record_id": "2", "birth_date": "1980"}]
    found = linked(*two, ZUFIK_B | {"sentenced_on": "2024-05-06"})
    assert persons(found) == [{"k0", "k2"}, {"k1"}]


def test_row_numbers_of_two_sheets_are_no_ids() -> None:
    people = [{"name": f"{name} {surname}", "birth_date": f"19{60 + n}-03-04"} for n, (name, surname) in enumerate(
        (g, s) for g in ("Иван", "Роман", "Максим") for s in ("Зуфик", "Мырак"))]
    charges = [p | {"record_id": str(n), "table": "charges"} for n, p in enumerate(people)]
    sentences = [p | {"record_id": str(n), "table": "sentences"} for n, p in enumerate(reversed(people))]
    assert len(linked(*charges, *sentences).persons) == 6
    ids = [p | {"record_id": c["record_id"], "table": "sentences"} for p, c in zip(people, charges, strict=True)]
    assert len(linked(*charges, *ids).persons) == 6


def test_people_overrule_the_scores() -> None:
    decided = pd.DataFrame([("k0", "k1", True), ("k2", "k0", False)], columns=["row_key_a", "row_key_b", "same"])
    rows = [{"name": "Иван Зуфик"}, {"name": "Ян Мырак", "list": "b"}, ZUFIK_B, ZUFIK | {"list": "c"}]
    found = linked(*rows, same_person=decided)
    assert {"k0", "k1"} in persons(found)
    kept_apart = pd.DataFrame([("k2", "k3", False)], columns=["row_key_a", "row_key_b", "same"])
    found = linked(*rows, same_person=kept_apart)
    assert {"k2"} in persons(found) and {"k3"} in persons(found)
    asked = zip(found.review["row_key_a"], found.review["row_key_b"], strict=True)
    assert {"k2", "k3"} not in [set(pair) for pair in asked], "decided"


def test_a_decision_holds_against_a_chain() -> None:
    apart = pd.DataFrame([("k0", "k1", False)], columns=["row_key_a", "row_key_b", "same"])
    found = linked(ZUFIK, ZUFIK_B, ZUFIK | {"list": "c"}, same_person=apart)
    assert not any({"k0", "k1"} <= keys for keys in persons(found))


def test_a_decision_on_rows_that_are_gone_says_nothing() -> None:
    gone = pd.DataFrame([("k0", "k9", True)], columns=["row_key_a", "row_key_b", "same"])
    assert persons(linked(ZUFIK, same_person=gone)) == [{"k0"}]


# Ids that stay

def test_ids_stay_when_rows_come() -> None:
    before = linked(ZUFIK, {"name": "Роман Мырак", "record_id": "2"}).assignments
    after = linked(ZUFIK, {"name": "Роман Мырак", "record_id": "2"}, ZUFIK_B | {"first_seen": LATER}, previous=before)
    ids = after.assignments.set_index("row_key")["person_id"]
    assert ids[["k0", "k1"]].tolist() == before.set_index("row_key")["person_id"][["k0", "k1"]].tolist()
    assert ids["k2"] == ids["k0"]


def test_the_oldest_id_stays_when_persons_merge_and_the_earliest_row_keeps_it_when_they_split() -> None:
    weak = {"name": "Zufik Ivan", "list": "b", "first_seen": LATER}
    before = linked(weak, ZUFIK).assignments
    old = before.set_index("row_key")["person_id"]
    assert old["k0"] != old["k1"]
    merged = linked(weak | {"birth_date": "1980-05-06"}, ZUFIK, previous=before).assignments
    assert set(merged["person_id"]) == {old["k1"]}
    split = linked(weak, ZUFIK, previous=merged).assignments.set_index("row_key")["person_id"]
    assert split["k1"] == old["k1"]
    assert split["k0"] == old["k0"], "the part that goes has the id it had"


def test_linking_again_changes_nothing() -> None:
    rows, _ = linkage.world(150, seed=9)
    once = link(rows)
    again = link(rows, once.assignments)
    for name in (*check.LINKED, "assignments", "review"):
        pd.testing.assert_frame_equal(getattr(once, name), getattr(again, name))


# What the lists tell of a person

def test_one_sentence_told_by_two_lists_is_one() -> None:
    found = linked(ZUFIK | {"sentenced_on": "2024-05-06", "punishment": "imprisonment", "articles": "342"},
                   ZUFIK_B | {"sentenced_on": "2024-05-09", "term_months": 24.0, "articles": "342.1 368"})
    [sentence] = found.sentences.to_dict("records")
    assert (sentence["sentenced_on"], sentence["term_months"]) == (pd.Timestamp("2024-05-06"), 24)
    assert sentence["articles"] == "342.1 368", "the part that one list names spells out the other's article"
    assert sentence["organisations"] == "viasna other" and sentence["row_keys"] == "k0 k1"


def test_two_sentences_clearly_apart_stay_two() -> None:
    found = linked(ZUFIK | {"sentenced_on": "2021-05-06"}, ZUFIK_B | {"sentenced_on": "2024-05-09"})
    assert found.sentences["sentenced_on"].dt.year.tolist() == [2021, 2024]
    assert len(found.charges) == 1


def test_two_cases_of_one_list_without_ids() -> None:
    case = {"name": "Иван Зуфик", "birth_date": "1980-05-06", "table": "sentences"}
    found = linked(case | {"sentenced_on": "2021-05"}, case | {"sentenced_on": "2021-06"}, case | {"term_months": 12.0})
    assert len(found.persons) == 1
    assert len(found.sentences) == 2, "the undated row adds its term to one of them"
    apart = linked(case | {"sentenced_on": "2021-05", "term_months": 6.0}, case | {"term_months": 12.0})
    assert len(apart.sentences) == 2, "one list that says two things means two"


def test_the_more_precise_date_wins_over_the_more_frequent() -> None:
    found = linked(ZUFIK | {"sentenced_on": "2024-05"}, ZUFIK_B | {"sentenced_on": "2024-05-09"},
                   ZUFIK | {"list": "c", "sentenced_on": "2024"})
    [sentence] = found.sentences.to_dict("records")
    assert (sentence["sentenced_on"], sentence["sentenced_on_precision"]) == (pd.Timestamp("2024-05-09"), "day")


def test_the_majority_wins_then_the_list_known_first() -> None:
    def punished(record: dict, name: str, months: float, first_seen: str = FIRST) -> dict:
        return record | {"list": name, "sentenced_on": "2024-05-06", "term_months": months, "first_seen": first_seen}
    three = linked(punished(ZUFIK, "a", 12), punished(ZUFIK, "b", 24), punished(ZUFIK, "c", 24))
    assert three.sentences["term_months"].tolist() == [24]
    two = linked(punished(ZUFIK, "a", 12, LATER), punished(ZUFIK, "b", 24))
    assert two.sentences["term_months"].tolist() == [24]


def test_a_term_stays_with_its_punishment() -> None:
    case = {"sentenced_on": "2024-05-06"}
    found = linked(ZUFIK | case | {"punishment": "fine", "fine_base_units": 100.0},
                   ZUFIK_B | case | {"punishment": "imprisonment", "term_months": 24.0})
    [sentence] = found.sentences.to_dict("records")
    assert sentence["punishment"] == "fine" and pd.isna(sentence["term_months"])
    found = linked(ZUFIK | case | {"punishment": "restricted_liberty"},
                   ZUFIK_B | case | {"punishment": "restricted_liberty_open", "term_months": 24.0})
    assert found.sentences[["punishment", "term_months"]].to_numpy().tolist() == [["restricted_liberty_open", 24]]


def test_what_each_table_tells() -> None:
    of = {"name": "Иван Зуфик", "birth_date": "1980-05-06"}
    found = linked(of | {"table": "sentences"}, ZUFIK_B | {"table": "charges"},
                   of | {"list": "c", "table": "releases", "outcome": "pardon", "released_on": "2024-07-03"})
    assert len(found.persons) == len(found.charges) == len(found.sentences) == len(found.releases) == 1
    assert linked(of).sentences.empty and linked(of).releases.empty
    assert linked(of | {"table": "sentences"}).charges.empty, "no charge is invented"
    assert len(linked(of | {"fine_base_units": 10.0}).sentences) == 1


def test_a_former_prisoner_was_released_whenever_it_was() -> None:
    [release] = linked(ZUFIK | {"status": "former"}).releases.to_dict("records")
    assert release["outcome"] == "unknown" and pd.isna(release["released_on"])
    found = linked(ZUFIK | {"status": "former"}, ZUFIK_B | {"released_on": "2024-07-03", "outcome": "pardon"})
    assert found.releases[["outcome", "released_on"]].to_numpy().tolist() == [["pardon", pd.Timestamp("2024-07-03")]]


def test_a_charge_joins_the_dates_of_detention_and_charge() -> None:
    found = linked(ZUFIK | {"detained_on": "2024-01-02"}, ZUFIK_B | {"charged_on": "2024-01-10"})
    [charge] = found.charges.to_dict("records")
    assert (charge["detained_on"], charge["charged_on"]) == (pd.Timestamp("2024-01-02"), pd.Timestamp("2024-01-10"))
    assert len(linked(ZUFIK | {"detained_on": "2020-08-10"}, ZUFIK_B | {"charged_on": "2024-01-10"}).charges) == 2


def test_first_reported_is_the_earliest_report() -> None:
    found = linked(ZUFIK | {"reported_on": "2024-03-04"}, ZUFIK_B)
    assert found.charges["first_reported"].tolist() == [pd.Timestamp("2024-03-04")]
    assert linked(ZUFIK).charges["first_reported"].tolist() == [pd.Timestamp(FIRST)]


def test_the_person_has_all_spellings_and_the_best_of_each_fact() -> None:
    found = linked(ZUFIK | {"birth_date": "1980", "status": "not_recognised", "sentenced_on": "2024-05-06"},
                   ZUFIK_B | {"name": "Зуфік Іван", "status": "held", "sentenced_on": "2024-05-06", "sex": "male"})
    [person] = found.persons.to_dict("records")
    assert person["names"] == "Иван Зуфик | Зуфік Іван" and person["name_latin"] == "Zufik Ivan"
    assert (person["birth_date"], person["birth_date_precision"]) == (pd.Timestamp("1980-05-06"), "day")
    assert (person["status"], person["sex"], person["lists"]) == ("held", "male", "a | b")


def test_held_by_one_list_and_released_by_another_is_told() -> None:
    held = ZUFIK | {"status": "held", "detained_on": "2020-01-02"}
    found = linked(held, ZUFIK_B | {"released_on": "2024-07-03"}).problems.to_dict("records")
    assert [(p["kind"], p["file"], p["row"], p["found"]) for p in found] == [
        ("held-and-released", "SYNTHETIC.csv", 2, "b, 2024-07-03")]
    again = linked(held | {"detained_on": "2025-01-02"}, ZUFIK_B | {"released_on": "2024-07-03"})
    assert again.problems.empty, "arrested again since"


def test_no_rows_are_no_persons() -> None:
    nothing = linked()
    assert nothing.persons.empty and nothing.review.empty


some_rows = st.lists(st.fixed_dictionaries({
    "name": st.sampled_from(["Иван Зуфик", "Zufik Ivan", "Зуфік Іван Пятровіч", "Гражданин К.", "Роман Мырак", None]),
    "list": st.sampled_from(["a", "b"]), "table": st.sampled_from(["cases", "charges", "sentences", "releases"]),
    "record_id": st.sampled_from(["1", "2", None]), "url": st.sampled_from(["https://synthetic.invalid/1", None]),
    "status": st.sampled_from(["held", "former", None]), "term_months": st.sampled_from([12.0, 24.0, None]),
    "articles": st.sampled_from(["342", "342.1 368", None]),
}, optional={
    "birth_date": st.sampled_from(["1980", "1980-05", "1980-05-06", "1979-05-06"]),
    "sentenced_on": st.sampled_from(["2021", "2021-05", "2021-05-06", "2024-05-06"]),
    "released_on": st.sampled_from(["2024", "2024-07-03"]), "detained_on": st.sampled_from(["2021-01-02", "2024-01"]),
    "first_seen": st.sampled_from([FIRST, LATER]),
}), max_size=9)


@settings(max_examples=6, deadline=None)
@given(some_rows, st.randoms(use_true_random=False))
def test_whatever_the_rows_nothing_is_lost_and_ids_stay(records: list[dict], random: np.random.Generator) -> None:
    rows = frame(*records)
    before = link(rows)
    hold(rows, before)
    for name, schema in check.LINKED.items():
        schema.validate(getattr(before, name))
    keys = rows["row_key"].tolist()
    kept = random.sample(keys, len(keys) // 2)
    part = link(rows[rows["row_key"].isin(kept)])
    after = link(rows, part.assignments)
    hold(rows, after)
    assert sorted(map(sorted, persons(after))) == sorted(map(sorted, persons(before))), "old ids change no person"
    assert set(part.assignments["person_id"]) & set(after.assignments["person_id"]) or not kept
