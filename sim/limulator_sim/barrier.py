"""Penalty and allowance, as :mod:`limulator_hdl.barrier` works them out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limulator_hdl.formats import Shape

__all__ = ["allowance", "penalty"]


def penalty(shape: Shape, barrier: int, beta: int, delta: int) -> int:
    """t = E0 + max(0, beta * delta) in units of 2**-F bits; the product is rounded half up, here and nowhere else."""
    half = 1 << (shape.product_shift - 1)
    return barrier + ((beta * max(0, delta) + half) >> shape.product_shift)


def allowance(shape: Shape, surprisal: NDArray[np.int32], barrier: int, beta: int) -> NDArray[np.int32]:
    """The largest delta with penalty <= surprisal, at most g_max; below every delta where the barrier is too high."""
    left = surprisal.astype(np.int64) - barrier
    half = 1 << (shape.product_shift - 1)
    if beta:
        climb = np.minimum(((left << shape.product_shift) + half - 1) // beta, shape.g_max)
    else:
        climb = np.full_like(left, shape.g_max)
    return np.where(left < 0, -shape.g_max - 1, climb).astype(np.int32)
