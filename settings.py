"""Reads `config.toml` and the environment. Imports nothing of ours, so that every part may use it."""

from __future__ import annotations

import hashlib
import os
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

ROOT = Path(__file__).resolve().parent


class _Section(BaseModel):
    # A misspelt setting must be an error, not a setting that is silently ignored.
    model_config = ConfigDict(extra="forbid", frozen=True)


def _has_catalogue(code: str) -> str:
    known = ["en", *sorted(path.stem for path in (ROOT / "locale").glob("*.po"))]
    if code not in known:
        raise ValueError(f"write one of {', '.join(known)}")
    return code


class Site(_Section):
    title: str
    subtitle: str
    address: str = Field(pattern=r"^(https?://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~/-]*[A-Za-z0-9._~-])?)?$")
    publisher: str
    licence: str
    language: Annotated[str, AfterValidator(_has_catalogue)]
    first_month: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
    last_month: str = Field(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")


class Embed(_Section):
    framed_by: list[Annotated[str, Field(pattern=r"^(\*|https?://(\*\.)?[A-Za-z0-9.-]+(:\d+)?)$")]]


class Disclosure(_Section):
    fewer_than: int = Field(ge=2)
    narrowest_interval: int = Field(ge=1)
    statistics_at_least: int = Field(ge=3)


class Publication(_Section):
    article_at_least: int = Field(ge=1)


class Import(_Section):
    language: Annotated[str, AfterValidator(_has_catalogue)]
    smallest_share_of_last_export: float = Field(ge=0, le=1)
    largest_file_mb: int = Field(ge=1)


class Settings(_Section):
    """The settings of `config.toml`, validated."""

    site: Site
    embed: Embed
    disclosure: Disclosure
    publication: Publication
    import_: Import = Field(alias="import")


class SettingsError(Exception):
    """`config.toml` is missing, unreadable or holds a value that can't be used."""


@lru_cache
def load(path: Path = ROOT / "config.toml") -> Settings:
    """The settings in `path`.

    Raises SettingsError, with one line for each wrong setting, in words for people.
    """
    try:
        return Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SettingsError(f"{path.name} can't be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name} is not valid TOML: {error}.") from error
    except ValidationError as error:
        lines = [f"{path.name}, {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise SettingsError("\n".join(lines)) from error


def data_folder() -> Path:
    """The folder of incoming files and vintages: the variable VYRAK_DATA, by default `data/`."""
    return Path(os.environ.get("VYRAK_DATA") or ROOT / "data")


@lru_cache
def program(root: Path = ROOT) -> str:
    """A digest of the program, its libraries, words and settings: with a vintage, all that an answer is made from."""
    files = [file for pattern in ("*.py", "*.toml", "requirements.txt", *(f"{part}/**/*" for part in ("components", "etl", "stats", "locale")))
             for file in sorted(root.glob(pattern)) if file.is_file() and "__pycache__" not in file.parts]
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).hexdigest()
