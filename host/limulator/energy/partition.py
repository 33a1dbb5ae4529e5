"""Partition functions of a problem, exact or from a run: what bounds the entropy of the states that it ended in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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

EFFECTIVE = 0.5
"""The exponential mean of the works is taken while its effective sample is this share of the replicas: they spread by about
1.2 bits then."""

SKEW = 1.0
"""Otherwise their cumulants are, while that of third order contributes no more than this many bits."""


@dataclass(frozen=True)
class LogPartition:
    """log2 Z at some values of beta.

    Attributes
    ----------
    betas, log2_z, standard_error : ndarray, shape (points,)
        beta in bits per unit of E, and log2 Z with its standard error.
    source : str
        How it is known.
    """

    betas: Array
    log2_z: Array
    standard_error: Array
    source: str

    @classmethod
    def exact(cls, problem: Problem, beta: float) -> LogPartition | None:
        """Around a beta, where that is quick: cells without couplings, and up to 16 bits in all; otherwise None."""
        couplings = problem.couplings
        diagonal = couplings.diagonal()
        betas = _BETAS * (beta or 1.0)
        if couplings.nnz == np.count_nonzero(diagonal) and problem.bits <= _LEVELS:
            kinds, counts = np.unique(np.column_stack([problem.linear, diagonal]), axis=0, return_counts=True)
            x = np.arange(problem.x_max + 1)
            levels = kinds[:, :1] * x + kinds[:, 1:] * (x * (x - 1) // 2)
            exponents = -betas[:, None, None] * levels * np.log(2)
            log2_z = logsumexp(exponents, axis=-1) @ counts / np.log(2)
        elif problem.cells * problem.bits <= _SMALL:
            log2_z = log2_partition(problem, betas).log2_z
        else:
            return None
        return cls(betas, log2_z, np.zeros(len(betas)), "exact")

    @classmethod
    def annealed(cls, result: Result) -> LogPartition:
        """From the works of a run's replicas, log2 Z = N b + log2 <2**-W>, at the ends of the segments where it can be had.

        Where the works W spread little, by annealed importance sampling (Jarzynski, Phys. Rev. Lett. 78, 2690, 1997; Neal,
        Stat. Comput. 11, 125, 2001); elsewhere from their first three cumulants (Hummer, J. Chem. Phys. 114, 7330, 2001),
        while the third matters little. At beta = 0 it is N b.
        """
        states = float(result.shape.cells * result.shape.bits)
        betas, work = result.works
        replicas = len(work)
        known = [(0.0, states, 0.0)]
        if replicas > 1:
            weights = np.exp2(work.min(axis=0) - work)
            trusted = weights.sum(axis=0) ** 2 >= EFFECTIVE * replicas * (weights**2).sum(axis=0)
            estimates, errors = jackknife_all(np.log2, weights[:, trusted])
            known += zip(betas[trusted], states + estimates - work[:, trusted].min(axis=0), errors, strict=True)

            centre = work[:, ~trusted].mean(axis=0)
            powers = np.concatenate([(work[:, ~trusted] - centre) ** n for n in (1, 2, 3)], axis=1)
            estimates, errors = jackknife_all(_cumulant_sums, powers)
            skews = np.abs(jackknife_all(_third_terms, powers)[0])
            points = zip(betas[~trusted], states + estimates - centre, errors, skews, strict=True)
            known += [(beta, value, error) for beta, value, error, skew in points if skew <= SKEW + 2 * error]
        columns = np.array(known).T
        return cls(columns[0], columns[1], columns[2], f"from the works of {replicas} replicas")

    def entropy_bound(self, energy: Estimate) -> tuple[Estimate, float]:
        """The most entropy that an ensemble of this mean energy can have, bits, and the beta that says so.

        S <= log2 Z(beta) + beta U for every beta, as the relative entropy to the thermal state is not negative.
        """
        bounds = self.log2_z + self.betas * energy.value
        errors = np.hypot(self.standard_error, self.betas * np.nan_to_num(energy.standard_error))
        best = int(np.argmin(bounds + 2 * errors))
        return Estimate(float(bounds[best]), float(errors[best])), float(self.betas[best])


def _terms(means: Array) -> tuple[Array, Array, Array]:
    """ln <e**(-a W)> / a by orders, a = ln 2, from the mean powers of W."""
    first, second, third = np.split(means, 3, axis=1)
    variance = second - first**2
    skewness = third - 3 * second * first + 2 * first**3
    return -first, np.log(2) / 2 * variance, -(np.log(2) ** 2) / 6 * skewness


def _cumulant_sums(means: Array) -> Array:
    return np.asarray(sum(_terms(means)))


def _third_terms(means: Array) -> Array:
    return _terms(means)[2]
