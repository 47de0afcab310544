"""The documentation says what the code does: its lists are compared with the code's."""

import re
from itertools import pairwise
from pathlib import Path

from components import filters
from etl import check, problems
from stats import statistics

ROOT = Path(__file__).resolve().parent.parent


def text(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_every_column_is_in_the_data_dictionary() -> None:
    described = set(re.findall(r"^\| `(\w+)`", text("data-dictionary.md"), re.M))
    columns = set(check.ROWS.columns) | {c for schema in check.LINKED.values() for c in schema.columns}
    assert columns - described == set()
    assert described - columns == set(), "described, but no longer there"


def test_every_problem_is_in_the_catalogue_page() -> None:
    described = set(re.findall(r"^\| `([\w-]+)`", text("problems.md"), re.M))
    assert described == set(problems.KINDS)


def test_every_statistic_is_in_the_methods() -> None:
    named = set(re.findall(r"`(\w+)`", text("methods.md")))
    assert {s.name for s in statistics.STATISTICS} - named == set()


def test_every_setting_says_what_it_does() -> None:
    lines = (ROOT / "config.toml").read_text(encoding="utf-8").splitlines()
    for before, line in pairwise(lines):
        if re.match(r"\w+ = ", line):
            assert before.startswith("#"), f"{line!r} has no comment above it"


def test_hosts_of_a_copy_refuse_every_filter() -> None:
    """A plain file in the place of a filtered one would be figures of something else."""
    told = re.findall(r"\(\^\|&\)\(b-\)\?\(([\w|]+)\)=", text("static-site.md"))
    assert len(told) == 2
    for names in told:
        assert set(names.split("|")) == {"from", "to", "compare", "vintage", *filters.FILTERS}


def test_links_in_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert (ROOT / target).exists(), target


