"""The gate in compiled code, as a comparison of two integers.

A word's *rank* is the length of its run without the leading zeros, then its mantissa; a penalty's *level* is the number of
ranks that it lets through, so that it accepts a word iff rank < level. With t = n + f / 2**F,

    level = (RUN_BITS - n) 2**(M-1) + T[f] - 2**(M-1),    0 from n = RUN_BITS on

since every run of more than n zeros passes, and one of exactly n if its mantissa is below T[f] - 2**(M-1): see
:mod:`limulator_hdl.thresholds`. A penalty of 0 lets everything through, and a level fits 16 bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from limulator_hdl.formats import DIRECTION_BITS, MANTISSA_BITS, PENALTY_FRAC, RUN_BITS, WORD_BITS
from limulator_hdl.thresholds import THRESHOLD

from .vectors import leading_zeros, splat

__all__ = ["CLOSED", "FRACTION_LEVELS", "level_of", "penalty_of", "rank_of", "ranks"]

CLOSED = RUN_BITS << PENALTY_FRAC
"""The least penalty that lets nothing through."""

FRACTION_LEVELS = np.array(THRESHOLD, np.int32) - (1 << MANTISSA_BITS)
"""T[f] - 2**(M-1)."""

_RUN_SHIFT = DIRECTION_BITS + MANTISSA_BITS
_MANTISSA_MASK = (1 << MANTISSA_BITS) - 1
_FRACTION_MASK = (1 << PENALTY_FRAC) - 1


@njit  # type: ignore[untyped-decorator]
def ranks(words: Any) -> Any:
    """Ranks of a vector of words, uint32."""
    length = splat(WORD_BITS, np.uint32) - leading_zeros(words >> _RUN_SHIFT)
    return (length << MANTISSA_BITS) | ((words >> DIRECTION_BITS) & _MANTISSA_MASK)


@njit  # type: ignore[untyped-decorator]
def rank_of(word: np.uint32) -> int:
    """The rank of one word."""
    # the exponent of a float is the length of the integer; a run fits one exactly
    exponent = np.float32(np.int32(word >> np.uint32(_RUN_SHIFT))).view(np.int32) >> 23
    mantissa = np.int32(word >> np.uint32(DIRECTION_BITS)) & np.int32(_MANTISSA_MASK)
    return np.int32(max(exponent - 126, 0) << MANTISSA_BITS) | mantissa


@njit  # type: ignore[untyped-decorator]
def penalty_of(barrier: int, beta: int, delta: int, product_shift: int) -> int:
    """t in units of 2**-F bits, see :func:`limulator_sim.barrier.penalty`; for 0 <= delta."""
    climb = min(beta * delta, CLOSED << product_shift)  # beyond which nothing passes, and half might not fit any more
    return barrier + ((climb + (1 << (product_shift - 1))) >> product_shift)


@njit  # type: ignore[untyped-decorator]
def level_of(penalty: int, fraction_levels: Any) -> int:
    """The level of one penalty; ``fraction_levels`` is :data:`FRACTION_LEVELS`."""
    level = ((RUN_BITS - (penalty >> PENALTY_FRAC)) << MANTISSA_BITS) + fraction_levels[penalty & _FRACTION_MASK]
    return level * (penalty < CLOSED)
