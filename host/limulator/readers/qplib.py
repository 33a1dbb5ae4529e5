"""Quadratic programs in the format of QPLIB, without constraints: binary ones, and integer ones in a box.

A file holds one number, or one entry of a list, a line; whatever follows on the line is a remark, and so is a line that
begins with #, ! or %. It says, in this order, what is minimised or maximised::

    name
    type: three letters, of the objective (L, D, C, Q), the variables (C, B, M, I, G) and the constraints (N, B, L, D, C, Q)
    minimize or maximize
    n, the number of variables
    the number of entries of Q, and for each "i j value" with i >= j; left out if the objective is linear (L)
    default of b, the number of others, and for each "i value"
    q0
    the number that stands for infinity
    lower bounds like b, and upper bounds like b; left out if all variables are binary (B)
    types of the variables like b, 0 continuous, 1 integer, 2 binary; only for mixed variables (M, G)
    a starting point like b, and one for the bounds' dual variables; of no use here
    the number of named variables, and for each "i name"; the same for constraints

The objective is q0 + sum_i b_i x_i + 1/2 sum_{i>=j} Q_ij x_i x_j, half of every entry, on the diagonal or not: Q is a lower
triangle, not one half of a symmetric matrix. https://qplib.zib.de/doc.html defines it so, and only so do the library's
solutions have their published values. The format is in appendix B of Furini et al., Math. Prog. Comp. 11, 237 (2019).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..couplings import check_cells
from ..problem import Problem
from .entries import parse_entries
from .text import Line, Text

__all__ = ["read_qplib"]

_CONSTRAINTS = {"L": "linear", "D": "convex quadratic", "C": "convex quadratic", "Q": "quadratic"}

_LARGEST_BITS = 16


class _Vector(NamedTuple):
    """Values of the variables, (n,), and the lines that they are from."""

    value: NDArray[np.float64]
    line: NDArray[np.int64]


class _Records:
    """The lines of a file, one after the other."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self._lines = text.content("#", "!", "%")

    def fields(self, meaning: str) -> tuple[int, list[str]]:
        """Line number and words of the next line."""
        for number, line in self._lines:
            return number, line.split()
        raise self.text.error(f"the file ends before {meaning}")

    def integer(self, meaning: str) -> int:
        """A number >= 0."""
        number, fields = self.fields(meaning)
        return self._whole(number, fields[0], meaning)

    def real(self, meaning: str, *, finite: bool = True) -> tuple[int, float]:
        """Line number and a number."""
        number, fields = self.fields(meaning)
        return number, self._real(number, fields[0], meaning, finite)

    def vector(self, meaning: str, n: int) -> _Vector:
        """A default, and what differs from it."""
        number, default = self.real(f"the default of {meaning}")
        vector = _Vector(np.full(n, default), np.full(n, number))
        seen: dict[int, int] = {}
        for number, fields in self._list(f"the number of other {meaning}", 2):
            i = self._whole(number, fields[0], "the number of a variable")
            if not 1 <= i <= n:
                raise self.text.error(f"variable out of 1..{n}", number)
            if i in seen:
                raise self.text.error(f"variable {i} was given on line {seen[i]} already", number)
            seen[i] = number
            vector.value[i - 1], vector.line[i - 1] = self._real(number, fields[1], meaning, True), number
        return vector

    def matrix(self, n: int) -> sparse.csr_array:
        """Entries of Q."""
        listed = self._list("the number of entries of Q", 3)
        entries = parse_entries(self.text, ((number, " ".join(fields[:3])) for number, fields in listed), n, first=1)
        entries.refuse(entries.i < entries.j, "entries of Q are those on and below the diagonal, i >= j")
        return entries.matrix()

    def names(self, meaning: str) -> None:
        """Read a list of names past."""
        for _ in self._list(f"the number of named {meaning}", 2):
            pass

    def rest(self) -> Line | None:
        """The next line, if there is one."""
        return next(self._lines, None)

    def _list(self, meaning: str, width: int) -> Iterator[tuple[int, list[str]]]:
        count = self.integer(meaning)
        found = 0
        for number, line in islice(self._lines, min(count, len(self.text.lines))):
            fields = line.split()
            if len(fields) < width:
                raise self.text.error(f"expected {width} values", number)
            yield number, fields
            found += 1
        if found < count:
            raise self.text.error(f"{meaning} is {count}, and then the file ends after {found}")

    def _whole(self, number: int, word: str, meaning: str) -> int:
        try:
            value = int("" if "_" in word else word)
        except ValueError:
            value = -1
        if value < 0:
            raise self.text.error(f"expected {meaning}, an integer >= 0", number)
        return value

    def _real(self, number: int, word: str, meaning: str, finite: bool) -> float:
        try:
            value = float("" if "_" in word else word)
        except ValueError:
            raise self.text.error(f"expected {meaning}, a number", number) from None
        if value != value or (finite and not isfinite(value)):
            raise self.text.error(f"{meaning}: value is not finite", number)
        return value


