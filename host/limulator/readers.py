"""Readers of the common file formats of optimisation problems; each may be compressed with gzip.

========  ============================  ================================================================================
format    suffix                        content
========  ============================  ================================================================================
``rudy``  .rud .mc .gset, .txt or none  "nodes edges", then a line "i j [weight]" for every edge, counted from 1; the
                                        default weight is 1. A max-cut problem, as in G-set and Biq Mac. "#": comment
``qubo``  .qubo                         qbsolv: "p qubo 0 maxNodes nNodes nCouplers", then nNodes lines "i i value" and
                                        nCouplers lines "i j value", i < j, counted from 0. Minimised. "c": comment
``coo``   .coo                          dimod: "# vartype=SPIN" (an Ising problem) or "# vartype=BINARY" (a QUBO), then
                                        "i j value" lines, counted from 0; i = j is a linear term. "#": comment
========  ============================  ================================================================================

A file named .txt, or without a suffix, is read as qubo or coo if it has such a header. A number that no line mentions
is a cell without couplings. Sources: the rudy format as the Biq Mac library documents it; "qbsolv Input File Format" in
D-Wave's Ocean documentation; dimod.serialization.coo, where a vartype has no default either.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isfinite
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .couplings import check_cells
from .errors import FileFormatError
from .problem import Problem

__all__ = ["FORMATS", "read_problem"]

_SUFFIXES = {".rud": "rudy", ".mc": "rudy", ".gset": "rudy", ".qubo": "qubo", ".coo": "coo"}

_VARTYPE = re.compile(r"\s*#.*?vartype[:=]\s*([-.\w]+)")

_Line = tuple[int, str]
"""Line number, counted from 1, and text."""


def read_problem(path: str | PathLike[str], format: str | None = None, levels: int | None = None) -> Problem:
    """Read a problem from a file.

    Parameters
    ----------
    path : path
        The file; with a last suffix .gz it is decompressed.
    format : {"rudy", "qubo", "coo"}, optional
        By default told from suffix and content.
    levels : int, optional
        Largest integer coupling to round to, see :func:`limulator.quantise.quantise`; by default nothing is rounded.

    Returns
    -------
    Problem
        Named after the file. Cell k is the node k, or k + 1 where the format counts from 1.

    Raises
    ------
    FileFormatError
        If the file is missing, is not text, or breaks the format.
    ProblemError
        If values are no multiples of a common unit and ``levels`` is not given.
    RangeError
        If a value is too large, or an array cannot have that many cells.
    """
    path = Path(path)
    text = _Text(path, _read_lines(path))
    inner = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    if format is None:
        format = _SUFFIXES.get(inner.suffix.lower())
        if format is None:
            if inner.suffix.lower() not in ("", ".txt"):
                raise text.error(f"unknown suffix {inner.suffix!r}: pass format={' or '.join(FORMATS)}")
            format = _sniff(text)
    if format not in FORMATS:
        raise text.error(f"unknown format {format!r}: use {', '.join(FORMATS)}")
    return FORMATS[format](text, inner.stem, levels)


@dataclass(frozen=True)
class _Text:
    path: Path
    lines: list[str]

    def content(self, comment: str) -> Iterator[_Line]:
        """The lines that are neither blank nor comments."""
        for number, line in enumerate(self.lines, 1):
            stripped = line.strip()
            if stripped and not stripped.startswith(comment):
                yield number, stripped

    def error(self, message: str, number: int | None = None) -> FileFormatError:
        if number is None:
            return FileFormatError(f"{self.path}: {message}")
        line = self.lines[number - 1].strip()
        return FileFormatError(f"{self.path}, line {number}: {message}: {line if len(line) <= 60 else line[:60] + '...'!r}")


@dataclass(frozen=True)
class _Entries:
    """Lines "i j value": cells counted from 0, values and line numbers."""

    i: NDArray[np.int64]
    j: NDArray[np.int64]
    value: NDArray[np.float64]
    line: NDArray[np.int64]
    cells: int

    def matrix(self) -> sparse.csr_array:
        """The values in the upper triangle."""
        where = (np.minimum(self.i, self.j), np.maximum(self.i, self.j))
        return sparse.csr_array((self.value, where), shape=(self.cells, self.cells))


def _read_lines(path: Path) -> list[str]:
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            data = file.read()
    except FileNotFoundError:
        raise FileFormatError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise FileFormatError(f"{path}: is a directory, not a file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise FileFormatError(f"{path}: cannot be read: {error}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise FileFormatError(f"{path}: not a text file")
    if not text.strip():
        raise FileFormatError(f"{path}: the file is empty")
    return text.split("\n")


def _sniff(text: _Text) -> str:
    for line in text.lines:
        if line.split()[:2] == ["p", "qubo"]:
            return "qubo"
        if _VARTYPE.match(line):
            return "coo"
        if line[:1].isdigit():
            break
    return "rudy"


def _integers(text: _Text, number: int, fields: list[str], meaning: str) -> list[int]:
    """The numbers of a header, all >= 0."""
    try:
        numbers = [int(field) for field in fields]
        if len(numbers) == len(meaning.split()) and min(numbers) >= 0:
            return numbers
    except ValueError:
        pass
    raise text.error(f"expected {meaning!r}, all of them integers >= 0", number)


def _entries(
    text: _Text, lines: Iterable[_Line], cells: int | None = None, first: int = 0, default: str | None = None
) -> _Entries:
    """Parse lines "i j value", numbers from ``first``; ``default`` stands in for a value left out."""
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
    entries = _Entries(np.array(rows, np.int64), np.array(columns, np.int64), np.array(values), np.array(numbers), cells)
    key = np.minimum(entries.i, entries.j) * cells + np.maximum(entries.i, entries.j)
    order = np.argsort(key, kind="stable")
    again = np.flatnonzero(np.diff(key[order]) == 0)
    if again.size:
        earlier, later = entries.line[order[again[0] : again[0] + 2]]
        raise text.error(f"this pair was given on line {earlier} already", later)
    return entries


def _check_count(text: _Text, what: str, announced: int, found: int) -> None:
    if announced != found:
        raise text.error(f"the header announces {announced} {what}, the file holds {found}")


def _read_rudy(text: _Text, name: str, levels: int | None) -> Problem:
    lines = text.content("#")
    header = next(lines, None)
    if header is None:
        raise text.error("no header 'nodes edges'")
    nodes, count = _integers(text, header[0], header[1].split(), "nodes edges")
    if not nodes:
        raise text.error("a graph needs a node", header[0])
    check_cells(nodes)
    edges = _entries(text, lines, nodes, first=1, default="1")
    loops = np.flatnonzero(edges.i == edges.j)
    if loops.size:
        raise text.error("an edge from a node to itself", edges.line[loops[0]])
    _check_count(text, "edges", count, edges.value.size)
    return Problem.max_cut(edges.matrix(), name=name, levels=levels)


def _read_qubo(text: _Text, name: str, levels: int | None) -> Problem:
    lines = text.content("c")
    header = next(lines, None)
    expected = "p qubo 0 maxNodes nNodes nCouplers"
    fields = [] if header is None else header[1].split()
    if header is None or fields[:2] != ["p", "qubo"]:
        raise text.error(f"expected {expected!r}", header and header[0])
    # The third field names a topology; everything known says 0 or "unconstrained".
    cells, nodes, couplers = _integers(text, header[0], fields[3:], "maxNodes nNodes nCouplers")
    if not cells:
        raise text.error("a problem needs a node", header[0])
    check_cells(cells)
    entries = _entries(text, lines, cells)
    swapped = np.flatnonzero(entries.i > entries.j)
    if swapped.size:
        raise text.error("a coupler needs i < j", entries.line[swapped[0]])
    diagonal = int((entries.i == entries.j).sum())
    _check_count(text, "nodes", nodes, diagonal)
    _check_count(text, "couplers", couplers, entries.value.size - diagonal)
    return Problem.qubo(entries.matrix(), name=name, levels=levels)


def _read_coo(text: _Text, name: str, levels: int | None) -> Problem:
    headers = [(number, match[1]) for number, line in enumerate(text.lines, 1) if (match := _VARTYPE.match(line))]
    if not headers:
        raise text.error("no line '# vartype=BINARY' or '# vartype=SPIN', and there is no default: add one")
    vartype = headers[0][1]
    for number, other in headers:
        if other not in ("BINARY", "SPIN") or other != vartype:
            raise text.error("vartype must be BINARY or SPIN, the same in the whole file", number)
    entries = _entries(text, text.content("#"))
    matrix = entries.matrix()
    if vartype == "BINARY":
        return Problem.qubo(matrix, name=name, levels=levels)
    return Problem.ising(sparse.triu(matrix, 1), matrix.diagonal(), name=name, levels=levels)


FORMATS = {"rudy": _read_rudy, "qubo": _read_qubo, "coo": _read_coo}
"""The readers by name."""
