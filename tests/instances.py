"""Random problems and schedules that fit a shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import BARRIER_BITS, PENALTY_FRAC, RAMP_BITS, Shape
from limulator_hdl.graph import Graph
from limulator_sim.schedule import Segment


def random_problem(rng: np.random.Generator, shape: Shape) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Q and c: all couplings from -q_max to q_max, and fields that are zero somewhere in the box."""
    upper = np.triu(rng.integers(-shape.q_max, shape.q_max + 1, (shape.cells, shape.cells)), 1)
    couplings = upper + upper.T
    if shape.bits > 1:
        couplings += np.diag(rng.integers(-shape.q_max, shape.q_max + 1, shape.cells))
    couplings <<= shape.coupling_shift
    return couplings, -(couplings * rng.integers(0, shape.x_max + 1, shape.cells)).sum(axis=1)


def random_color_problem(rng: np.random.Generator, shape: ColorShape) -> tuple[Graph, NDArray[np.int64], NDArray[np.int64]]:
    """A graph that fits the shape, with up to a third of its positions empty, and Q and c on it as in
    :func:`random_problem`, but no coupling zero."""
    empty = rng.choice(shape.cells, rng.integers(0, shape.cells // 3 + 1), replace=False)
    couplings = np.zeros((shape.cells, shape.cells), np.int64)
    cells = np.setdiff1d(np.arange(shape.cells), empty)
    for i, j in rng.choice(cells, (shape.cells * shape.degree, 2)):
        full = np.count_nonzero(couplings[[i, j]], axis=1).max() == shape.degree
        if i // shape.lanes != j // shape.lanes and not full:
            q = rng.choice([-1, 1]) * rng.integers(1, shape.q_max + 1) << shape.coupling_shift
            couplings[i, j] = couplings[j, i] = q
    graph = Graph.of(shape.cells, zip(*couplings.nonzero(), strict=True), empty)
    graph.check(shape)
    return graph, couplings, -(couplings * rng.integers(0, 2, shape.cells)).sum(axis=1)


def random_schedule(rng: np.random.Generator, shape: Shape, segments: int) -> list[Segment]:
    """Ramps up and down of 1 to 5 sweeps: barriers of 0 to 3 bits, and up to about 6 bits for a typical delta."""
    delta = shape.q_max * shape.x_max * np.sqrt(shape.cells) * 2**shape.coupling_shift / 2
    one_bit = 1 << (RAMP_BITS - BARRIER_BITS + PENALTY_FRAC)
    hottest = int(min(6 / delta * 2**shape.beta_frac, 2**shape.beta_bits - 1)) << shape.beta_guard
    made = []
    for _ in range(segments):
        barrier, beta = int(rng.integers(0, 3 * one_bit)), int(rng.integers(0, hottest + 1))
        # a ramp down ends above zero, where the accumulator would wrap; a ramp up may wrap
        barrier_step = int(rng.integers(-(barrier // 8), one_bit // 8))
        beta_step = int(rng.integers(-(beta // 8), hottest // 8 + 1))
        made.append(Segment(barrier, beta, barrier_step, beta_step, int(rng.integers(1, 6))))
    return made
