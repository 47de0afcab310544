"""python -m etl: import, check, profile, status, rollback, withdraw, backup, restore,
measure. Each but profile takes --json.

Exit status: 0 when all went in, 1 when something was quarantined or refused, 2 on wrong usage.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from etl import sandbox

if __name__ == "__main__":
    # A short life with many small objects and no cycles: looking for garbage would be a tenth of an import.
    gc.disable()
    if sys.argv[1:2] in (["import"], ["check"]) and not any(word.startswith("--password") for word in sys.argv):
        # Loading what is imported below takes a second, in which the first file can be read.
        sandbox.begin(Path(next((word for word in sys.argv[2:] if not word.startswith("-")), "")))

import errno
import getpass
import json
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import click
import numpy as np
import pandas as pd

import settings
from etl import (
    backup,
    codes,
    decisions,
    draft,
    groups,
    overlay,
    problems,
    profiles,
    public_events,
    publish,
    report,
    report_files,
    revise,
    store,
    upkeep,
    withdraw,
)
from etl.intake import Intake, spreadsheets, take_in
from etl.link import link
from etl.options import JSON, LANGUAGE, present
from texts import t

_PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
_SHRUNK = click.option("--accept-shrunk", is_flag=True,
                       help="Take a list even if it has far fewer rows than before.")
_PROFILE = click.option("--profile", help="How to read a list that is not from Belarus: the name of a shipped profile, or its .toml "
                        "file.")
_PASSWORD = click.option("--password", "ask", is_flag=True, help="Ask for the password of encrypted workbooks; it is not shown.")
_PASSWORD_FILE = click.option("--password-file", type=click.Path(path_type=Path, dir_okay=False),
                              help="Read that password from the first line of this file (UTF-8) instead.")
_LONGEST_PASSWORD = 1000


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Vyrak's way from monitors' spreadsheets to one published vintage."""


for command in upkeep.COMMANDS:
    main.add_command(command)


@main.command("import")
@_PATHS
@JSON
@LANGUAGE
@_SHRUNK
@_PROFILE
@_PASSWORD
@_PASSWORD_FILE
def import_(paths: tuple[Path, ...], as_json: bool, accept_shrunk: bool, profile: str | None, ask: bool,
            password_file: Path | None) -> None:
    """Take in spreadsheets (files or folders) and publish a new vintage."""
    rules = settings.load()
    password = _password(paths, ask, password_file)
    now = present()
    with publish.only_one_import(), _laid_over(profile, importing=True):
        # Nothing else holds what was read: it is half of the memory of an import.
        held = _compare(_read(paths, now, quiet=as_json, password=password, besides=password_file), now, rules, accept_shrunk)
        try:
            done = _published(held.contents, rules, now)
        except publish.ProtectionError as error:
            _reported(held, report.Done(refused=str(error)), now)
            raise
        folder = _reported(held, done, now)
    report.show_import(held.intake, done, folder, as_json)
    sys.exit(_exit_status(held.intake) if folder else 1)


@main.command()
@_PATHS
@JSON
@LANGUAGE
@_SHRUNK
@_PROFILE
@_PASSWORD
@_PASSWORD_FILE
@click.option("--report", "folder", type=click.Path(path_type=Path, file_okay=False),
              help="Write the report of what would happen into a folder of its own in this one.")
def check(paths: tuple[Path, ...], as_json: bool, accept_shrunk: bool, profile: str | None, ask: bool,
          password_file: Path | None, folder: Path | None) -> None:
    """Tell what an import would do, without doing it."""
    password = _password(paths, ask, password_file)
    now = present()
    with _laid_over(profile, importing=False):
        read = _read(paths, now, quiet=as_json, password=password, besides=password_file)
        held = _compare(read, now, settings.load(), accept_shrunk)
        written = report_files.write(folder, held, report.Done(check=True), now) if folder else None
    report.show_import(held.intake, report.Done(check=True), written, as_json)
    sys.exit(_exit_status(held.intake))


@main.command()
@JSON
@LANGUAGE
def status(as_json: bool) -> None:
    """Tell which vintage is in use, and which there are."""
    current = store.current_id()
    vintages = [_summary(vintage_id, current) for vintage_id in store.history()]
    report.show_status(vintages, store.withdrawals(), store.unfinished(), as_json)


@main.command()
@click.argument("vintage", required=False)
@JSON
@LANGUAGE
def rollback(vintage: str | None, as_json: bool) -> None:
    """Go back to VINTAGE, or to the one before the vintage in use. Nothing is deleted."""
    with publish.only_one_import():
        target = vintage or withdraw.former(store.current_id())
        if target is None:
            raise store.UnknownVintage("The vintage in use is the first one; there is none before it.")
        if withdrawal := store.withdrawal(target):
            raise store.UnknownVintage(f"The vintage {target} was withdrawn on {withdrawal.day}; it can't be in use again.")
        if target not in store.history():
            raise store.UnknownVintage(f"There is no vintage {target}.")
        publish.make_current(target, "rollback", present())
    report.show({"vintage": target}, t("Vintage {vintage} is in use again.", vintage=target), as_json)


