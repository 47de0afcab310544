"""Imports run one way: app and static_site → components → etl.store, and etl.__main__ → the steps in their order → stats."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("app", "components", "etl", "static_site", "stats", "settings", "texts")
LEAVES = ("settings.py", "texts.py")
WEB = {"dash", "flask", "plotly", "werkzeug", "gunicorn"}
FILES = [p for folder in ("components", "etl", "static_site", "stats") for p in sorted((ROOT / folder).rglob("*.py"))]
FILES += [ROOT / "app.py", *(ROOT / leaf for leaf in LEAVES)]


def imported(path: Path) -> set[str]:
    """Every module a file imports, in whatever function: "etl.store", "dash", …"""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path.name}: write imports in full, so that this test can read them"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def ours(modules: set[str]) -> set[str]:
    return {m for m in modules if m.split(".")[0] in OURS}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    modules = imported(path)
    part = path.relative_to(ROOT).parts[0]
    if part in ("etl", "stats"):
        assert not {m.split(".")[0] for m in modules} & WEB, "etl and stats never import what serves pages"
    if part == "stats":
        assert all(m.split(".")[0] == "stats" for m in ours(modules)), "stats knows only itself"
    elif part == "etl":
        assert not {m for m in ours(modules) if m.split(".")[0] in ("app", "components", "static_site")}
    elif part == "components":
        allowed = ("components", "settings", "texts", "etl.store")
        strays = {m for m in ours(modules) if m != "etl" and not m.startswith(allowed)}
        assert not strays, "components never import a step, a person's row or the counting"
    elif part == "static_site":
        strays = {m for m in ours(modules) if m != "etl" and not m.startswith(("app", "components", "settings", "static_site", "texts", "etl.store"))}
        assert not strays, "a copy is made of what the server answers, and of nothing else"
    elif part in LEAVES:
        assert not ours(modules)


def test_modules_hold_one_idea() -> None:
    """Past 400 lines a file holds two ideas (DESIGN)."""
    long = {str(p.relative_to(ROOT)): n for p in FILES if (n := len(p.read_text(encoding="utf-8").splitlines())) > 400}
    assert not long


def test_app_is_only_the_entry() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) < 100
