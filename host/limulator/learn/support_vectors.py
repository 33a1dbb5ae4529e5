"""The support-vector dual, as a box QP: the multipliers of the samples are the cells of an array.

A linear classifier w of least ``1/2 |w|**2 + C sum_i max(0, 1 - t_i w.z_i)`` is w = sum_i a_i t_i z_i, where a minimises

    1/2 sum_ij a_i a_j t_i t_j z_i.z_j - sum_i a_i    over 0 <= a_i <= C

(Cortes and Vapnik, Mach. Learn. 20, 273, 1995). The intercept is the weight of a constant feature, and penalised as the
others are, so that there is no equality constraint (Hsieh et al., ICML 2008).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..box import BoxQP

__all__ = ["dual_qp", "dual_weights"]

Array = NDArray[np.float64]


def dual_qp(Z: Array, targets: Array, C: float) -> BoxQP:
    """The dual for samples ``Z``, (n, N), of the classes ``targets``, (n,), +-1: n cells."""
    signed = Z * targets[:, None]
    P = signed @ signed.T
    return BoxQP((P + P.T) / 2, -1.0, 0.0, C)


def dual_weights(Z: Array, targets: Array, multipliers: Array) -> Array:
    """The weights w, (N,), that multipliers a, (n,), stand for."""
    return np.asarray((multipliers * targets) @ Z)
