"""That every benchmark can be started: what they measure takes minutes, and is no test."""

import importlib
import pkgutil

import pytest

import benchmarks

NAMES = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name not in ("__main__", "_unlimited"))


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_finds_all_that_it_uses(name: str) -> None:
    module = importlib.import_module(f"benchmarks.{name}")
    assert name.startswith("_") or callable(module.main)
