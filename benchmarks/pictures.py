"""What a picture of a chart costs: milliseconds to draw it, kilobytes, memory of the process; every chart in every language, on the sample.

Aims: under 100 ms each, so that none needs to be drawn ahead; a preview under 300 KB. Each is drawn with nothing kept, beside the SVG alone.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import texts
from components import card, filters, poster
from components.charts import CHARTS
from components.kept import Kept

ROOT = Path(__file__).resolve().parent.parent
KINDS: dict[str, Callable] = {
    "svg, 720 wide": lambda chart, view: card.svg(chart, view, 720, "light").encode(),
    "png, 720 wide, 2 dots to a pixel": poster.png,
    "png, 1200 wide, 3 dots to a pixel": lambda chart, view: poster.png(chart, view, 1200, "light", 3),
    "pdf": poster.pdf,
    "preview, 1200 × 630": poster.preview,
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VYRAK_DATA"] = folder
        subprocess.run([sys.executable, "-m", "etl", "import", "data/sample"], cwd=ROOT, capture_output=True, check=False)
        print(f"  memory before: {_memory():.0f} MB")
        for name, draw in KINDS.items():
            times, sizes = zip(*(_drawn(draw, chart, language) for language in texts.languages() for chart in CHARTS), strict=True)
            slow = sorted(times)[int(len(times) * .95)]
            print(f"  {name:34} median {statistics.median(times) * 1000:4.0f} ms, 95 in 100 under {slow * 1000:4.0f} ms; median "
                  f"{statistics.median(sizes) / 1000:4.0f} KB, at most {max(sizes) / 1000:4.0f} KB; memory then {_memory():.0f} MB", flush=True)


def _drawn(draw: Callable, chart: str, language: str) -> tuple[float, int]:
    """(seconds, bytes) of one picture that nobody has asked for before."""
    poster._kept = Kept(0)
    with texts.using(language):
        view, _ = filters.parse("")
        start = time.perf_counter()
        data = draw(CHARTS[chart], view)
        return time.perf_counter() - start, len(data)


def _memory() -> float:
    """What the process holds now in MB; nan where the system doesn't tell."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return float("nan")
