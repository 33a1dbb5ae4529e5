"""A barrier of its own for each cell: what has been learned is held, and the rest stays free to learn.

The array has one barrier E0 for all its cells. Behind a barrier k bits higher a step of a cell is accepted with probability
2**-(E0 + k + max(0, beta delta)), that is 2**-k times the one of the array. So a cell that takes part in a sweep with
probability 2**-k, drawn anew for each sweep, and is held in all the others, obeys exactly the rate law of E0 + k. Cells of
one k take part together. Every sweep of a part of the array leaves the Boltzmann law as it is, so that this stays the
stationary law.

Sweeps on end in which the same cells take part are one run of the array on them alone: the couplings to the held ones are
folded into the linear terms, in integers. So this works on every backend, and the energies of the parts close with that of
the whole.

How high the barriers are is Bayes' rule. With samples x of noise variance s**2 and a Gaussian prior of variance s**2 / m,
the variance of weight i is s**2 / (m + sum x_i**2), correlations left aside: MacKay, Neural Comput. 4, 448 (1992), and as
what must not be forgotten Kirkpatrick et al., PNAS 114, 3521 (2017). A weight should learn at a rate in proportion to its
variance (the Kalman gain; for synapses Aitchison et al., Nat. Neurosci. 24, 565, 2021). So its barrier rises by

    k_i = log2(1 + sum x_i**2 / m)    bits,

twice the information in bits that the samples hold about the weight. That the plasticity of a synapse depends on its
history is metaplasticity: Fusi, Drew and Abbott, Neuron 45, 599 (2005); Benna and Fusi, Nat. Neurosci. 19, 1697 (2016).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limulator_hdl.formats import RUN_BITS

from ..anneal import solve
from ..backends import Watch
from ..errors import ProblemError
from ..problem import Problem
from ..schedule import check_sweeps
from ..stages import Stage, Stages

__all__ = ["Held", "raised_bits", "solve_held"]


class Held(NamedTuple):
    """The state that a run ended in, (N,); its heat in bits of kT ln 2; accepted steps, and attempts that were made."""

    x: NDArray[np.int64]
    heat_bits: float
    updates: int
    attempts: int


def raised_bits(confidence: ArrayLike, plasticity: float) -> NDArray[np.int64]:
    """By how much the barrier of each cell rises, whole bits: ``log2(1 + confidence / plasticity)``, rounded.

    Parameters
    ----------
    confidence : array_like, shape (N,)
        The sum of x_i**2 over all samples that were learned, not negative.
    plasticity : float
        m: how many samples of unit variance halve the rate of a cell. Infinite leaves every barrier as it is.

    Raises
    ------
    ProblemError
        Unless the plasticity is positive.
    """
    if not plasticity > 0:
        raise ProblemError(f"plasticity must be positive, got plasticity={plasticity}")
    return np.rint(np.log2(1 + np.asarray(confidence, np.float64) / plasticity)).astype(np.int64)


def solve_held(
    problem: Problem,
    state: ArrayLike,
    raised: ArrayLike,
    *,
    sweeps: int,
    beta: float,
    barrier: float = 0.0,
    seed: int = 0,
    backend: str | None = None,
    watch: Watch | None = None,
) -> Held:
    """Run an array of which cell i is behind a barrier of ``barrier + raised[i]`` bits.

    Parameters
    ----------
    problem : Problem
    state : array_like of integers, shape (N,)
        Where it starts.
    raised : array_like of integers, shape (N,)
        Bits above the shared barrier, not negative.
    sweeps : int
    beta : float
        Bits per unit of E, throughout.
    barrier : float
        E0, the one that all cells share; bits.
    seed, backend, watch
        As in :func:`.solve`; where the watch says stop, :class:`KeyboardInterrupt` is raised.

    Raises
    ------
    LimulatorError
        As :func:`.solve` does, and for barriers that are no whole bits.
    """
    x = np.array(state)
    problem.energy(x)
    bits = np.asarray(raised)
    if bits.dtype.kind not in "iu" or bits.shape != x.shape or bits.min() < 0:
        raise ProblemError(f"raised must be {len(x)} whole numbers of bits, not negative, got {bits.tolist()}")
    check_sweeps(sweeps)
    generator = np.random.default_rng(seed)
    heat, updates, attempts = 0.0, 0, 0
    for free, length in _runs(bits, sweeps, generator):
        part = _restricted(problem, x, free)
        schedule = Stages([Stage(length, beta, barrier)])
        noise = int(generator.integers(1 << 62))
        result = solve(part, schedule, backend=backend, seed=noise, initial_states=x[free], watch=watch)
        x[free] = result.outcomes[0].x
        record = result.records[0]
        heat += float(result.heat_bits[0])
        updates += int(record["down"] + record["up"] + record["flat"])
        attempts += int(record["attempts"])
        if not result.complete:
            raise KeyboardInterrupt
    return Held(x.astype(np.int64), heat, updates, attempts)


def _runs(bits: NDArray[Any], sweeps: int, generator: np.random.Generator) -> Iterator[tuple[NDArray[np.intp], int]]:
    """Cells that take part, and for how many sweeps on end; sweeps in which none does are left out.

    As in the array's own gate, a run of k zeros in a random word lets a barrier of k bits be passed. What is above the
    gate's reach stays closed here too.
    """
    zeros = generator.geometric(0.5, sweeps) - 1
    levels = np.unique(bits)
    levels = levels[levels < RUN_BITS]
    passed = np.searchsorted(levels, zeros, side="right")
    begins = np.flatnonzero(np.diff(passed, prepend=-1))
    for begin, end in zip(begins, [*begins[1:], sweeps], strict=True):
        if passed[begin]:
            yield np.flatnonzero(bits <= levels[passed[begin] - 1]), int(end - begin)


def _restricted(problem: Problem, x: NDArray[Any], free: NDArray[np.intp]) -> Problem:
    """The energy as a function of the free cells alone, up to a constant."""
    rows = problem.couplings[free]
    held = x.copy()
    held[free] = 0
    return Problem(rows[:, free], problem.linear[free] + rows @ held, problem.bits)
