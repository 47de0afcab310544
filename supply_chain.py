"""What others wrote and we run: `python supply_chain.py audit | sbom | licences`.

The pins with their hashes are requirements.txt and requirements-dev.txt (`make pins`). uv, which compiles them, also asks the advisory
service OSV about them and writes the bill of materials; both commands of uv are for projects, so the pins are made one for a moment.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PINS = ("requirements.txt", "requirements-dev.txt")
SBOM = ROOT / "build" / "sbom.cdx.json"
LICENCES = ROOT / "docs" / "licences.md"
_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s\\;]+)(?: ; ([^\\\n]+))?", re.M)
_SECONDS = 20
"""An audit never holds up the tests for longer."""
_SAID = {"Apache 2": "Apache-2.0", "Apache 2.0": "Apache-2.0", "BSD": "BSD (not said which)", "PSFL": "PSF-2.0"}
_MEANT = {"MIT License": "MIT", "BSD License": "BSD (not said which)", "Apache Software License": "Apache-2.0",
          "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "Python Software Foundation License": "PSF-2.0"}


def pins(name: str) -> list[tuple[str, str, str]]:
    """(package, version, for which machines: "" for all) of each line of a file of pins."""
    found = _PIN.findall((ROOT / name).read_text(encoding="utf-8"))
    return [(package, version, marker.strip()) for package, version, marker in found]


# Known vulnerabilities ----------------------------------------------------------------------------------------------------

def audit(service: str = "") -> int:
    """Ask the advisory service about every pin. 1 if it knows of a vulnerability, 0 if of none, or if it can't be asked, which is said."""
    address = ["--service-url", service] if service else []
    command = ["audit", "--frozen", "--preview-features", "audit-command", *address]
    try:
        with _project(PINS) as folder:
            done = _uv(folder, *command)
    except (OSError, subprocess.SubprocessError) as error:
        done = subprocess.CompletedProcess(command, 2, "", f"{type(error).__name__}: {str(error).splitlines()[0][:120]}")
    if done.returncode == 1:
        print(f"{done.stdout}{done.stderr}".strip(), file=sys.stderr)
        print("A package that Vyrak pins has a known vulnerability: raise it in requirements.in and run make pins.", file=sys.stderr)
        return 1
    said = f"{done.stdout}\n{done.stderr}".strip().splitlines()
    if done.returncode:
        why = next((line.removeprefix("error: ") for line in said if line.startswith("error:")), said[0] if said else "no reason given")
        print(f"NOT AUDITED: the advisory service can't be asked about known vulnerabilities ({why}). Nothing is said against it or for it.")
    else:
        print(said[0] if said else "No known vulnerabilities.")
    return 0


@contextmanager
def _project(files: tuple[str, ...]) -> Iterator[Path]:
    """A folder in which uv sees exactly the pins of `files` as a project, locked. Raises SubprocessError, OSError."""
    lines = sorted({f"{package}=={version}{f' ; {marker}' if marker else ''}" for file in files for package, version, marker in pins(file)})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pyproject.toml").write_text(
            '[project]\nname = "vyrak"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = ' + json.dumps(lines, indent=1) + "\n",
            encoding="utf-8")
        _uv(folder, "lock").check_returncode()
        yield folder


def _uv(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    uv = Path(sys.executable).with_name("uv")
    quick = os.environ | {"UV_HTTP_RETRIES": "0", "UV_HTTP_TIMEOUT": "8"}
    return subprocess.run([uv, *arguments], cwd=folder, env=quick, capture_output=True, text=True, timeout=_SECONDS / 2, check=False)  # noqa: S603


# The bill of materials ----------------------------------------------------------------------------------------------------

def sbom() -> int:
    """Write the runtime packages as CycloneDX to build/sbom.cdx.json: versions, hashes, who needs whom, licences where they are installed."""
    with _project(PINS[:1]) as folder:
        done = _uv(folder, "export", "--quiet", "--frozen", "--format", "cyclonedx1.5", "--preview-features", "sbom-export")
        done.check_returncode()
    bill = json.loads(done.stdout)
    for component in bill["components"]:
        if told := licence(component["name"]):
            component["licenses"] = [{"license": {"name": told}}]
    SBOM.parent.mkdir(exist_ok=True)
    SBOM.write_text(json.dumps(bill, indent=1), encoding="utf-8")
    print(f"{SBOM.relative_to(ROOT)}: {len(bill['components'])} packages.")
    return 0


# Licences -----------------------------------------------------------------------------------------------------------------

def licence(package: str) -> str:
    """The licence of an installed package as its metadata give it; "" if it is not installed here."""
    try:
        about = metadata.metadata(package)
    except metadata.PackageNotFoundError:
        return ""
    if "License-Expression" in about:
        return str(about["License-Expression"])
    classes = [str(line).rsplit(" :: ", 1)[-1] for line in about.get_all("Classifier", []) if str(line).startswith("License ::")]
    text = str(about.get_all("License", [""])[0]).strip().splitlines()[:1]
    short = text[0] if text and len(text[0]) < 30 else ""
    if short and short not in ("BSD", "Apache", "MIT License"):
        return _SAID.get(short, short)
    named = {_MEANT.get(name, name) for name in classes if name != "OSI Approved"}
    return " AND ".join(sorted(named)) or _SAID.get(short, short) or "not said"


def licences() -> int:
    """Write docs/licences.md. A package that this machine does not need keeps the line it had."""
    kept = dict(re.findall(r"^\| (\S+) \| \S+ \| (.+) \|$", LICENCES.read_text(encoding="utf-8"), re.M)) if LICENCES.exists() else {}
    lines = [f"| {package} | {version} | {licence(package) or kept.get(package, 'not on the machine on which this was made')} |"
             for package, version, _ in pins(PINS[0])]
    LICENCES.write_text(_HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return 0


_HEAD = """# Licences of what Vyrak runs on

Made by `make licences` from the metadata of the installed packages; a test holds it against `requirements.txt`. All may be used and passed on
with Vyrak: they ask for no more than that their notice is kept, and MPL-2.0 that changed files of the package itself stay open. What is
copied into this repository has its licence beside it
(`components/assets/plotly-basic.LICENSE.txt`, `components/boundaries/README.md`).

| package | version | licence |
|---|---|---|
"""
COMMANDS = {"audit": audit, "sbom": sbom, "licences": licences}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: python supply_chain.py {' | '.join(COMMANDS)}")
    sys.exit(COMMANDS[sys.argv[1]]())
