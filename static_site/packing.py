"""Files compressed once, so that a host need not do it for each reader."""

from __future__ import annotations

import gzip
from collections.abc import Mapping

_TEXTS = (".css", ".csv", ".html", ".js", ".json", ".svg")
_SMALLEST = 512


def compressed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """For each file of text its name with .gz → its contents compressed, the same bytes for the same contents."""
    return {f"{name}.gz": gzip.compress(data, 9, mtime=0) for name, data in files.items() if name.endswith(_TEXTS) and len(data) >= _SMALLEST}
