"""What a chart shows as CSV, with a metadata file beside it. Built completely before a byte is sent."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any
from urllib.parse import parse_qsl

import pandas as pd

import texts
from components import formats
from components.chart import Chart
from components.filters import View, default, label, to_query
from components.selection import protected_text
from components.text import period, t

BOM = "\ufeff"
SYNTHETIC = "true where anybody in the data is invented: such figures must not be quoted"
"""What the column of that name means, in every table."""


def rows(chart: Chart[Any], shown: Any, view: View) -> pd.DataFrame:
    """What the chart shows, tidy, with the mark of synthetic data in each row: columns `columns`."""
    return chart.rows(shown, view).assign(synthetic="true" if view.vintage.synthetic else "false")


def columns(chart: Chart[Any]) -> dict[str, str]:
    """The header terms of the CSV of a chart, with what they mean."""
    return chart.columns | {"synthetic": SYNTHETIC}


def to_csv(frame: pd.DataFrame, bom: bool = False) -> bytes:
    """UTF-8, lines ended by CR LF as RFC 4180 has it; with a byte order mark for Excel if asked.

    A text that a spreadsheet program would run as a formula gets an apostrophe before it, as these programs themselves mark texts; numbers,
    negative ones too, stay as they are.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(frame.columns)
    for row in frame.astype(object).where(frame.notna(), "").itertuples(index=False):
        writer.writerow([f"'{cell}" if isinstance(cell, str) and re.match(formats.RUNS, cell) else cell for cell in row])
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
        "columns": {name: t(meaning) for name, meaning in columns(chart).items()}, "licence": vintage.facts["licence"],
    }


def to_json(content: dict[str, Any]) -> bytes:
    """Readable JSON."""
    return json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8")


def file_name(chart: Chart[Any], view: View, ending: str) -> str:
    """The name a download is saved under: the chart, what was chosen, the vintage; says "synthetic" while the data are."""
    parts = [(name, re.sub(r"[^A-Za-z0-9.-]", "", value)) for name, value in parse_qsl(to_query(view)[1:]) if name != "vintage"]
    chosen = "".join(f"_{name}-{value}" for name, value in parts)
    return saved_as(view, f"{chart.id}{chosen}_", ending)


def saved_as(view: View, what: str, ending: str) -> str:
    """The name that a file of the vintage of `view` is saved under."""
    return f"{'SYNTHETIC_' if view.vintage.synthetic else ''}vyrak_{what}{view.vintage.id}.{ending}"


def title(chart: Chart[Any], view: View) -> str:
    """The title of a chart, with the mark of synthetic data."""
    return marked(t(chart.title), view)


def marked(title: str, view: View) -> str:
    """A title, with the mark of synthetic data."""
    return t("{title} (synthetic data)", title=title) if view.vintage.synthetic else title


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


def source(view: View) -> str:
    """Where the figures come from, how far they reach, which vintage, which licence; that they are synthetic, if so."""
    vintage = view.vintage
    lists = ", ".join(label.capitalize() for label in vintage.organisations) or t("organisation not told")
    said = t("Source: lists of {lists}, reaching to {day}. Vintage {id}. {publisher}, {licence}.", lists=lists,
             day=period(vintage.facts["as_of"]), id=vintage.id, publisher=vintage.facts["publisher"],
             licence=vintage.facts["licence"])
    return f"{synthetic_text(view)} {said}".strip()


def chosen(view: View) -> str:
    """The filters that are set, in words: without them the numbers on a picture would be told of everybody."""
    usual = default(view.vintage)
    parts = [f"{t(name)}: {label(view.vintage, name, code)}" for name, code in view.chosen.items()]
    if (view.first, view.last) != (usual.first, usual.last):
        parts.append(t("{first} to {last}", first=period(view.first), last=period(view.last)))
    said = "; ".join(parts)
    return said[:1].upper() + said[1:]