@main.command()
@click.argument("name")
@click.option("--as-of", "vintage", help="The id of a vintage; by default the one in use.")
@JSON
def measure(name: str, vintage: str | None, as_json: bool) -> None:
    """Compute the statistic NAME as of a vintage, from what was known then."""
    from etl import vintages

    try:
        frame = vintages.measure(name, vintage)
    except vintages.UnknownStatistic as error:
        report.show_failure(str(error), as_json)
        sys.exit(1)
    records = json.loads(frame.to_json(orient="records", force_ascii=False))
    report.show({"vintage": vintage or store.current_id(), "statistic": name, "numbers": records},
                frame.drop(columns="statistic").to_csv(index=False).strip(), as_json)


@main.command("profile")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write the draft to this file; it must not exist yet.")
def profile_(file: Path, out: Path | None) -> None:
    """Draft the profile of an unknown list, for a person to correct. Nothing of its rows goes into the draft."""
    text = draft.draft(file, present().normalize())
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


def _password(paths: tuple[Path, ...], ask: bool, file: Path | None) -> str:
    """The password for encrypted workbooks, asked for or from `file`; "" if neither is wanted.

    It never is an argument: other programs and the history of the shell would see that.
    """
    if ask and file:
        raise click.UsageError(t("Give --password or --password-file, not both."))
    if file:
        return _first_line(file)
    if not ask:
        return ""
    # A password typed after --password would be taken for a file, and its name written into the report.
    if not all(path.exists() for path in paths):
        raise click.UsageError(t("--password takes no value: the password is asked for. One of the names given besides is no file or "
                                 "folder; nothing was read."))
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return str(click.prompt(t("Password of the files"), hide_input=True, err=True))
        except getpass.GetPassWarning:
            raise click.UsageError(t("There is no terminal to type a password into; use --password-file.")) from None


def _first_line(file: Path) -> str:
    try:
        with file.open(encoding="utf-8-sig") as lines:
            password = lines.readline(_LONGEST_PASSWORD).rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise click.UsageError(t("The password can't be read from {file}: it must be a text file in UTF-8.", file=str(file))) from None
    if not password:
        raise click.UsageError(t("The first line of {file} is empty; the password belongs there.", file=str(file)))
    return password


def _read(paths: tuple[Path, ...], now: pd.Timestamp, *, quiet: bool, password: str, besides: Path | None) -> Intake:
    # The file with the password may lie in the folder of the lists; not even its hash goes into a vintage.
    files = [path for path in spreadsheets(paths) if besides is None or not (path.exists() and path.samefile(besides))]
    # Progress in bytes: one large file among ten small ones is most of the work.
    sizes = {path: path.stat().st_size if path.is_file() else 1 for path in files}
    with click.progressbar(length=sum(sizes.values()) or 1, label=t("Reading"), file=sys.stderr, hidden=quiet) as bar:
        return take_in(files, now.normalize(), done=lambda path: bar.update(sizes[path]), password=password)


def _published(contents: publish.Contents, rules: settings.Settings, now: pd.Timestamp) -> report.Done:
    return report.Done(*publish.publish(contents, rules, now)) if len(contents.rows) else report.Done()


def _reported(held: report_files.Held, done: report.Done, now: pd.Timestamp) -> Path | None:
    """The folder of the report; None, said in a sentence, if it can't be written: the vintage is there all the same."""
    try:
        return report_files.write(settings.data_folder() / "reports", held, done, now)
    except OSError as error:
        click.echo(t("The report could not be written ({reason}); the rows were taken in all the same.",
                     reason=error.strerror or str(error)), file=sys.stderr)
        return None


_STILL_ASKED = ["organisation", "list", "table", "file", "sha256", "sheet", "row", "url", "name"]
"""What is asked of the rows read once they are compared with those kept: where they come from, and whether they are invented."""


def _compare(intake: Intake, now: pd.Timestamp, rules: settings.Settings, accept_shrunk: bool) -> report_files.Held:
    """Hold what was read against the rows kept, and link them all."""
    kept = publish.read_private("rows")
    intake, outdated = _corrected(intake)
    if not accept_shrunk:
        intake = _refuse_shrunk(intake, kept, rules.import_.smallest_share_of_last_export)
    revision = revise.revise(kept, intake.accepted, now, intake.quarantined, intake.mended)
    intake = replace(intake, accepted=intake.accepted[_STILL_ASKED])
    decided = decisions.read(settings.data_folder(), "same_person", decisions.SAME_PERSON)
    linked = link(revision.rows, publish.read_private("assignments"), decisions.same_person(revision.rows, decided))
    linked = groups.spread(linked, revision.rows)
    events, left_out = public_events.events(now)
    said = (intake.problems, outdated, revise.problems_of(revision), linked.problems, problems.to_frame(left_out))
    found = pd.concat([f for f in said if len(f)] or [intake.problems], ignore_index=True)
    lines = report.account(intake.lines, intake.accepted, revision.fate, found)
    waits = _not_mended_here(intake)
    intake = replace(intake, problems=found, lines=lines)
    contents = publish.Contents(
        rows=revision.rows, linked=linked, lines=lines,
        changes=_after(publish.read_private("changes"), revision.changes), problems=found,
        quarantine=_after(_still_waiting(publish.read_private("quarantine"), intake), waits), events=events,
    )
    return report_files.Held(intake, contents, revision.changes, revision.waiting.loc[waits.index])


