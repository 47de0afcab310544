"""Code lists: what staff edit in `etl/vocabulary/*.csv`, loaded for the steps.

Each CSV has the columns `code, label_be, label_ru, label_en, aliases, source` and may have more.
Aliases stand in one cell, separated by `|`; labels are aliases too. A row with an empty code lists
known junk ("unknown", "FALSE", "-"): texts that mean *nothing is known* and become a missing value.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from etl import overlay

FOLDER = Path(__file__).with_name("vocabulary")
LABELS = ("label_be", "label_ru", "label_en")

# Letters that look alike: typists mix the alphabets inside one word. Only used on words that hold
# Cyrillic letters already, so that English words stay English.
_LOOKALIKES = str.maketrans("aceiopxytkmhb", "асеіорхуткмнв")
# Kinds of dash are one; apostrophes, of which there are many kinds, go; an underscore is a space.
_ALIKE = str.maketrans({**dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
                        **dict.fromkeys("'`´\u2018\u2019\u02bc\u02b9", ""), "_": " "})
_PLAIN = re.compile("[а-яёіў]+(?: [а-яёіў]+)*")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_NOT_WORD = re.compile(r"[^\w½¼¾%$/.,-]+")


class VocabularyError(Exception):
    """A vocabulary file is wrong; the message names the file, the line and the mend."""


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """`text` in the form in which two spellings of the same thing are equal.

    Compatibility forms, case, invisible characters, kinds of space, dash and apostrophe, ё/е, ў/у
    and Latin letters inside Cyrillic words are made alike; punctuation that carries no meaning
    here becomes a space.
    """
    lowered = text.casefold()
    if _PLAIN.fullmatch(lowered):     # most names: nothing to make alike but ё and ў
        return _alike(lowered)
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    words = _NOT_WORD.sub(" ", text.translate(_ALIKE)).split()
    return " ".join(_one_alphabet(word) for word in words).strip(" .,-")


def _one_alphabet(word: str) -> str:
    if word.isascii() or not _CYRILLIC.search(word):
        return word
    return _alike(word.translate(_LOOKALIKES))


def _alike(word: str) -> str:
    return word.replace("ё", "е").replace("ў", "у")


@dataclass(frozen=True, eq=False)
class CodeList:
    """One vocabulary file. `frame`: its rows with a code, indexed by code; `lookup`: folded alias → code.

    A lookup value of None stands for known junk.
    """

    name: str
    frame: pd.DataFrame
    lookup: dict[str, str | None]

    def knows(self, text: str) -> bool:
        """Whether `text` is an alias of a code or known junk."""
        return fold(text) in self.lookup

    def find(self, text: str) -> str | None:
        """The code of `text`; None for known junk and for what is not in the list (ask `knows`)."""
        return self.lookup.get(fold(text))


def code_list(name: str, folder: Path = FOLDER) -> CodeList:
    """The code list in `<folder>/<name>.csv`, with what the profile in use lays over it.

    Raises VocabularyError if the file can't be read, lacks a column, or gives one alias to two codes.
    """
    laid = overlay.current()
    return _code_list(name, folder) if laid is None else _laid_over(name, folder, laid)


@lru_cache
def _code_list(name: str, folder: Path) -> CodeList:
    frame = read_csv(name, folder)
    missing = [c for c in ("code", *LABELS, "aliases", "source") if c not in frame.columns]
    if missing:
        raise VocabularyError(f"{name}.csv lacks the column {missing[0]!r}.")
    lookup: dict[str, str | None] = {}
    for line, row in enumerate(frame.to_dict("records"), start=2):
        code = row["code"] or None
        for alias in [*(row[c] for c in LABELS), *row["aliases"].split("|"), row["code"]]:
            key = fold(alias)
            if key and lookup.setdefault(key, code) != code:
                raise VocabularyError(
                    f"{name}.csv, line {line}: {alias.strip()!r} stands for {lookup[key] or 'junk'!r} and"
                    f" for {code or 'junk'!r}. Keep it in one of the two lines."
                )
    coded = frame[frame["code"] != ""]
    if coded["code"].duplicated().any():
        raise VocabularyError(f"{name}.csv has two lines for {coded['code'][coded['code'].duplicated()].iloc[0]!r}.")
    return CodeList(name, coded.set_index("code"), lookup)


@lru_cache
def _laid_over(name: str, folder: Path, laid: overlay.Overlay) -> CodeList:
    """The code list under a profile, whose spellings go before; codes of the folder's other profiles have labels only."""
    known = _code_list(name, folder)
    frame, lookup = known.frame, known.lookup
    if laid.profile.foreign and name in overlay.REPLACED:
        frame, lookup = frame.iloc[:0], {alias: code for alias, code in lookup.items() if code is None}
    added = laid.profile.added(name)
    lookup = dict(lookup)
    for code, word in added.items():
        lookup |= {fold(alias): code for alias in (*word.labels(code).values(), *word.aliases, code) if fold(alias)}
    if name == "junk":
        lookup |= {fold(text): None for text in laid.profile.nothing}
    labelled = {code: word for other in laid.others for code, word in other.profile.added(name).items()} | added
    labels = pd.DataFrame([{"code": code, **word.labels(code)} for code, word in labelled.items() if code not in frame.index],
                          columns=["code", *LABELS], dtype="str").set_index("code")
    return CodeList(name, pd.concat([frame, labels.reindex(columns=frame.columns)]).fillna(""), lookup)


def read_csv(name: str, folder: Path = FOLDER) -> pd.DataFrame:
    """A vocabulary file as text columns, empty cells as ''. Raises VocabularyError if it can't be read."""
    try:
        frame = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise VocabularyError(f"The vocabulary file {name}.csv can't be read: {error}.") from error
    return frame.apply(lambda column: column.str.strip())
