"""The rows of a CSV text, also after a quotation mark that somebody opened and never closed.

Such a mark makes one cell of all lines up to the next mark, or to the end. The row in which it stands is ended with its
line, and the lines it swallowed are read again as rows of their own.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST_READ_AGAIN = 2_000_000
"""Lines that are read again after such marks; once there were so many, no cell is longer than LONGEST lines."""
LONGEST = 1_000


@dataclass(frozen=True)
class Opened:
    """A mark that is not closed: its row and column from 0, its line in the file from 1, how many lines it swallowed."""

    row: int
    column: int
    line: int
    swallowed: int


class Records:
    """The rows of `text`, whose first line is `first_line` of the file; `opened` are the marks met so far."""

    def __init__(self, text: Iterable[str], delimiter: str, first_line: int = 1) -> None:
        self.opened: list[Opened] = []
        self._lines = _Lines(text)
        self._delimiter, self._line = delimiter, first_line
        self._first = self._before = 0  # how wide the first row is, which may be the header, and the row before

    def __iter__(self) -> Iterator[list[str]]:
        lines = self._lines
        for number, row in enumerate(csv.reader(lines, delimiter=self._delimiter)):
            if lines.ended or len(lines.taken) > 1:
                row = self._ended_in_time(row, number)
            if len(row) > 1:
                self._before = len(row)
                self._first = self._first or self._before
            self._line += len(lines.taken)
            lines.taken.clear()
            yield row

    def _ended_in_time(self, row: list[str], number: int) -> list[str]:
        """`row`, or what stands before the end of the line in which a mark is opened that is not closed."""
        lines = self._lines
        first = self._opened_in(row)
        if first is None:
            return row
        *cells, rest = next(csv.reader(lines.taken[:first + 1], delimiter=self._delimiter))
        self.opened.append(Opened(number, len(cells), self._line + first, len(lines.taken) - first - 1))
        lines.back(first + 1)
        return cells + next(csv.reader([rest.rstrip("\r\n")], delimiter=self._delimiter, quoting=csv.QUOTE_NONE), [""])

    def _opened_in(self, row: list[str]) -> int | None:
        """In which of the lines of `row` a mark is opened that is not closed; None if in none.

        That is so if the text ends first; or if some of the lines it swallows look like rows, and what follows the mark
        that ends it is no delimiter (for that mark opens a cell of another row) or all lines in between look like rows.
        """
        taken, rows_within = self._lines.taken, any(map(self._is_row, self._lines.taken[1:]))
        broken = bisect_left(range(len(taken) + 1), True, key=lambda n: self._is_broken(taken[:n])) if rows_within else 0
        if 2 <= broken <= len(taken):
            column = len(next(csv.reader(taken[:broken - 1], delimiter=self._delimiter))) - 1
        elif self._lines.ended:
            column = len(row) - 1
        elif rows_within and len(row) > 2 < len(taken) and all(map(self._is_row, taken[1:-1])):
            column = next(i for i, cell in enumerate(row) if "\n" in cell or "\r" in cell)
        else:
            return None
        return bisect_left(range(len(taken)), True,
                           key=lambda i: len(next(csv.reader(taken[:i + 1], delimiter=self._delimiter))) > column)

    def _is_row(self, line: str) -> bool:
        """Whether a line by itself is as wide as the rows before; where there are none, as the first line without its marks."""
        first = self._first or len(next(csv.reader(self._lines.taken[:1], delimiter=self._delimiter, quoting=csv.QUOTE_NONE)))
        width = len(next(csv.reader([line], delimiter=self._delimiter), []))
        return width > 1 and width in (first, self._before)

    def _is_broken(self, lines: list[str]) -> bool:
        """Whether something other than a delimiter follows a closing mark."""
        try:
            next(csv.reader(lines, delimiter=self._delimiter, strict=True), None)
        except csv.Error as error:
            return "expected after" in str(error)
        return False


class _Lines:
    """Lines, those given back first. `taken`: the lines given since it was last cleared; `ended`: whether more were asked for
    than there are, or than a cell may have."""

    def __init__(self, text: Iterable[str]) -> None:
        self.taken: list[str] = []
        self.ended = False
        self._text, self._again = iter(text), deque[str]()
        self._most, self._read_again = float("inf"), 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._text, None)
        if line is None or len(self.taken) >= self._most:
            self.ended = True
            if line is not None:
                self._again.appendleft(line)
            raise StopIteration
        self.taken.append(line)
        return line

    def back(self, first: int) -> None:
        """Take back those given from the one numbered `first` on."""
        self._read_again += len(self.taken) - first
        self._most = LONGEST if self._read_again > MOST_READ_AGAIN else self._most
        self._again.extendleft(reversed(self.taken[first:]))
        del self.taken[first:]
        self.ended = False
