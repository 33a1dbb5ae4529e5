"""The schedule, as :mod:`limulator_hdl.schedule` walks through it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from limulator_hdl.formats import RAMP_BITS, Shape

__all__ = ["Knobs", "Segment", "walk"]


class Segment(NamedTuple):
    """A segment in accumulator units, as in :data:`limulator_hdl.formats.SEGMENT_WORDS`; the steps may be negative."""

    barrier: int
    beta: int
    barrier_step: int
    beta_step: int
    sweeps: int


class Knobs(NamedTuple):
    """What holds during one sweep: the barrier in units of 2**-F bits, beta in units of 2**-beta_frac, and the segment."""

    barrier: int
    beta: int
    segment: int
    last: bool


def walk(shape: Shape, segments: Sequence[Segment]) -> Iterator[Knobs]:
    """The knobs of every sweep. The accumulators wrap modulo 2**32, and their top bits are in use."""
    modulus = 1 << RAMP_BITS
    for number, segment in enumerate(segments):
        barrier, beta = segment.barrier, segment.beta
        for left in range(segment.sweeps - 1, -1, -1):
            yield Knobs(barrier >> shape.barrier_guard, beta >> shape.beta_guard, number, left == 0)
            barrier = (barrier + segment.barrier_step) % modulus
            beta = (beta + segment.beta_step) % modulus
