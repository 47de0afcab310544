"""A small machine export of synthetic people, and the command line in a data folder of its own."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from etl.__main__ import main

MACHINE = ("id url name status gender photo description birthday arrested articles prison declaration decision penalty "
           "judge councel penalty_start_date release_date verdict_date appeal_date fake_terrorist_list died clusters"
           ).split()


def record(number: int, **fields: str) -> dict[str, str]:
    """One row of a machine export; `fields` overrule."""
    return dict.fromkeys(MACHINE, "") | {
        "id": str(number), "url": f"https://synthetic.invalid/person/{number}", "name": f"Сінтэтык Прозвішча{number}",
        "status": "np", "gender": "male", "birthday": f"19{60 + number % 40}-03-04", "arrested": "2024-01-15",
        "articles": "ст. 342 Уголовного кодекса", "decision": "2 года", "penalty": "лишение свободы",
        "verdict_date": "2024-05-06", "clusters": "Минск",
    } | fields


def write_export(path: Path, records: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, MACHINE)
        writer.writeheader()
        writer.writerows(records)
    return path


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder that VYRAK_DATA names."""
    folder = tmp_path / "data"
    monkeypatch.setenv("VYRAK_DATA", str(folder))
    return folder


@pytest.fixture
def run(data: Path) -> Callable[..., Result]:
    """Runs `python -m etl ARGUMENTS`."""
    def call(*arguments: object) -> Result:
        return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)
    return call


@pytest.fixture
def run_json(run: Callable[..., Result]) -> Callable[..., tuple[int, dict]]:
    """Runs `python -m etl ARGUMENTS --json`: (exit status, the object printed)."""
    def call(*arguments: object) -> tuple[int, dict]:
        result = run(*arguments, "--json")
        return result.exit_code, json.loads(result.stdout)
    return call
