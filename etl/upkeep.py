"""The commands that look after a data folder and read no spreadsheet: withdraw, backup, restore."""

from __future__ import annotations

import sys
from pathlib import Path

import click

import settings
from etl import backup, publish, report, withdraw
from etl.options import JSON, LANGUAGE, present
from texts import t


@click.command("withdraw")
@click.argument("vintage")
@click.option("--reason", required=True, help="Why, in a sentence. It is published: whoever asks for the vintage reads it.")
@click.option("--use", "instead", metavar="VINTAGE", help="The vintage in use from now on; by default the one before.")
@JSON
@LANGUAGE
def withdraw_(vintage: str, reason: str, instead: str | None, as_json: bool) -> None:
    """Show the figures of VINTAGE no more, but when and why it was withdrawn. Its files stay; this can't be undone."""
    with publish.only_one_import():
        used = withdraw.withdraw(vintage, reason, instead, present())
    told = t("Vintage {vintage} is withdrawn; its address says why.", vintage=vintage)
    then = t("Vintage {vintage} is in use.", vintage=used) if used else t("No vintage is left; no figures are shown until the next import.")
    report.show({"withdrawn": vintage, "vintage": used}, f"{told}\n{then}", as_json)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@JSON
@LANGUAGE
def backup_(file: Path, as_json: bool) -> None:
    """Write a backup of the data folder to FILE, or to the standard output (-), also while an import runs.

    It holds persons. Encrypt it before it leaves this machine: python -m etl backup - | age --recipient … > FILE
    """
    to_pipe = str(file) == "-"
    if to_pipe and sys.stdout.isatty():
        raise backup.BackupError("A backup is no text; send it on: python -m etl backup - | age --recipient … > FILE")
    told = backup.to_stream(sys.stdout.buffer, present()) if to_pipe else backup.to_file(file, present())
    if to_pipe:
        sys.stdout.buffer.flush()
        click.echo(_told(told, t("The backup is written.")), err=True)
        return
    report.show(_fields(told), _told(told, t("The backup is written to {file}; it holds persons, encrypt it.", file=str(file))), as_json)


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@JSON
@LANGUAGE
def restore(file: Path, as_json: bool) -> None:
    """Fill an empty data folder (VYRAK_DATA) from the backup FILE, or from the standard input (-)."""
    told = backup.from_stream(sys.stdin.buffer) if str(file) == "-" else backup.from_file(file)
    lines = [_told(told, t("{folder} is restored.", folder=str(settings.data_folder()))), t("Vintage {vintage} is in use.", vintage=told.vintage)]
    if told.differing:
        lines.append(t("Settings or vocabulary of the backup differ from those of this program. They lie in {folder}; compare them before the "
                       "next import: {files}", folder=str(settings.data_folder() / "program"), files=", ".join(told.differing)))
    report.show(_fields(told), "\n".join(lines), as_json)


def _told(told: backup.Told, first: str) -> str:
    return "\n".join([first, t("Vintages: {vintages}; files: {files}; bytes: {size}; SHA-256: {sha256}", vintages=told.vintages,
                               files=told.files, size=told.size, sha256=told.sha256)])


def _fields(told: backup.Told) -> dict[str, object]:
    return {"vintage": told.vintage, "vintages": told.vintages, "files": told.files, "size": told.size, "sha256": told.sha256,
            "differing": list(told.differing)}


COMMANDS = (withdraw_, backup_, restore)
