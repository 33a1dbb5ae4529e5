"""The units: bits of energy, and joules at the edge.

Energy is counted in bits: 1 bit = kT ln 2. Joules appear at the edge only, with the temperature as an argument.
"""

from __future__ import annotations

from math import log

from ..errors import RangeError

__all__ = ["BOLTZMANN_J_PER_K", "ROOM_TEMPERATURE_K", "bit_J"]

BOLTZMANN_J_PER_K = 1.380649e-23
"""k, exact in the SI since 2019 (Resolution 1 of the 26th CGPM)."""

ROOM_TEMPERATURE_K = 300.0
"""Temperature of the reservoir unless the user says otherwise, kelvin."""


def bit_J(temperature_K: float = ROOM_TEMPERATURE_K) -> float:  # noqa: N802
    """One bit of energy, kT ln 2, in joules: 2.871e-21 J at 300 K (Landauer, IBM J. Res. Dev. 5, 183, 1961)."""
    if not 0 < temperature_K < float("inf"):
        raise RangeError(f"the temperature must be positive, got {temperature_K} K")
    return BOLTZMANN_J_PER_K * temperature_K * log(2)
