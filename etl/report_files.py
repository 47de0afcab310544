"""The report of an import as files for the people who keep the lists: report.html, report.json, workbooks to mend.

All of it holds personal data: the folder and its files are the importer's alone (0700, 0600), and say so.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import pandas as pd

import texts
from etl import mend, problems, publish, words
from etl.intake import COUNTS, Intake, totals_of
from etl.report import SEVERITIES, Done, by_kind, count_name
from texts import t, tn

SCHEMA = 1
"""The layout of report.json (docs/report.md)."""
EXAMPLES = 20
"""Problems of one kind, and corrections, that the page shows; report.json has all."""

_TEMPLATE = Path(__file__).with_name("report.html.j2")
_HEADINGS = {
    "refused": "Not taken", "quarantined": "Waits to be mended", "flagged": "Taken, but doubtful", "noted": "Good to know"}
_MEANINGS = {
    "refused": "The whole file, sheet or list was left out.",
    "quarantined": "These rows count nowhere until they are mended.",
    "flagged": "These rows were taken, but a cell is doubtful or was left empty.",
    "noted": "Nothing is wrong; you should know.",
}


@dataclass(frozen=True)
class Held:
    """What was read, held against the rows kept: the intake with its accounts, the contents of the vintage, the fields that
    this import corrected (etl.revise.CHANGES), and `number` and `row_key` of the rows that wait, by order of reading."""

    intake: Intake
    contents: publish.Contents
    changes: pd.DataFrame
    waiting: pd.DataFrame


def write(parent: Path, held: Held, done: Done, now: pd.Timestamp) -> Path:
    """Write the report in the language in use into a folder of its own in `parent`, whole or not at all: the folder.

    Raises OSError if it can't be written.
    """
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _clear_unfinished(parent)
    building = Path(tempfile.mkdtemp(prefix=".building-", dir=parent))
    try:
        found = problems.from_frame(held.intake.problems)
        books = mend.write(building, held.intake.spoilt, held.waiting, found)
        content = contents(held, done, now, found, books)
        (building / "report.json").write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
        (building / "report.html").write_text(page(content, found), encoding="utf-8")
        for path in building.iterdir():
            path.chmod(0o600)
        return _in_place(building, parent, f"{now:%Y%m%dT%H%M%SZ}")
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def _clear_unfinished(parent: Path) -> None:
    """Take away what a program that was killed left behind; a report takes seconds, never an hour."""
    for leftover in parent.glob(".building-*"):
        if leftover.stat().st_mtime < time.time() - 3600:
            shutil.rmtree(leftover, ignore_errors=True)


def _in_place(building: Path, parent: Path, name: str) -> Path:
    """Rename `building` to `name`, or to the first free name after it: two checks may end in one second."""
    for number in range(1, 1000):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        if not folder.exists():
            try:
                return building.rename(folder)
            except OSError:
                if not folder.exists():
                    raise
    raise FileExistsError(17, os.strerror(17), str(parent / name))


def contents(held: Held, done: Done, now: pd.Timestamp, found: Sequence[problems.Problem], books: Sequence[mend.Written]
             ) -> dict[str, Any]:
    """All that the report says, as plain JSON (docs/report.md)."""
    lines = held.intake.lines
    totals = totals_of(lines)
    taken = totals["accepted"] + totals["unchanged"] + totals["corrected"]
    read = pd.concat([f for f in (held.intake.accepted, held.intake.quarantined) if len(f)] or [held.intake.accepted])
    cells = {place: (book.name, *at) for book in books for place, at in book.cells.items()}
    return {
        "schema": SCHEMA, "created": f"{now.isoformat()}Z", "language": texts.language(),
        "notice": t("Internal: holds personal data. Do not publish it and do not send it by mail."),
        "synthetic_rows": int(publish.is_synthetic(read).sum()), "rows": len(read),
        "done": "check" if done.check else "refused" if done.refused else "published" if done.made else
                "unchanged" if done.vintage else "nothing",
        "vintage": done.vintage, "summary": _summary(totals, taken), "outcome": done.sentence(),
        "totals": totals | {"taken": taken},
        "sheets": [{"file": line.file, "sheet": line.sheet, "table": line.table, "balanced": line.balanced}
                   | {name: getattr(line, name) for name in COUNTS} for line in lines],
        "problems": [_problem(p, cells) for p in found],
        "corrections": [_correction(change) for change in held.changes.to_dict("records")],
        "to_mend": [{"file": book.name, "of": book.of, "rows": book.rows, "left_out": book.left_out} for book in books],
        "waiting_from_before": len(held.contents.quarantine) - len(held.waiting),
        "next": _next(books, found, totals, done),
    }


def _summary(totals: Mapping[str, int], taken: int) -> str:
    said = [tn("{count} row was read.", "{count} rows were read.", totals["read"]),
            tn("{count} was taken.", "{count} were taken.", taken),
            tn("{count} waits to be mended.", "{count} wait to be mended.", totals["quarantined"])]
    if totals["corrected"]:
        said.append(tn("{count} says something else than before.", "{count} say something else than before.",
                       totals["corrected"]))
    return " ".join(said)


def _problem(p: problems.Problem, cells: Mapping[tuple[str, str, int], tuple[str, str, int]]) -> dict[str, Any]:
    at = cells.get((p.file, p.sheet, p.row))
    place = {"file": at[0], "sheet": at[1], "cell": f"{p.cell.rstrip('0123456789') or 'A'}{at[2]}"} if at else None
    return problems.told(p) | {"to_mend": place}


def _correction(change: dict[str, Any]) -> dict[str, Any]:
    field = change["field"]
    return {"file": change["file"], "row": int(change["row"]), "field": field, "old": change["old"], "new": change["new"],
            "field_name": words.field(field), "old_shown": words.value(field, change["old"]),
            "new_shown": words.value(field, change["new"])}


def _next(books: Sequence[mend.Written], found: Sequence[problems.Problem], totals: Mapping[str, int], done: Done) -> list[str]:
    """What a person should do now, in order."""
    steps = []
    if any(p.severity == "refused" for p in found):
        steps.append(t("Look under “Not taken” at what was left out, and do what stands there."))
    for book in books:
        rows = tn("{count} row waits", "{count} rows wait", book.rows)
        steps.append(t("Open “{file}” in this folder ({rows} in it). Mend the coloured cells; the comment of each says what to write. "
                       "Save it as .xlsx and import it as it is.", file=book.name, rows=rows))
        if book.left_out:
            steps.append(tn("{count} more row did not fit into it: mend the original.",
                            "{count} more rows did not fit into it: mend the original.", book.left_out))
    if books:
        steps.append(t("Mend the same cells in the original list too, or the next export brings them back."))
    if done.check and (totals["accepted"] or totals["corrected"]):
        steps.append(t("When you are content, import the files: this was a check only."))
    return steps or [t("Nothing needs to be done.")]


# The page ---------------------------------------------------------------------------------------------------------

def page(content: Mapping[str, Any], found: Sequence[problems.Problem]) -> str:
    """report.html: the same content, one file, no script, nothing fetched from anywhere."""
    said = {id(p): told for p, told in zip(found, content["problems"], strict=True)}
    groups: dict[str, list[dict[str, Any]]] = {severity: [] for severity in SEVERITIES}
    for (severity, kind), same in by_kind(found):
        groups[severity].append(_group(kind, same, [said[id(p)] for p in islice(same, EXAMPLES)]))
    created = pd.Timestamp(content["created"]).to_pydatetime()
    heads = [{"name": count_name(name), "column": name} for name in COUNTS]
    shown = [(severity, t(_HEADINGS[severity]), t(_MEANINGS[severity]), of) for severity, of in groups.items() if of]
    return _template().render(
        c=content, several=len({line["file"] for line in content["sheets"]}) > 1, groups=shown, heads=heads,
        created=texts.moment(created), examples=EXAMPLES, direction="rtl" if texts.right_to_left() else "ltr")


def _group(kind: str, same: Sequence[problems.Problem], examples: list[dict[str, Any]]) -> dict[str, Any]:
    """One kind of problem: what all of them say alike, how many there are, and the first."""
    found, expected = (values.pop() if len(values := {getattr(p, name) for p in same}) == 1 else "…"
                       for name in ("found", "expected"))
    general = problems.Problem(kind, same[0].severity, "", found=found, expected=expected)
    return {"kind": kind, "title": general.message, "remedy": general.remedy, "count": len(same), "examples": examples,
            "more": len(same) - len(examples), "columns": any(p["column"] for p in examples),
            "expects": expected == "…", "mends": any(p["to_mend"] for p in examples)}


def _link(place: Mapping[str, str]) -> str:
    """The address of a cell of a workbook that lies beside the page."""
    sheet = place["sheet"].replace("'", "''")
    return f"{quote(place['file'])}#{quote(chr(39) + sheet + chr(39) + '!' + place['cell'])}"


@lru_cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.globals.update(t=t, tn=tn, link=_link, found=words.found, expected=words.expected)
    environment.filters.update(visible=words.visible, quoted=words.quoted, number=texts.number)
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
