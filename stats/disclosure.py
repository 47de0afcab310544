"""Which cells may be shown: small ones, and enough others that the small can't be worked out, are protected.

Cell suppression in linked tables (Hundepool et al., Statistical Disclosure Control, Wiley 2012, ch. 4). Small cells are
protected first. Then, line by line for articles and by linear programme for the rest (Kelly, Golden & Assad, Networks
22, 1992), the cheapest others that let each of them move as far as the rule demands; until the audit (stats/audit.py)
finds nothing. docs/disclosure.md says what is promised, and what is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import block_array, csr_array

from stats.audit import DisclosureError, Rule, audit, blocks, by_chance, demanded, outer, small
from stats.system import KEYS, System, build, categories, everywhere, slices
from stats.tables import ALL, CELL_COLUMNS, DIMENSIONS, OVERLAPPING, UNDIVIDED, Table

_ROUNDS = 30
# What it costs to hide a cell beside its persons; and to move one that is hidden already.
_CELL, _HIDDEN = 3.0, 0.001
# How far a programme may move a cell, in intervals of the rule.
_REACH = 4
_WHOLE = 1e-6


def protect(cells: pd.DataFrame, tables: Sequence[Table], fewer_than: int, narrowest_interval: int, *,
            settled: pd.DataFrame | None = None, spare_unknown: bool = False) -> pd.DataFrame:
    """`cells` (stats.tables.CELL_COLUMNS, exact) with `persons` missing where `protected`; sorted, in whatever order given.

    A cell that comes `protected` is treated like a small one. `settled`: KEYS of cells that readers know and that are never
    hidden. `spare_unknown`: stats.audit.Rule.
    National totals stay, and so does every number that is shown. Where a table holds so few persons in a period that
    its zeros would tell on the rest, all its cells are protected; those of nobody are added as rows.
    Ends with the audit. Raises DisclosureError naming a cell that can't be protected, or numbers that don't add up.
    """
    rule = Rule(fewer_than, narrowest_interval, spare_unknown)
    known = pd.MultiIndex.from_frame(cells.iloc[:0][KEYS] if settled is None else settled[KEYS])
    work = _begin(cells, tables, rule, _too_few(cells, tables, rule) - _names(known), known)
    _demand_sums(work.system)
    for _ in range(_ROUNDS):
        cells_left = work.unproved()
        if not len(cells_left):
            return _audited(work.published(), tables, rule)
        work.hide_partners(cells_left)
    raise DisclosureError(f"{_name(work.system, cells_left[0])} can't be protected; nothing was published.")


def _audited(public: pd.DataFrame, tables: Sequence[Table], rule: Rule) -> pd.DataFrame:
    """`public` once more from outside: what was hidden above for good reasons is judged here by what is shown alone."""
    told = audit(public, tables, rule.fewer_than, rule.narrowest, spare_unknown=rule.spare_unknown)
    if told["narrow"].any():
        cell = " ".join(value for value in told.loc[told["narrow"], KEYS].iloc[0] if value != ALL)
        raise DisclosureError(f"{cell} could be worked out from what is shown; nothing was published.")
    return public


def loss(exact: pd.DataFrame, protected: pd.DataFrame) -> pd.DataFrame:
    """What protection costs, by table: measure, time, by; `cells`, `persons` (as in the exact ones; in tables by
    article a person counts once an article), and the shares of both that are protected, 0 to 1."""
    both = exact[[*KEYS, "persons"]].merge(protected[[*KEYS, "protected"]], on=KEYS, validate="one_to_one")
    by = slices(both).str.split(n=3).str[3].fillna("")
    both = both.assign(by=by, hidden=both["persons"].where(both["protected"], 0))
    told = both.groupby(["measure", "time", "by"], sort=False).agg(
        cells=("persons", "size"), persons=("persons", "sum"), share_of_cells=("protected", "mean"), hidden=("hidden", "sum"))
    told["share_of_persons"] = (told.pop("hidden") / told["persons"]).astype(float)
    return told.reset_index()


@dataclass
class _Work:
    """Protection under way: `hidden` cells of the exact `system`, the least each can be then (`floor`), the names
    (stats.system.slices) of the tables of a period that are `withheld` as a whole, and the KEYS of `settled` cells."""

    tables: Sequence[Table]
    rule: Rule
    system: System
    withheld: set[str]
    settled: pd.MultiIndex
    hidden: np.ndarray
    floor: np.ndarray
    up: np.ndarray
    down: np.ndarray

    def unproved(self) -> np.ndarray:
        """The positions of hidden cells not seen to move far enough, unless all know them to be 0; coarse ones first."""
        _, upper = outer(self.system, self.hidden | self.system.virtual, self.floor)
        found = self._short(np.flatnonzero(self.hidden & (upper > 0)))
        coarse = (self.system.cells.loc[found, list(DIMENSIONS)] != ALL).sum(axis=1) * 2
        return found[np.lexsort((found, coarse + (self.system.cells.loc[found, "time"] != "year")))]

    def hide_partners(self, cells: np.ndarray) -> None:
        """Hide what lets each of `cells` move as far as demanded; where nothing can, withhold the tables around them."""
        # A partner hidden for one before may let it move already.
        stuck = [cell for cell in cells if len(self._short(np.array([cell]))) and not self._move(cell)]
        if stuck:
            self._withhold(stuck)

    def _short(self, cells: np.ndarray) -> np.ndarray:
        """Those of `cells` that aren't seen to move far enough."""
        return cells[(self.up - self.down)[cells] < demanded(self.system, self.rule)[cells]]

    def _move(self, cell: int) -> bool:
        """Hide what it takes for `cell` to move as far as demanded, in the nearest scope where that can be."""
        wanted = demanded(self.system, self.rule)[cell]
        for scope in _scopes(self.system, cell):
            moves = _cheapest_moves(self.system, self.hidden, self.floor, scope, cell, wanted, _REACH * self.rule.narrowest)
            for move in moves:
                self.hidden = self.hidden | ((np.abs(move) > _WHOLE) & ~self.system.virtual)
                self.up = np.maximum(self.up, np.floor(move + _WHOLE))
                self.down = np.minimum(self.down, np.ceil(move - _WHOLE))
            if len(moves) and not len(self._short(np.array([cell]))):
                return True
        return False

    def _withhold(self, cells: list[int]) -> None:
        """Withhold the table of the period of each cell; if it is withheld, all of its measure and year; else of its measure.

        Raises DisclosureError if all are.
        """
        names = slices(self.system.cells).to_numpy()
        done = self.withheld | _names(self.settled)
        more: set[str] = set()
        for cell in cells:
            _, year, measure, _ = _scopes(self.system, cell)
            found = next((found for scope in (np.array([cell]), year, measure) if (found := set(names[scope]) - done)), None)
            more |= found or set()
        if not more:
            raise DisclosureError(f"{_name(self.system, cells[0])} can't be protected; nothing was published.")
        was = pd.MultiIndex.from_frame(self.system.cells.loc[self.hidden, KEYS])
        real = self.system.cells[~self.system.virtual]
        new = _begin(real, self.tables, self.rule, self.withheld | more, self.settled)
        new.hidden |= pd.MultiIndex.from_frame(new.system.cells[KEYS]).isin(was)
        vars(self).update(vars(new))

    def published(self) -> pd.DataFrame:
        """The cells as they may be shown."""
        cells = self.system.cells.assign(protected=self.hidden)[~self.system.virtual]
        return cells.assign(persons=cells["persons"].mask(cells["protected"]))[CELL_COLUMNS]


