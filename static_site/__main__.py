"""python -m static_site DIR: the public side of the vintage in use as static files.

Exit status: 0 when it is there, 1 when it could not be made, 2 on wrong usage.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

import settings
import texts
from components.text import t
from etl import store


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--gzip", "compressed", is_flag=True, help="Also write each text compressed (.gz) beside it, as nginx's gzip_static serves it.")
def main(folder: Path, compressed: bool) -> None:
    """Write the whole public side into the folder DIR, to be served by anything. Run it again after each import."""
    texts.speak(settings.load().import_.language)
    from static_site import answers, packing  # takes a second or two, which --help need not wait
    from static_site import folder as folders
    try:
        made = answers.copy()
        files = made.files | (packing.compressed(made.files) if compressed else {})
        told = folders.write(folder, files)
    except (answers.Unanswered, folders.CannotWrite, store.StoreError) as error:
        raise click.ClickException(str(error)) from error
    for line in made.left_out:
        click.echo(t("Left out: {what}", what=line), err=True)
    click.echo(t("{folder}: {files} files of vintage {id}; {changed} new or changed, {gone} taken away.", folder=folder,
                 files=told.changed + told.same, id=store.current_id(), changed=told.changed, gone=told.gone))


if __name__ == "__main__":
    sys.exit(main())
