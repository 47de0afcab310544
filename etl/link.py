"""Rows of all lists in, persons with their charges, sentences and releases out.

etl/match.py says how likely two records are one person; here likely pairs become persons, with ids that stay
from one import to the next; etl/facts.py puts together what the lists tell of each.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from etl import match, problems
from etl.check import LINKED_DTYPES
from etl.facts import KINDS, PRECISION_RANK, facts, gathered, joined
from etl.names import best_latin, latin

REVIEW_COLUMNS = ["row_key_a", "row_key_b", "score", "reasons"]


@dataclass(frozen=True)
class Linked:
    """The four linked tables (etl.check.LINKED); `assignments`: row_key, person_id of every row; `review`: pairs of
    rows that may be one person and were not merged (`score`: probability from 0 to 1; `reasons` in words);
    `problems`: etl.problems.COLUMNS."""

    persons: pd.DataFrame
    charges: pd.DataFrame
    sentences: pd.DataFrame
    releases: pd.DataFrame
    assignments: pd.DataFrame
    review: pd.DataFrame
    problems: pd.DataFrame


def link(rows: pd.DataFrame, previous: pd.DataFrame | None = None, same_person: pd.DataFrame | None = None) -> Linked:
    """Link all rows: etl.check.ROWS with `row_key` (unique) and `first_seen`.

    `previous`: row_key, person_id as last assigned, so that ids stay. `same_person`: row_key_a, row_key_b, same
    (bool): decisions of people, which overrule the scores; of rows that are not there they say nothing.
    """
    rows = rows.sort_values(["first_seen", "row_key"], kind="stable", ignore_index=True)
    record, pairs, decided, cluster = _matched(rows, same_person)
    # Numbers of persons in the order in which they were first seen: quicker to group by than their ids.
    rows["person"] = pd.factorize(cluster[record])[0]
    ids = _person_ids(rows["row_key"], rows["person"], previous)
    tables = {kind.name: facts(rows, kind, ids) for kind in KINDS}
    assignments = pd.DataFrame({"row_key": rows["row_key"], "person_id": ids.take(rows["person"].to_numpy())})
    return Linked(
        _persons(rows, ids), tables["charges"], tables["sentences"], tables["releases"], assignments,
        _review(rows, record, pairs, cluster, decided), _contradictions(rows),
    )


Decisions = dict[tuple[int, int], bool]


def _matched(rows: pd.DataFrame, same_person: pd.DataFrame | None) -> tuple[np.ndarray, match.Pairs, Decisions, np.ndarray]:
    """(the record of each row, the pairs of records that may be one person, what people decided, the person of each record)."""
    frame, record = match.records(rows)
    compared = match.Compared(frame)
    pairs = match.score(compared, *match.candidates(compared))
    decided = _decisions(rows, record, same_person)
    return record, pairs, decided, _clusters(frame, pairs, decided)


def _decisions(rows: pd.DataFrame, record: np.ndarray, same_person: pd.DataFrame | None) -> Decisions:
    """Pairs of records (smaller position first) → whether people say they are one person."""
    if same_person is None or same_person.empty:
        return {}
    place = dict(zip(rows["row_key"], record.tolist(), strict=True))
    decided = {}
    for a, b, same in same_person[["row_key_a", "row_key_b", "same"]].itertuples(index=False):
        if a in place and b in place and place[a] != place[b]:
            decided[min(place[a], place[b]), max(place[a], place[b])] = bool(same)
    return decided


class _Groups:
    """Records joined into persons (union-find), which never joins what must stay apart."""

    def __init__(self, frame: pd.DataFrame, decided: Decisions) -> None:
        self.parent = list(range(len(frame)))
        scope, record = (frame[c].to_numpy(dtype=object) for c in ("scope", "record_id"))
        self.ids = [{s: r} if r == r else {} for s, r in zip(scope, record, strict=True)]
        self.years = [{int(y)} if y == y else set() for y in frame["birth_date"].dt.year.tolist()]
        self.foes: list[set[int]] = [set() for _ in self.parent]
        for (a, b), same in decided.items():
            if not same:
                self.foes[a].add(b)
                self.foes[b].add(a)

    def find(self, item: int) -> int:
        while self.parent[item] != item:
            self.parent[item] = self.parent[self.parent[item]]
            item = self.parent[item]
        return item

    def may_join(self, a: int, b: int) -> bool:
        """Whether the persons of two records may be one: no list has two ids for them, nor years of birth apart."""
        a, b = self.find(a), self.find(b)
        if any(self.ids[b].get(name, record) != record for name, record in self.ids[a].items()):
            return False
        years = self.years[a] | self.years[b]
        return not (years and max(years) - min(years) > 1) and not self.are_foes(a, b)

    def are_foes(self, a: int, b: int) -> bool:
        a, b = self.find(a), self.find(b)
        return any(self.find(foe) == b for foe in self.foes[a])

    def join(self, a: int, b: int) -> None:
        a, b = sorted((self.find(a), self.find(b)))
        if a != b:
            self.parent[b] = a
            self.ids[a] |= self.ids[b]
            self.years[a] |= self.years[b]
            self.foes[a] |= self.foes[b]


def _clusters(frame: pd.DataFrame, pairs: match.Pairs, decided: Decisions) -> np.ndarray:
    """For each record the position of its person's first record."""
    groups = _Groups(frame, decided)
    for (a, b), same in decided.items():
        if same and not groups.are_foes(a, b):
            groups.join(a, b)
    likely = np.flatnonzero(pairs.free & (pairs.odds >= match.MERGE))
    likely = np.setdiff1d(likely, match.ambiguous(frame, pairs, likely))
    # The surest first: where two records claim the same third, the better one has it.
    for number in likely[np.argsort(-pairs.odds[likely], kind="stable")].tolist():
        a, b = int(pairs.a[number]), int(pairs.b[number])
        if groups.may_join(a, b):
            groups.join(a, b)
    return np.array([groups.find(i) for i in range(len(frame))], dtype=np.int64)


