"""The ledger (work in progress)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["work_bits"]


def work_bits(
    heat_bits: NDArray[np.float64], beta_end: NDArray[np.float64], energy_end: NDArray[np.int64]
) -> NDArray[np.float64]:
    """W = Q + beta_f U_f - beta_i U_i, bits, for each replica.

    The initial state is drawn uniformly, which is thermal at beta_i = 0, so that the second term is zero: charging the
    array from beta = 0 to the schedule's first beta is part of the work.
    """
    return heat_bits + beta_end * energy_end