def _names(keys: pd.MultiIndex) -> set[str]:
    """The tables of a period (stats.system.slices) that hold cells with these KEYS."""
    return set(slices(keys.to_frame(index=False))) if len(keys) else set()


def _begin(cells: pd.DataFrame, tables: Sequence[Table], rule: Rule, withheld: set[str], settled: pd.MultiIndex) -> _Work:
    """Small cells and withheld tables are hidden, and partners in each line of an article's cells."""
    system = build(_with_nobody(cells, tables, withheld), tables)
    # What is settled is as well known as a national total.
    system = replace(system, exact=system.exact | pd.MultiIndex.from_frame(system.cells[KEYS]).isin(settled))
    within = slices(system.cells).isin(withheld).to_numpy() & ~system.exact & ~system.virtual
    floor = np.where(within | system.virtual, 0.0, 1.0)
    asked = system.cells["protected"].to_numpy(bool) & ~system.exact & ~system.virtual
    hidden = within | asked | small(system, rule)
    _fill_lines(system, hidden, floor, rule)
    moves = (_within_lines(system, hidden, floor), _by_chance(system, hidden, floor))
    up, down = np.maximum(moves[0][0], moves[1][0]), np.minimum(moves[0][1], moves[1][1])
    return _Work(tables, rule, system, withheld, settled, hidden, floor, up, down)


