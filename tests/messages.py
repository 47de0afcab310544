"""Every sentence that the program says to people, found in its source; `python -m tests.messages` adds to each catalogue
what it lacks, untranslated.

Besides what passes through t() and tn() these are the texts that steps write in English and that are translated when
they are shown (etl/words.py): causes, what was expected, tables of words.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pandas as pd
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

import settings
import texts
from components import download, filters, layout, pages, public_tables, reconciliation, sharing, text, told
from components.charts import CHARTS
from etl import publish, store, words
from stats import statistics

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("etl", "components", "static_site")
"""In whose source texts are searched for."""

_TABLES = {"FIELD_NAMES", "OTHERS", "FILLED", "FILLED_EXPECTED", "_PRECISIONS", "_COUNT_NAMES", "SEVERITIES", "_HEADINGS", "_MEANINGS", "_NO_TABLES",
           "_FAILURES", "EXPECTED", "EXPECTED_TERM", "EXPECTED_PUNISHMENT"}
_CALLS = {"t": (0,), "_top_of": (0,), "_last_of": (1,), "_waiting": (0,), "_most": (1, 2),
          "Kind": (2, 3), "of_list": (1,), "Died": (0,), "Refused": (1,), "BusyError": (0,), "NoVintage": (0,)}
Message = str | tuple[str, str]


def messages() -> set[Message]:
    """The messages, those with a plural as (one, many)."""
    found: set[Message] = set()
    for path in (p for folder in FOLDERS for p in sorted((ROOT / folder).rglob("*.py"))):
        found |= set(_of(ast.parse(path.read_text(encoding="utf-8"))))
    for path in (p for folder in FOLDERS for p in sorted([*(ROOT / folder).rglob("*.j2"), *(ROOT / folder).rglob("*.html")])):
        told = jinja2.Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).extract_translations(path.read_text(encoding="utf-8"), ("t", "tn"))
        found |= {(said[0], said[1]) if name == "tn" else said if isinstance(said, str) else said[0] for _, name, said in told}
    found |= set(declared())
    fields = set(words.FIELD_NAMES) - set(words.FIELD_NAMES.values())
    return found - fields - {""}


def declared() -> Iterator[str]:
    """What the registries of the public side say: charts, pages, statistics, tables of words."""
    for chart in CHARTS.values():
        yield from (chart.title, chart.unit, chart.counts, *download.columns(chart).values())
        yield from (getattr(chart, "unplaced", ""), getattr(chart, "first", ""))
        yield getattr(chart, "dimension", "").capitalize()
    for page in pages.PAGES:
        yield from (page.name, page.short, page.asks, page.asks_of, page.lead)
    for row in statistics.definitions().itertuples():
        yield from (row.title, row.kind, row.unit, row.counts)
    yield from (name for _, name, _ in sharing.FILES)
    for table in public_tables.TABLES.values():
        yield from (table.title, table.counts, *(meaning for _, meaning in table.columns.values()))
    yield download.SYNTHETIC
    yield from (reason.replace("_", " ") for reason in store.REASONS)
    for table in (store.REASONS, store.VERDICTS, store.KINDS, reconciliation.SPANS, reconciliation.QUALIFIERS, pages.HEADLINE, layout.FILTER_NAMES,
                  filters._WHY_NONE, told.WORDS, publish.HEADLINE_COUNTS):
        yield from table.values()
    yield from (*told.NOTES, *told.REASONS, *filters.FILTERS, *(title for _, title in text.MEASURES.values()), settings.load().site.subtitle)
    printed, known = (pd.read_csv(ROOT / "data" / f"{name}.csv", dtype=str, keep_default_na=False)
                      for name in ("published_figures", "published_metrics"))
    yield from (metric.replace("_", " ").capitalize() for metric in set(printed["metric"]))
    yield from (*known["label"], *known["definition"])
    # Organisations that have no name of their own: "human rights defenders".
    yield from (name for name in set(printed["organisation"]) if name[:1].islower())


def filled_in() -> set[tuple[str, ...]]:
    """The fixed parts of every f-string that a step gives as a cause or as what was expected."""
    return {tuple(part.value for part in node.values if isinstance(part, ast.Constant))
            for path in sorted((ROOT / "etl").glob("*.py")) for value in _said(ast.parse(path.read_text(encoding="utf-8")))
            for node in ast.walk(value) if isinstance(node, ast.JoinedStr)}


def _of(tree: ast.AST) -> Iterator[Message]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "tn":
                one, many = (_text(a) for a in node.args[:2])
                yield (one, many)
            for position in _CALLS.get(name, ()):
                yield from _constants(node.args[position]) if position < len(node.args) else ()
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if getattr(target, "id", "") in _TABLES and node.value:
                yield from _constants(node.value)
    for value in _said(tree):
        yield from _constants(value)


def _said(tree: ast.AST) -> Iterator[ast.expr]:
    """The expressions that a step gives as `found`, as `expected` or as a cause."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (k.value for k in node.keywords if k.arg in ("found", "expected"))
            if getattr(node.func, "id", "") == "Died":
                yield from node.args[:1]
        elif isinstance(node, ast.Tuple) and len(node.elts) == 3 and getattr(node.elts[0], "value", "") == "failed":
            yield node.elts[2]
        elif isinstance(node, ast.FunctionDef) and node.name == "_cause":
            yield from (r.value for r in ast.walk(node) if isinstance(r, ast.Return) and r.value)


def _constants(node: ast.expr) -> Iterator[str]:
    """The whole texts in an expression: not the keys of a table, nor the parts of an f-string or the arguments of a call."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.Dict):
        yield from (said for value in node.values for said in _constants(value))
    elif isinstance(node, ast.Tuple | ast.List | ast.BoolOp):
        yield from (said for value in getattr(node, "elts", None) or node.values for said in _constants(value))
    elif isinstance(node, ast.IfExp):
        yield from (*_constants(node.body), *_constants(node.orelse))


def _text(node: ast.expr) -> str:
    assert isinstance(node, ast.Constant), "write the message where it is said, so that it can be found"
    return str(node.value)


def _update() -> None:
    template = Catalog()
    for message in sorted(messages(), key=str):
        template.add(message)
    for path in sorted(texts.FOLDER.glob("*.po")):
        head = path.read_text(encoding="utf-8").split("\n\n", 1)[0]
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.stem)
        catalogue.update(template, no_fuzzy_matching=True)
        written = io.BytesIO()
        write_po(written, catalogue, width=120, sort_output=True, omit_header=True, ignore_obsolete=True)
        path.write_text(f"{head}\n\n{written.getvalue().decode()}", encoding="utf-8")


if __name__ == "__main__":
    _update()
