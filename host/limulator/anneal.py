"""Solve a problem on an array: the one call behind the command line and the Python interface."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from operator import index
from time import perf_counter

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import COUNTER_BITS, Shape
from limulator_sim.cells import random_cells
from limulator_sim.schedule import Segment

from .arrangement import Arrangement
from .backends import Job, Watch, default_backend, find_backend
from .energy import ROOM_TEMPERATURE_K, bit_J
from .errors import ProblemError, RangeError
from .padding import check_held, pad, pad_states, strip
from .problem import Problem
from .result import Result
from .schedule import Schedule
from .stages import Stages

__all__ = ["ARRAYS", "arrange", "check_counters", "choose_array", "shape_for", "solve"]

ARRAYS = ("event", "color", "deep", "auto")
"""What an array may be asked for as; see :func:`choose_array`."""

SPARSE_DEGREE = 16
FEW_LEVELS = 64
"""A problem is for the colour array with at most so many couplings a cell, in the mean, and such a largest field."""

BETA_BITS = 16
"""Width of beta in the arrays that the host asks for."""


SEGMENTS = 256
"""Segments of the arrays that the host asks for, unless the schedule has more stages."""


def _formats(schedule: Schedule | Stages) -> dict[str, int]:
    return {
        "beta_bits": BETA_BITS,
        "beta_frac": schedule.beta_format(BETA_BITS),
        "segments": max(SEGMENTS, schedule.segments),
    }


def shape_for(problem: Problem, schedule: Schedule | Stages, lanes: int | None = None, array: str = "event") -> Shape:
    """The smallest array that holds the problem, with beta's point where the schedule needs it."""
    array = choose_array(problem, array)
    if array == "event":
        return problem.array_shape(lanes, Shape, **_formats(schedule))
    return arrange(problem, schedule, lanes, array).shape


def arrange(problem: Problem, schedule: Schedule | Stages, lanes: int | None = None, array: str = "color") -> Arrangement:
    """The problem's cells in an array of its own, "color" or "deep", with beta's point where the schedule needs it."""
    return (Arrangement.deep if array == "deep" else Arrangement.of)(problem, lanes, **_formats(schedule))


def choose_array(problem: Problem, array: str, shape: Shape | None = None) -> str:
    """Which array it is to be, "event", "color" or "deep": the one asked for, or with "auto" what suits the problem.

    That is the colour array if cells have one bit and at most 16 couplings in the mean, and fields are 64 or less in
    magnitude; but where there is a ``shape`` already, such as a board's, the array of that shape.

    Raises :class:`ProblemError` for any other ``array``, and :class:`RangeError` for one that the shape is not of.
    """
    if array not in ARRAYS:
        raise ProblemError(f"array must be one of {', '.join(ARRAYS)}, got array={array!r}")
    if shape is not None:
        if array not in (shape.array, "auto"):
            raise RangeError(
                f"the board or the shape has array {shape.array}, got array={array!r}: use {shape.array}, or a simulator"
            )
        return shape.array
    if array != "auto":
        return array
    sparse = problem.couplings.nnz <= SPARSE_DEGREE * problem.cells and max(problem.field_range()) <= FEW_LEVELS
    return "color" if problem.bits == 1 and sparse else "event"


def check_counters(shape: Shape, segments: Sequence[Segment]) -> None:
    """Raise :class:`RangeError` for a run in which a counter could leave its 64 bits.

    The sums of delta: by as many steps as there are attempts, each as large as the field allows. The heat -sum(beta dU):
    by Abel's summation at most the largest energy times the first, the last and every change of beta.
    """
    limit = 1 << (COUNTER_BITS - 1)
    attempts = shape.cells * sum(segment.sweeps for segment in segments)
    if attempts * shape.g_max >= limit:
        raise RangeError(
            f"{attempts} attempts with fields up to {shape.g_max} could overflow a counter: use fewer sweeps at a time"
        )
    ends = [(s.beta, s.beta + (s.sweeps - 1) * s.beta_step) for s in segments]
    betas = [beta >> shape.beta_guard for pair in ends for beta in pair]
    changes = betas[0] + betas[-1] + sum(abs(b - a) for a, b in pairwise(betas))
    largest = shape.cells * shape.x_max * shape.g_max
    if largest * (changes + len(betas)) >= limit:
        raise RangeError(
            f"energies up to {largest} could overflow the heat counter: use smaller coefficients, fewer bits or cells"
        )


