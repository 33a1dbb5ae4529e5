"""Box-constrained quadratic programs, and how the cells of an array stand for their variables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.optimize import lsq_linear, minimize_scalar
from scipy.special import logsumexp

from .couplings import Matrix
from .errors import ProblemError
from .problem import Problem
from .quantise import as_matrix, as_reals

__all__ = ["BoxQP"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BoxQP:
    """Minimise ``1/2 y^T P y + q^T y`` over ``lb <= y <= ub``.

    A cell of b bits holds y_i = lb_i + (ub_i - lb_i) x_i / (2**b - 1): both bounds are values of the cell.

    The exact references, :attr:`minimum` and what builds on it, are there for a positive definite P and lb < ub, and raise
    ``ProblemError`` otherwise.

    Parameters
    ----------
    P : array_like or sparse array, shape (N, N)
        Symmetric; it may be indefinite. A sparse one stays sparse.
    q, lb, ub : array_like, shape (N,), or one number for all
        The bounds are finite, and lb <= ub.

    Raises
    ------
    ProblemError
        For anything else.
    """

    P: Any
    q: Array
    lb: Array
    ub: Array

    def __init__(self, P: Matrix, q: ArrayLike, lb: ArrayLike, ub: ArrayLike) -> None:
        matrix = as_matrix(P) if sparse.issparse(P) else as_reals(P, "P")
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.shape[0]:
            raise ProblemError(f"P must be a square matrix, got shape {matrix.shape}")
        cells = matrix.shape[0]
        try:
            vectors = [np.broadcast_to(as_reals(v, n), cells) for v, n in ((q, "q"), (lb, "lb"), (ub, "ub"))]
        except ValueError as error:
            raise ProblemError(f"q, lb and ub must be numbers or vectors of length {cells}: {error}") from None
        for name, values in (("P", sparse.coo_array(matrix).data), ("q", vectors[0])):
            if not np.isfinite(values).all():
                raise ProblemError(f"{name} must be finite: replace what is not")
        if (matrix != matrix.T).sum():
            raise ProblemError("P must be symmetric: use (P + P.T) / 2")
        for name, bound in zip(("lb", "ub"), vectors[1:], strict=True):
            for i in np.flatnonzero(~np.isfinite(bound)):
                raise ProblemError(
                    f"the bounds must be finite, got {name}[{i}]={bound[i]}: cells divide the box into steps, so give a "
                    f"bound that the solution will not reach"
                )
        for i in np.flatnonzero(vectors[1] > vectors[2]):
            raise ProblemError(f"lb must not be above ub, got lb[{i}]={vectors[1][i]} ub[{i}]={vectors[2][i]}")
        for name, value in zip(("P", "q", "lb", "ub"), (matrix, *vectors), strict=True):
            object.__setattr__(self, name, value)

    @property
    def cells(self) -> int:
        """N."""
        return len(self.q)

    def objective(self, y: ArrayLike) -> Any:
        """1/2 y^T P y + q^T y for points y of shape (..., N): shape (...)."""
        points = np.asarray(y, np.float64)
        flat = points.reshape(-1, self.cells)
        return ((flat @ self.P / 2 + self.q) * flat).sum(axis=-1).reshape(points.shape[:-1])[()]

    def gradient(self, y: ArrayLike) -> Array:
        """P y + q, (N,)."""
        return np.asarray(self.P @ np.asarray(y, np.float64) + self.q)

    def kkt_residual(self, y: ArrayLike) -> float:
        """Largest ``|y - clip(y - gradient, lb, ub)|``: zero where the conditions of Karush, Kuhn and Tucker hold.

        For a convex program that is at its minima, otherwise at every stationary point.
        """
        point = np.asarray(y, np.float64)
        return float(np.abs(point - np.clip(point - self.P @ point - self.q, self.lb, self.ub)).max())

    @cached_property
    def convex(self) -> bool:
        """P is positive semidefinite, within the rounding of doubles."""
        dense = self._dense
        curved = dense.diagonal() > 0
        if dense[~curved].any():
            return False
        scale = 1 / np.sqrt(dense.diagonal()[curved])
        unit = scale[:, None] * dense[curved][:, curved] * scale
        try:
            np.linalg.cholesky(unit + 1e-12 * self.cells * np.eye(len(unit)))
        except np.linalg.LinAlgError:
            return False
        return True

    def without_fixed(self) -> BoxQP:
        """The same program, but for a constant, in the variables with lb < ub, of which there must be some."""
        free = self.lb < self.ub
        rows = self.P[np.flatnonzero(free)]
        q = self.q[free] + rows @ np.where(free, 0.0, self.lb)
        return BoxQP(rows[:, np.flatnonzero(free)], q, self.lb[free], self.ub[free])

    def step(self, bits: int) -> Array:
        """What one step of each cell is worth, (N,)."""
        return np.asarray((self.ub - self.lb) / ((1 << bits) - 1))

    def values(self, x: ArrayLike, bits: int) -> Array:
        """The points y that cells x stand for: shape (..., N)."""
        x = np.asarray(x)
        return np.where(x == (1 << bits) - 1, self.ub, self.lb + self.step(bits) * x)

    def states(self, y: ArrayLike, bits: int) -> NDArray[np.int64]:
        """The cells x that come nearest to points y: shape (..., N)."""
        share = (np.asarray(y) - self.lb) / np.where(self.ub > self.lb, self.ub - self.lb, 1.0)
        return np.rint(np.clip(share, 0, 1) * ((1 << bits) - 1)).astype(np.int64)

    def curvature(self, bits: int) -> Any:
        """H, csr_array (N, N): H_ij = step_i P_ij step_j, the curvature of the objective in steps of cells."""
        matrix, step = sparse.coo_array(self.P), self.step(bits)
        return sparse.csr_array((matrix.data * (step[matrix.row] * step[matrix.col]), matrix.coords), matrix.shape)

    def problem(self, bits: int = 8, levels: int | None = 127, name: str = "") -> Problem:
        """For an array, with coefficients rounded to ``levels`` as in :meth:`.Problem.box`.

        Its ``value(x)`` is the objective at ``values(x, bits)``, but for the rounding.
        """
        linear = self.step(bits) * self.gradient(self.lb)
        offset = float(self.objective(self.lb))
        return Problem.box(self.curvature(bits), linear, bits, offset=offset, levels=levels, name=name)

    @property
    def _dense(self) -> Array:
        return self.P.toarray() if sparse.issparse(self.P) else np.asarray(self.P)

    @cached_property
    def _root(self) -> Array:
        """R, upper triangular, with P = R^T R."""
        for i in np.flatnonzero(self.lb == self.ub):
            raise ProblemError(f"variable {i} is fixed at {self.lb[i]}: use without_fixed()")
        least = float(np.linalg.eigvalsh(self._dense)[0])
        if least <= 0:
            raise ProblemError(f"P must be positive definite, its least eigenvalue is {least:.3g}: add to its diagonal")
        return np.asarray(np.linalg.cholesky(self._dense).T)

    @cached_property
    def minimum(self) -> Array:
        """The exact minimiser, (N,): bounded least squares by an active set (scipy's BVLS, Stark and Parker 1995)."""
        root = self._root
        fit = lsq_linear(root, -np.linalg.solve(root.T, self.q), (self.lb, self.ub), method="bvls", tol=1e-15)
        return np.asarray(fit.x)

    @cached_property
    def _slope(self) -> Array:
        """Size of the gradient at the minimiser, (N,): zero, exactly, for what is not at a bound."""
        free = (self.minimum > self.lb) & (self.minimum < self.ub)
        return np.where(free, 0.0, np.abs(self.gradient(self.minimum)))

    def rounding_gap(self, bits: int) -> float:
        """A bound on how far the best state lies above the minimum, objective units.

        The minimiser rounded to the nearest state is off by e, ``|e_i| <= step_i / 2``, and by nothing where it is at a
        bound; elsewhere the gradient is zero. So it costs ``1/2 e^T P e``, at most ``1/8 sum_ij step_i |P_ij| step_j`` over
        what is not at a bound.
        """
        free = np.where((self.minimum > self.lb) & (self.minimum < self.ub), self.step(bits), 0.0)
        return float(free @ np.abs(self.P) @ free) / 8

    def lattice_minimum(self, bits: int) -> NDArray[np.int64]:
        """The best state x, (N,), by branch and bound; quick for some ten cells.

        With d = y - minimum, g the gradient there and P = R^T R, R upper triangular, the gap is ``sum_i |g_i d_i| +
        1/2 |R d|**2``. Fixed from the last cell to the first, each cell adds a term that is not negative.
        """
        root = self._root
        d = self.values(np.arange(1 << bits)[:, None], bits) - self.minimum
        best: NDArray[np.int64] = np.abs(d).argmin(axis=0)
        chosen, offsets = best.copy(), np.zeros(self.cells)
        least = float(self.objective(self.values(best, bits)) - self.objective(self.minimum)) * (1 + 1e-9)

        def descend(i: int, spent: float) -> None:
            nonlocal best, least
            if i < 0:
                best, least = chosen.copy(), spent
                return
            along = root[i, i] * d[:, i] + root[i, i + 1 :] @ offsets[i + 1 :]
            costs = spent + self._slope[i] * np.abs(d[:, i]) + along**2 / 2
            for x in np.argsort(costs):
                if costs[x] >= least:
                    return
                chosen[i], offsets[i] = x, d[x, i]
                descend(i - 1, float(costs[x]))

        descend(self.cells - 1, 0.0)
        return best

    def entropy_bits(self, gap: float, bits: int) -> float:
        """The most entropy that states can have whose mean objective is ``gap`` above the minimum, bits; an upper bound.

        The lesser of two; both are our own derivation. With d = y - minimum and g the gradient there, the gap of a state is
        ``sum_i |g_i d_i| + 1/2 d^T P d``.

        Gibbs: the entropy is at most ``b gap + log2 Z(b)`` for every b > 0, Z the partition function of the gap. P - D is
        positive semidefinite for D = a diag(P), a the least eigenvalue of P scaled to a unit diagonal; with D for P the
        cells are independent, Z is a product and no smaller.

        Gauss: integers with covariance C have at most ``1/2 log2 det(2 pi e (C + I / 12))`` bits (Cover and Thomas,
        Elements of Information Theory, chapter 8), and a given mean of ``1/2 d^T P d`` limits the determinant.
        """
        if not gap > 0:
            raise ProblemError(f"the mean objective must be above the minimum, got a gap of {gap}")
        d = self.values(np.arange(1 << bits)[:, None], bits) - self.minimum
        diagonal = self.P.diagonal()
        least = np.linalg.eigvalsh(self._dense / np.sqrt(np.outer(diagonal, diagonal)))[0]
        costs = self._slope * np.abs(d) + least * diagonal * d**2 / 2

        def bound(log_b: float) -> float:
            b = np.exp(log_b)
            return float((b * gap + logsumexp(-b * costs, axis=0).sum()) / np.log(2))

        centre = np.log(self.cells / gap)
        gibbs = float(minimize_scalar(bound, bounds=(centre - 10, centre + 5), method="bounded").fun)
        metric = self._dense * np.outer(self.step(bits), self.step(bits))
        mean = 2 * (gap + metric.trace() / 24) / self.cells
        gauss = (self.cells * np.log2(2 * np.pi * np.e * mean) - np.linalg.slogdet(metric)[1] / np.log(2)) / 2
        return min(gibbs, float(gauss))