def _corrected(intake: Intake) -> tuple[Intake, pd.DataFrame]:
    """The intake with the corrections that people decided on, and what there is to say of those."""
    corrections = decisions.read(settings.data_folder(), "corrections", decisions.CORRECTIONS)
    rows, outdated = decisions.correct(intake.accepted, corrections)
    return replace(intake, accepted=rows), outdated


def _refuse_shrunk(intake: Intake, kept: pd.DataFrame | None, smallest_share: float) -> Intake:
    """A list that lost most of its rows is probably truncated: all its rows wait until a person confirms."""
    read = _of_whole_exports(intake)
    shrunk = revise.shrunk(kept, read.groupby(["list", "table"]).size(), smallest_share)
    if shrunk.empty:
        return intake
    key = pd.MultiIndex.from_frame(shrunk[["list", "table"]])
    waits = pd.MultiIndex.from_frame(intake.accepted[["list", "table"]]).isin(key)
    waits &= intake.accepted.index.isin(read.index)
    sheets = read[pd.MultiIndex.from_frame(read[["list", "table"]]).isin(key)].merge(shrunk, on=["list", "table"])
    refused = [
        problems.problem("list-shrunk", r.file, sheet=r.sheet, found=str(r.now), expected=str(r.before))
        for r in sheets.drop_duplicates(["file", "sheet"]).itertuples()
    ]
    return replace(
        intake, accepted=intake.accepted[~waits], quarantined=pd.concat([intake.quarantined, intake.accepted[waits]]),
        problems=pd.concat([intake.problems, problems.to_frame(refused)], ignore_index=True),
    )


def _of_whole_exports(intake: Intake) -> pd.DataFrame:
    """Of which list, table, file and sheet each row read is, but for those of workbooks of mended rows."""
    return intake.whole(pd.concat([rows[["list", "table", "file", "sheet"]] for rows in (intake.accepted, intake.quarantined)]))


def _still_waiting(waiting: pd.DataFrame | None, intake: Intake) -> pd.DataFrame | None:
    """Rows quarantined before, but those of lists that this import read anew and those of workbooks it read to mend them."""
    if waiting is None:
        return None
    read = _of_whole_exports(intake)[["list", "table"]]
    anew = pd.MultiIndex.from_frame(waiting[["list", "table"]]).isin(pd.MultiIndex.from_frame(read))
    return waiting[~anew & ~_among(waiting, intake.mended)]


def _not_mended_here(intake: Intake) -> pd.DataFrame:
    """The rows in quarantine but those of an export that a workbook beside it in this import mends, or has again."""
    waiting = intake.quarantined
    again = _among(waiting, intake.mended) & ~waiting.index.isin(intake.mended.index)
    return waiting[~again]


def _among(rows: pd.DataFrame, places: pd.DataFrame) -> np.ndarray:
    place = ["sha256", "sheet", "row"]
    return pd.MultiIndex.from_frame(rows[place]).isin(pd.MultiIndex.from_frame(places[place]))


def _after(kept: pd.DataFrame | None, new: pd.DataFrame) -> pd.DataFrame:
    return new if kept is None or kept.empty else pd.concat([kept, new], ignore_index=True) if len(new) else kept


def _summary(vintage_id: str, current: str) -> dict[str, Any]:
    record = publish.manifest(vintage_id)
    return {"vintage": vintage_id, "in_use": vintage_id == current, "created": record["created"],
            "inputs": len(record["inputs"]), "rows": sum(line["read"] for line in record["imports"])}


def _exit_status(intake: Intake) -> int:
    refused = (intake.problems["severity"] == "refused").any()
    return int(refused or any(line.quarantined for line in intake.lines))


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def _of_the_disk(error: OSError) -> str:
    """What went wrong with a file of ours, in a sentence or two."""
    if error.errno in _FULL:
        return t("There is no room left to write the new vintage; nothing was changed, and the vintage in use stays. "
                 "Free some space in {folder} and import again.", folder=str(settings.data_folder()))
    return t("{place}: {reason}. Nothing was changed.", place=error.filename or t("The data folder"),
             reason=error.strerror or str(error))


def _for_people(command: Callable[[], None], as_json: bool) -> None:
    """Run `command`; what it can't do is said in a sentence, never in a traceback."""
    try:
        command()
    except (codes.VocabularyError, settings.SettingsError, publish.BusyError, publish.ProtectionError,
            store.StoreError, withdraw.NotWithdrawn, backup.BackupError) as error:
        report.show_failure(str(error), as_json)
    except report.NotShown as error:
        report.show_failure(str(error), as_json=False)
    except OSError as error:
        report.show_failure(_of_the_disk(error), as_json)
    else:
        return
    sys.exit(1)


if __name__ == "__main__":
    _for_people(main, "--json" in sys.argv)
