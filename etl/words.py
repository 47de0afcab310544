"""What the steps wrote in English or in codes, in words of the reader's language: fields, values, causes.

Steps never translate: what they write goes into a vintage and is read years later in any language.
"""

from __future__ import annotations

import datetime
import re
import unicodedata

import texts
from etl.codes import LABELS, code_list
from texts import t

LONGEST = 300
"""Characters of a cell that a message quotes."""

FIELD_NAMES = {
    "record_id": "ID of the record", "url": "page", "name": "name", "birth_date": "date of birth", "sex": "sex",
    "citizenship": "citizenship", "status": "status", "reported_on": "date of the report", "charged_on": "date of the charge",
    "detained_on": "date of detention", "articles": "articles", "region": "region", "clusters": "town",
    "in_custody": "in custody", "sentenced_on": "date of the sentence", "court": "court",
    "sentence_text": "sentence in words", "penalty_text": "punishment in words", "punishment": "punishment",
    "regime": "regime", "term_months": "term in months", "life": "life imprisonment",
    "additional": "additional punishment", "fine_base_units": "fine in base units", "fine_roubles": "fine in roubles",
    "in_absentia": "in absentia", "released_on": "date of release", "outcome": "outcome", "deported": "deported",
    "destination": "country of destination", "wave": "wave of pardons", "prison": "place of detention", "died": "died",
}
"""The fields that a message may name, as a monitor would call them."""

_LISTS = {"sex": "sexes", "status": "statuses", "region": "regions", "punishment": "punishments", "regime": "regimes",
          "additional": "punishments", "outcome": "outcomes", "destination": "destinations", "wave": "waves"}
_BOOLEANS = ("in_custody", "life", "in_absentia", "deported")
_PRECISIONS = {"day": "to the day", "month": "to the month", "year": "to the year"}
OTHERS = ("title", "note", "subtotal")
"""What rows are that hold no record (etl.layout.row_kind)."""

FILLED = {
    "file-unreadable": ("it is damaged ({error})", "reading it takes longer than {seconds} seconds"),
    "column-not-recognised": ("{column} (without a header)",),
    "row-gone": ("{file}, row {row}",),
    "held-and-released": ("{list}, no date",),
}
"""By kind of problem the sentences that a step fills in as `found`."""
FILLED_EXPECTED = ("a whole number from 1 to {most}",)
"""The sentences that a step fills in as `expected`."""
_WHOLE = ("file-unreadable",)
_DAYS = ("sentence-before-charge", "release-before-sentence")
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)( 00:00:00)?")
_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def visible(text: str) -> str:
    """`text` with what can't be seen made visible: controls, marks of direction, zero widths, and kinds of line break."""
    if text.isprintable():
        return text
    text = re.sub(r"\r\n|[\r\n\u2028\u2029]", " ⏎ ", text).replace("\t", " ⇥ ")
    return "".join(f"⟨U+{ord(c):04X}⟩" if unicodedata.category(c) in _HIDDEN else c for c in text)


def quoted(text: str) -> str:
    """`visible(text)` in the length that a message bears."""
    shown = visible(text[:LONGEST])
    return f"{shown}…" if len(text) > LONGEST else shown


def found(kind: str, text: str) -> str:
    """What a problem found: a cell as it stands there, or a cause in words of ours."""
    if kind in _DAYS:
        return _day(text)
    return quoted(texts.again(text, FILLED.get(kind, ()), whole=kind in _WHOLE))


def expected(kind: str, text: str) -> str:
    """What a problem expected: a field, a kind of row, a date or a phrase."""
    if kind == "correction-outdated":
        return quoted(text)
    return _day(text) if kind in _DAYS else field(text) if text in FIELD_NAMES else quoted(texts.again(text, FILLED_EXPECTED))


def field(name: str) -> str:
    """A field of etl.check.ROWS or of vocabulary/columns.csv."""
    base = name.removesuffix("_precision")
    if base != name:
        return t("{field}, how precisely it is known", field=field(base))
    return t(FIELD_NAMES[name]) if name in FIELD_NAMES else name


def value(name: str, text: str) -> str:
    """A canonical value of the field `name` as it stands in `changes`; "" is not known."""
    if not text:
        return t("not known")
    if name.endswith("_precision"):
        return t(_PRECISIONS.get(text, text))
    if name in _BOOLEANS:
        return t("yes") if text == "True" else t("no")
    if name in _LISTS:
        return ", ".join(_label(_LISTS[name], code) for code in text.split())
    if re.fullmatch(r"\d+\.\d+", text) and name in ("term_months", "fine_base_units", "fine_roubles"):
        return texts.number(float(text))
    return _day(text) if _DAY.fullmatch(text) else quoted(text)


def _label(name: str, code: str) -> str:
    frame, column = code_list(name).frame, f"label_{texts.language()}"
    column = column if column in frame.columns else LABELS[-1]
    return str(frame.at[code, column]) if code in frame.index else code


def _day(text: str) -> str:
    parts = _DAY.fullmatch(text)
    return texts.day(datetime.date(*map(int, parts.groups()[:3]))) if parts else quoted(text)
