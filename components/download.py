"""What a chart shows as CSV, with a metadata file beside it. Built completely before a byte is sent."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import Any

import pandas as pd

import texts
from components.chart import Chart
from components.filters import View, label, to_query
from components.selection import protected_text
from components.text import t

BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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


def metadata(chart: Chart[Any], shown: Any, view: View, address: str) -> dict[str, Any]:
    """All that an analyst needs to cite the figures and make them again. `address`: of the CSV, pinned to the vintage."""
    vintage = view.vintage
    return {
        "title": title(chart, view), "synthetic": vintage.synthetic,
        "warning": synthetic_text(view) or None,
        "description": chart.finding(shown, view), "unit": t(chart.unit), "definition": t(chart.counts), "notes": chart.notes(shown),
        "source": {"organisations": list(vintage.organisations), "publisher": vintage.facts["publisher"],
                   "lists_reach_to": vintage.facts["as_of"], "rows_in_quarantine": vintage.facts["quarantined_now"]},
        "vintage": {"id": vintage.id, "created": vintage.created}, "address": address, "language": texts.language(),
        "filters": {"from": view.first, "to": view.last, **{
            name: {"code": code, "label": label(vintage, name, code)} for name, code in view.chosen.items()}},
        **chart.about(shown, view),
        "disclosure_control": {"marker": protected_text(vintage), "fewer_than": vintage.facts["fewer_than"],
                               "protection": vintage.facts["protection"]},
        "columns": {name: t(meaning) for name, meaning in chart.columns.items()}, "licence": vintage.facts["licence"],
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


def file_name(chart: Chart[Any], view: View, ending: str) -> str:
    """The name a download is saved under; says "synthetic" while the data are."""
    mark = "SYNTHETIC_" if view.vintage.synthetic else ""
    return f"{mark}vyrak_{chart.id}_{view.vintage.id}.{ending}"


def title(chart: Chart[Any], view: View) -> str:
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


def address(chart: Chart[Any], view: View, ending: str, pinned: bool = False) -> str:
    """The address of a chart's file for this view, on this site."""
    query = to_query(view, pinned=True) if pinned else to_query(view)
    return f"/chart/{chart.id}.{ending}{query}"
