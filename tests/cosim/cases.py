"""Random problems and schedules for an array of any shape or graph, the same ones for the same number.

The numbers go round the kinds of couplings and schedules, so that a few consecutive cases cover all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import PENALTY_FRAC, RAMP_BITS, Shape
from limulator_hdl.graph import Graph
from limulator_sim.schedule import Segment

__all__ = ["COUPLINGS", "ROUNDING", "SCHEDULES", "TIES", "TIES_PENALTY", "TIES_SEED", "Case", "limit", "make"]

_TOP = (1 << RAMP_BITS) - 1


@dataclass(frozen=True)
class Case:
    """A problem that fits a shape, its schedule, seed and initial state (None: drawn from the seed)."""

    name: str
    couplings: NDArray[np.int64]
    linear: NDArray[np.int64]
    segments: list[Segment]
    seed: int
    x: NDArray[np.int32] | None = None

    @property
    def sweeps(self) -> int:
        """Sweeps of the whole schedule."""
        return sum(segment.sweeps for segment in self.segments)


def limit(shape: Shape) -> int:
    """The largest magnitude that a local field may have."""
    return shape.levels << shape.field_shift if isinstance(shape, ColorShape) else shape.g_max


def _wires(shape: Shape, graph: Graph | None) -> NDArray[np.bool_]:
    """Where there may be a coupling."""
    wires = np.full((shape.cells, shape.cells), graph is None)
    for cell, neighbours in enumerate(graph.neighbours if graph else ()):
        wires[cell, list(neighbours)] = True
    return wires


def _symmetric(q: NDArray[np.int64], shape: Shape) -> NDArray[np.int64]:
    q = np.triu(q) + np.triu(q, 1).T
    if shape.bits == 1:  # the energy of a binary cell has no such term
        np.fill_diagonal(q, 0)
    # with limits narrower than the default, couplings shrink until some linear term fits
    while q.any():
        low, high = _reach(q << shape.coupling_shift, shape)
        if (high - low <= 2 * limit(shape)).all():
            break
        q = np.sign(q) * (abs(q) // 2)
    return q << shape.coupling_shift


def _reach(couplings: NDArray[np.int64], shape: Shape) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The exact interval of each coupled field over the box, both as it is and less Q_ii, as a step down reads it."""
    diagonal = couplings.diagonal()
    low = shape.x_max * np.minimum(couplings, 0).sum(axis=1)
    high = shape.x_max * np.maximum(couplings, 0).sum(axis=1)
    return np.minimum(low, low - diagonal), np.maximum(high, high - diagonal)


def _dense(rng: np.random.Generator, shape: Shape) -> NDArray[np.int64]:
    return rng.integers(-shape.q_max, shape.q_max + 1, (shape.cells, shape.cells))


def _sparse(rng: np.random.Generator, shape: Shape) -> NDArray[np.int64]:
    neighbours = shape.degree if isinstance(shape, ColorShape) else shape.cells
    return _dense(rng, shape) * (rng.random((shape.cells, shape.cells)) < min(0.5, 4 / neighbours))


def _zero(_: np.random.Generator, shape: Shape) -> NDArray[np.int64]:
    return np.zeros((shape.cells, shape.cells), np.int64)


def _extreme(rng: np.random.Generator, shape: Shape) -> NDArray[np.int64]:
    return shape.q_max * rng.choice([-1, 1], (shape.cells, shape.cells), p=rng.permutation([0.1, 0.9]))


COUPLINGS = {"dense": _dense, "extreme": _extreme, "sparse": _sparse, "zero": _zero}
"""Kinds of stored couplings; the extreme ones come with linear terms that take every field to one of its limits."""

SCHEDULES = ("ramp down", "ramp up", "open", "single sweeps", "cold", "hot", "shut", "many short", "wild")
"""Kinds of schedules."""

ROUNDING = 36
"""The number of a case made to tell how the penalty is rounded."""

TIES = 37
"""The number of a case in which the common bits of a colour array's words decide some attempts."""

TIES_PENALTY = round(12.37 * 2**PENALTY_FRAC)
TIES_SEED = 1880
"""Of 4,000 seeds the one with which most of them, in 32 lanes, let through and keep out: three each."""


def _beta(rng: np.random.Generator, shape: Shape) -> int:
    """An accumulator at which beta * g_max is between a fraction of a bit and many bits."""
    beta = 2.0 ** rng.uniform(-2, 6) / shape.g_max * 2.0**shape.beta_frac * 2.0**shape.beta_guard
    return int(min(beta, _TOP))


