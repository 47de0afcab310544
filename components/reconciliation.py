"""The page that holds computed figures beside printed ones, readable without scripts, and its JSON twin."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from flask import render_template_string

import settings
import texts
from components import download, filters, layout, markup
from components.text import number, period, t
from etl import store

_TEMPLATE = (Path(__file__).parent / "templates" / "reconciliation.html").read_text(encoding="utf-8")

PATH = "/reconciliation"

SPANS = {
    "month": "in a month", "year": "in a year", "cumulative": "in all since 2020", "current": "on a day", "wave": "in a wave of pardons",
    "period": "in a period", "12 months": "in twelve months", "": "",
}
QUALIFIERS = {"exact": "{number}", "at_least": "at least {number}", "approx": "about {number}"}
_TOLD = ("agrees", "above", "below", "hidden")


class NotReconciled(Exception):
    """The vintage was made before figures were reconciled; the message says what to do."""


def page(view: filters.View) -> str:
    """The page for the vintage of `view`. Raises NotReconciled."""
    view = replace(filters.default(view.vintage), pinned=view.pinned)
    frame = _reconciled(view.vintage)
    told = frame[frame["verdict"].isin(_TOLD)]
    counts = frame["verdict"].value_counts()
    used = {code for text in frame["reasons"] for code in text.split()}
    return render_template_string(
        _TEMPLATE, t=t, language=texts.language(), site=settings.load().site.title, synthetic=download.synthetic_text(view),
        query=filters.to_query(view),
        header=markup.text(layout.header(view, PATH)), foot=markup.text(layout.foot(view, PATH)),
        cited=download.short_source(view), summary=[(t(text), number(counts.get(v, 0))) for v, text in store.VERDICTS.items()],
        reasons=[(code, t(code.replace("_", " ")), t(text)) for code, text in store.REASONS.items() if code in used],
        contradictions=_contradictions(view.vintage), groups=_groups(told, view.vintage),
        others=[_row(row, view.vintage) for row in frame[~frame["verdict"].isin(_TOLD)].itertuples()])


def as_json(view: filters.View) -> bytes:
    """All that the page holds, for machines. Raises NotReconciled."""
    vintage = view.vintage
    frame = _reconciled(vintage)
    return download.to_json({
        "title": t("Computed and printed figures"), "synthetic": vintage.synthetic, "warning": download.synthetic_text(view) or None,
        "vintage": {"id": vintage.id, "created": vintage.created}, "lists_reach_to": vintage.facts["as_of"],
        "organisations": list(vintage.organisations), "verdicts": {code: t(text) for code, text in store.VERDICTS.items()},
        "reasons": {code: t(text) for code, text in store.REASONS.items()},
        "kinds_of_contradiction": {code: t(text) for code, text in store.KINDS.items()},
        "figures": _records(frame.assign(reasons=frame["reasons"].str.split())), "contradictions": _records(vintage.contradictions),
        "licence": vintage.facts["licence"],
    })


def _reconciled(vintage: store.PublicVintage) -> pd.DataFrame:
    if vintage.reconciliation.empty:
        raise NotReconciled(t("The vintage {id} was made before printed figures were compared. Import the lists again.", id=vintage.id))
    return vintage.reconciliation


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return json.loads(frame.to_json(orient="records", force_ascii=False))


def _groups(told: pd.DataFrame, vintage: store.PublicVintage) -> list[dict[str, Any]]:
    """The figures that are compared, one group for each metric and span."""
    groups = []
    for n, ((label, span), rows) in enumerate(told.groupby(["label", "span"], sort=False)):
        ordered = rows.sort_values(["dimension", "category", "as_of"], kind="stable")
        groups.append({"id": f"group-{n}", "title": _what(str(label), str(span)), "definition": t(rows["definition"].iloc[0]),
                       "rows": [_row(row, vintage) for row in ordered.itertuples()]})
    return groups


def _row(row: Any, vintage: store.PublicVintage) -> dict[str, Any]:
    since = t("since {day}", day=_when(row.since)) if len(row.since) == 7 else ""
    category = ", ".join(part for part in (_category(row.dimension, row.category, vintage), since) if part)
    known = not pd.isna(row.computed)
    reported = t("{organisation}, by way of {other}", organisation=row.organisation, other=row.reported_by)
    return {
        "what": ", ".join(part for part in (_what(row.label, row.span), category) if part), "as_of": _when(row.as_of), "category": category,
        "printed": t(QUALIFIERS[row.qualifier], number=_figure(row.value)) + (f" {row.unit}" if row.unit != "persons" else ""),
        "by": reported if row.reported_by else row.organisation, "note": row.note,
        "link": row.source if row.source.startswith(("https://", "http://")) else "",
        "computed": _figure(row.computed) if known else t("protected") if row.verdict == "hidden" else "",
        "compared_with": _when(row.compared_with) if known else "", "difference": _signed(row.difference) if known else "",
        "agrees": row.verdict == "agrees", "reasons": [(code, t(code.replace("_", " "))) for code in row.reasons.split()],
    }


def _what(label: str, span: str) -> str:
    return f"{t(label)} {t(SPANS.get(span, span))}".strip()


def _category(dimension: str, category: str, vintage: store.PublicVintage) -> str:
    """The breakdown in words."""
    if not dimension:
        return ""
    names = [filters.label(vintage, dimension, code) for code in category.split("+")]
    return t("article {names}", names=" + ".join(names)) if dimension == "article" else " + ".join(names).replace("_", " ")


def _contradictions(vintage: store.PublicVintage) -> list[dict[str, str]]:
    labels = vintage.reconciliation.drop_duplicates("metric").set_index("metric")["label"]
    return [{"what": ", ".join(p for p in (_what(labels.get(r.metric, r.metric), r.span), _category(r.dimension, r.category, vintage)) if p),
             "as_of": " · ".join(_when(day) for day in r.as_of.split("/")), "figures": r.figures,
             "why": t(store.KINDS[r.kind]) + (f": {r.explanation}" if r.explanation else "")}
            for r in vintage.contradictions.itertuples()]


def _when(text: str) -> str:
    """A date or period as people read it."""
    words, _, rest = text.rpartition(" ")
    parts = [part if part.endswith("-00") else period(part) for part in rest.split("/")]
    to = f" {t('to')} "
    return f"{words} {to.join(parts)}".strip()


def _figure(value: float) -> str:
    return number(int(value)) if value == int(value) else f"{value:,.10g}"


def _signed(value: float) -> str:
    sign = "+" if value > 0 else "\u2212"
    return f"{sign}{_figure(abs(value))}" if value else "0"


__all__ = ["NotReconciled", "as_json", "page"]
