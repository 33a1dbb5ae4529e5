"""The recurrence of the quad generators, and what their draws mean: declared once for gateware and models.

A quad generator serves four neighbouring lanes. Its state is two 64-bit words, p and the newer q, and a step makes

    n = p ^ (p << SHIFT) ^ rotr(q, ROTATIONS[0]) ^ rotr(q, ROTATIONS[1]),    then p = q, q = n

in 64 bits: a function of at most four bits for each bit, so one LUT4. Lane k of the four draws 16 bits, those of q before
the step at k, k + 4, k + 8, ..., so that bits of equal weight are neighbours in q.

The step's characteristic polynomial over GF(2) is primitive, so every state but zero lies on one cycle of 2**128 - 1. Of
the choices with shifts from 16 to 47 for which it is, this is one of three that come closest to the best equidistribution
there can be: for every d, the top d bits of all four draws are independent over 128 // (4 * d) successive steps, all that
the state allows; only for one d, here 2, over one less.

Two shifts that fill with zeros, n = p ^ (p << A) ^ q ^ (q >> B), as in xorshift generators, would be simpler, but the
polynomial of that step is a sum of products of X**2 + X + 1 and X, and irreducible for no A and B below 64, whichever way
the two words are shifted.

**Words.** An attempt's noise word stands for a number of 32 bits, the *private* upper half of which is the lane's draw. The
lower half is *common*: the draw of lane 0 of one generator more, the same for all lanes of a window. Every number is as
likely as any other, so an attempt passes with exactly the probability that it should; but two lanes of a window are not
quite independent. Whether a lane's attempt passes depends on the common half only where its draw ties with the upper half
of the threshold: the covariance of two attempts is that of their levels (see :mod:`.levels`) over 2**32, and a level varies
by one at most. So it is no more than 2**-34, and no more than 2**-16 of the smaller probability.

The run of the word is the upper bits of the number; its mantissa, the bits that follow the run's first one. A penalty then
accepts all numbers below its threshold, with nothing but a comparison.

**Two steps a window.** Where flip-flops are scarce, a generator makes two steps at once and serves eight lanes: the first
four draw from the word that comes of the first step, the others from the second's. All 128 bits of its state are fresh.

**Seeds.** A *seed step* adds 16 bits to n where the term p << SHIFT has none; of two steps at once, in the first. From the
state zero, SEED_STEPS of them reach every state, each by one sequence of seed words.
"""

from __future__ import annotations

from typing import NamedTuple

from .formats import WORD_BITS

__all__ = [
    "COMMON_BITS",
    "HALF_BITS",
    "LANES",
    "LEVEL_BITS",
    "PRIVATE_BITS",
    "RING",
    "ROTATIONS",
    "SEED_BITS",
    "SEED_PLACES",
    "SEED_STEPS",
    "SHIFT",
    "generators",
]

HALF_BITS = 64
"""Bits of p, and of q."""

LANES = 4
"""Lanes that a generator serves."""

PRIVATE_BITS = HALF_BITS // LANES
"""Bits of a draw."""

COMMON_BITS = WORD_BITS - PRIVATE_BITS
"""Bits of a word that all lanes have in common."""

LEVEL_BITS = PRIVATE_BITS + 1
"""Width of a level, the number of draws that a delta lets through: none to all of them."""

SHIFT = 43
"""Places by which p is shifted up."""

ROTATIONS = (29, 49)
"""Places by which q is rotated down."""


class Beside(NamedTuple):
    """What a lane takes from another one's bits of p and q."""

    lane: int
    shift: int
    rotations: tuple[int, ...]


def _ring() -> tuple[Beside, ...]:
    assert {SHIFT % LANES, *(-rotation % LANES for rotation in ROTATIONS)} == {LANES - 1}
    ring = []
    for lane in range(LANES):
        wraps, source = divmod(lane + 1, LANES)
        ring.append(Beside(source, SHIFT // LANES + 1 - wraps, tuple(rotation // LANES + wraps for rotation in ROTATIONS)))
    return tuple(ring)


RING = _ring()
"""The step as the lanes see it: each adds to its bits of p those of the next lane, shifted up, and that lane's bits of q,
rotated down twice."""

SEED_BITS = 16
"""Bits of a seed word."""

SEED_PLACES = {1: 0, 2: 6}
"""By the steps that are made at once: the place in n to which the lowest bit of a seed word is added. At others some states
would be reached by no seed words."""

SEED_STEPS = 2 * HALF_BITS // SEED_BITS
"""Seed steps that fill the state."""


def generators(lanes: int, steps: int) -> int:
    """Generators of an array of so many lanes that make so many steps a window; the last is the common one."""
    return -(-lanes // (LANES * steps)) + 1