def _ramp(rng: np.random.Generator, start: int, end: int, sweeps: int) -> int:
    return (end - start) // max(1, sweeps - 1)


def _segment(rng: np.random.Generator, shape: Shape, kind: str) -> Segment:
    sweeps = int(rng.integers(1, 5))
    e0, other = (int(rng.integers(0, 2 << shape.barrier_guard + 10)) for _ in range(2))
    beta, warmer = sorted((_beta(rng, shape), _beta(rng, shape)), reverse=True)
    match kind:
        case "ramp down":  # both accumulators fall, to exactly 0 or nearly so
            return Segment(e0, beta, -(e0 // sweeps), -(beta // sweeps), sweeps)
        case "ramp up":
            low, high = sorted((e0, other))
            return Segment(low, warmer, _ramp(rng, low, high, sweeps), _ramp(rng, warmer, beta, sweeps), sweeps)
        case "open":
            return Segment(0, beta, 0, 0, sweeps)
        case "cold":  # saturating beta: nothing climbs, except where delta is 0
            return Segment(e0 >> 1, _TOP, 0, 0, sweeps)
        case "hot":
            return Segment(e0, 0, 0, 0, sweeps)
        case "shut":  # nothing at all passes until the barrier has come down
            return Segment(_TOP, beta, -(_TOP // sweeps), 0, sweeps + 1)
        case "wild":  # steps that wrap around
            steps = rng.integers(-(1 << 31), 1 << 31, 2)
            return Segment(*(int(v) for v in rng.integers(0, 1 << 32, 2)), int(steps[0]), int(steps[1]), sweeps)
        case _:
            return Segment(e0, beta, 0, 0, 1)


def _rounding(shape: Shape) -> Case:
    """Free cells at a beta that makes every penalty half its unit or nothing: a word in 1024 tells up from down."""
    linear = np.where(np.arange(shape.cells) % 2, 1, -1)
    beta = 1 << shape.product_shift - 1 + shape.beta_guard
    sweeps = 8_000 // shape.cells
    couplings = np.zeros((shape.cells, shape.cells), np.int64)
    return Case("rounding", couplings, linear, [Segment(0, beta, 0, 0, sweeps)], ROUNDING)


def _ties(shape: Shape) -> Case:
    """Free cells behind a barrier, with whose threshold one draw in 65,536 ties."""
    none = np.zeros(shape.cells, np.int64)
    segment = Segment(TIES_PENALTY << shape.barrier_guard, 0, 0, 0, 64_000 // shape.cells)
    return Case("ties", np.diag(none), none, [segment], TIES_SEED)


def make(shape: Shape, number: int, graph: Graph | None = None) -> Case:
    """Case ``number`` for this shape; that of a colour array has couplings on some of the wires of its graph."""
    if number == ROUNDING:
        return _rounding(shape)
    if number == TIES:
        return _ties(shape)
    rng = np.random.default_rng(number)
    kind = list(COUPLINGS)[number % len(COUPLINGS)]
    couplings = _symmetric(COUPLINGS[kind](rng, shape) * _wires(shape, graph), shape)
    low, high = _reach(couplings, shape)
    least, most = -limit(shape) - low, limit(shape) - high
    x = None
    if kind == "extreme":
        up = rng.random(shape.cells) < 0.5
        linear = np.where(up, most, least)
        # the state at which cell 0 reaches its limit
        x = np.where((couplings[0] > 0) == up[0], shape.x_max, 0).astype(np.int32)
    elif kind == "sparse":  # around zero, where many steps are flat
        linear = (least + most) // 2
    else:
        middle, span = (least + most) // 2, (most - least) // 2
        linear = np.clip(middle + np.trunc(span * rng.uniform(-0.3, 0.3, shape.cells)).astype(np.int64), least, most)
    if isinstance(shape, ColorShape):
        linear = linear >> shape.field_shift << shape.field_shift

    first = SCHEDULES[number % len(SCHEDULES)]
    count = shape.segments if first in ("many short", "single sweeps") else int(rng.integers(1, shape.segments + 1))
    count = min(count, 16 if first == "many short" else 5)
    kinds = [first] + [first if first == "many short" else str(rng.choice(SCHEDULES)) for _ in range(count - 1)]
    segments = [_segment(rng, shape, kind) for kind in kinds]
    return Case(f"case {number} ({kind}; {first})", couplings, linear, segments, int(rng.integers(1 << 40)), x)
