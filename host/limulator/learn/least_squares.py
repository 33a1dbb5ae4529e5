"""Least squares with a ridge, as a box QP: the weights of a linear model are the cells of an array.

The loss of weights w over n samples, rows of Z with targets t, is

    1 / (2 n) (|Z w - t|**2 + alpha |w'|**2)

where the last column of Z is constant and its weight, the intercept, is left out of w'. That is ridge regression (Hoerl and
Kennard, Technometrics 12, 55, 1970), 1/2 w^T P w + q^T w with P = Z^T Z / n + alpha / n and q = -Z^T t / n.
"""

from __future__ import annotations

from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..box import BoxQP
from ..qp import BoxQPSolution
from ..qp.rounding import rounded
from .consolidation import Held, solve_held
from .training import Machine

__all__ = ["Trained", "continue_training", "resting_beta", "ridge_qp", "train"]

Array = NDArray[np.float64]


class Trained(NamedTuple):
    """Half the width of the weights' box, and the runs that led there: more than one if it had to grow; the last counts."""

    w_max: float
    solutions: list[BoxQPSolution]


def ridge_qp(Z: Array, targets: Array, alpha: ArrayLike, w_max: float) -> BoxQP:
    """The loss over the box: weights within +-w_max, the intercept within +-1.

    ``Z``, (n, N), has standardised features and ends in a column of ones; ``targets``, (n,), are +-1 or standardised;
    ``alpha`` is one number, or one for each feature.
    """
    samples, cells = Z.shape
    ridge = np.append(np.broadcast_to(alpha, cells - 1), 0.0)
    P = (Z.T @ Z + np.diag(ridge)) / samples
    bounds = np.append(np.full(cells - 1, w_max), 1.0)
    return BoxQP((P + P.T) / 2, -Z.T @ targets / samples, -bounds, bounds)


def train(Z: Array, targets: Array, alpha: float, w_max: float | None, machine: Machine, seed: int) -> Trained:
    """Anneal from random states, in a box that the data choose unless ``w_max`` is given.

    A minimum in the interior of a box is the minimum without one. So the box starts at 3/2 of the largest weight that a
    feature would have alone, ``|z.t| / (z.z + alpha)``, and is doubled, and the training repeated, as long as a weight ends
    in the outer eighths: where features are much alike, one on its way to the bound may not have come farther. This ends:
    the loss of w = 0 bounds that of the minimum, and so ``|w'|**2 <= |t|**2 / alpha``. Weights of one or two bits are too
    coarse to tell, and their box stays. A feature that never changes is given a ridge of one for each sample, so that its
    weight goes to 0 as fast as others find their place.
    """
    alone = np.abs(Z[:, :-1].T @ targets) / ((Z[:, :-1] ** 2).sum(axis=0) + alpha)
    # targets that no feature tells anything of, such as those of a class without samples, leave rounding errors
    size = w_max or (1.5 * float(alone.max()) if alone.max() > 1e-9 else 1.0)
    most = size if w_max or machine.bits < 3 else max(size, float(np.sqrt(targets @ targets / alpha)))
    ridge = np.where((Z[:, :-1] ** 2).mean(axis=0) > 0.5, alpha, len(Z))
    solutions: list[BoxQPSolution] = []
    while True:
        solution = machine.solve(ridge_qp(Z, targets, ridge, size), seed + (len(solutions) << 20))
        solutions.append(solution)
        if size >= most or not np.any(np.abs(solution.y[:-1]) > 0.75 * size):
            return Trained(size, solutions)
        size = min(2 * size, most)


def continue_training(qp: BoxQP, x: NDArray[np.int64], raised: NDArray[np.int64], machine: Machine, seed: int) -> Held:
    """Run the array on a loss from the present cells x, each behind its own barrier, at :func:`resting_beta`."""
    problem = rounded(qp, qp.values(x, machine.bits), machine.bits)
    return solve_held(
        problem,
        x,
        raised,
        sweeps=machine.sweeps,
        beta=resting_beta(qp, machine.bits) * problem.scale,
        barrier=machine.barrier,
        seed=seed,
        backend=machine.backend,
    )


def resting_beta(qp: BoxQP, bits: int) -> float:
    """Beta, in bits per unit of the objective, at which the stiffest direction of the cells spreads by half a step.

    By equipartition its variance, in steps, is 1 / (beta curvature ln 2). So thermal noise costs little more than the
    precision of the cells does, and still the local gradient decides how fast a weight moves.
    """
    return float(4 / (log(2) * np.linalg.eigvalsh(qp.curvature(bits).toarray())[-1]))
