"""Prints every public figure of a data folder (VYRAK_DATA) as one JSON object: address or table → its SHA-256.

A process of its own for each folder: what the server keeps in memory must not stand in for what is on the disk.
"""

import hashlib
import json
import sys

import pandas as pd

from app import server
from components.charts import CHARTS
from etl import store


def figures() -> dict[str, str]:
    """The public tables of every vintage, and the CSV of every chart of the newest and reconciliation."""
    found = {}
    for vintage in store.history():
        opened = store.open_public(vintage)
        tables = {name: value for name, value in vars(opened).items() if isinstance(value, pd.DataFrame)}
        found |= {f"{vintage} {name}": _digest(frame.to_csv().encode()) for name, frame in tables.items()}
        found[f"{vintage} facts"] = _digest(json.dumps(opened.facts, sort_keys=True).encode())
    client = server.test_client()
    addresses = [*(f"/chart/{chart}.csv" for chart in CHARTS), "/reconciliation.json"]
    answers = {address: client.get(address) for address in addresses}
    return found | {address: f"{answer.status_code} {_digest(answer.data)}" for address, answer in answers.items()}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    json.dump(figures(), sys.stdout)
