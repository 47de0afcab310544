"""What a person decided, as data: `corrections.csv` and `same_person.csv` in the data folder.

They lie beside the vintages and not in the vocabulary, because they speak of people.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from etl import problems
from etl.check import DTYPES, FACTS
from etl.codes import VocabularyError, fold

CORRECTIONS = ["list", "record", "field", "expected", "right", "reason", "who", "when"]
"""A correction: in the record of a list (its id, or the name where it has none) the field is set from the value
expected to the right one, both in canonical form ("2024-05-06", "BY-HM", "342.1 368"). Empty means missing."""

SAME_PERSON = ["list_a", "record_a", "list_b", "record_b", "same", "reason", "who", "when"]
"""A decision on two records: `same` is yes or no."""

_YES = {"yes": True, "no": False}


def read(folder: Path, name: str, columns: list[str]) -> pd.DataFrame:
    """The decisions in `<folder>/<name>.csv`, none if there is no such file.

    Raises VocabularyError, in words for people, if the file is not as described.
    """
    path = folder / f"{name}.csv"
    if not path.exists():
        return pd.DataFrame(columns=columns, dtype="str")
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except ValueError as error:
        raise VocabularyError(f"{path.name} can't be read: {error}.") from error
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise VocabularyError(f"{path.name} lacks the column {missing[0]!r}; it needs {', '.join(columns)}.")
    return frame[columns].apply(lambda column: column.str.strip())


def correct(rows: pd.DataFrame, corrections: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(rows with the corrections applied, problems).

    A correction whose expected value is no longer found is not applied and is told: the source may have mended
    itself. One whose record is not among `rows` is left for the import that brings it.
    Raises VocabularyError for a field that does not exist or a value that can't stand in it.
    """
    if corrections.empty:
        return rows, problems.to_frame([])
    rows, found = rows.copy(), []
    record = _record(rows)
    for line, decision in enumerate(corrections.to_dict("records"), start=2):
        field = decision["field"]
        if field not in FACTS:
            raise VocabularyError(f"corrections.csv, line {line}: there is no field {field!r}.")
        here = (rows["list"] == fold(decision["list"])) & (record == fold(decision["record"]))
        for index in rows.index[here]:
            now = as_text(rows.at[index, field])
            if now == decision["expected"]:
                rows.loc[index, field] = _value(decision["right"], field, line)
            elif now != decision["right"]:
                place = rows.loc[index]
                found.append(problems.problem(
                    "correction-outdated", place["file"], sheet=place["sheet"], row=int(place["row"]), column=field,
                    found=now, expected=decision["expected"]))
    return rows, problems.to_frame(found)


def same_person(rows: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """The decisions on pairs as row keys: columns row_key_a, row_key_b, same. `rows` have `row_key`."""
    if decisions.empty:
        return pd.DataFrame({"row_key_a": [], "row_key_b": [], "same": []})
    keys = pd.Series(rows["row_key"].to_numpy(), index=rows["list"] + "/" + _record(rows))
    pairs = []
    for line, decision in enumerate(decisions.to_dict("records"), start=2):
        if decision["same"].casefold() not in _YES:
            raise VocabularyError(f"same_person.csv, line {line}: `same` is yes or no, not {decision['same']!r}.")
        sides = [keys.get(f"{fold(decision[f'list_{s}'])}/{fold(decision[f'record_{s}'])}") for s in "ab"]
        firsts = [side.iloc[0] if isinstance(side, pd.Series) else side for side in sides]
        if None not in firsts:
            pairs.append((*firsts, _YES[decision["same"].casefold()]))
    return pd.DataFrame(pairs, columns=["row_key_a", "row_key_b", "same"])


def as_text(value: object) -> str:
    """A canonical value as it stands in a decisions file."""
    if pd.isna(value):
        return ""
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)


def _record(rows: pd.DataFrame) -> pd.Series:
    return rows["record_id"].fillna(rows["name"]).fillna("").map(fold)


def _value(text: str, field: str, line: int) -> object:
    try:
        return pd.Series([text or None]).astype(DTYPES[field]).iloc[0]
    except (ValueError, TypeError) as error:
        raise VocabularyError(f"corrections.csv, line {line}: {text!r} can't stand in {field}.") from error
