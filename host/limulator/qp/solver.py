"""Box QPs solved on the array: few bits first, then more, while the temperature falls."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..anneal import solve
from ..box import BoxQP
from ..couplings import Matrix
from ..energy import ROOM_TEMPERATURE_K, bit_J
from ..errors import ProblemError
from ..quantise import as_reals
from ..result import Result
from ..schedule import Schedule, check_barrier, check_sweeps
from .cooling import betas, precisions, precisions_from
from .rounding import quantisation_errors, rounded

__all__ = ["BoxQPSolution", "solve_box_qp"]

Array = NDArray[np.float64]

SWEEPS = 500
"""Of each stage. More bring ill-conditioned programs nearer to the best state there is."""


@dataclass(frozen=True, eq=False)
class BoxQPSolution:
    """The best point that a run of :func:`solve_box_qp` has found, and what it cost.

    ====================== =========================================================================================
    ``qp``                 the program
    ``bits``               precision of the cells
    ``y``                  the point, (N,), user units, within the bounds
    ``x``                  its cells, (N,) integers: y = lb + (ub - lb) x / (2**bits - 1); 0 where lb = ub
    ``objective``          1/2 y^T P y + q^T y, in doubles and with the coefficients as given
    ``objectives``         the same of each replica's best state, (replicas,)
    ``kkt_residual``       largest ``|y - clip(y - gradient, lb, ub)|``
    ``lattice_error``      what the precision of the cells alone may cost, objective units
    ``quantisation_error`` what that and the rounding of the coefficients may cost: no state that is the best of the
                           array's problem is further above the minimum. See :func:`.quantisation_errors`.
    ``heat_bits``          heat of all stages and replicas, bits of kT ln 2, and ``heat_J`` in joule
    ``updates``            accepted steps of all stages and replicas
    ``seed``               of the first stage; every stage has its own, in ``results[k].seeds``
    ``results``            of each stage, with few bits first; none if all variables are fixed
    ``wall_s``             time it took, seconds
    ====================== =========================================================================================
    """

    qp: BoxQP
    bits: int
    y: Array
    x: NDArray[np.int64]
    objective: float
    objectives: Array
    kkt_residual: float
    lattice_error: float
    quantisation_error: float
    heat_bits: float
    heat_J: float
    updates: int
    seed: int
    results: list[Result]
    wall_s: float


def solve_box_qp(
    P: Matrix,
    q: ArrayLike,
    lb: ArrayLike,
    ub: ArrayLike,
    bits: int = 8,
    *,
    sweeps: int | None = None,
    replicas: int = 16,
    seed: int = 0,
    backend: str | None = None,
    barrier: float = 0.0,
    initial: ArrayLike | None = None,
    temperature_K: float = ROOM_TEMPERATURE_K,
) -> BoxQPSolution:
    """Minimise ``1/2 y^T P y + q^T y`` over ``lb <= y <= ub`` on the array.

    A cell moves by one step at a time, and so needs some 4**bits sweeps to find its way through the box at random.
    Therefore the first stage has cells of two or three bits; each one that follows has two bits more, starts from the
    states that the last has left, and cools from where a cell spreads over about one step to where nothing moves. Its
    coefficients are rounded for the best point so far (:func:`.rounded`). Variables with lb = ub take no cell.

    P may be indefinite: the point is then the best of the replicas' local minima, and the more there are the more likely
    the global one.

    Parameters
    ----------
    P : array_like or sparse array, shape (N, N)
        Symmetric.
    q, lb, ub : array_like, shape (N,), or one number for all
        The bounds are finite.
    bits : int
        Precision of the cells, 1..16.
    sweeps : int, optional
        Of each stage; by default 500, times 2**barrier.
    replicas : int
        Independent runs, of which the best counts.
    seed : int
        Fixes everything.
    backend : str, optional
        As of :func:`.solve`.
    barrier : float
        E0, bits: it slows all steps down by 2**barrier.
    initial : array_like, shape (N,), optional
        A point to start all replicas from, within the bounds. The nearer it is to a minimum the more bits the first stage
        has: its lattice may cost no more than moving single variables could gain. By default the first stage is hot.
    temperature_K : float
        Of the reservoir, for joules.

    Raises
    ------
    LimulatorError
        One of its subclasses, for any input that cannot be run.
    """
    began = perf_counter()
    qp = BoxQP(P, q, lb, ub)
    plan = precisions(bits)
    check_barrier(barrier)
    sweeps = round(SWEEPS * 2.0**barrier) if sweeps is None else sweeps
    check_sweeps(sweeps)
    start = None if initial is None else _inside(qp, initial)
    free = qp.lb < qp.ub
    x, results = np.zeros((1, qp.cells), np.int64), []
    lattice, total = 0.0, 0.0
    if free.any():
        inner = qp.without_fixed()
        options = {"backend": backend, "replicas": replicas, "temperature_K": temperature_K}
        results = _stages(inner, plan, start if start is None else start[free], int(sweeps), barrier, seed, options)
        x = np.zeros((replicas, qp.cells), np.int64)
        x[:, free] = [outcome.best for outcome in results[-1].outcomes]
    objectives = qp.objective(qp.values(x, plan[-1]))
    best = x[int(objectives.argmin())]
    if results:
        lattice, total = quantisation_errors(inner, results[-1].problem, best[free])
    y = qp.values(best, plan[-1])
    heat = float(sum(result.heat_bits.sum() for result in results))
    return BoxQPSolution(
        qp=qp,
        bits=plan[-1],
        y=y,
        x=best,
        objective=float(objectives.min()),
        objectives=objectives,
        kkt_residual=qp.kkt_residual(y),
        lattice_error=lattice,
        quantisation_error=total,
        heat_bits=heat,
        heat_J=heat * bit_J(temperature_K),
        updates=sum(int(result.records[name].sum()) for result in results for name in ("down", "up", "flat")),
        seed=seed,
        results=results,
        wall_s=perf_counter() - began,
    )


def _inside(qp: BoxQP, initial: ArrayLike) -> Array:
    point = as_reals(initial, "initial")
    if point.shape != (qp.cells,):
        raise ProblemError(f"initial must have shape ({qp.cells},), got {point.shape}")
    for i in np.flatnonzero(~((qp.lb <= point) & (point <= qp.ub))):
        raise ProblemError(f"initial[{i}]={point[i]} is not within {qp.lb[i]}..{qp.ub[i]}: use numpy.clip(initial, lb, ub)")
    return point


def _stages(
    qp: BoxQP, plan: list[int], start: Array | None, sweeps: int, barrier: float, seed: int, options: dict[str, Any]
) -> list[Result]:
    """Run each stage from where the last one ended."""
    results: list[Result] = []
    points, reference = start, (qp.lb + qp.ub) / 2 if start is None else start
    for bits in plan if start is None else precisions_from(qp, plan, start):
        problem = rounded(qp, reference, bits)
        schedule = Schedule("geometric", sweeps, *betas(problem, hot=points is None), barrier)
        states = None if points is None else qp.states(points, bits)
        block = seed + len(results) * options["replicas"]
        results.append(solve(problem, schedule, seed=block, initial_states=states, **options))
        ended, best = (np.stack(states) for states in zip(*((o.x, o.best) for o in results[-1].outcomes), strict=True))
        points, found = qp.values(ended, bits), qp.values(best, bits)
        reference = found[int(qp.objective(found).argmin())]
    return results
