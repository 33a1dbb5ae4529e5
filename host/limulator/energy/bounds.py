"""What a run must dissipate at least.

The bounds are our own derivation from standard stochastic thermodynamics (Esposito, Phys. Rev. E 85, 041125, 2012; Seifert,
Rep. Prog. Phys. 75, 126001, 2012), for the machine of arXiv 2402.14878.
"""

from __future__ import annotations

from math import inf, log2

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import RangeError

__all__ = ["affinity_bits", "finite_rate_bits", "landauer_bits"]


def landauer_bits(cells: int, bits: int, solutions: int) -> float:
    """N b - log2 D: the heat of erasing a uniformly random state into one of ``solutions`` states, at any speed.

    Landauer, IBM J. Res. Dev. 5, 183 (1961).
    """
    return cells * bits - log2(solutions)


def finite_rate_bits(down: ArrayLike, up: ArrayLike, barrier: ArrayLike = inf) -> NDArray[np.float64]:
    """The entropy that D steps down and U steps up must produce, in bits; what speed costs.

    With n = D - U the net steps, u = 2**-E0 the largest probability with which an attempt is accepted, and
    eta(z) = -z log2 z,

        sigma = [eta(D - u n) + eta(U + u n) - eta(D) - eta(U)] / u

    which is the affinity log2((D - y) / (U + y)) averaged over y from 0 to u n, times n. Where attempts are rarely
    accepted, u -> 0, this is (D - U) log2(D / U), the log-sum bound in continuous time. In discrete time that is no bound:
    one attempt carries a finite flux, which the populations feel only afterwards. At u = 1 nothing is left of it.

    Derivation. An attempt matches each state x with one x' (for b > 1 the direction bit and the parity of x_i choose
    which, independently of x), and moves fluxes J+ and J- along the pair. Its entropy production is the relative entropy
    of p(x) K(x, x') and the same in reverse, with the populations p - n and p' + n after it. As a function of the
    probability v <= u of the step up it falls: its derivative is J- (ln(1 + w) - w) / v**2 <= 0, w = v n / J-. So it is at
    least its value at v = u, which is the expression above for J+ and J-. That is jointly convex and homogeneous, so that
    the sum over all pairs and attempts of a segment obeys it with D and U in their place; and it falls with u.

    Parameters
    ----------
    down, up : array_like
        Mean numbers of steps with delta < 0 and delta > 0, for each segment.
    barrier : array_like
        The lowest E0 of each segment, bits; infinite for continuous time.

    Returns
    -------
    ndarray
        Bits, not negative; infinite where one of the two is zero in continuous time.
    """
    d, u, height = np.broadcast_arrays(
        np.asarray(down, np.float64), np.asarray(up, np.float64), np.asarray(barrier, np.float64)
    )
    if d.size and (d.min() < 0 or u.min() < 0):
        raise RangeError(f"step counts must not be negative, got {min(d.min(), u.min()):g}")
    if height.size and height.min() < 0:
        raise RangeError(f"the barrier must not be negative, got {height.min():g} bits")
    net = d - u
    rate = np.exp2(-height)
    with np.errstate(divide="ignore", invalid="ignore"):
        continuous = np.where(net == 0, 0.0, net * np.log2(d / u))
        discrete = (_eta(d - rate * net) + _eta(u + rate * net) - _eta(d) - _eta(u)) / rate
    discrete = np.where(rate == 1, 0.0, np.maximum(discrete, 0.0))  # where rounding would leave a trace
    return np.where(rate < 1e-6, continuous, discrete)


def _eta(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """-z log2 z, 0 at 0."""
    return -z * np.log2(np.where(z > 0, z, 1.0))


def affinity_bits(rate: ArrayLike, barrier: ArrayLike = 0.0) -> NDArray[np.float64]:
    """-log2(1 - r 2**E0): the least energy difference, in bits, behind a net update rate r (steps per attempt).

    From r = 2**-E0 (1 - 2**-dE), arXiv 2402.14878. Infinite in the inadmissible region r >= 2**-E0.
    """
    share = np.asarray(rate, np.float64) * np.exp2(np.asarray(barrier, np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(share < 1, -np.log2(1 - np.minimum(share, 1.0)), inf)
