"""Ising problems as spin-glass groups and annealers exchange them, in two formats of opposite sign.

Both begin with a header of two numbers. ``ising`` is Qubist's, which LANL's bqpjson writes and D-Wave's annealers take:
H = sum J_ij s_i s_j + sum h_i s_i, positive J antiferromagnetic. ``sg`` is that of the spin glass server in Cologne and
Bonn: E = -sum J_ij s_i s_j, positive J ferromagnetic.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import sparse

from ..couplings import check_cells
from ..problem import Problem
from .entries import Entries, check_count, parse_entries, parse_header
from .text import Line, Text

__all__ = ["read_ising", "read_sg"]


def read_ising(text: Text, name: str, levels: int | None) -> Problem:
    """A header "spins lines", then "i j J" for a coupling and "i i h" or "i h" for a field.

    Spins are counted from 0 where one has the number 0, otherwise from 1. The second number of the header counts all lines
    or the couplings alone: both are in use.
    """
    lines = text.content("#")
    hint = "; for a list without this header put '# vartype=SPIN' above it, and name it .coo"
    spins, announced = _header(text, lines, "spins lines", hint)
    entries = _from_their_first(parse_entries(text, _fields_as_loops(lines), spins + 1), spins)
    couplings = int(np.count_nonzero(~entries.on_diagonal))
    if announced != couplings:
        check_count(text, "lines", announced, entries.value.size)
    matrix = entries.matrix()
    return Problem.ising(sparse.triu(matrix, 1), matrix.diagonal(), name=name, levels=levels)


def read_sg(text: Text, name: str, levels: int | None) -> Problem:
    """A header "spins interactions", then "i j J", counted from 1. The value is the energy -sum J_ij s_i s_j."""
    lines = text.content("#")
    spins, announced = _header(text, lines, "spins interactions")
    entries = parse_entries(text, lines, spins, first=1)
    entries.refuse(entries.on_diagonal, "an interaction of a spin with itself")
    check_count(text, "interactions", announced, entries.value.size)
    return Problem.ising(-entries.matrix(), name=name, levels=levels)


def _header(text: Text, lines: Iterator[Line], meaning: str, hint: str = "") -> list[int]:
    header = next(lines, None)
    if header is None:
        raise text.error(f"no header {meaning!r}")
    number, line = header
    if len(line.split()) == 3:
        raise text.error(f"expected {meaning!r}{hint}", number)
    numbers = parse_header(text, number, line.split(), meaning)
    if not numbers[0]:
        raise text.error("a problem needs a spin", number)
    check_cells(numbers[0])
    return numbers


def _fields_as_loops(lines: Iterator[Line]) -> Iterator[Line]:
    """The lines, "i h" written out as "i i h"."""
    for number, line in lines:
        fields = line.split()
        yield number, f"{fields[0]} {line}" if len(fields) == 2 else line


def _from_their_first(entries: Entries, spins: int) -> Entries:
    """Entries numbered 0..spins, of which either 0 or ``spins`` must be missing, numbered 0..spins - 1."""
    zero = (entries.i == 0) | (entries.j == 0)
    shift = 1
    if zero.any():
        message = f"node out of 0..{spins - 1}, as line {entries.line[zero][0]} counts from 0"
        entries.refuse(np.maximum(entries.i, entries.j) == spins, message)
        shift = 0
    return Entries(entries.text, entries.i - shift, entries.j - shift, entries.value, entries.line, spins)
