"""The public tables of a vintage, each whole, for other people's tools: what each holds, what each column means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from components import download
from components.filters import View
from components.formats import Table
from components.text import t
from etl.store import ALL, DIMENSIONS, KINDS, PUBLIC_TABLES, STATUSES, UNDIVIDED, VERDICTS

_REQUIRED: dict[str, Any] = {"required": True}
_COUNT: dict[str, Any] = {"minimum": 0}
_PERIOD = {"pattern": r"all|none|\d{4}(?:-\d{2}(?:-\d{2})?|-Q[0-4])?"} | _REQUIRED


def _one_of(values: Iterable[str]) -> dict[str, Any]:
    return {"enum": list(dict.fromkeys(values))} | _REQUIRED


_PERSONS = ("integer", "number of persons; empty where it is protected or not told")


@dataclass(frozen=True)
class Columns:
    """`title` and `counts`: what the table is and what one row of it is; `columns`: name → (type, meaning), of those that are always there;
    types are those of Frictionless table schemas; `key`: the columns that tell one row from every other, where there are such;
    `constraints`: column → what holds for each of its values, as Frictionless table schemas say it; `units`: column → unit of its numbers,
    where it is the same in all rows."""

    title: str
    counts: str
    columns: dict[str, tuple[str, str]]
    key: tuple[str, ...] = ()
    constraints: dict[str, dict[str, Any]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)


TABLES: dict[str, Columns] = {
    "cells": Columns("Counts of persons", "One row a cell: persons charged, sentenced, pardoned or deported in a period, in all or by a breakdown.", {
        "measure": ("string", "what is counted: charged, sentenced, pardoned, deported"),
        "time": ("string", "length of the period: month, quarter, year, wave, or all"),
        "period": ("string", "the period: 2024-07, 2024-Q3, 2024, a day for a wave, none for no wave, or all; with zeros where the "
                   "date is not known"),
        "region": ("string", "code of the region of the case (ISO 3166-2), or all; undivided: in national totals and not in this breakdown"),
        "sex": ("string", "female, male, male_or_unknown, or all; undivided: in national totals and not in this breakdown"),
        "article": ("string", "article of the Criminal Code, or all; undivided: in national totals and not in this breakdown"),
        "punishment": ("string", "code of the punishment, or all; undivided: in national totals and not in this breakdown"),
        "age": ("string", "age group at the charge, sentence or pardon (18-24), unknown, or all; undivided: in national totals and not in this "
                "breakdown"),
        "organisation": ("string", "on whose lists the persons stand, and on no others: only_viasna, dissidentby+viasna, unknown, or all; undivided: "
                         "in national totals and not in this breakdown"),
        "persons": _PERSONS, "protected": ("boolean", "true where the number is hidden: fewer than the threshold, or a number that would tell one")},
        ("measure", "time", "period", "region", "sex", "article", "punishment", "age", "organisation"),
        {"measure": _one_of(table.measure for table in PUBLIC_TABLES), "time": _one_of(table.time for table in PUBLIC_TABLES),
         "period": _PERIOD, "persons": _COUNT, "protected": _REQUIRED}, {"persons": "persons"}),
    "labels": Columns("Names of codes", "One row a code of a breakdown, with its name in each language.", {
        "dimension": ("string", "the breakdown: region, sex, article, punishment, age, organisation"), "code": ("string", "the code"),
        "label_be": ("string", "its name in Belarusian"), "label_ru": ("string", "its name in Russian"),
        "label_en": ("string", "its name in English"), "order": ("integer", "its place in the list")},
        ("dimension", "code"), {"dimension": _one_of((*DIMENSIONS, "wave")), "order": _COUNT | _REQUIRED}),
    "statistics": Columns("Statistics", "One row a number of a statistic: stocks, medians, shares, curves, estimates.", {
        "statistic": ("string", "which statistic; see the table definitions"),
        "period": ("string", "the period, a span of periods (2020-08/2025-04), or a step of a curve (0, 1, 2); 0000: not dated; all: the "
                   "whole time"),
        "category": ("string", "the category; empty if there is none"), "value": ("number", "the number, in the unit; empty where none is told"),
        "lower": ("number", "lower bound of the interval, where there is one"),
        "upper": ("number", "upper bound of the interval, where there is one"),
        "unit": ("string", "unit of the number"), "persons": ("integer", "on how many persons it rests"),
        "status": ("string", "exact, rounded, estimate, bounds, hidden, or no number"), "note": ("string", "what to know about this number")},
        constraints={"statistic": _REQUIRED, "period": _REQUIRED, "unit": _REQUIRED, "status": _one_of(STATUSES), "persons": _COUNT},
        units={"persons": "persons"}),
    "definitions": Columns("Definitions of the statistics", "One row a statistic.", {
        "statistic": ("string", "which statistic"), "title": ("string", "its title"), "kind": ("string", "stock, flow, or another kind of figure"),
        "unit": ("string", "unit of the number"), "counts": ("string", "whom it counts, and how")}, ("statistic",),
        dict.fromkeys(("title", "kind", "unit", "counts"), _REQUIRED)),
    "revisions": Columns("Revisions", "One row a change of a national count from one vintage to the next.", {
        "measure": ("string", "what is counted"), "month": ("string", "the month; now: as of the vintage; 0000-00: not dated"),
        "seen_on": ("string", "day of the vintage"), "vintage": ("string", "the vintage"), "persons": _PERSONS,
        "change": ("integer", "change since the vintage before; empty at the first sight")},
        constraints={"measure": _REQUIRED, "month": {"pattern": r"now|\d{4}-\d{2}"} | _REQUIRED,
                     "seen_on": {"pattern": r"\d{4}-\d{2}-\d{2}"} | _REQUIRED, "vintage": _REQUIRED, "persons": _COUNT},
        units={"persons": "persons", "change": "persons"}),
    "reconciliation": Columns("Computed and printed figures", "One row a figure that monitors or others have printed, beside the computed one.", {
        "as_of": ("string", "the day or period that the printed figure is of"), "metric": ("string", "what the printed figure counts"),
        "value": ("number", "the printed figure"), "unit": ("string", "unit of the number"),
        "qualifier": ("string", "exact, at_least or approx, as printed"), "organisation": ("string", "who counted"),
        "source": ("string", "where it was printed"), "computed": ("number", "what Vyrak computes; empty where nothing compares"),
        "difference": ("number", "computed less printed"), "verdict": ("string", "agrees, above, below, hidden or not comparable"),
        "reasons": ("string", "why they may differ")},
        constraints={"metric": _REQUIRED, "value": {"minimum": 0} | _REQUIRED, "unit": _REQUIRED, "verdict": _one_of(VERDICTS),
                     "qualifier": _one_of(("exact", "at_least", "approx"))}),
    "contradictions": Columns("Printed figures that contradict each other", "One row a contradiction.", {
        "kind": ("string", "in which way they contradict"), "metric": ("string", "what the printed figure counts"),
        "as_of": ("string", "the day or period that the printed figure is of"),
        "figures": ("string", "the figures, each with who printed it and when"),
        "explanation": ("string", "what explains it, if that is known")},
        constraints={"kind": _one_of(KINDS), "metric": _REQUIRED, "figures": _REQUIRED}),
}


def there(view: View) -> list[str]:
    """The names of the tables that the vintage of `view` has: one made before a table was published lacks it."""
    return [name for name in TABLES if len(getattr(view.vintage, name).columns)]


def table(name: str, view: View, address: str) -> Table:
    """A table of the vintage of `view`, every row with the mark of synthetic data. `address`: where it lies, pinned."""
    vintage = view.vintage
    frame = getattr(vintage, name).assign(synthetic=vintage.synthetic)
    title = download.marked(t(TABLES[name].title), view)
    return Table(frame, about(name, view, address, title), title, vintage.created)


def about(name: str, view: View, address: str, title: str) -> dict[str, Any]:
    """What an analyst must know of a table."""
    vintage = view.vintage
    return {"name": name, "title": title, "synthetic": vintage.synthetic, "warning": download.synthetic_text(view) or None,
            "description": t(TABLES[name].counts), "columns": [
                {part: value for part, value in column.items() if part != "constraints"} for column in fields(name, view)],
            "vintage": {"id": vintage.id, "created": vintage.created}, "publisher": vintage.facts["publisher"],
            "licence": vintage.facts["licence"], "source": download.source(view), "address": address}


def fields(name: str, view: View) -> list[dict[str, Any]]:
    """The columns of a table as the vintage has it: name, type, description, unit (a word that Frictionless leaves to us) and constraints,
    as in a Frictionless table schema."""
    frame, about = getattr(view.vintage, name), TABLES[name]
    known = about.columns | {"synthetic": ("boolean", download.SYNTHETIC)}
    held = about.constraints | dict.fromkeys(("synthetic", *about.key), _REQUIRED) | {
        column: limits | _REQUIRED for column, limits in about.constraints.items() if column in about.key}
    if name == "cells":
        labels = view.vintage.labels
        held |= {dimension: _one_of((ALL, UNDIVIDED, *labels.loc[labels["dimension"] == dimension, "code"])) for dimension in DIMENSIONS}
    return [{"name": column, "type": known.get(column, (_type(frame, column), ""))[0],
             "description": t(known[column][1]) if column in known else column.replace("_", " "),
             **({"unit": about.units[column]} if column in about.units else {}),
             **({"constraints": held[column]} if column in held else {})} for column in [*frame.columns, "synthetic"]]


def _type(frame: Any, column: str) -> str:
    kind = frame[column].dtype.kind if column in frame else "O"
    return {"i": "integer", "u": "integer", "f": "number", "b": "boolean"}.get(kind, "string")
