"""python -m benchmarks [NAME …]: every benchmark, or those named. Each module here has a `main()` that prints a table.

Machines are noisy: where it can be, a figure is a ratio to something else measured in the same run.
"""

import importlib
import pkgutil
import sys

import benchmarks


def main(names: list[str]) -> int:
    """Run the benchmarks named, or all of them."""
    known = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if not m.name.startswith("_"))
    unknown = set(names) - set(known)
    if unknown:
        print(f"There is no benchmark {sorted(unknown)[0]!r}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    for name in names or known:
        print(f"\n== {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
