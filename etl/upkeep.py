"""The commands that look after a data folder and read no spreadsheet: withdraw."""

from __future__ import annotations

import click

from etl import publish, report, withdraw
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


COMMANDS = (withdraw_,)