def _with_nobody(cells: pd.DataFrame, tables: Sequence[Table], withheld: set[str]) -> pd.DataFrame:
    """`cells` and those of nobody in the withheld tables; a round more for those whose margin was one of them."""
    while True:
        every = everywhere(cells, tables, withheld)
        new = every[~pd.MultiIndex.from_frame(every).isin(pd.MultiIndex.from_frame(cells[KEYS]))]
        if new.empty:
            return cells
        zeros = new.assign(persons=pd.array([0] * len(new), "Int64"), protected=False)
        cells = pd.concat([cells, zeros], ignore_index=True)


def _too_few(cells: pd.DataFrame, tables: Sequence[Table], rule: Rule) -> set[str]:
    """The tables of periods in which so few persons are broken down that on average a cell is small.

    A rule on national totals, which all know, so that it tells nothing; it spares most tables in which nearly every cell
    is small, and could be worked out from there being so many of them.
    """
    national = cells[(cells[list(DIMENSIONS)] == ALL).all(axis=1)]
    aside = cells[cells[list(DIMENSIONS)].isin([ALL, UNDIVIDED]).all(axis=1)].set_index(KEYS)["persons"]
    found: set[str] = set()
    for table in (t for t in tables if t.by):
        here = national[(national["measure"] == table.measure) & (national["time"] == table.time)]
        count = np.prod([len(categories(cells, d)) for d in table.by if d not in OVERLAPPING])
        beside = pd.MultiIndex.from_frame(here[KEYS].assign(**dict.fromkeys(table.by, UNDIVIDED)))
        broken_down = here["persons"].to_numpy("int64") - aside.reindex(beside).fillna(0).to_numpy("int64")
        few = here[(broken_down > 0) & (broken_down < rule.fewer_than * count + rule.narrowest)]
        if rule.spare_unknown:
            few = few[~few["period"].str.contains("^0000|-00$|-Q0$")]
        found |= set(slices(few) + "".join(f" {d}" for d in DIMENSIONS if d in table.by))
    return found


def _demand_sums(system: System) -> None:
    """Raises DisclosureError where the exact numbers don't fulfil what a reader takes for granted."""
    for rows, wrong in ((system.equal, system.equal @ system.persons != 0), (system.at_most, system.at_most @ system.persons > 0)):
        if wrong.any():
            row = rows[[np.flatnonzero(wrong)[0]]]
            raise DisclosureError(f"The counts around {_name(system, row.indices[-1])} don't add up; nothing was published.")


def _name(system: System, cell: int) -> str:
    return " ".join(str(value) for value in system.cells.loc[cell, KEYS] if value != ALL)


def _fill_lines(system: System, hidden: np.ndarray, floor: np.ndarray, rule: Rule) -> None:
    """In each line of an article's cells, hide the smallest others that let all hidden ones move as demanded; the
    margin itself where the line has too few. Such lines share no cell but their margins, so none needs a programme."""
    room = system.persons - floor
    of_article = (system.cells[list(OVERLAPPING)] != ALL).any(axis=1).to_numpy()
    margins_last = sorted(range(system.equal.shape[0]), key=lambda r: -system.equal.indptr[r])
    for row in margins_last:
        line = system.equal[[row]]
        cells, margin = line.indices[line.data > 0], line.indices[line.data < 0]
        if of_article[cells].all() and len(margin) == 1 and not (hidden | system.exact)[margin[0]]:
            _fill_line(hidden, ~system.exact, room, cells, margin[0], rule.narrowest)


def _fill_line(hidden: np.ndarray, may: np.ndarray, room: np.ndarray, cells: np.ndarray, margin: int, wanted: int) -> None:
    its = cells[hidden[cells]]
    others = sorted(cells[~hidden[cells] & may[cells]], key=lambda c: (room[c], c))
    missing = wanted - room[its].sum()
    count = len(its)
    while count and (missing > 0 or count < 2):
        if not others:
            hidden[margin] = True
            return
        enough = [c for c in others if room[c] >= missing]
        partner = enough[0] if enough else others[-1]
        others.remove(partner)
        hidden[partner] = True
        missing -= room[partner]
        count += 1


