"""What a new export of a list changes: which rows are new, unchanged, corrected, repeated or gone.

Rows are never deleted: one that the newest export lacks is kept and reported.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from etl import problems
from etl.check import DTYPES, FACTS
from etl.codes import fold
from etl.mend import MARK

HISTORY = ["row_key", "first_seen", "content"]
"""What a kept row has beside the columns of etl.check.ROWS: its key, stable from one export of its list to the
next; when it was first taken; and the hash of its facts."""

CHANGES = ["row_key", "field", "old", "new", "changed_at", "file", "sha256", "row"]

@dataclass(frozen=True)
class Revision:
    """`rows`: all rows after the import. `fate`: for each new row, aligned with it: accepted, unchanged or
    corrected. `changes`: one line for each corrected field (CHANGES). `gone`: kept rows that a newer export of
    their list lacks, with `new_file` and `new_sheet`. `repeats`: new rows that repeat an earlier row of the same
    export, with `of` (its row). `waiting`: `number` and `row_key` that each quarantined row has."""

    rows: pd.DataFrame
    fate: pd.Series
    changes: pd.DataFrame
    gone: pd.DataFrame
    repeats: pd.DataFrame
    waiting: pd.DataFrame


def with_keys(rows: pd.DataFrame, waiting: pd.DataFrame | None = None, mended: pd.DataFrame | None = None,
              kept: pd.DataFrame | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(`rows` with `row_key` and `content`; `number` and `row_key` of the rows `waiting` in quarantine).

    The key is the list's own id of the record; a list without ids is keyed by name and birth date. The date of the
    event is no part of it, so that a corrected date is a correction and not another case. Rows with one key (a
    person with two cases) are numbered in the order in which they were read, which is that of the index; those that
    wait are counted among them, so that a row keeps its key when another is spoilt or mended. Rows of a workbook that
    was mended (`mended`, etl.mend.PLACES) take the number they had in the export.
    """
    both = rows if waiting is None or waiting.empty else pd.concat([rows, waiting]).sort_index(kind="stable")
    hashes = pd.util.hash_pandas_object(rows[list(FACTS)], index=False)
    contents = pd.Series([f"{h:016x}" for h in hashes.tolist()], index=rows.index, dtype="str")
    groups_of = rows["persons"].dropna()
    contents[groups_of.index] += "x" + groups_of.astype("str")
    base = _bases(both)
    groups = [pd.factorize(both["sha256"])[0], pd.factorize(base)[0]]
    if mended is None or mended.empty:
        number = base.groupby(groups).cumcount() + 1
    else:
        number = base.groupby([*groups, both.index.isin(mended.index)]).cumcount() + 1
        number = _numbers_of_mended(base, number, contents, mended, kept)
    keys = pd.Series([_digest(f"{b}#{n}") for b, n in zip(base, number, strict=True)], index=both.index, dtype="str")
    told = rows.assign(content=contents, row_key=keys if both is rows else keys[rows.index])
    others = both.index[0:0] if waiting is None else waiting.index
    return told, pd.DataFrame({"number": number[others], "row_key": keys[others]})


def _bases(rows: pd.DataFrame) -> pd.Series:
    """What a key says but for its number: the list, the table and who it is."""
    name = [fold(text) if text == text else "" for text in rows["name"].to_numpy(dtype=object)]
    ids = rows["record_id"].to_numpy(dtype=object)
    who = [f"id {i}" if i == i else f"name {n} {b}"
           for i, n, b in zip(ids, name, _as_text(rows, "birth_date"), strict=True)]
    of = (rows[c].to_numpy(dtype=object) for c in ("list", "table"))
    return pd.Series([f"{lst}/{table}/{w}" for lst, table, w in zip(*of, who, strict=True)], index=rows.index, dtype=object)


def _numbers_of_mended(base: pd.Series, number: pd.Series, contents: pd.Series, mended: pd.DataFrame,
                       kept: pd.DataFrame | None) -> pd.Series:
    """`number` with those of mended rows: the one a row had; where it is also mended who it is, the first one free."""
    number = number.copy()
    known = mended[mended.index.isin(base.index)]
    keys = [_digest(f"{base[i]}#{n}") for i, n in known["number"].items()]
    same = [key == was for key, was in zip(keys, known["row_key"], strict=True)]
    number[known.index[same]] = known["number"][same]
    whole = base[~base.index.isin(known.index)]
    taken = {_digest(f"{b}#{n}") for b, n in zip(whole, number[whole.index], strict=True)}
    taken |= {key for key, ours in zip(keys, same, strict=True) if ours}
    others: dict[str, str] = {}
    if kept is not None:
        # A row taken from a mended workbook before is this one or its neighbour, and is written again.
        before = kept[~kept["file"].str.contains(f"({MARK})", regex=False, na=False)]
        others = dict(zip(before["row_key"], before["content"], strict=True))
    for index in known.index[[not ours for ours in same]]:
        says = contents.get(index)
        numbered = ((n, _digest(f"{base[index]}#{n}")) for n in range(1, len(taken) + len(others) + 2))
        number[index], key = next((n, k) for n, k in numbered if k not in taken and others.get(k, says) == says)
        taken.add(key)
    return number


