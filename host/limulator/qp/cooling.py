"""How the stages of a box QP follow each other: the bits of their cells, and how far each is cooled."""

from __future__ import annotations

from math import log
from operator import index

import numpy as np
from numpy.typing import NDArray

from ..anneal import BETA_BITS
from ..box import BoxQP
from ..errors import ProblemError
from ..problem import Problem

__all__ = ["betas", "precisions", "precisions_from"]

REFINEMENT = 2
"""Bits that a stage adds: its steps are a quarter as long, and what the stage before left is a few of them."""

COLD = 24.0
"""Bits that twice the least step uphill costs at the end of a stage: next to nothing climbs it any more."""

SPREAD = 1024.0
"""Cells of which a step costs less than the costliest by more than this are not frozen: they hardly matter."""


def precisions(bits: int) -> list[int]:
    """Bits of the cells in each stage. Raises :class:`.ProblemError` for cells that no array has."""
    try:
        bits = index(bits)
    except TypeError:
        raise ProblemError(f"bits must be an integer, got bits={bits!r}") from None
    if not 1 <= bits <= 16:
        raise ProblemError(f"bits must be 1..16, got bits={bits}")
    return list(range(bits, 1, -REFINEMENT))[::-1] or [bits]


def precisions_from(qp: BoxQP, plan: list[int], start: NDArray[np.float64]) -> list[int]:
    """The precisions that a start is worth: from the first whose lattice costs less than moving one variable could gain."""
    gradient, curvature = qp.gradient(start), qp.P.diagonal()
    ways = np.where(gradient > 0, qp.lb - start, qp.ub - start)
    with np.errstate(all="ignore"):
        newton = np.where(curvature > 0, np.abs(gradient / curvature), np.inf)
    ways = np.sign(ways) * np.minimum(np.abs(ways), newton)
    gain = -(gradient * ways + curvature * ways**2 / 2).sum()
    costs = [np.abs(curvature * qp.step(bits) ** 2).sum() / 8 for bits in plan[:-1]]
    return plan[int(np.sum(np.array(costs) > gain)) :]


def betas(problem: Problem, hot: bool) -> tuple[float, float]:
    """First and last beta of a stage, bits per unit of E.

    What a step costs a cell at rest is half its coupling to itself or, without one, half its mean coupling to others. At
    first kT is twice the largest of these couplings, with which the spread of that cell is about a step. At last the
    smallest is frozen. A hot stage begins where even the fields of random states are hardly felt: at 3 / sigma, sigma their
    root mean square, as in :func:`.beta_range` but with their mean in it.
    """
    own = problem.couplings.diagonal()
    others = np.abs(problem.couplings).sum(axis=1) / np.maximum(np.diff(problem.couplings.indptr), 1)
    costs = np.where(own > 0, own, np.where(others > 0, others, 2 * np.abs(problem.linear)))
    coupled = np.where((own > 0) | (others > 0), np.maximum(costs, others), 0)
    most = float(coupled.max() or costs.max())
    if not most:
        return 1.0, 1.0
    least = max(float(costs[costs > 0].min()), most / SPREAD)
    first, last = 1 / (2 * most * log(2)), COLD / least
    if hot:
        centre = problem.linear + problem.couplings.sum(axis=1) * (problem.x_max / 2)
        squares = (problem.couplings.astype(np.float64) ** 2).sum(axis=1)
        spread = squares * ((problem.x_max + 1) ** 2 - 1) / 12
        first = max(min(first, 3 / float(np.sqrt(np.mean(centre**2 + spread)))), last * 2.0**-BETA_BITS)
    return first, last
