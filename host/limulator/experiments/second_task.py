"""Learning a second task from where the first one ended, each cell behind its own barrier."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..box import BoxQP
from ..learn.consolidation import solve_held
from ..learn.least_squares import resting_beta
from ..qp.rounding import rounded
from .experiment import Setting
from .two_tasks import FEATURES, SECOND, GaussianTask

__all__ = ["BITS", "Course", "learn_second"]

Array = NDArray[np.float64]

BITS = 8


class Course(NamedTuple):
    """How one pair of tasks fares: at each checkpoint both accuracies, (checkpoints, 2), and the heat so far, bits.

    At the end what the accuracy on the second must be at rest, and by what share heat and fall of energy differ.
    """

    accuracy: Array
    heat_bits: Array
    updates: int
    resting: float
    closure: float


def learn_second(
    setting: Setting,
    tasks: Sequence[GaussianTask],
    qp: BoxQP,
    start: NDArray[Any],
    raised: NDArray[np.int64],
    barrier: float,
    checkpoints: tuple[int, ...],
    seed: int,
) -> Course:
    """Learn the second task, and look at both at each checkpoint."""
    problem = rounded(qp, qp.minimum, BITS)
    beta = resting_beta(qp, BITS) * problem.scale
    x, updates = start, 0
    heat, accuracy = [0.0], []
    for k, (before, after) in enumerate(zip((0, *checkpoints), checkpoints, strict=False)):
        run = solve_held(
            problem,
            x,
            raised,
            sweeps=after - before,
            beta=beta,
            barrier=barrier,
            seed=seed + k,
            backend=setting.backend,
            watch=setting.watch,
        )
        x = run.x
        heat.append(heat[-1] + run.heat_bits)
        updates += run.updates
        accuracy.append([float(task.accuracy(qp.values(x, BITS))) for task in tasks])
    fallen = beta * float(np.subtract(problem.energy(start), problem.energy(x)))
    resting = _resting(tasks[1], qp, qp.values(x, BITS), raised, beta / problem.scale)
    return Course(np.array(accuracy), np.array(heat[1:]), updates, resting, abs(heat[-1] / fallen - 1))


def _resting(task: GaussianTask, qp: BoxQP, weights: Array, raised: NDArray[np.int64], beta: float) -> float:
    """Exact accuracy with the weights of the lowest barrier drawn from the Boltzmann law, the others as they are.

    With no array: the law is a Gaussian around the minimum that the others leave.
    """
    free = np.isin(np.arange(FEATURES), SECOND) & (raised == raised[SECOND].min())
    stiffness = qp.P[np.ix_(free, free)]
    centre = -np.linalg.solve(stiffness, qp.q[free] + qp.P[np.ix_(free, ~free)] @ weights[~free])
    root = np.linalg.cholesky(np.linalg.inv(stiffness * beta * log(2)))
    drawn = np.tile(weights, (10_000, 1))
    drawn[:, free] = centre + np.random.default_rng(3).normal(size=(len(drawn), free.sum())) @ root.T
    return float(task.accuracy(drawn).mean())
