"""Sparse matrices as lists of lines "i j value", which all the formats have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..couplings import check_cells
from .text import Line, Text

__all__ = ["Entries", "check_count", "parse_entries", "parse_header"]


@dataclass(frozen=True)
class Entries:
    """Lines "i j value": cells counted from 0, values and line numbers."""

    text: Text
    i: NDArray[np.int64]
    j: NDArray[np.int64]
    value: NDArray[np.float64]
    line: NDArray[np.int64]
    cells: int

    @property
    def on_diagonal(self) -> NDArray[np.bool_]:
        """Which of them have i = j."""
        return np.asarray(self.i == self.j)

    def refuse(self, wrong: NDArray[np.bool_], message: str) -> None:
        """Raise :class:`.FileFormatError` at the first line that is ``wrong``."""
        if wrong.any():
            raise self.text.error(message, int(self.line[wrong][0]))

    def matrix(self) -> sparse.csr_array:
        """The values in the upper triangle."""
        where = (np.minimum(self.i, self.j), np.maximum(self.i, self.j))
        return sparse.csr_array((self.value, where), shape=(self.cells, self.cells))


def parse_header(text: Text, number: int, fields: list[str], meaning: str) -> list[int]:
    """The numbers of a header, all >= 0, as many as ``meaning`` has words."""
    try:
        numbers = [int(field) for field in fields]
        if len(numbers) == len(meaning.split()) and min(numbers) >= 0:
            return numbers
    except ValueError:
        pass
    raise text.error(f"expected {meaning!r}, all of them integers >= 0", number)


def parse_entries(
    text: Text, lines: Iterable[Line], cells: int | None = None, first: int = 0, default: str | None = None
) -> Entries:
    """Parse lines "i j value".

    Parameters
    ----------
    text : Text
        Where the lines are from, for errors.
    lines : iterable of Line
    cells : int, optional
        How many there are; by default as many as the largest number tells.
    first : int
        The number of the first cell.
    default : str, optional
        Stands in for a value left out.

    Raises
    ------
    FileFormatError
        For anything else than such lines, and for a pair given twice.
    RangeError
        If no array has that many cells.
    """
    last = None if cells is None else cells - 1 + first
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    numbers: list[int] = []
    expected = "expected 'i j value'" if default is None else "expected 'i j' or 'i j weight'"
    for number, line in lines:
        fields = line.split()
        if default is not None and len(fields) == 2:
            fields.append(default)
        try:
            # Python takes 1_000 for a number, other readers of these formats do not.
            if "_" in line:
                raise ValueError
            a, b, c = fields
            i, j, value = int(a), int(b), float(c)
        except ValueError:
            raise text.error(expected, number) from None
        if i < first or j < first or (last is not None and (i > last or j > last)):
            raise text.error(f"node out of {first}..{'' if last is None else last}", number)
        if not isfinite(value):
            raise text.error("value is not finite", number)
        rows.append(i - first)
        columns.append(j - first)
        values.append(value)
        numbers.append(number)
    if cells is None:
        if not numbers:
            raise text.error("holds no entries")
        cells = max(max(rows), max(columns)) + 1
        check_cells(cells)
    entries = Entries(
        text, np.array(rows, np.int64), np.array(columns, np.int64), np.array(values), np.array(numbers, np.int64), cells
    )
    key = np.minimum(entries.i, entries.j) * cells + np.maximum(entries.i, entries.j)
    order = np.argsort(key, kind="stable")
    again = np.flatnonzero(np.diff(key[order]) == 0)
    if again.size:
        earlier, later = entries.line[order[again[0] : again[0] + 2]]
        raise text.error(f"this pair was given on line {earlier} already", int(later))
    return entries


def check_count(text: Text, what: str, announced: int, found: int) -> None:
    """Raise :class:`.FileFormatError` unless the file holds what its header announces."""
    if announced != found:
        raise text.error(f"the header announces {announced} {what}, the file holds {found}")