def revise(kept: pd.DataFrame | None, new: pd.DataFrame, now: pd.Timestamp, waiting: pd.DataFrame | None = None,
           mended: pd.DataFrame | None = None) -> Revision:
    """The rows after taking `new` (etl.check.ROWS, accepted rows only) into `kept` (rows of the last vintage).

    `waiting`: the rows read but quarantined; `mended`: which of all these come from workbooks of mended rows
    (etl.mend.PLACES). The index of `new` and `waiting` is the order of reading, and `mended` is indexed by it.
    """
    new, keys = with_keys(new, waiting, mended, kept)
    repeated = new.duplicated(["list", "table", "sha256", "content"]) & ~_is_anonymous(new)
    repeats = _with_first(new, repeated)
    fresh = new[~repeated].drop_duplicates("row_key", keep="last")
    if kept is None or kept.empty:
        kept = new.iloc[0:0].assign(first_seen=pd.Series(dtype="datetime64[us]"))
    if "persons" not in kept:  # kept by a Vyrak that did not know the column
        kept = kept.assign(persons=pd.Series(pd.NA, index=kept.index, dtype="Int64"))
    old = kept.set_index("row_key")
    known = old.index.get_indexer(new["row_key"]) >= 0
    before = old["content"].reindex(new["row_key"]).to_numpy()
    same = known & (new["content"].to_numpy() == before)
    fate = pd.Series(np.where(same | repeated, "unchanged", np.where(known, "corrected", "accepted")), index=new.index)
    first_seen = old["first_seen"].reindex(fresh["row_key"]).to_numpy()
    fresh = fresh.assign(first_seen=pd.Series(first_seen, index=fresh.index).fillna(now).astype("datetime64[us]"))
    changes = _changes(old, fresh[fresh.index.isin(new.index[fate == "corrected"])], now)
    still = kept[pd.Index(fresh["row_key"]).get_indexer(old.index) < 0]
    rows = pd.concat([f for f in (still, fresh) if len(f)] or [kept], ignore_index=True)
    # A row that waits is there, and a workbook of mended rows never is the whole list.
    missing = still[~still["row_key"].isin(keys["row_key"])]
    whole = new if mended is None else new[~new.index.isin(mended.index)]
    gone = missing.assign(key=_list_and_table(missing)).merge(_newest_sheets(whole), on="key").drop(columns="key")
    return Revision(rows[[*DTYPES, *HISTORY]], fate, changes, gone, repeats, keys)


def shrunk(kept: pd.DataFrame | None, new_rows: pd.Series, smallest_share: float) -> pd.DataFrame:
    """Lists whose new export has fewer than `smallest_share` of the rows kept: columns list, before, now.

    `new_rows`: rows read for each list and table, indexed by (list, table).
    """
    if kept is None or kept.empty:
        return pd.DataFrame(columns=["list", "table", "before", "now"])
    before = kept.groupby(["list", "table"]).size().rename("before")
    both = pd.concat([before, new_rows.rename("now")], axis=1, join="inner").reset_index()
    return both[both["now"] < smallest_share * both["before"]]


def problems_of(revision: Revision) -> pd.DataFrame:
    """What the comparison has to say, as problems: rows repeated, and rows gone (one line a list)."""
    repeated = [problems.problem("row-repeated", r.file, sheet=r.sheet, row=r.row, found=str(r.of))
                for r in revision.repeats[["file", "sheet", "row", "of"]].itertuples()]
    gone = [problems.problem("row-gone", str(r.new_file), sheet=str(r.new_sheet), found=f"{r.file}, row {r.row}")
            for r in revision.gone.itertuples()]
    return problems.to_frame([*repeated, *gone])


def _changes(old: pd.DataFrame, corrected: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    if corrected.empty:
        return pd.DataFrame(columns=CHANGES).astype({"row": "int64", "changed_at": "datetime64[us]"})
    fields = [*FACTS, "persons"]
    left = old.loc[corrected["row_key"], fields].reset_index(drop=True)
    right = corrected[fields].reset_index(drop=True)
    parts = []
    for field in fields:
        was, now_is = _texts(left[field]), _texts(right[field])
        differs = was != now_is
        if differs.any():
            origin = corrected.reset_index(drop=True).loc[differs, ["row_key", "file", "sha256", "row"]]
            parts.append(origin.assign(field=field, old=was[differs], new=now_is[differs], changed_at=now))
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=CHANGES)
    return frame[CHANGES].astype({"changed_at": "datetime64[us]", "row": "int64"})


def _with_first(new: pd.DataFrame, repeated: pd.Series) -> pd.DataFrame:
    first = new.groupby(["list", "table", "sha256", "content"])["row"].transform("first")
    return new[repeated].assign(of=first[repeated])


def _is_anonymous(rows: pd.DataFrame) -> pd.Series:
    """Rows without any identity of their own: two alike may be two people, so they are never taken for a repeat."""
    return rows["record_id"].isna() & (rows["name"].isna() | rows["birth_date"].isna())


def _newest_sheets(new: pd.DataFrame) -> pd.DataFrame:
    """The file and sheet that holds each list now: columns key, new_file, new_sheet."""
    sheets = new.assign(key=_list_and_table(new), new_file=new["file"], new_sheet=new["sheet"])
    return sheets.drop_duplicates("key", keep="last")[["key", "new_file", "new_sheet"]]


def _list_and_table(rows: pd.DataFrame) -> pd.Series:
    return rows["list"] + "/" + rows["table"]


def _as_text(rows: pd.DataFrame, date: str) -> list[str]:
    """ "1990-05-17d": a date and the first letter of its precision; "" where it is unknown."""
    days = np.datetime_as_string(rows[date].to_numpy().astype("datetime64[D]")).tolist()
    precision = rows[f"{date}_precision"].to_numpy(dtype=object)
    return [f"{day}{p[0]}" if p == p else "" for day, p in zip(days, precision, strict=True)]


def _texts(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), "").map(str)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]
