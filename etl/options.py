"""What the commands of `python -m etl` have in common: the options each takes, and the time."""

from __future__ import annotations

import click
import pandas as pd

import settings
import texts

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
LANGUAGE = click.option(
    "--language", type=click.Choice(texts.languages()), default=lambda: settings.load().import_.language, expose_value=False,
    is_eager=True, callback=lambda _, __, code: texts.speak(code), help="Language of the report; see config.toml.")


def present() -> pd.Timestamp:
    """The time in UTC, to the second."""
    return pd.Timestamp.now("UTC").tz_localize(None).floor("s").as_unit("us")
