"""The gate, as :mod:`limulator_hdl.gate` works it out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limulator_hdl.formats import DIRECTION_BITS, MANTISSA_BITS, PENALTY_FRAC, RUN_BITS
from limulator_hdl.thresholds import SURPRISAL, THRESHOLD

__all__ = ["accepts", "proposes_up", "surprisal"]

_SURPRISAL = np.array(SURPRISAL, np.int32)


def accepts(word: int, penalty: int) -> bool:
    """The contract (docs/array.md): with t = n + f / 2**F, n bits of the run are zero and the M-bit field made of
    the next bit of the run and the mantissa is below T[f]. ``penalty`` is t in units of 2**-F bits."""
    n, f = divmod(penalty, 1 << PENALTY_FRAC)
    if n >= RUN_BITS:
        return False
    run = word >> (DIRECTION_BITS + MANTISSA_BITS)
    mantissa = (word >> DIRECTION_BITS) & ((1 << MANTISSA_BITS) - 1)
    zeros_and_next = run >> (RUN_BITS - 1 - n)
    return (zeros_and_next << MANTISSA_BITS | mantissa) < THRESHOLD[f]


def surprisal(words: NDArray[np.uint32]) -> NDArray[np.int32]:
    """The largest penalty that each word accepts, in units of 2**-F bits: see :mod:`limulator_hdl.thresholds`."""
    run = words >> np.uint32(DIRECTION_BITS + MANTISSA_BITS)
    mantissa = (words >> np.uint32(DIRECTION_BITS)) & np.uint32((1 << MANTISSA_BITS) - 1)
    length = np.frexp(run.astype(np.float32))[1]  # bits up to the top one; a run fits a float32 exactly
    fraction = _SURPRISAL[mantissa]
    return np.where(run == 0, (RUN_BITS << PENALTY_FRAC) - 1, (RUN_BITS - length << PENALTY_FRAC) | fraction)


def proposes_up(words: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """The direction bit, for cells of more than one bit."""
    return (words & np.uint32(1)).astype(bool)
