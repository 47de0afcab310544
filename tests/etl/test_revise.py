"""A later export corrects, repeats, lacks; nothing is lost and nothing counted twice."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import check, revise

NOW = pd.Timestamp("2026-10-31").as_unit("us")
LATER = pd.Timestamp("2026-11-30").as_unit("us")


def rows(*records: dict, file: str = "list.csv", sha256: str = "a") -> pd.DataFrame:
    frame = check.empty_rows(pd.RangeIndex(len(records)))
    frame["list"], frame["table"], frame["file"], frame["sha256"], frame["sheet"] = "list", "cases", file, sha256, ""
    frame["row"] = range(2, len(records) + 2)
    for i, record in enumerate(records):
        for name, value in record.items():
            frame.loc[i, name] = value
    return frame


A = {"record_id": "1", "name": "Synthetic A", "articles": "342"}
B = {"record_id": "2", "name": "Synthetic B", "articles": "368"}


def test_the_same_export_twice_changes_nothing() -> None:
    first = revise.revise(None, rows(A, B), NOW)
    second = revise.revise(first.rows, rows(A, B, sha256="b"), LATER)
    assert list(first.fate) == ["accepted", "accepted"]
    assert list(second.fate) == ["unchanged", "unchanged"]
    assert second.changes.empty and second.gone.empty
    assert list(second.rows["first_seen"]) == [NOW, NOW]


def test_a_correction_keeps_the_old_value_when_and_from_which_file() -> None:
    first = revise.revise(None, rows(A, B), NOW)
    second = revise.revise(first.rows, rows(A, B | {"articles": "369"}, file="new.csv", sha256="b"), LATER)
    assert list(second.fate) == ["unchanged", "corrected"]
    [change] = second.changes.to_dict("records")
    assert (change["field"], change["old"], change["new"], change["file"]) == ("articles", "368", "369", "new.csv")
    assert change["changed_at"] == LATER
    assert sorted(second.rows["articles"]) == ["342", "369"]


def test_a_row_gone_is_kept_and_told() -> None:
    first = revise.revise(None, rows(A, B), NOW)
    second = revise.revise(first.rows, rows(A, sha256="b"), LATER)
    assert len(second.rows) == 2
    assert list(second.gone["name"]) == ["Synthetic B"]
    assert list(revise.problems_of(second)["kind"]) == ["row-gone"]


def test_a_repeated_row_counts_once_and_is_told() -> None:
    result = revise.revise(None, rows(A, B, A), NOW)
    assert list(result.fate) == ["accepted", "accepted", "unchanged"]
    assert len(result.rows) == 2
    [told] = revise.problems_of(result).to_dict("records")
    assert (told["kind"], told["row"], told["found"]) == ("row-repeated", 4, "2")


def test_two_anonymous_people_alike_stay_two() -> None:
    nobody = {"name": "Citizen P.", "articles": "342"}
    result = revise.revise(None, rows(nobody, nobody), NOW)
    assert len(result.rows) == 2


def test_a_list_that_lost_most_of_its_rows_is_found() -> None:
    kept = revise.revise(None, rows(A, B, {"record_id": "3"}), NOW).rows
    now = rows(A).groupby(["list", "table"]).size()
    assert list(revise.shrunk(kept, now, 0.5)["before"]) == [3]
    assert revise.shrunk(kept, rows(A, B).groupby(["list", "table"]).size(), 0.5).empty


records = st.lists(st.fixed_dictionaries({
    "record_id": st.sampled_from(["1", "2", "3", None]),
    "name": st.sampled_from(["Synthetic A", "Synthetic B", None]),
    "articles": st.sampled_from(["342", "368", None]),
}), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(records, records)
def test_every_row_has_one_fate_and_no_key_is_lost(one: list[dict], two: list[dict]) -> None:
    first = revise.revise(None, rows(*one), NOW)
    second = revise.revise(first.rows, rows(*two, sha256="b"), LATER)
    assert len(first.fate) == len(one) and len(second.fate) == len(two)
    assert first.rows["row_key"].is_unique and second.rows["row_key"].is_unique
    assert set(first.rows["row_key"]) <= set(second.rows["row_key"])
    assert len(first.rows) == (first.fate == "accepted").sum()
    assert len(second.rows) == len(first.rows) + (second.fate == "accepted").sum()


def test_rows_kept_before_groups_were_known_are_unchanged() -> None:
    new = rows(A, B)
    kept = revise.revise(None, new, NOW).rows
    again = revise.revise(kept.drop(columns="persons"), new, NOW)
    assert again.fate.eq("unchanged").all() and again.changes.empty and "persons" in again.rows
