"""What Vyrak is compared with: environments of their own for other programs, servers on 127.0.0.1, and how long something takes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def timed(run: Callable[[], object]) -> float:
    """Seconds that `run` takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def python_with(name: str, *packages: str, program: str = "python") -> str:
    """A Python that has `packages`, in an environment `name` of its own under build/, since they want other versions; "" if it can't be
    had. `program`: what is there once they are installed."""
    python = ROOT / "build" / "benchmarks" / name / "bin" / "python"
    if not python.with_name(program).exists():
        uv = str(Path(sys.executable).with_name("uv"))
        for command in ([uv, "venv", "-q", "--clear", str(python.parents[1])], [uv, "pip", "install", "-q", "--python", str(python), *packages]):
            if subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=600).returncode:
                return ""
    return str(python)


def nginx() -> str | None:
    """The program; VYRAK_NGINX names one that is not in the path. None if there is none here."""
    return os.environ.get("VYRAK_NGINX") or shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def running(command: Sequence[str | Path], address: str, folder: Path = ROOT, environment: dict[str, str] | None = None) -> Iterator[str]:
    """A server from its first answer at `address` until it is ended."""
    server = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(address, timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


@contextmanager
def under_gunicorn(entry: str, folder: Path, python: str, environment: dict[str, str]) -> Iterator[str]:
    """The address of `entry`, served by gunicorn; ours as gunicorn.conf.py has it."""
    config = ["--config", "gunicorn.conf.py"] if folder == ROOT else []
    port = free_port()
    with running([python, "-m", "gunicorn", *config, "--bind", f"127.0.0.1:{port}", entry], f"http://127.0.0.1:{port}", folder, environment) as site:
        yield site
