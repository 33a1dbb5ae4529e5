"""What is counted, in the order of the segment log: declared once for gateware, models, host and documentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .formats import COUNTER_BITS, Shape

__all__ = ["COUNTERS", "RECORD_WORDS", "Counter"]


class Counter(NamedTuple):
    """A counter: its name, its meaning, its width in the gateware, and whether it is signed."""

    name: str
    meaning: str
    width: Callable[[Shape], int]
    signed: bool = False


COUNTERS = (
    Counter("attempts", "attempts of all cells, void ones included", lambda shape: shape.attempt_bits),
    Counter("void", "attempts that proposed a step out of the box", lambda shape: shape.attempt_bits),
    Counter("down", "accepted steps with delta < 0", lambda shape: shape.step_bits),
    Counter("up", "accepted steps with delta > 0", lambda shape: shape.step_bits),
    Counter("flat", "accepted steps with delta = 0", lambda shape: shape.step_bits),
    Counter("sum_down", "sum of delta over the down steps", lambda shape: shape.sum_bits, signed=True),
    Counter("sum_up", "sum of delta over the up steps", lambda shape: shape.sum_bits, signed=True),
    Counter("heat", "-sum of beta * delta over accepted steps, 2**-beta_frac bits", lambda shape: shape.heat_bits, True),
    Counter("toggles", "stored bits toggled by accepted steps", lambda shape: shape.step_bits + shape.bits.bit_length()),
    Counter("energy", "running energy U", lambda shape: shape.energy_bits, signed=True),
    Counter("best_energy", "lowest U at the end of a sweep or at the start", lambda shape: shape.energy_bits, True),
)
"""All are cumulative since they were last cleared; ``energy`` and ``best_energy`` are values, not counts."""

RECORD_WORDS = len(COUNTERS) * COUNTER_BITS // 32
"""32-bit words in a record of the segment log, the low word of each counter first, sign extended."""
