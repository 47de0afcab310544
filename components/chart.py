"""What a chart is. Page, picture, table, CSV and metadata all follow from one entry of the registry (components/charts.py)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, TypeVar

import pandas as pd

from components.figures import Figure
from components.filters import View, default
from components.text import t

Shown = TypeVar("Shown")


class NotPublished(Exception):
    """There are no figures for what the view asks; the message says why, in words for readers."""


@dataclass(frozen=True)
class Chart(ABC, Generic[Shown]):
    """One chart. `select`: view → what is shown, or raises NotPublished; `figure`: that and the view → plain Plotly dict; `finding`:
    what it shows, a sentence computed from the data; `unit`: what a number is, for whom, stock or flow, short, inside the
    picture; `counts`: the definition in full; `filters`: the parts of a view that it follows; `of`: the measures it is of."""

    id: str
    title: str
    select: Callable[[View], Shown]
    figure: Callable[[Shown, View], Figure]
    finding: Callable[[Shown, View], str]
    unit: str
    counts: str
    filters: tuple[str, ...] = ()
    of: tuple[str, ...] = ("charged",)

    columns: ClassVar[dict[str, str]]
    """The header terms of its CSV, with what they mean."""

    def heeded(self, view: View) -> View:
        """`view` with only what this chart follows."""
        usual = default(view.vintage)
        period = {} if "period" in self.filters else {"first": usual.first, "last": usual.last}
        return replace(view, other=None, **period, **{name: "" for name in view.chosen if name not in self.filters})  # type: ignore[arg-type]

    def meant(self, view: View) -> dict[str, str]:
        """What its measures mean on lists from elsewhere, as their profile says; nothing for Belarus."""
        facts = view.vintage.facts
        told = facts["headline"] if facts.get("place") else {}
        return {measure: t(told[measure]["counts"]) for measure in self.of if measure in told and told[measure]["persons"]}

    def said_unit(self, view: View) -> str:
        """What a number is, in words; of lists from elsewhere also what "charged" and the like mean there."""
        here = [t("Here “{measure}” means: {counts}.", measure=t(measure), counts=counts) for measure, counts in self.meant(view).items()]
        return " ".join([t(self.unit), *here])

    @abstractmethod
    def table(self, shown: Shown, view: View) -> pd.DataFrame:
        """What is shown as readers see it below the chart: every cell text."""

    @abstractmethod
    def rows(self, shown: Shown, view: View) -> pd.DataFrame:
        """What is shown, tidy: one row a number, columns `columns`."""

    @abstractmethod
    def notes(self, shown: Shown) -> list[str]:
        """What a reader must know of what is shown."""

    @abstractmethod
    def about(self, shown: Shown, view: View) -> dict[str, Any]:
        """What the metadata say of what is shown, besides what they say of every chart."""

    def description(self, finding: str, view: View) -> str:
        """The chart for those who hear it: what it is, what it shows, where its numbers are."""
        return t("{title}. {finding} {unit} The numbers are in the table below.", title=t(self.title), finding=finding, unit=self.said_unit(view))