def _person_ids(row_key: pd.Series, person: pd.Series, previous: pd.DataFrame | None) -> ExtensionArray:
    """The id of each person, by its number; rows stand in the order in which they were first seen.

    A person keeps the id under which its earliest row was known. Of persons that merge the oldest id stays; of one
    that splits the part with the earliest row keeps it. A new id comes from the key of the person's earliest row.
    """
    earliest = row_key[~person.duplicated()].tolist()
    known = {} if previous is None else dict(zip(previous["row_key"], previous["person_id"], strict=True))
    old = pd.DataFrame({"person": person, "old": row_key.map(known)}).dropna(subset=["old"]) if known else None
    owners = None if old is None else old.drop_duplicates("old").drop_duplicates("person")
    ids: dict[int, str] = {} if owners is None else dict(zip(owners["person"], owners["old"], strict=True))
    taken = set(ids.values())
    for number, key in enumerate(earliest):
        if number not in ids:
            new = _new_id(key)
            while new in taken:      # its row was the first of a person who now goes on without it
                new = _new_id(new)
            ids[number] = new
            taken.add(new)
    return pd.array([ids[number] for number in range(len(earliest))], dtype="str")


def _new_id(key: str) -> str:
    return "P" + hashlib.sha256(f"person {key}".encode()).hexdigest()[:16]


def _persons(rows: pd.DataFrame, ids: ExtensionArray) -> pd.DataFrame:
    """One row a person (etl.check.LINKED["persons"]), in the order in which they were first seen."""
    several = rows["person"].duplicated(keep=False)
    parts = [_of_one_row(rows[~several]), _of_several_rows(rows[several])]
    persons = pd.concat([part for part in parts if len(part)] or parts[:1]).sort_index()
    return persons.assign(person_id=ids).reset_index(drop=True)[list(LINKED_DTYPES["persons"])].astype(LINKED_DTYPES["persons"])


