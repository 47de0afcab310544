"""What an import says: to a person in the terminal, or to a program as JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import pandas as pd

import texts
from etl import problems, words
from etl.intake import COUNTS, Intake, SheetLine, totals_of
from etl.store import Withdrawal
from texts import t, tn

_COUNT_NAMES = {"read": "read", "accepted": "accepted", "unchanged": "unchanged", "corrected": "corrected",
                "quarantined": "quarantined", "not_data": "not data"}
SEVERITIES: dict[problems.Severity, str] = {
    "refused": "not taken", "quarantined": "waits to be mended", "flagged": "taken, but doubtful", "noted": "good to know"}
"""What a problem does, the gravest first."""
_FAILURES = ("There is no vintage {vintage}.",)
_EXAMPLES = 3
"""How many examples of a kind of problem the terminal shows; all of them are in the JSON."""


@dataclass(frozen=True)
class Done:
    """What became of an import: the vintage and whether it is a new one, why none could be published, or only a check."""

    vintage: str | None = None
    made: bool = False
    refused: str = ""
    check: bool = False

    def sentence(self) -> str:
        """What became of it, in the language in use."""
        if self.check:
            return t("This was a check only: nothing was changed.")
        if self.refused:
            return t("Nothing was published: {reason}", reason=self.refused)
        if not self.vintage:
            return t("Nothing was published: no row could be taken.")
        if self.made:
            return t("Vintage {vintage} is in use.", vintage=self.vintage)
        return t("Nothing has changed; vintage {vintage} stays.", vintage=self.vintage)


def count_name(name: str) -> str:
    """What a column of the accounts is called."""
    return t(_COUNT_NAMES[name])


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
            problems=problems.from_frame(here),
        ))
    return result


class NotShown(Exception):
    """The output can't be written (a full disk, mostly); the message says that what was done stands."""


@contextmanager
def _showing() -> Iterator[None]:
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:     # whoever read it has seen enough
        raise
    except OSError as error:
        # What waits in the buffer would fail again, and with a traceback, at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise NotShown(t("The result can't be written to the output ({reason}); what the command did stands. See `python -m etl status`.",
                         reason=error.strerror or str(error))) from error


@_showing()
def show_import(intake: Intake, done: Done, folder: Path | None, as_json: bool) -> None:
    """Print the account of every sheet, the problems by kind, the vintage and where the report lies.

    As JSON, problems stand with their sheet; those of other files (events.csv) under `problems`.
    """
    page = str(folder / "report.html") if folder else None
    if as_json:
        files = [{key: value for key, value in vars(line).items() if key != "sha256"} | {"problems": [problems.told(p) for p in line.problems]}
                 for line in intake.lines]
        places = {(line.file, line.sheet) for line in intake.lines}
        beside = [problems.told(p) for p in problems.from_frame(intake.problems) if (p.file, p.sheet) not in places]
        print(json.dumps({"vintage": done.vintage, "report": page, "files": files, "problems": beside}, ensure_ascii=False))
        return
    _show_accounts(intake.lines)
    _show_problems(problems.from_frame(intake.problems))
    if done.vintage:
        click.echo("\n" + done.sentence())
    if page:
        click.echo(t("Report: {file}", file=page))


def _show_accounts(lines: Sequence[SheetLine]) -> None:
    total = replace(SheetLine(t("All"), "", "", None, 0), **totals_of(lines))  # type: ignore[arg-type]
    heads = [count_name(name) for name in COUNTS]
    width = max(len(_name(line)) for line in [*lines, total])
    columns = [max(len(head), 8) for head in heads]
    click.echo("\n" + " " * width + "  " + _sum([f"{head:>{w}}" for head, w in zip(heads, columns, strict=True)]))
    for line in [*lines, total]:
        counts = [f"{texts.number(getattr(line, name)):>{w}}" for name, w in zip(COUNTS, columns, strict=True)]
        wrong = "" if line.balanced else "  " + t("DOES NOT ADD UP: please report this")
        click.echo(f"{_name(line):{width}}  {_sum(counts)}{wrong}")


def _sum(parts: Sequence[str]) -> str:
    return f"{parts[0]} = {' + '.join(parts[1:])}"


def _name(line: SheetLine) -> str:
    return f"{line.file} · {line.sheet}" if line.sheet else line.file


def _show_problems(found: Sequence[problems.Problem]) -> None:
    for (severity, kind), same in by_kind(found):
        times = tn("{count} time", "{count} times", len(same))
        click.echo(f"\n{t(SEVERITIES[severity]).upper()}: {kind}, {times}. {same[0].remedy}")
        for example in same[:_EXAMPLES]:
            column = t(", column “{column}”", column=words.quoted(example.column)) if example.column else ""
            click.echo(f"  {words.visible(example.where)}{column}: {example.message}")


def by_kind(found: Sequence[problems.Problem]) -> list[tuple[tuple[problems.Severity, str], list[problems.Problem]]]:
    """The problems by severity and kind: the gravest first, of these the most frequent."""
    groups: dict[tuple[problems.Severity, str], list[problems.Problem]] = {}
    for problem in found:
        groups.setdefault((problem.severity, problem.kind), []).append(problem)
    order = list(SEVERITIES)
    return sorted(groups.items(), key=lambda group: (order.index(group[0][0]), -len(group[1])))


def show_status(vintages: Sequence[dict[str, Any]], withdrawn: Sequence[Withdrawal], unfinished: Sequence[str], as_json: bool) -> None:
    """Print the vintages, the newest first, the one in use marked; those withdrawn; `unfinished`: what stopped imports left, which is none."""
    lines = [f"{'→' if v['in_use'] else ' '} {v['vintage']}  {tn('{count} file', '{count} files', v['inputs'])}, "
             f"{tn('{count} row read', '{count} rows read', v['rows'])}" for v in vintages]
    lines += [t("The vintage {vintage} was withdrawn on {day}: {reason}", vintage=gone.vintage, day=gone.day, reason=gone.reason)
              for gone in withdrawn]
    lines += [t("{vintage} is no vintage: an import was stopped before it was in use. The next import takes it away.", vintage=left)
              for left in unfinished]
    show({"vintages": list(vintages), "withdrawn": [gone._asdict() for gone in withdrawn], "unfinished": list(unfinished)},
         "\n".join(lines), as_json)


@_showing()
def show(result: dict[str, Any], text: str, as_json: bool) -> None:
    """Print `result` as JSON, or `text`."""
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else text)


def show_failure(message: str, as_json: bool) -> None:
    """Print why a command could not do its work."""
    said = texts.again(message, _FAILURES)
    if as_json:
        print(json.dumps({"error": said}, ensure_ascii=False))
    else:
        click.echo(f"vyrak: {said}", file=sys.stderr)
