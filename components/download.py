"""What a chart shows as CSV, with a metadata file beside it. Built completely before a byte is sent."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import Any

import pandas as pd

from components.charts import Chart
from components.filters import View, label, to_query
from components.selection import PROVISIONAL_MONTHS, Selection, protected_text
from components.text import measure, t

BOM = "\ufeff"
COLUMNS = {
    "period": "the month (2024-07), quarter (2024-Q3), year (2024), wave (2024-07-03) or span (2021/2024) counted; all: the "
              "whole time, with and without a date; 2024-00 or 2024-Q0: month not known; 0000, 0000-00 or 0000-Q0: date not "
              "known; none: outside the waves",
    "measure": "charged, sentenced, pardoned or deported; see definitions",
    "category": "code of the breakdown of this chart; empty where there is none",
    "category_label": "the same in words",
    "persons": "number of persons; empty where protected; a lower bound where status is at_least",
    "status": "exact; protected (fewer than the limit, or hidden so that such a number can't be worked out); at_least (a "
              "sum over cells of which some are protected)",
    "provisional": "true for the newest periods, which are still filling up",
}
"""The header terms of every CSV, with what they mean."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def rows(chart: Chart, shown: Selection, view: View) -> pd.DataFrame:
    """What the chart shows, tidy: one row a number, columns COLUMNS."""
    frame = pd.concat([shown.frame, shown.unplaced], ignore_index=True)
    hidden = frame["protected"] & (frame["persons"].isna() | (frame["persons"] == 0))
    status = pd.Series("exact", index=frame.index).mask(frame["protected"], "at_least").mask(hidden, "protected")
    words = [label(view.vintage, chart.dimension, c) if chart.dimension and c else "" for c in frame["category"]]
    return frame.assign(persons=frame["persons"].mask(hidden), status=status, category_label=words,
                        provisional=frame["provisional"].fillna(False).map({True: "true", False: "false"}))[list(COLUMNS)]


def to_csv(frame: pd.DataFrame, bom: bool = False) -> bytes:
    """UTF-8, lines ended by CR LF as RFC 4180 has it; with a byte order mark for Excel if asked.

    Raises ValueError if a text would be run as a formula by a spreadsheet program: texts here are codes and labels
    of our own vocabulary, so that would be a mistake in it.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(frame.columns)
    for row in frame.astype(object).where(frame.notna(), "").itertuples(index=False):
        for cell in row:
            if isinstance(cell, str) and cell.startswith(_FORMULA):
                raise ValueError(f"{cell!r} would be a formula")
        writer.writerow(row)
    return ((BOM if bom else "") + text.getvalue()).encode("utf-8")


def metadata(chart: Chart, shown: Selection, view: View, address: str) -> dict[str, Any]:
    """All that an analyst needs to cite the figures and make them again. `address`: of the CSV, pinned to the vintage."""
    vintage = view.vintage
    return {
        "title": title(chart, view), "synthetic": vintage.synthetic,
        "warning": synthetic_text(view) or None,
        "description": chart.finding(shown, view), "definition": chart.counts, "notes": shown.notes,
        "source": {"organisations": list(vintage.organisations), "publisher": vintage.facts["publisher"],
                   "lists_reach_to": vintage.facts["as_of"], "rows_in_quarantine": vintage.facts["quarantined_now"]},
        "vintage": {"id": vintage.id, "created": vintage.created}, "address": address,
        "filters": {"from": view.first, "to": view.last, **{
            name: {"code": code, "label": label(vintage, name, code)} for name, code in view.chosen.items()}},
        "level": shown.level, "provisional_months": PROVISIONAL_MONTHS,
        "disclosure_control": {"marker": protected_text(vintage), "fewer_than": vintage.facts["fewer_than"],
                               "protection": vintage.facts["protection"]},
        "columns": COLUMNS, "measures": {code: measure(code) for code in dict.fromkeys(shown.frame["measure"])},
        "licence": vintage.facts["licence"],
    }


def to_zip(files: dict[str, bytes]) -> bytes:
    """Several files as one, the same bytes for the same contents."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def to_json(content: dict[str, Any]) -> bytes:
    """Readable JSON."""
    return json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8")


def file_name(chart: Chart, view: View, ending: str) -> str:
    """The name a download is saved under; says "synthetic" while the data are."""
    mark = "SYNTHETIC_" if view.vintage.synthetic else ""
    return f"{mark}vyrak_{chart.id}_{view.vintage.id}.{ending}"


def title(chart: Chart, view: View) -> str:
    """The title of a chart, with the mark of synthetic data."""
    return t("{title} (synthetic data)", title=t(chart.title)) if view.vintage.synthetic else t(chart.title)


def synthetic_text(view: View) -> str:
    """The sentence that keeps a made-up figure from being quoted; "" for real data."""
    facts = view.vintage.facts
    if not view.vintage.synthetic:
        return ""
    if facts["synthetic_rows"] == facts["kept_rows"]:
        return t("Synthetic data: everybody in these figures is invented. Do not quote them.")
    return t("These figures contain synthetic data: some of the people in them are invented. Do not quote them.")


def short_source(view: View) -> str:
    """Source and vintage in one short line, for the inside of a picture."""
    lists = ", ".join(name.capitalize() for name in view.vintage.organisations)
    return t("{publisher}; lists: {lists}; vintage {id}", publisher=view.vintage.facts["publisher"],
             lists=lists or t("not told"), id=view.vintage.id)


def address(chart: Chart, view: View, ending: str, pinned: bool = False) -> str:
    """The address of a chart's file for this view, on this site."""
    query = to_query(view, pinned=True) if pinned else to_query(view)
    return f"/chart/{chart.id}.{ending}{query}"