def solve(
    problem: Problem,
    schedule: Schedule | Stages | None = None,
    *,
    sweeps: int = 1000,
    backend: str | None = None,
    array: str = "event",
    lanes: int | None = None,
    shape: Shape | None = None,
    replicas: int = 1,
    seed: int = 0,
    initial_states: ArrayLike | None = None,
    temperature_K: float = ROOM_TEMPERATURE_K,
    watch: Watch | None = None,
) -> Result:
    """Anneal a problem.

    Parameters
    ----------
    problem : Problem
    schedule : Schedule or Stages, optional
        By default :meth:`.Schedule.automatic` over ``sweeps``, which counts only then.
    backend : {"fast", "golden", "icarus", "verilator"}, optional
        All give the same result to the bit; by default the fast model where numba is installed, else the golden one.
        ``"serial:PORT"`` is a board, of which array and shape are given.
    array : {"event", "color", "deep", "auto"}
        The event array couples any cell to any other, and takes accepted steps one at a time. The colour array is wired
        for the problem's graph, and visits its cells colour by colour: all cells of a window step at once. The deep array
        is a colour array that holds a square torus in memory (:meth:`.Arrangement.deep`). "auto" is the colour array for
        cells of one bit with at most 16 couplings each, in the mean, and fields up to 64 in magnitude; but where a shape
        is given or the machine is a board, the array of that.
    lanes : int, optional
        Candidates evaluated in a clock. Of an event array a divisor of the number of cells, by default the largest up to
        32; of a colour array any number up to 1024, by default as :meth:`.Arrangement.of` says; of a deep one a side of the
        torus. It decides which noise stream a cell draws from, and so belongs to the seed.
    shape : Shape, optional
        The array; by default the smallest that holds the problem, or the board's. An event array with more cells than the
        problem leaves the rest alone (:mod:`limulator.padding`). The result is that of a board of this shape, to the bit.
    replicas : int
        Independent runs, with seeds ``seed``, ``seed + 1``, ...
    seed : int
        Fixes noise and random initial states; not negative.
    initial_states : array_like of integers, shape (N,) or (replicas, N), optional
        States to start from, 0..2**bits - 1; by default they are uniformly random, as thermal ones at beta = 0 are.
    temperature_K : float
        Of the reservoir, for joules.
    watch : Watch, optional
        Told of the progress, and asked whether to stop.

    Raises
    ------
    LimulatorError
        One of its subclasses, for any input that cannot be run.
    """
    try:
        replicas, seed = index(replicas), index(seed)
    except TypeError:
        raise ProblemError(f"replicas and seed must be integers, got replicas={replicas!r} seed={seed!r}") from None
    if replicas < 1:
        raise ProblemError(f"replicas must be at least 1, got replicas={replicas}")
    if seed < 0:
        raise ProblemError(f"seed must not be negative, got seed={seed}")
    backend = backend or default_backend()
    machine = find_backend(backend)
    bit_J(temperature_K)
    schedule = schedule or Schedule.automatic(problem, sweeps)
    shape = shape or machine.shape
    array = choose_array(problem, array, shape)
    if shape is not None and lanes not in (None, shape.lanes):
        raise RangeError(f"the array has {shape.lanes} lanes, got lanes={lanes}: leave it out")
    if array != "event":
        if isinstance(shape, ColorShape):
            arrangement = Arrangement.on(problem, shape)
        else:
            arrangement = arrange(problem, schedule, lanes, array)
        shape, graph, placed = arrangement.shape, arrangement.graph, arrangement.problem(problem)
        place, found = arrangement.states, arrangement.outcome
    else:
        shape = shape or shape_for(problem, schedule, lanes)
        graph, placed = None, pad(problem, shape)
        place, found = partial(pad_states, shape=shape), partial(strip, cells=problem.cells, shape=shape)
    placed.check_fits(shape)
    segments = schedule.compile(shape)
    check_counters(shape, segments)
    seeds = list(range(seed, seed + replicas))
    if initial_states is None:
        states = np.stack([random_cells(each, shape)[: problem.cells] for each in seeds])
    else:
        states = _states(problem, initial_states, replicas)
    if array == "event" and placed is not problem:
        check_held(shape, segments)
    job = Job(shape, placed, segments, seeds, place(states), graph)
    began = perf_counter()
    outcomes = [found(outcome) for outcome in machine.run(job, watch or Watch())]
    wall_s = perf_counter() - began
    return Result(
        problem, shape, schedule, segments, backend, seeds, outcomes, wall_s, temperature_K, initial_states is not None
    )


def _states(problem: Problem, initial_states: ArrayLike, replicas: int) -> NDArray[np.int32]:
    """Initial states, (replicas, N). Raises :class:`ProblemError` for what are none."""
    states = np.asarray(initial_states)
    problem.energy(states)
    if states.shape not in ((problem.cells,), (replicas, problem.cells)):
        raise ProblemError(
            f"initial_states must have shape ({problem.cells},) or ({replicas}, {problem.cells}), got {states.shape}"
        )
    return np.broadcast_to(states, (replicas, problem.cells)).astype(np.int32)
