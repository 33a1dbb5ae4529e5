"""The gate's threshold table T[f], and its inverse, the surprisal of a random mantissa.

A penalty t = n + f / 2**F is accepted iff n bits of the word's run are zero and an M-bit random field is below T[f], so
with probability exactly 2**-n * T[f] / 2**M. The field is bit n of the run on top of the word's mantissa. It follows that
a word with z leading zeros accepts every n < z; at n = z it accepts those f with T[f] above its mantissa; and beyond that
nothing. A word therefore lets through exactly the penalties up to one number, its *surprisal*, -log2 of the uniform number
it stands for. The gateware and the fast paths of the golden model compute that number once, instead of a threshold for
every penalty.
"""

from __future__ import annotations

from bisect import bisect_left

from .formats import MANTISSA_BITS, PENALTY_FRAC, THRESHOLD_BITS

__all__ = ["SURPRISAL", "THRESHOLD"]

THRESHOLD = tuple(round(2 ** (THRESHOLD_BITS - f / 2**PENALTY_FRAC)) for f in range(2**PENALTY_FRAC))
"""T[f] = round(2**M * 2**(-f / 2**F)), f = 0..2**F - 1: from 2**M down to just above 2**(M-1)."""

SURPRISAL = tuple(
    bisect_left(THRESHOLD, -(2**MANTISSA_BITS + mantissa), key=lambda threshold: -threshold) - 1
    for mantissa in range(2**MANTISSA_BITS)
)
"""For each mantissa, the largest f with T[f] above the field 2**(M-1) + mantissa: fraction bits of the surprisal."""
