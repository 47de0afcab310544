"""What an import says: to a person in the terminal, or to a program as JSON."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click
import pandas as pd

from etl import problems
from etl.intake import Intake, SheetLine

_COUNTS = ("read", "accepted", "unchanged", "corrected", "quarantined", "not_data")
_EXAMPLES = 3
"""How many examples of a kind of problem the terminal shows; all of them are in the JSON."""


def account(lines: Sequence[SheetLine], accepted: pd.DataFrame, fate: pd.Series, found: pd.DataFrame
            ) -> list[SheetLine]:
    """The accounts of the sheets with the fate of each row in them, and the problems of each sheet."""
    by_sheet = fate.groupby([accepted["sha256"], accepted["sheet"]]).value_counts() if len(fate) else fate
    by_place = {place: frame for place, frame in found.groupby(["file", "sheet"])}
    result = []
    for line in lines:
        counts = {name: int(by_sheet.get((line.sha256, line.sheet, name), 0)) if len(fate) else 0
                  for name in ("accepted", "unchanged", "corrected")}
        here = by_place.get((line.file, line.sheet), found.iloc[0:0])
        taken = sum(counts.values())
        result.append(SheetLine(
            line.file, line.sheet, line.sha256, line.table, line.read, **counts, not_data=line.not_data,
            quarantined=line.quarantined + line.accepted - taken,
            problems=[_as_dict(p) for p in problems.from_frame(here)],
        ))
    return result


def _as_dict(found: problems.Problem) -> dict[str, Any]:
    return asdict(found) | {"message": found.message, "remedy": found.remedy}


def show_import(intake: Intake, vintage: str | None, made: bool, as_json: bool) -> None:
    """Print the account of every sheet, the problems by kind, and the vintage."""
    if as_json:
        files = [{key: value for key, value in asdict(line).items() if key != "sha256"} for line in intake.lines]
        print(json.dumps({"vintage": vintage, "files": files}, ensure_ascii=False))
        return
    _show_accounts(intake.lines)
    _show_problems(problems.from_frame(intake.problems))
    if vintage:
        click.echo(f"\nVintage {vintage} is in use." if made else f"\nNothing has changed; vintage {vintage} stays.")


def _show_accounts(lines: Sequence[SheetLine]) -> None:
    total = SheetLine("All", "", "", None, 0)
    table = []
    for line in lines:
        table.append([_name(line), *(getattr(line, name) for name in _COUNTS), line.balanced])
        for name in _COUNTS:
            setattr(total, name, getattr(total, name) + getattr(line, name))
    table.append(["All", *(getattr(total, name) for name in _COUNTS), total.balanced])
    width = max(len(row[0]) for row in table)
    click.echo(f"\n{'':{width}}  {'read':>7} = {'accepted':>8} + {'unchanged':>9} + {'corrected':>9}"
               f" + {'quarantined':>11} + {'not data':>8}")
    for name, read, accepted, unchanged, corrected, quarantined, not_data, balanced in table:
        click.echo(f"{name:{width}}  {read:7,} = {accepted:8,} + {unchanged:9,} + {corrected:9,}"
                   f" + {quarantined:11,} + {not_data:8,}{'' if balanced else '  DOES NOT ADD UP: please report this'}")


def _name(line: SheetLine) -> str:
    return f"{line.file} · {line.sheet}" if line.sheet else line.file


def _show_problems(found: Sequence[problems.Problem]) -> None:
    order = {"refused": 0, "quarantined": 1, "flagged": 2, "noted": 3}
    kinds = Counter((p.severity, p.kind) for p in found)
    for severity, kind in sorted(kinds, key=lambda k: (order[k[0]], -kinds[k])):
        same = [p for p in found if (p.severity, p.kind) == (severity, kind)]
        click.echo(f"\n{severity.upper()}: {kind}, {kinds[severity, kind]:,} times. {same[0].remedy}")
        for example in same[:_EXAMPLES]:
            column = f", column {example.column!r}" if example.column else ""
            click.echo(f"  {example.where}{column}: {example.message}")


def show_status(vintages: Sequence[dict[str, Any]], as_json: bool) -> None:
    """Print the vintages, the newest first, the one in use marked."""
    lines = [f"{'→' if v['in_use'] else ' '} {v['vintage']}  {v['inputs']} files, {v['rows']:,} rows read"
             for v in vintages]
    show({"vintages": list(vintages)}, "\n".join(lines), as_json)


def show(result: dict[str, Any], text: str, as_json: bool) -> None:
    """Print `result` as JSON, or `text`."""
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else text)


def show_failure(message: str, as_json: bool) -> None:
    """Print why a command could not do its work."""
    if as_json:
        print(json.dumps({"error": message}, ensure_ascii=False))
    else:
        click.echo(f"vyrak: {message}", file=sys.stderr)