_BORN = ["birth_date", "birth_date_precision"]


def _of_one_row(rows: pd.DataFrame) -> pd.DataFrame:
    """The persons (indexed by number) of whom one row tells."""
    told = rows[[*_BORN, "sex", "citizenship", "status"]].assign(names=rows["name"], lists=rows["list"])
    names = rows["name"].to_numpy(dtype=object)
    told["name_latin"] = pd.array([latin(name) if name == name else None for name in names], dtype="str")
    return told.set_axis(rows["person"].to_numpy())


def _of_several_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The persons (indexed by number) of whom several rows tell."""
    persons = pd.DataFrame(index=pd.Index(rows["person"].unique()))
    names = gathered(rows["name"], rows["person"])
    persons["names"] = pd.Series({person: " | ".join(spellings) for person, spellings in names.items()}, dtype="str")
    persons["name_latin"] = pd.Series({person: best_latin(texts) for person, texts in names.items()}, dtype="str")
    rank = rows["birth_date_precision"].map(PRECISION_RANK)
    persons[_BORN] = _most_frequent(rows.assign(rank=rank), "birth_date")[_BORN]
    for column in ("sex", "citizenship"):
        persons[column] = _most_frequent(rows.assign(rank=0), column)[column]
    # Recognised by one organisation is recognised, whoever else has not (yet).
    recognised = rows.assign(rank=(rows["status"] == "not_recognised").astype(int))
    persons["status"] = _most_frequent(recognised, "status")["status"]
    persons["lists"] = joined(rows["list"], rows["person"].to_numpy(), " | ")
    return persons


def _most_frequent(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """The row of each person with the value of lowest `rank`, of these the most frequent, of these the earliest."""
    known = rows[rows[column].notna()]
    votes = known.groupby(["person", column])[column].transform("size")
    ordered = known.assign(votes=-votes).sort_values(["rank", "votes"], kind="stable")
    return ordered.drop_duplicates("person").set_index("person")


def _review(rows: pd.DataFrame, record: np.ndarray, pairs: match.Pairs, cluster: np.ndarray, decided: Decisions
            ) -> pd.DataFrame:
    """Pairs that may be one person, were not merged, and of which nobody has decided yet; the likeliest first."""
    open_ = (cluster[pairs.a] != cluster[pairs.b]) & (pairs.odds >= match.REVIEW)
    numbers = [n for n in np.flatnonzero(open_)[np.argsort(-pairs.odds[open_], kind="stable")].tolist()
               if (int(pairs.a[n]), int(pairs.b[n])) not in decided]
    first_key = rows["row_key"].groupby(record).first()
    found = [(first_key[int(pairs.a[n])], first_key[int(pairs.b[n])], round(1 / (1 + 2.0 ** -pairs.odds[n]), 4),
              match.reasons(pairs, n)) for n in numbers]
    return pd.DataFrame(found, columns=REVIEW_COLUMNS).astype(dict(zip(REVIEW_COLUMNS, ["str", "str", "float64", "str"],
                                                                      strict=True)))


def _contradictions(rows: pd.DataFrame) -> pd.DataFrame:
    """held-and-released: one list gives a person as held whom another says was released, with no later arrest known."""
    told = rows[(rows["status"] == "former") | rows["released_on"].notna() | (rows["table"] == "releases")]
    held = rows[rows["status"] == "held"]
    both = held.merge(told[["person", "list", "released_on"]], on="person", suffixes=("", "_told"))
    again = both[["detained_on", "charged_on", "sentenced_on"]].max(axis=1) > both["released_on_told"]
    both = both[(both["list"] != both["list_told"]) & ~again].drop_duplicates("row_key")
    when = both["released_on_told"].dt.strftime("%Y-%m-%d").fillna("no date")
    found = [problems.problem("held-and-released", row.file, sheet=row.sheet, row=int(row.row), column="status",
                              found=f"{row.list_told}, {date}")
             for row, date in zip(both.itertuples(), when, strict=True)]
    return problems.to_frame(found)
