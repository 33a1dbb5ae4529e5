"""Bits and joules, and the first law.

Energy is counted in bits: 1 bit = kT ln 2. Joules appear at the edge only, with the temperature as an argument.
"""

from __future__ import annotations

from math import log, log2

import numpy as np
from numpy.typing import NDArray

from .errors import RangeError

__all__ = ["BOLTZMANN_J_PER_K", "ROOM_TEMPERATURE_K", "bit_J", "landauer_bits", "work_bits"]

BOLTZMANN_J_PER_K = 1.380649e-23
"""k, exact in the SI since 2019 (Resolution 1 of the 26th CGPM)."""

ROOM_TEMPERATURE_K = 300.0
"""Temperature of the reservoir unless the user says otherwise, kelvin."""


def bit_J(temperature_K: float = ROOM_TEMPERATURE_K) -> float:  # noqa: N802
    """One bit of energy, kT ln 2, in joules: 2.871e-21 J at 300 K (Landauer, IBM J. Res. Dev. 5, 183, 1961)."""
    if not 0 < temperature_K < float("inf"):
        raise RangeError(f"the temperature must be positive, got {temperature_K} K")
    return BOLTZMANN_J_PER_K * temperature_K * log(2)


def landauer_bits(cells: int, bits: int, solutions: int) -> float:
    """N b - log2 D: the heat of erasing a uniformly random state into one of ``solutions`` states, at any speed."""
    return cells * bits - log2(solutions)


def work_bits(
    heat_bits: NDArray[np.float64], beta_end: NDArray[np.float64], energy_end: NDArray[np.int64]
) -> NDArray[np.float64]:
    """W = Q + beta_f U_f - beta_i U_i, bits, for each replica.

    The initial state is drawn uniformly, which is thermal at beta_i = 0, so that the second term is zero: charging the
    array from beta = 0 to the schedule's first beta is part of the work.
    """
    return heat_bits + beta_end * energy_end
