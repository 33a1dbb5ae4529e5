"""Partition functions: exact by enumeration for small problems, otherwise from the works of a run."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import RangeError
from ..problem import Problem
from .estimate import jackknife

__all__ = ["MAX_STATE_BITS", "Annealed", "Thermal", "annealed_log2_partition", "density_of_states", "log2_partition"]

MAX_STATE_BITS = 24
"""Largest N b whose states are enumerated: a second or two at most."""

_CHUNK = 1 << 20
"""States enumerated at a time."""

Array = NDArray[np.float64]


class Thermal(NamedTuple):
    """Thermal equilibrium at each beta, (betas,): log2 Z, the mean energy in units of E, the entropy in bits."""

    log2_z: Array
    energy: Array
    entropy_bits: Array


class Annealed(NamedTuple):
    """An estimate of log2 Z, its standard error, and how many equally weighted replicas would be worth as much."""

    value: float
    standard_error: float
    effective_samples: float


def density_of_states(problem: Problem) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The energies that occur, ascending and in units of E, and the number of states of each.

    Raises :class:`.RangeError` for problems of more than :data:`MAX_STATE_BITS` bits in all.
    """
    bits = problem.cells * problem.bits
    if bits > MAX_STATE_BITS:
        raise RangeError(
            f"{bits} bits are too many to enumerate (at most {MAX_STATE_BITS}): use annealed importance sampling, "
            "annealed_log2_partition"
        )
    # the energy of a state is that of its two halves, and what couples them
    cut = problem.cells // 2
    couplings = problem.couplings.toarray()
    left, right = (_states(cells, problem.bits) for cells in (cut, problem.cells - cut))
    left_energy = _energy(left, couplings[:cut, :cut], problem.linear[:cut])
    right_energy = _energy(right, couplings[cut:, cut:], problem.linear[cut:])
    between = left @ couplings[:cut, cut:]
    found = []
    for part in np.array_split(np.arange(len(right)), -(-len(left) * len(right) // _CHUNK)):
        energy = left_energy[:, None] + right_energy[part] + between @ right[part].T
        found.append(np.unique(energy, return_counts=True))
    levels, where = np.unique(np.concatenate([energies for energies, _ in found]), return_inverse=True)
    counts = np.bincount(where, np.concatenate([counts for _, counts in found]))
    return levels, counts.astype(np.int64)


def log2_partition(problem: Problem, betas: ArrayLike) -> Thermal:
    """log2 Z, <U> and S of a problem of at most :data:`MAX_STATE_BITS` bits, exact but for rounding.

    Parameters
    ----------
    problem : Problem
    betas : array_like, shape (betas,)
        Bits per unit of E.

    Raises
    ------
    RangeError
        As :func:`density_of_states` does.
    """
    levels, counts = density_of_states(problem)
    log2_z, energy = [], []
    for beta in np.atleast_1d(np.asarray(betas, np.float64)):
        exponents = np.log2(counts) - beta * levels
        top = exponents.max()
        weights = np.exp2(exponents - top)
        total = weights.sum()
        log2_z.append(top + np.log2(total))
        # from the lowest level, so that the mean loses no digits to large energies
        energy.append(levels[0] + weights @ (levels - levels[0]) / total)
    logs, means = np.array(log2_z), np.array(energy)
    return Thermal(logs, means, logs + np.asarray(betas) * means)


def annealed_log2_partition(work_bits: ArrayLike, states_bits: float) -> Annealed:
    """log2 Z at a beta that was reached from the uniform start, log2 Z = N b + log2 <2**-W>, by the works of replicas.

    Jarzynski, Phys. Rev. Lett. 78, 2690 (1997); as annealed importance sampling Neal, Stat. Comput. 11, 125 (2001). The
    bias and the error are the jackknife's, and hold while the effective samples are many.

    Parameters
    ----------
    work_bits : array_like, shape (replicas,)
        W = Q + beta U of each, bits; at least two.
    states_bits : float
        N b, log2 of the number of states.

    Raises
    ------
    RangeError
        For fewer than two works.
    """
    works = np.asarray(work_bits, np.float64)
    if works.ndim != 1 or len(works) < 2:
        raise RangeError(f"an estimate needs the works of at least 2 replicas, got shape {works.shape}")
    least = works.min()
    weights = np.exp2(least - works)
    with np.errstate(divide="ignore", invalid="ignore"):
        log2_mean, error = jackknife(np.log2, weights)
    if not np.isfinite(error):  # a single replica makes up the mean, and without it there is nothing
        log2_mean, error = np.log2(weights.mean()), np.inf
    effective = weights.sum() ** 2 / (weights**2).sum()
    return Annealed(float(states_bits - least + log2_mean), float(error), float(effective))


def _states(cells: int, bits: int) -> NDArray[np.int64]:
    """All states, (2**(cells * bits), cells)."""
    return np.arange(1 << (cells * bits))[:, None] >> bits * np.arange(cells) & (1 << bits) - 1


def _energy(x: NDArray[np.int64], couplings: NDArray[np.int64], linear: NDArray[np.int64]) -> NDArray[np.int64]:
    energy: NDArray[np.int64] = (x * (2 * linear + x @ couplings - couplings.diagonal())).sum(axis=1) // 2
    return energy