def read_qplib(text: Text, name: str, levels: int | None) -> Problem:
    """A :meth:`.Problem.qubo` if all variables are binary, otherwise a :meth:`.Problem.box`.

    Cell k holds variable k + 1 less its lower bound. ``value`` is the file's objective also where that is maximised: then
    ``scale`` is negative.
    """
    records = _Records(text)
    records.fields("the name")
    number, fields = records.fields("the type of the problem")
    kind = fields[0].upper()
    if len(kind) != 3 or kind[0] not in "LDCQ" or kind[1] not in "CBMIG" or kind[2] not in "NBLDCQ":
        raise text.error("expected the type of the problem, three letters such as QBN", number)
    if kind[2] in _CONSTRAINTS:
        limits = f"{_CONSTRAINTS[kind[2]]} constraints"
        raise text.error(f"{kind} has {limits}, an array none: add them to the objective as penalties", number)
    if kind[1] == "C":
        raise text.error(f"{kind} has continuous variables, an array integers: use solve_box_qp", number)
    number, fields = records.fields("the sense of the objective")
    sense = fields[0].lower()
    if sense not in ("minimize", "maximize"):
        raise text.error("expected minimize or maximize", number)
    n = records.integer("the number of variables")
    if not n:
        raise text.error("a problem needs a variable")
    check_cells(n)
    triangle = sparse.csr_array((n, n)) if kind[0] == "L" else records.matrix(n)
    b = records.vector("linear coefficients", n).value
    _, offset = records.real("the objective's constant")
    low, bits = _ranges(records, kind[1], n)
    for vector in ("values of the starting point", "dual values of the starting point"):
        records.vector(vector, n)
    records.names("variables")
    rest = records.rest()
    # Files without constraints may leave out that none of these has a name.
    if rest is not None and rest[1].split()[0] == "0":
        rest = records.rest()
    if rest is not None:
        raise text.error("expected the end of the file", rest[0])

    sign = 1 if sense == "minimize" else -1
    # 1/2 x^T hessian x, hessian symmetric; then x = low + the cells
    hessian = (triangle + triangle.T) / 2
    offset += float(low @ (hessian @ low) / 2 + b @ low)
    b = b + hessian @ low
    if bits == 1:
        matrix = sparse.triu(hessian, 1) + sparse.diags_array(hessian.diagonal() / 2 + b)
        problem = Problem.qubo(sign * matrix, offset=sign * offset, name=name, levels=levels)
    else:
        problem = Problem.box(sign * hessian, sign * b, bits, offset=sign * offset, name=name, levels=levels)
    return problem if sign > 0 else _negated(problem)


def _ranges(records: _Records, variables: str, n: int) -> tuple[NDArray[np.float64], int]:
    """Lower bounds of the variables, (n,), and the bits of the cells that hold them."""
    number, infinity = records.real("the number for infinity", finite=False)
    if infinity <= 0:
        raise records.text.error("the number for infinity must be positive", number)
    if variables == "B":
        return np.zeros(n), 1
    lower, upper = records.vector("lower bounds", n), records.vector("upper bounds", n)
    low, high = np.ceil(lower.value), np.floor(upper.value)
    endless = (np.abs(low) >= infinity) | (np.abs(high) >= infinity)
    if variables in "MG":
        types = records.vector("types of variables", n)
        for k in np.flatnonzero(~np.isin(types.value, (0, 1, 2))):
            raise records.text.error("the type of a variable is 0, 1 or 2", int(types.line[k]))
        for k in np.flatnonzero(types.value == 0):
            raise records.text.error(f"variable {k + 1} is continuous, an array holds integers", int(types.line[k]))
        binary = types.value == 2
        low, high = np.where(binary, np.maximum(low, 0), low), np.where(binary, np.minimum(high, 1), high)
        endless &= ~binary
    for k in np.flatnonzero(endless):
        raise records.text.error(f"variable {k + 1} is not bounded on both sides", int(upper.line[k]))
    bits = min(max(1, int(high[0] - low[0]).bit_length()), _LARGEST_BITS)
    for k in np.flatnonzero(high - low != (1 << bits) - 1):
        raise records.text.error(
            f"variable {k + 1} is in {low[k]:g}..{high[k]:g}: cells take 2**b values, b = 1..{_LARGEST_BITS}, all the same",
            int(upper.line[k]),
        )
    return low, bits


def _negated(problem: Problem) -> Problem:
    """The problem of which minus the value is minimised."""
    return Problem(
        problem.couplings,
        problem.linear,
        problem.bits,
        kind=problem.kind,
        name=problem.name,
        scale=-problem.scale,
        offset=-problem.offset,
        quantisation_error=problem.quantisation_error,
    )
