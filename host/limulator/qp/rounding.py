"""The coefficients of a box QP as integers of an array, and what rounding them, and the variables, can cost."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ..anneal import BETA_BITS, SEGMENTS
from ..box import BoxQP
from ..couplings import without_diagonal
from ..errors import RangeError
from ..problem import Problem

__all__ = ["quantisation_errors", "rounded"]

MOST_COUPLING = (1 << 15) - 1
"""The widest couplings of an array have 16 bits."""

MOST_FIELD = (1 << 31) - 1
"""Its widest fields have 32."""


def rounded(qp: BoxQP, y: ArrayLike, bits: int, name: str = "") -> Problem:
    """The program for an array, with coefficients as fine as an array can hold, and finest near y.

    Rounding the couplings changes the gradient, the more the farther from where it is right. So the linear terms, which
    have twice as many bits, take up what the couplings lose at the state nearest to y: every local field there is that of
    the program, rounded to the nearest integer.

    Parameters
    ----------
    qp : BoxQP
        With lb < ub.
    y : array_like, shape (N,)
        A point of the box, user units.
    bits : int
        Width of a cell.
    name : str
        For reports.

    Raises
    ------
    RangeError
        If so many cells of so many bits leave too little room in fields and counters, and for coefficients beyond doubles.
    """
    x, x_max = qp.states(y, bits), (1 << bits) - 1
    room, spare = _field_room(qp.cells, x_max), (qp.cells + 4) * x_max
    if room < 2 * spare:
        raise RangeError(f"no array anneals {qp.cells} cells of {bits} bits: use fewer bits or variables")
    with np.errstate(over="ignore", invalid="ignore"):
        curvature = qp.curvature(bits)
        up = qp.step(bits) * qp.gradient(qp.values(x, bits)) + curvature.diagonal() / 2
        base = up - curvature @ x
        high = base + x_max * curvature.maximum(0).sum(axis=1)
        low = base + x_max * curvature.minimum(0).sum(axis=1)
        reach = np.maximum(np.abs(high), np.abs(low)).max() + np.abs(curvature.diagonal()).max()
        scale = max(np.abs(curvature.data).max(initial=0.0) / MOST_COUPLING, reach / (room - spare))
    if not np.isfinite(scale):
        raise RangeError("the objective changes by more than doubles hold over the box: scale P, q or the bounds down")
    scale = max(scale, float(np.finfo(np.float64).tiny))
    couplings = curvature.copy()
    couplings.data = np.rint(curvature.data / scale)
    linear = np.rint(up / scale) - couplings @ x
    error = float(np.abs(curvature.data - scale * couplings.data).max(initial=0.0))
    if bits == 1:
        couplings = without_diagonal(couplings)
    energy = x @ (2 * linear + couplings @ x - couplings.diagonal()) / 2
    offset = float(qp.objective(qp.values(x, bits)) - scale * energy)
    return Problem(couplings, linear, bits, kind="box", name=name, scale=scale, offset=offset, quantisation_error=error)


def quantisation_errors(qp: BoxQP, problem: Problem, x: NDArray[np.integer[Any]]) -> tuple[float, float]:
    """How far the objective can lie above its minimum over the box at the best state x of a problem of :func:`rounded`.

    Returns
    -------
    lattice : float
        What the states alone may cost, whatever the coefficients: ``sum_i H_ii / 8`` over H_ii > 0, with H the curvature in
        steps. Every cell of a minimum that is between two values is rounded to one of them at random, with the chances that
        make its mean right; no cell at a bound is, and elsewhere the gradient is zero. Then the objective rises by
        ``1/2 sum_i H_ii var(x_i)`` in the mean, and some state does no worse.
    total : float
        With the rounding of the coefficients too. Seen from x, the two objectives differ by ``r d + 1/2 d^T D d``: r the
        difference of the gradients, D that of the curvatures, and ``|d_i| <= m_i`` the way to the far bound. With A =
        ``|r| m`` and B = ``1/2 m^T |D| m`` the total is lattice + A + B. Of a convex program a share t of the way to the
        minimum gains no less than that share of the gap, so that the total is at most ``lattice / t + A + t B`` for every t
        up to 1 (lattice + ``sum_i |D_ii| / 8``, since the point on the way is rounded as above).

    Notes
    -----
    Our own derivation; objective units. Exact if x is the best of all states of the problem: annealing may not find it.
    """
    curvature, scale = qp.curvature(problem.bits), problem.scale
    diagonal = curvature.diagonal()
    held = sparse.csr_array(problem.couplings)
    if problem.bits == 1:
        held = held + sparse.diags_array(diagonal / scale)
    change = np.abs(curvature - scale * held)
    fields = problem.linear + held @ x - held.diagonal() / 2
    residual = np.abs(qp.step(problem.bits) * qp.gradient(qp.values(x, problem.bits)) - scale * fields)
    reach = np.maximum(x, problem.x_max - x)
    lattice = float(np.maximum(diagonal, 0).sum()) / 8
    first, second = float(residual @ reach), float(reach @ (change @ reach)) / 2
    loose = lattice + float(change.diagonal().sum()) / 8
    if qp.convex and second > loose:
        return lattice, first + 2 * float(np.sqrt(loose) * np.sqrt(second))
    return lattice, loose + first + second


def _field_room(cells: int, x_max: int) -> int:
    """The largest field of an array in which beta can rise from 0 to its most without a heat counter that could wrap.

    :func:`.check_counters` wants the largest energy, ``cells * x_max * field``, times the first, the last and every change
    of beta to fit 63 bits; of beta that rises these are twice its most, and two for every segment.
    """
    changes = 2 * ((1 << BETA_BITS) + SEGMENTS)
    limit = (1 << 63) // (cells * x_max * changes)
    return min(MOST_FIELD, (1 << (limit.bit_length() - 1)) - 1)
