"""The problem an array is loaded with: an integer quadratic function over a box of integers.

The energy of a state x, every x_i an integer in 0..2**bits - 1, is

    E(x) = sum_i c_i x_i + sum_{i<j} Q_ij x_i x_j + 1/2 sum_i Q_ii x_i (x_i - 1)

A cell keeps its local field g_i = c_i + sum_j Q_ij x_j = E(x + e_i) - E(x), the cost of a step up; a step down costs
-(g_i - Q_ii). All of this is exact in int64. What the user minimises is ``scale * E(x) + offset``; with a negative scale it
is what the user maximises.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from operator import index
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from limulator_hdl.formats import MAX_COUPLING_SHIFT, Shape, signed_bits

from .couplings import (
    Couplings,
    Matrix,
    check_cells,
    check_no_diagonal,
    check_symmetric,
    matrix_of,
    undirected,
    without_diagonal,
)
from .errors import ProblemError, RangeError
from .quantise import Quantised, as_matrix, as_reals, as_vector, exact_integers, quantise

__all__ = ["Kind", "Problem"]

Kind: TypeAlias = Literal["max-cut", "qubo", "ising", "box"]

MAX_LANES = 32
"""Lanes that an array has by default, at most."""


@dataclass(frozen=True, eq=False, init=False)
class Problem:
    """A problem in the form that an array holds; see :meth:`max_cut`, :meth:`qubo`, :meth:`ising` and :meth:`box`.

    Parameters
    ----------
    couplings : array_like or sparse array, shape (N, N)
        Q, symmetric and integral. With ``bits=1`` the diagonal must be zero, as it has no effect.
    linear : array_like, shape (N,), optional
        c, integral; default 0.
    bits : int
        Width of a cell, 1..16.
    kind : {"max-cut", "qubo", "ising", "box"}, optional
        What the user posed; default "qubo" with 1 bit, otherwise "box".
    name : str
        For reports.
    scale, offset : float
        The user's objective is ``scale * E + offset``: to be minimised, or maximised where scale is negative.
    quantisation_error : float
        Largest difference between a coefficient that was asked for and the one in use, user units.

    Attributes
    ----------
    couplings : csr_array of int64, shape (N, N)
        Symmetric, sorted indices, no explicit zeros, read-only.
    linear : ndarray of int64, shape (N,)
        Read-only.

    Raises
    ------
    ProblemError
        For coefficients that are asymmetric, not integral or not finite, and for a wrong shape, width or kind.
    RangeError
        For a coefficient of 2**31 or more in magnitude, for an energy that could leave 64 bits, and for more cells than
        an array can have.
    """

    couplings: sparse.csr_array
    linear: NDArray[np.int64]
    bits: int
    kind: Kind
    name: str
    scale: float
    offset: float
    quantisation_error: float

    def __init__(
        self,
        couplings: Matrix,
        linear: ArrayLike | None = None,
        bits: int = 1,
        *,
        kind: Kind | None = None,
        name: str = "",
        scale: float = 1.0,
        offset: float = 0.0,
        quantisation_error: float = 0.0,
    ) -> None:
        matrix = as_matrix(couplings)
        matrix, vector = exact_integers(matrix, as_vector(linear, matrix.shape[0]))
        check_cells(len(vector))
        check_symmetric(matrix)
        try:
            bits = index(bits)
        except TypeError:
            raise ProblemError(f"bits must be an integer, got bits={bits!r}") from None
        if not 1 <= bits <= 16:
            raise ProblemError(f"bits must be 1..16, got bits={bits}")
        if kind is None:
            kind = "qubo" if bits == 1 else "box"
        if kind not in get_args(Kind):
            raise ProblemError(f"kind must be one of {', '.join(get_args(Kind))}, got kind={kind!r}")
        if bits > 1 and kind != "box":
            raise ProblemError(f"a {kind} problem has cells of 1 bit, got bits={bits}")
        if bits == 1:
            check_no_diagonal(matrix, "with 1 bit a cell's coupling to itself has no effect: add it to linear")
        if not (scale != 0 and np.isfinite([scale, offset]).all()):
            raise ProblemError(f"scale must be finite and not 0, offset finite, got scale={scale} offset={offset}")
        for part in (vector, matrix.data, matrix.indices, matrix.indptr):
            part.setflags(write=False)

        values = (matrix, vector, bits, kind, name, float(scale), float(offset), float(quantisation_error))
        for field, value in zip(self.__dataclass_fields__, values, strict=True):
            object.__setattr__(self, field, value)
        self._check_energy()

    @classmethod
    def max_cut(cls, weights: Couplings, *, name: str = "", levels: int | None = None) -> Problem:
        """Cut a graph in two so that the weight of the edges between the parts is largest.

        Q = 2 w and c_i = -sum_j w_ij, so that E(x) is minus the cut of ``{i: x_i = 1}``.

        Parameters
        ----------
        weights : matrix, mapping or graph
            Edge weights. A matrix is symmetric or has one triangle; a mapping names every edge once.
        name : str
            For reports.
        levels : int, optional
            Largest integer weight to round to, see :func:`limulator.quantise.quantise`; by default nothing is rounded.

        Raises
        ------
        ProblemError
            For malformed, asymmetric or self-coupled weights, and for weights that are no multiples of a common unit.
        RangeError
            For weights or a graph that are too large.
        """
        whole = quantise(undirected(weights), levels=levels)
        return cls(
            2 * whole.couplings, -whole.couplings.sum(axis=0), kind="max-cut", name=name, **_units(whole, whole.scale)
        )

    @classmethod
    def qubo(cls, Q: Couplings, *, offset: float = 0.0, name: str = "", levels: int | None = None) -> Problem:
        """Minimise ``x^T Q x + offset`` over x_i in {0, 1}.

        Parameters
        ----------
        Q : matrix, mapping or graph
            Any square matrix: Q_ij and Q_ji add up, the diagonal is the linear term. Of a graph, every edge adds
            ``weight * x_i * x_j`` once, a self loop ``weight * x_i``.
        offset : float
            Added to the objective.
        name, levels
            As in :meth:`max_cut`.

        Raises
        ------
        ProblemError, RangeError
            As in :meth:`max_cut`.
        """
        matrix = matrix_of(Q)
        pairs = without_diagonal(matrix)
        whole = quantise(pairs + pairs.T, matrix.diagonal(), levels)
        return cls(whole.couplings, whole.linear, kind="qubo", name=name, **_units(whole, whole.scale, offset))

    @classmethod
    def ising(
        cls,
        J: Couplings,
        h: ArrayLike | Mapping[int, float] | None = None,
        *,
        offset: float = 0.0,
        name: str = "",
        levels: int | None = None,
    ) -> Problem:
        """Minimise ``sum_{i<j} J_ij s_i s_j + sum_i h_i s_i + offset`` over spins s = 2 x - 1.

        The signs are those of dimod (positive J: antiferromagnetic), opposite to most physics texts.

        Parameters
        ----------
        J : matrix, mapping or graph
            Couplings. A matrix is symmetric or has one triangle, and either way every pair counts once; a mapping names
            every pair once.
        h : array_like, shape (N,), or mapping of cells to values, optional
            Fields; default 0.
        offset : float
            Added to the objective.
        name, levels
            As in :meth:`max_cut`.

        Raises
        ------
        ProblemError, RangeError
            As in :meth:`max_cut`.
        """
        if isinstance(h, Mapping):
            fields = matrix_of({(i, i): value for i, value in h.items()}, 1).diagonal()
        else:
            fields = as_reals([] if h is None else h, "h")
        pairs = undirected(J, fields.size)
        if h is None or isinstance(h, Mapping):
            fields = np.pad(fields, (0, max(0, pairs.shape[0] - fields.size)))
        whole = quantise(pairs, fields, levels)
        linear = 2 * whole.linear - 2 * whole.couplings.sum(axis=0)
        constant = int(whole.couplings.sum()) // 2 - int(whole.linear.sum())
        units = _units(whole, whole.scale, offset + whole.scale * constant)
        return cls(4 * whole.couplings, linear, kind="ising", name=name, **units)

    @classmethod
    def box(
        cls,
        Q: Matrix,
        c: ArrayLike | None = None,
        bits: int = 8,
        *,
        offset: float = 0.0,
        name: str = "",
        levels: int | None = None,
    ) -> Problem:
        """Minimise ``1/2 x^T Q x + c^T x + offset`` over integers x_i in 0..2**bits - 1.

        Since 1/2 Q_ii x_i**2 = 1/2 Q_ii x_i (x_i - 1) + 1/2 Q_ii x_i, half the diagonal goes to the linear term; if
        that is not integral, all coefficients are doubled and ``scale`` is halved.

        Parameters
        ----------
        Q : matrix, shape (N, N)
            Symmetric.
        c : array_like, shape (N,), optional
            Linear term; default 0.
        bits : int
            Width of a cell, 1..16.
        offset : float
            Added to the objective.
        name, levels
            As in :meth:`max_cut`.

        Raises
        ------
        ProblemError, RangeError
            As in :meth:`max_cut`.
        """
        matrix = as_matrix(Q)
        check_symmetric(matrix)
        whole = quantise(matrix, c, levels)
        couplings = whole.couplings
        diagonal = couplings.diagonal()
        factor = 2 if (diagonal % 2).any() else 1
        linear = factor * whole.linear + factor * diagonal // 2
        if bits == 1:
            couplings = without_diagonal(couplings)
        units = _units(whole, whole.scale / factor, offset)
        return cls(factor * couplings, linear, bits, kind="box", name=name, **units)

    @property
    def cells(self) -> int:
        """N."""
        return len(self.linear)

    @property
    def x_max(self) -> int:
        """Largest value of a cell, 2**bits - 1."""
        return (1 << self.bits) - 1

    @property
    def coupling_shift(self) -> int:
        """Largest s <= 15 such that 2**s divides every coupling, the diagonal included; 0 if there are none."""
        ones = int(np.bitwise_or.reduce(self.couplings.data, initial=0))
        return min(MAX_COUPLING_SHIFT, (ones & -ones).bit_length() - 1) if ones else 0

    def energy(self, x: ArrayLike) -> int | NDArray[np.int64]:
        """E(x), exact.

        Parameters
        ----------
        x : array_like of integers, shape (..., N)
            States, 0..x_max.

        Returns
        -------
        int, or ndarray of int64 of shape (...) if x has leading axes

        Raises
        ------
        ProblemError
            If x is no state of this problem.
        """
        x = self._states(x)
        twice = ((self._fields(x) + self.linear - self.couplings.diagonal()) * x).sum(axis=-1)
        return int(twice) // 2 if x.ndim == 1 else twice // 2

    def value(self, x: ArrayLike) -> float | NDArray[np.floating[Any]]:
        """The user's objective ``scale * E(x) + offset``, user units; arguments as in :meth:`energy`."""
        return self.scale * self.energy(x) + self.offset

    def cut(self, x: ArrayLike) -> int | float | NDArray[Any]:
        """Weight of the edges that x cuts, user units: integers if the unit of the weights is integral.

        Arguments as in :meth:`energy`; raises ``ProblemError`` also if this is no max-cut problem.
        """
        if self.kind != "max-cut":
            raise ProblemError(f"a {self.kind} problem has no cut: use value()")
        return -self.energy(x) * (int(self.scale) if self.scale.is_integer() else self.scale)

    def spins(self, x: ArrayLike) -> NDArray[np.int64]:
        """Spins 2 x - 1 of the states x, shape (..., N); raises ``ProblemError`` if cells hold more than 1 bit."""
        if self.bits > 1:
            raise ProblemError(f"cells of {self.bits} bits are no spins")
        return 2 * self._states(x) - 1

    def local_field(self, x: ArrayLike) -> NDArray[np.int64]:
        """g = c + Q x, units of E, shape (..., N), exact; arguments as in :meth:`energy`."""
        return self._fields(self._states(x))

    def field_range(self) -> tuple[int, int]:
        """Largest ``|g_i|`` and largest ``|g_i - Q_ii|`` over all cells and the whole box.

        Units of E. Both are reached at a corner of the box, since the field of a cell is monotone in every other cell.
        """
        high = self.linear + self.x_max * self.couplings.maximum(0).sum(axis=1)
        low = self.linear + self.x_max * self.couplings.minimum(0).sum(axis=1)

        def reach(shift: int | NDArray[np.int64]) -> int:
            return int(max(np.abs(low - shift).max(), np.abs(high - shift).max()))

        return reach(0), reach(self.couplings.diagonal())

    def statistics(self) -> dict[str, Any]:
        """What ``limulator info`` shows: sizes, ranges in units of E, and the widths that the problem needs."""
        diagonal = self.couplings.diagonal()
        degree = np.diff(self.couplings.indptr) - (diagonal != 0)
        pairs = int(degree.sum()) // 2
        data = self.couplings.data
        field, step = self.field_range()
        return {
            "name": self.name,
            "kind": self.kind,
            "cells": self.cells,
            "bits": self.bits,
            "couplings": pairs,
            "density": 2 * pairs / (self.cells * max(1, self.cells - 1)),
            "degree_min": int(degree.min()),
            "degree_mean": float(degree.mean()),
            "degree_max": int(degree.max()),
            "coupling_min": int(data.min()) if data.size else 0,
            "coupling_max": int(data.max()) if data.size else 0,
            "linear_min": int(self.linear.min()),
            "linear_max": int(self.linear.max()),
            "field_max": field,
            "step_max": step,
            "coupling_shift": self.coupling_shift,
            "coupling_bits": self._coupling_bits(self.coupling_shift),
            "field_bits": self._field_bits(self.coupling_shift),
            "scale": self.scale,
            "offset": self.offset,
            "quantisation_error": self.quantisation_error,
        }

    def array_shape(self, lanes: int | None = None, kind: type[Shape] = Shape, **overrides: int) -> Shape:
        """The smallest array that holds the problem.

        Parameters
        ----------
        lanes : int, optional
            Lanes, a divisor of N; default: the largest that is at most 32.
        kind : type
            Of the shape.
        **overrides
            Its other parameters, such as a ``field_bits`` to spare.

        Raises
        ------
        RangeError
            If no array can hold the problem, or not the one that was asked for.
        """
        if self.cells > kind.most_cells:
            raise RangeError(
                f"an event array has {kind.most_cells} cells at most, the problem {self.cells}: use the colour one"
            )
        if lanes is None:
            lanes = max(d for d in range(1, MAX_LANES + 1) if self.cells % d == 0)
        elif lanes < 1 or self.cells % lanes:
            divisors = ", ".join(str(d) for d in range(1, self.cells + 1) if self.cells % d == 0)
            raise RangeError(f"lanes must divide the {self.cells} cells, got lanes={lanes}: use one of {divisors}")
        shift = overrides.get("coupling_shift", self.coupling_shift)
        try:
            widths = {
                "cells": self.cells,
                "bits": self.bits,
                "coupling_shift": shift,
                "coupling_bits": self._coupling_bits(max(0, shift)),
                "field_bits": self._field_bits(shift),
            }
            shape = kind(**{**widths, "lanes": lanes, **overrides})
        except ValueError as error:
            raise RangeError(f"no array holds the problem: {error}; levels= gives smaller coefficients") from None
        self.check_fits(shape)
        return shape

    def check_fits(self, shape: Shape) -> None:
        """Raise ``RangeError`` unless an array of this shape holds the problem."""
        if (shape.cells, shape.bits) != (self.cells, self.bits):
            raise RangeError(
                f"the problem has {self.cells} cells of {self.bits} bits, the array {shape.cells} of {shape.bits}"
            )
        if self.couplings.nnz and shape.coupling_shift > self.coupling_shift:
            raise RangeError(
                f"coupling_shift={shape.coupling_shift} drops bits of the couplings: use at most {self.coupling_shift}"
            )
        largest = int(np.abs(self.couplings.data).max(initial=0))
        if largest > shape.q_max << shape.coupling_shift:
            raise RangeError(
                f"coupling {largest} does not fit coupling_bits={shape.coupling_bits} "
                f"coupling_shift={shape.coupling_shift}: use more bits, or levels= for smaller couplings"
            )
        reach = max(self.field_range())
        if reach > shape.g_max:
            raise RangeError(f"a field of {reach} does not fit field_bits={shape.field_bits}: use {signed_bits(reach)}")

    def digest(self) -> str:
        """SHA-256, in hex, of bits, linear term and couplings: the same for the same energy function on any machine."""
        sha = hashlib.sha256(f"limulator problem 1: cells {self.cells} bits {self.bits}\n".encode())
        for part in (self.linear, self.couplings.indptr, self.couplings.indices, self.couplings.data):
            sha.update(np.ascontiguousarray(part, dtype="<i8").tobytes())
        return sha.hexdigest()

    def _states(self, x: ArrayLike) -> NDArray[np.int64]:
        states = np.asarray(x)
        if states.dtype.kind not in "biu":
            raise ProblemError(f"x must be integers, got {states.dtype}")
        if states.ndim < 1 or states.shape[-1] != self.cells:
            raise ProblemError(f"x must have shape (..., {self.cells}), got {states.shape}")
        if states.size and not (states.min() >= 0 and states.max() <= self.x_max):
            raise ProblemError(f"x must be 0..{self.x_max}, got {states.min()}..{states.max()}")
        return states.astype(np.int64)

    def _fields(self, x: NDArray[np.int64]) -> NDArray[np.int64]:
        fields: NDArray[np.int64] = (self.couplings @ x.reshape(-1, self.cells).T).T + self.linear
        return fields.reshape(x.shape)

    def _coupling_bits(self, shift: int) -> int:
        return max(2, signed_bits(int(np.abs(self.couplings.data).max(initial=0)) >> shift))

    def _field_bits(self, shift: int) -> int:
        return max(shift + 2, signed_bits(max(self.field_range())))

    def _check_energy(self) -> None:
        """Raise ``RangeError`` unless twice the energy, and with it every field, fits int64 all over the box."""
        linear = int(np.abs(self.linear).sum())
        diagonal = int(np.abs(self.couplings.diagonal()).sum())
        twice = self.x_max * (2 * linear + diagonal + self.x_max * int(np.abs(self.couplings.data).sum()))
        if twice >= 1 << 63:
            raise RangeError(
                f"energies up to {twice // 2:.3g} do not fit 63 bits: use smaller coefficients, fewer bits or cells"
            )


def _units(whole: Quantised, scale: float, offset: float = 0.0) -> dict[str, Any]:
    return {"scale": scale, "offset": offset, "quantisation_error": whole.error}
