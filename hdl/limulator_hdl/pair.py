"""The recurrence of the pair generators, declared once for gateware and models.

A pair generator serves two neighbouring lanes. Its state is two 64-bit words, p and the newer q, and a step makes

    n = p ^ (p << SHIFT) ^ rotr(q, ROTATIONS[0]) ^ rotr(q, ROTATIONS[1]),    then p = q, q = n

in 64 bits: a function of at most four bits for each bit, so one LUT4. The words are those of q before the step, its low
half for the even lane and its high half for the odd one.

The step's characteristic polynomial over GF(2) is primitive, so every state but zero lies on one cycle of 2**128 - 1. Of
the shifts 16 to 24 with one rotation of 1 to 14 and one of 33 to 46, that is so for four choices. This one comes closest to
the best equidistribution there can be: for every d up to 15, the top d bits of both words are independent over
128 // (2 * d) successive steps, all that the state allows, or for d of 2, 4 and 7 over one less. The top six bits of
a word depend on that bit two steps back, and else on bits at least 17 places below the top, at which the gate rarely looks.

Two shifts that fill with zeros, n = p ^ (p << A) ^ q ^ (q >> B), as in xorshift generators, would be simpler, but the
polynomial of that step is a sum of products of X**2 + X + 1 and X, and irreducible for no A and B below 64, whichever way
the two words are shifted.

A *seed step* adds 16 bits to n where the term p << SHIFT has none. From the state zero, SEED_STEPS of them reach every
state, each by one sequence of seed words.
"""

from __future__ import annotations

__all__ = ["HALF_BITS", "ROTATIONS", "SEED_BITS", "SEED_PLACE", "SEED_STEPS", "SHIFT"]

HALF_BITS = 64
"""Bits of p, and of q."""

SHIFT = 17
"""Places by which p is shifted up."""

ROTATIONS = (6, 45)
"""Places by which q is rotated down."""

SEED_BITS = 16
"""Bits of a seed word."""

SEED_PLACE = 1
"""Where in n the lowest of them is added."""

SEED_STEPS = 2 * HALF_BITS // SEED_BITS
"""Seed steps that fill the state."""