def _within_lines(system: System, hidden: np.ndarray, floor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(up, down): how far hidden cells of articles can move in exchange with the others of one line alone."""
    slack = -(system.at_most @ system.persons)
    tied = system.at_most.tocoo()
    head, room = system.top - system.persons, system.persons - floor
    above, below = tied.data > 0, tied.data < 0
    np.minimum.at(head, tied.col[above], slack[tied.row[above]])
    np.minimum.at(room, tied.col[below], slack[tied.row[below]])
    of_article = (system.cells[list(OVERLAPPING)] != ALL).any(axis=1).to_numpy()
    head, room = (np.where(hidden & of_article, np.maximum(by, 0), 0) for by in (head, room))
    lines = system.equal[(system.equal.minimum(0) @ hidden.astype(float) == 0)].maximum(0).tocoo()
    rooms, heads = (np.bincount(lines.row, by[lines.col], lines.shape[0])[lines.row] for by in (room, head))
    up, down = np.zeros(len(hidden)), np.zeros(len(hidden))
    np.maximum.at(up, lines.col, np.minimum(head[lines.col], rooms - room[lines.col]))
    np.minimum.at(down, lines.col, -np.minimum(room[lines.col], heads - head[lines.col]))
    return up, down


def _by_chance(system: System, hidden: np.ndarray, floor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(up, down): how far cells are seen to move in a few tables that agree with what is published so far."""
    up, down = np.zeros(len(hidden)), np.zeros(len(hidden))
    for block in blocks(system, *outer(system, hidden | system.virtual, floor)):
        low, high = by_chance(block)
        up[block.columns] = high - system.persons[block.columns]
        down[block.columns] = low - system.persons[block.columns]
    return up, down


def _scopes(system: System, cell: int) -> list[np.ndarray]:
    """Where to look for partners, the nearest first: cells of the same year and article, of the year, of the measure."""
    scopes = [system.nests[:, level] == system.nests[cell, level] for level in (2, 1, 0)]
    return [np.flatnonzero(scope & ~system.exact) for scope in [*scopes, np.ones(len(system.exact), dtype=bool)]]


def _cheapest_moves(system: System, hidden: np.ndarray, floor: np.ndarray, scope: np.ndarray, cell: int,
                    wanted: float, reach: float) -> np.ndarray:
    """Two other tables that agree with all that is published outside of `scope`, in which `cell` differs by `wanted`, and
    in which cells that cost little differ from the exact one: as changes of every cell, two rows, or none.

    A linear programme in four parts, the rises and falls of each cell in either table.
    """
    equal, at_most = system.equal[:, scope], system.at_most[:, scope]
    equal = equal[np.diff(equal.indptr) > 0]
    slack, width = -(system.at_most @ system.persons), np.diff(at_most.indptr)
    tight = (width > 0) & (slack < reach * width)
    at_most, slack = at_most[tight], slack[tight]
    persons, n = system.persons[scope], len(scope)
    cost = np.where(hidden[scope], _HIDDEN, persons + _CELL) * ~system.virtual[scope]
    most = np.clip(system.top[scope] - persons, 0, reach)
    least = np.clip(persons - floor[scope], 0, reach)
    chosen = csr_array((scope == cell).astype(float)[np.newaxis])
    found = linprog(
        np.tile(cost, 4), bounds=np.column_stack([np.zeros(4 * n), np.concatenate([most, least, most, least])]),
        A_eq=block_array([[equal, -equal, None, None], [None, None, equal, -equal]], format="csr"),
        b_eq=np.zeros(2 * equal.shape[0]),
        A_ub=block_array([[at_most, -at_most, None, None], [None, None, at_most, -at_most],
                          [-chosen, chosen, chosen, -chosen]], format="csr"),
        b_ub=np.concatenate([slack, slack, [-wanted]]), method="highs-ds")
    moves = np.zeros((2 if found.status == 0 else 0, len(hidden)))
    if found.status == 0:
        parts = found.x.reshape(2, 2, n)
        moves[:, scope] = parts[:, 0] - parts[:, 1]
    return moves
