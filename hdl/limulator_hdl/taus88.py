"""The recurrence of the noise streams, declared once for gateware and models.

P. L'Ecuyer, Maximally equidistributed combined Tausworthe generators, Math. Comp. 65, 203 (1996), table 1 and figure 1:
three components with coprime periods 2**31 - 1, 2**29 - 1 and 2**28 - 1.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["COMPONENTS", "STATE_BITS", "STATE_WORDS", "Component"]


class Component(NamedTuple):
    """One step: feedback = ((z << tap) ^ z) >> drop, then z = ((z & mask) << step) ^ feedback, all in 32 bits."""

    tap: int
    drop: int
    step: int
    degree: int

    @property
    def mask(self) -> int:
        """The ``degree`` top bits that carry the state; the bits below them follow from it."""
        return (0xFFFFFFFF << (32 - self.degree)) & 0xFFFFFFFF

    @property
    def least(self) -> int:
        """Smallest legal state: below it the carrying bits are all zero, and stay so."""
        return 1 << (32 - self.degree)


COMPONENTS = (Component(13, 19, 12, 31), Component(2, 25, 4, 29), Component(3, 11, 17, 28))
"""z1, z2, z3."""

STATE_WORDS = len(COMPONENTS)
"""32-bit words that seed a stream."""

STATE_BITS = 32 * STATE_WORDS
"""Bits of a stream's state."""
