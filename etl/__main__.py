"""python -m etl: import, check, profile, status, rollback. Each but profile takes --json.

Exit status: 0 when all went in, 1 when something was quarantined or refused, 2 on wrong usage.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import click
import pandas as pd

import settings
from etl import codes, decisions, draft, groups, overlay, problems, profiles, publish, report, revise, store
from etl.intake import Intake, spreadsheets, take_in
from etl.link import link

_PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
_SHRUNK = click.option("--accept-shrunk", is_flag=True,
                       help="Take a list even if it has far fewer rows than before.")
_PROFILE = click.option("--profile", help="How to read a list that is not from Belarus: the name of a shipped profile, or its .toml "
                        "file.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Vyrak's way from monitors' spreadsheets to one published vintage."""


@main.command("import")
@_PATHS
@_JSON
@_SHRUNK
@_PROFILE
def import_(paths: tuple[Path, ...], as_json: bool, accept_shrunk: bool, profile: str | None) -> None:
    """Take in spreadsheets (files or folders) and publish a new vintage."""
    rules = settings.load()
    now = _now()
    with publish.only_one_import(), _laid_over(profile, importing=True):
        intake = _read(paths, now, quiet=as_json)
        intake, contents = _compare(intake, now, rules, accept_shrunk)
        vintage, made = publish.publish(contents, rules, now) if len(contents.rows) else (None, False)
    report.show_import(intake, vintage, made, as_json)
    sys.exit(_exit_status(intake))


@main.command()
@_PATHS
@_JSON
@_SHRUNK
@_PROFILE
def check(paths: tuple[Path, ...], as_json: bool, accept_shrunk: bool, profile: str | None) -> None:
    """Tell what an import would do, without doing it."""
    now = _now()
    with _laid_over(profile, importing=False):
        intake, _ = _compare(_read(paths, now, quiet=as_json), now, settings.load(), accept_shrunk)
    report.show_import(intake, None, False, as_json)
    sys.exit(_exit_status(intake))


@main.command()
@_JSON
def status(as_json: bool) -> None:
    """Tell which vintage is in use, and which there are."""
    current = store.current_id()
    vintages = [_summary(vintage_id, current) for vintage_id in store.history()]
    report.show_status(vintages, as_json)


@main.command()
@click.argument("vintage", required=False)
@_JSON
def rollback(vintage: str | None, as_json: bool) -> None:
    """Go back to VINTAGE, or to the one before the vintage in use. Nothing is deleted."""
    with publish.only_one_import():
        target = vintage or publish.manifest(store.current_id())["parent"]
        if target is None:
            raise store.UnknownVintage("The vintage in use is the first one; there is none before it.")
        publish.make_current(target, "rollback", _now())
    report.show({"vintage": target}, f"Vintage {target} is in use again.", as_json)


@main.command("profile")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write the draft to this file; it must not exist yet.")
def profile_(file: Path, out: Path | None) -> None:
    """Draft the profile of an unknown list, for a person to correct. Nothing of its rows goes into the draft."""
    text = draft.draft(file, _now().normalize())
    if out is None:
        click.echo(text, nl=False)
        return
    with out.open("x", encoding="utf-8") as written:
        written.write(text)
    click.echo(f"Wrote {out}. Correct it, then: python -m etl check --profile {out} {file}")


def _laid_over(profile: str | None, *, importing: bool) -> AbstractContextManager[None]:
    """The profile in use, held against what the data folder holds already."""
    laid = profiles.for_folder(profile, *publish.kept_profiles())
    if importing and laid and laid.profile.jurisdiction == profiles.UNNAMED:
        raise profiles.ProfileError(f"{laid.name} is a draft: write the country of the list into its jurisdiction first.")
    return overlay.using(laid)


def _read(paths: tuple[Path, ...], now: pd.Timestamp, *, quiet: bool) -> Intake:
    files = spreadsheets(paths)
    # Progress in bytes: one large file among ten small ones is most of the work.
    sizes = {path: path.stat().st_size if path.is_file() else 1 for path in files}
    with click.progressbar(length=sum(sizes.values()) or 1, label="Reading", file=sys.stderr, hidden=quiet) as bar:
        return take_in(files, now.normalize(), done=lambda path: bar.update(sizes[path]))


