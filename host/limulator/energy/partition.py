"""Partition functions of a problem, exact or from a run: what bounds the entropy of the states that it ended in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ..problem import Problem
from .estimate import Estimate, jackknife_all
from .free_energy import log2_partition

if TYPE_CHECKING:
    from ..result import Result

__all__ = ["LogPartition"]

Array = NDArray[np.float64]

_SMALL = 16
"""Bits of a problem that is enumerated without being asked for."""

_LEVELS = 10
"""Bits of a cell up to which uncoupled cells are summed."""

_BETAS = np.linspace(0.0, 2.0, 129)
"""Where an exact Z is worked out, in units of the last beta: any beta bounds the entropy, and the best one is broad."""

_POINTS = 256
"""Records at which a run's works are looked at, at most."""

REPLICAS = 32
"""So few replicas tell nothing of a partition function: standard errors are none yet."""

EFFECTIVE = 0.5
"""The exponential mean of the works is taken while its effective sample is this share of the replicas: they spread by about
1.2 bits then."""

SKEW_BITS = 2.0
SKEW_SHARE = 0.01
"""Otherwise their cumulants are, as long as the third order, with twice its standard error, adds no more than so many bits,
or this share of N b."""


class _Estimator(NamedTuple):
    """log2 <2**-W> as a function of means: what is averaged over the replicas, (replicas, means), and that function."""

    samples: Array
    of_means: Callable[[Array], Array]


@dataclass(frozen=True)
class LogPartition:
    """log2 Z at some values of beta.

    Attributes
    ----------
    betas, log2_z, standard_error : ndarray, shape (points,)
        beta in bits per unit of E, and log2 Z with its standard error.
    source : str
        How it is known.
    truncation : ndarray, shape (points,)
        What of the standard error is not chance: the last cumulant that was taken.
    """

    betas: Array
    log2_z: Array
    standard_error: Array
    source: str
    truncation: Array
    estimators: list[_Estimator] = field(default_factory=list, repr=False)
    """For each point, of :meth:`annealed`; for whoever has to know how log2 Z hangs together with the rest of that run."""

    @classmethod
    def exact(cls, problem: Problem, beta: float) -> LogPartition | None:
        """Around a beta, where that is quick: cells without couplings, and up to 16 bits in all; otherwise None."""
        couplings = problem.couplings
        diagonal = couplings.diagonal()
        betas = _BETAS * (beta or 1.0)
        if couplings.nnz == np.count_nonzero(diagonal) and problem.bits <= _LEVELS:
            kinds, counts = np.unique(np.column_stack([problem.linear, diagonal]), axis=0, return_counts=True)
            x = np.arange(problem.x_max + 1)
            levels = (kinds[:, :1] * x + kinds[:, 1:] * (x * (x - 1) // 2)) * np.log(2)
            log2_z = np.array([counts @ logsumexp(-b * levels, axis=-1) for b in betas]) / np.log(2)
        elif problem.cells * problem.bits <= _SMALL:
            log2_z = log2_partition(problem, betas).log2_z
        else:
            return None
        nothing = np.zeros(len(betas))
        return cls(betas, log2_z, nothing, "exact", nothing)

    @classmethod
    def annealed(cls, result: Result) -> LogPartition:
        """From the works of a run's replicas, log2 Z = N b + log2 <2**-W>, at the ends of the segments where it can be had.

        Where the works W spread little, by annealed importance sampling (Jarzynski, Phys. Rev. Lett. 78, 2690, 1997; Neal,
        Stat. Comput. 11, 125, 2001). Elsewhere from their first three cumulants (Hummer, J. Chem. Phys. 114, 7330, 2001),
        as long as the third surely contributes little (:data:`SKEW_BITS`, :data:`SKEW_SHARE`); it is then taken for the
        error that is made by leaving out the rest. Fewer than :data:`REPLICAS` replicas, and those that began in given
        states, tell log2 Z at beta = 0 alone, where it is N b.
        """
        states = float(result.problem.cells * result.shape.bits)
        betas, works = result.works
        known = [(0.0, states, 0.0, 0.0, _Estimator(np.ones((len(works), 1)), lambda means: np.zeros(len(means))))]
        telling = len(works) >= REPLICAS and not result.start_given
        chosen = np.unique(np.linspace(1, len(betas) - 1, min(len(betas) - 1, _POINTS)).astype(int))
        for beta, work in zip(betas[chosen], works.T[chosen], strict=True) if telling else ():
            weights = np.exp2(work.min() - work)
            reliable = weights.sum() ** 2 >= EFFECTIVE * len(work) * (weights**2).sum()
            estimator = _exponential(work) if reliable else _cumulants(work)
            value, error = (float(found[0]) for found in jackknife_all(_column(estimator.of_means), estimator.samples))
            third = 0.0
            if not reliable:
                third, third_error = (found[0] for found in jackknife_all(_column(_third_order), estimator.samples))
                if abs(third) + 2 * third_error > max(SKEW_BITS, SKEW_SHARE * states):
                    continue
            known.append((float(beta), states + value, float(np.hypot(error, third)), abs(float(third)), estimator))
        *columns, estimators = zip(*known, strict=True)
        points, values, errors, thirds = (np.array(column) for column in columns)
        return cls(points, values, errors, f"from the works of {len(works)} replicas", thirds, list(estimators))

    def best_for(self, energy: Estimate) -> int:
        """The point that bounds the entropy of an ensemble of this mean energy best, S <= log2 Z(beta) + beta U.

        That holds for every beta, as the relative entropy to the thermal state is not negative.
        """
        bounds = self.log2_z + self.betas * energy.value
        return int(np.argmin(bounds + 2 * np.hypot(self.standard_error, self.betas * np.nan_to_num(energy.standard_error))))


def _column(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    return lambda means: function(means)[:, None]


def _exponential(work: Array) -> _Estimator:
    least = work.min()
    return _Estimator(np.exp2(least - work)[:, None], lambda means: np.log2(means[:, 0]) - least)


def _cumulants(work: Array) -> _Estimator:
    centre = work.mean()
    return _Estimator(
        np.stack([(work - centre) ** n for n in (1, 2, 3)], axis=1),
        lambda means: np.log(2) / 2 * (means[:, 1] - means[:, 0] ** 2) - means[:, 0] + _third_order(means) - centre,
    )


def _third_order(means: Array) -> Array:
    """The term of the third cumulant in log2 <2**-W>, from the mean powers of W."""
    first, second, third = means.T
    return np.asarray(-(np.log(2) ** 2) / 6 * (third - 3 * second * first + 2 * first**3))
