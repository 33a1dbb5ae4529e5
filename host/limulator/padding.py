"""Problems on arrays that have more cells than they need.

The cells to spare begin at 0, have no couplings, and the largest linear term that the array holds. Where that makes a step
up cost 21 bits throughout a schedule, the gate never opens for it: they stay at 0, and nothing is counted of them but their
attempts, which are taken off again. So energies, steps, heat and ledger are those of the problem alone. The noise is not: a
cell draws from its lane's stream, and how often the other cells of the lane do in between is a matter of the array.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from limulator_hdl.formats import PENALTY_FRAC, RUN_BITS, Shape
from limulator_sim.schedule import Segment

from .backends import Outcome
from .errors import RangeError, ScheduleError
from .problem import Problem

__all__ = ["check_held", "pad", "pad_states", "strip"]


def pad(problem: Problem, shape: Shape) -> Problem:
    """The problem with as many cells as the array has.

    Raises :class:`RangeError` for more cells than it has, and for fewer ones of several bits: half their attempts would be
    void, and nobody would know which.
    """
    spare = shape.cells - problem.cells
    if spare == 0:
        return problem
    if spare < 0:
        raise RangeError(f"the problem has {problem.cells} cells, the array {shape.cells}: use a larger array")
    if problem.bits > 1:
        raise RangeError(
            f"the problem has {problem.cells} cells of {problem.bits} bits, the array {shape.cells}: only cells of 1 bit "
            "can be left over"
        )
    couplings = sparse.block_diag([problem.couplings, sparse.csr_array((spare, spare), dtype=np.int64)], format="csr")
    return Problem(couplings, np.append(problem.linear, np.full(spare, shape.g_max)))


def check_held(shape: Shape, segments: Sequence[Segment]) -> None:
    """Raise :class:`ScheduleError` unless the cells to spare are held at 0 throughout.

    In a segment barrier and beta are linear, so they are least at one of its ends.
    """
    for segment in segments:
        last = segment.sweeps - 1
        barrier = min(segment.barrier, segment.barrier + last * segment.barrier_step) >> shape.barrier_guard
        beta = min(segment.beta, segment.beta + last * segment.beta_step) >> shape.beta_guard
        if (barrier << shape.product_shift) + beta * shape.g_max < RUN_BITS << PENALTY_FRAC + shape.product_shift:
            needed = RUN_BITS / shape.g_max
            raise ScheduleError(
                f"the array has cells to spare, and beta={beta * 2.0**-shape.beta_frac:g} does not hold them: "
                f"use --beta-min {needed:.3g} or more, or a problem of {shape.cells} cells"
            )


def pad_states(states: NDArray[np.int32], shape: Shape) -> NDArray[np.int32]:
    """States, (replicas, N), with the cells to spare at 0: (replicas, cells)."""
    return np.pad(states, ((0, 0), (0, shape.cells - states.shape[1])))


def strip(outcome: Outcome, cells: int, shape: Shape) -> Outcome:
    """An outcome of the array as one of the problem's cells alone."""
    log = outcome.log.copy()
    log["attempts"] -= log["attempts"].dtype.type(shape.cells - cells) * outcome.sweeps.astype(log["attempts"].dtype)
    return replace(outcome, x=outcome.x[:cells], best=outcome.best[:cells], log=log)