def _compare(intake: Intake, now: pd.Timestamp, rules: settings.Settings, accept_shrunk: bool
             ) -> tuple[Intake, publish.Contents]:
    """Hold what was read against the rows kept, and link them all."""
    kept = publish.read_private("rows")
    intake, outdated = _corrected(intake)
    if not accept_shrunk:
        intake = _refuse_shrunk(intake, kept, rules.import_.smallest_share_of_last_export)
    revision = revise.revise(kept, intake.accepted, now)
    decided = decisions.read(settings.data_folder(), "same_person", decisions.SAME_PERSON)
    linked = link(revision.rows, publish.read_private("assignments"), decisions.same_person(revision.rows, decided))
    linked = groups.spread(linked, revision.rows)
    said = (intake.problems, outdated, revise.problems_of(revision), linked.problems)
    found = pd.concat([f for f in said if len(f)] or [intake.problems], ignore_index=True)
    lines = report.account(intake.lines, intake.accepted, revision.fate, found)
    intake = Intake(intake.accepted, intake.quarantined, found, lines)
    return intake, publish.Contents(
        rows=revision.rows, linked=linked, lines=lines,
        changes=_after(publish.read_private("changes"), revision.changes), problems=found,
        quarantine=_after(_still_waiting(publish.read_private("quarantine"), intake), intake.quarantined),
    )


def _corrected(intake: Intake) -> tuple[Intake, pd.DataFrame]:
    """The intake with the corrections that people decided on, and what there is to say of those."""
    corrections = decisions.read(settings.data_folder(), "corrections", decisions.CORRECTIONS)
    rows, outdated = decisions.correct(intake.accepted, corrections)
    return Intake(rows, intake.quarantined, intake.problems, intake.lines), outdated


def _refuse_shrunk(intake: Intake, kept: pd.DataFrame | None, smallest_share: float) -> Intake:
    """A list that lost most of its rows is probably truncated: all its rows wait until a person confirms."""
    read = pd.concat([intake.accepted, intake.quarantined])
    shrunk = revise.shrunk(kept, read.groupby(["list", "table"]).size(), smallest_share)
    if shrunk.empty:
        return intake
    key = pd.MultiIndex.from_frame(shrunk[["list", "table"]])
    waits = pd.MultiIndex.from_frame(intake.accepted[["list", "table"]]).isin(key)
    sheets = read[pd.MultiIndex.from_frame(read[["list", "table"]]).isin(key)].merge(shrunk, on=["list", "table"])
    refused = [
        problems.problem("list-shrunk", r.file, sheet=r.sheet, found=str(r.now), expected=str(r.before))
        for r in sheets.drop_duplicates(["file", "sheet"]).itertuples()
    ]
    return Intake(
        intake.accepted[~waits].reset_index(drop=True), pd.concat([intake.quarantined, intake.accepted[waits]]),
        pd.concat([intake.problems, problems.to_frame(refused)], ignore_index=True), intake.lines,
    )


def _still_waiting(waiting: pd.DataFrame | None, intake: Intake) -> pd.DataFrame | None:
    """Rows quarantined before, of lists that this import has not read anew."""
    if waiting is None:
        return None
    read = pd.concat([intake.accepted, intake.quarantined])[["list", "table"]]
    return waiting[~pd.MultiIndex.from_frame(waiting[["list", "table"]]).isin(pd.MultiIndex.from_frame(read))]


def _after(kept: pd.DataFrame | None, new: pd.DataFrame) -> pd.DataFrame:
    return new if kept is None or kept.empty else pd.concat([kept, new], ignore_index=True) if len(new) else kept


def _summary(vintage_id: str, current: str) -> dict[str, Any]:
    record = publish.manifest(vintage_id)
    return {"vintage": vintage_id, "in_use": vintage_id == current, "created": record["created"],
            "inputs": len(record["inputs"]), "rows": sum(line["read"] for line in record["imports"])}


def _exit_status(intake: Intake) -> int:
    refused = (intake.problems["severity"] == "refused").any()
    return int(refused or any(line.quarantined for line in intake.lines))


def _now() -> pd.Timestamp:
    return pd.Timestamp.now("UTC").tz_localize(None).floor("s").as_unit("us")


def _for_people(command: Callable[[], None], as_json: bool) -> None:
    """Run `command`; what it can't do is said in a sentence, never in a traceback."""
    try:
        command()
    except (codes.VocabularyError, settings.SettingsError, publish.BusyError, publish.ProtectionError,
            store.StoreError) as error:
        report.show_failure(str(error), as_json)
    except OSError as error:
        report.show_failure(f"{error.filename or 'The data folder'}: {error.strerror}. Nothing was changed.", as_json)
    else:
        return
    sys.exit(1)


if __name__ == "__main__":
    # A short life with many small objects and no cycles: looking for garbage would be a tenth of an import.
    gc.disable()
    _for_people(main, "--json" in sys.argv)
