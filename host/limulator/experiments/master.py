"""The master equation: what the machine does on the mean, to the last digit, for a few one-bit cells.

The gate's probabilities are known rationals (docs/array.md), so that the law of the state after every attempt can be worked
out: 2**N numbers for N cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limulator_hdl.formats import PENALTY_FRAC, RUN_BITS, THRESHOLD_BITS, Shape
from limulator_hdl.thresholds import THRESHOLD
from limulator_sim.schedule import Knobs, Segment, walk

from ..problem import Problem

__all__ = ["Master", "acceptance", "ideal_acceptance", "solve_master"]

_THRESHOLD = np.array(THRESHOLD)

Array = NDArray[np.float64]


class Master(NamedTuple):
    """Exact means of a run from the uniform start: work and heat, bits; log2 <2**-W>; the final law, (2**N,), cell i being
    bit i of the index; steps down and up of each sweep, (sweeps,).
    """

    work_bits: float
    heat_bits: float
    log2_mean: float
    law: Array
    down: Array
    up: Array

    @property
    def entropy_bits(self) -> float:
        """Of the final law."""
        occupied = self.law[self.law > 0]
        return float(-occupied @ np.log2(occupied))


def acceptance(shape: Shape, knobs: Knobs, delta: ArrayLike) -> Array:
    """The exact probability with which the machine accepts a step of this delta (units of E): 2**-n T[f] / 2**M."""
    climb = np.maximum(np.asarray(delta, np.int64), 0) * knobs.beta
    penalty = knobs.barrier + (climb + (1 << (shape.product_shift - 1)) >> shape.product_shift)
    n = np.minimum(penalty >> PENALTY_FRAC, RUN_BITS)
    probability = np.ldexp(_THRESHOLD[penalty % (1 << PENALTY_FRAC)], -n - THRESHOLD_BITS)
    return np.where(n < RUN_BITS, probability, 0.0)


def ideal_acceptance(shape: Shape, knobs: Knobs, delta: ArrayLike) -> Array:
    """What it approximates: 2**-(E0 + max(0, beta * delta))."""
    climb = np.maximum(np.asarray(delta, np.int64), 0) * (knobs.beta * 2.0**-shape.beta_frac)
    return np.exp2(-knobs.barrier * 2.0**-PENALTY_FRAC - climb)


def solve_master(shape: Shape, problem: Problem, segments: Sequence[Segment], *, ideal: bool = False) -> Master:
    """Carry the law of the state through a schedule, attempt by attempt, in the order of the machine's scan.

    Work is done where beta changes, W = sum over the sweeps of (beta_k - beta_(k-1)) E, starting from beta = 0; carrying
    2**-W along with the law gives its mean (Jarzynski, Phys. Rev. E 56, 5018, 1997).

    Parameters
    ----------
    shape, segments
        Of the machine's run.
    problem : Problem
        Cells of one bit, few: the law has 2**N entries.
    ideal : bool
        With the probabilities 2**-t that the gate approximates.
    """
    cells = problem.cells
    index = np.arange(1 << cells)
    energy = np.asarray(problem.energy(index[:, None] >> np.arange(cells) & 1))
    flipped = index ^ (1 << np.arange(cells))[:, None]
    deltas = energy[flipped] - energy
    probability = ideal_acceptance if ideal else acceptance
    laws = np.full((2, len(index)), 1 / len(index))  # the law, and the law weighted with 2**-W
    down, up = [], []
    work = heat = beta = 0.0
    for knobs in walk(shape, segments):
        change, beta = knobs.beta * 2.0**-shape.beta_frac - beta, knobs.beta * 2.0**-shape.beta_frac
        work += change * float(laws[0] @ energy)
        laws[1] *= np.exp2(-change * energy)
        steps = np.zeros(2)
        for other, delta, opens in zip(flipped, deltas, probability(shape, knobs, deltas), strict=True):
            flux = laws * opens
            laws += flux[:, other] - flux
            heat -= beta * float(flux[0] @ delta)
            steps += flux[0][delta < 0].sum(), flux[0][delta > 0].sum()
        down.append(steps[0])
        up.append(steps[1])
    return Master(work, heat, float(np.log2(laws[1].sum())), laws[0], np.array(down), np.array(up))
