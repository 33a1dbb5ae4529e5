"""The Ising model on a finite square torus, exactly (Kaufman, Phys. Rev. 76, 1232, 1949).

E = -J sum over bonds of s s', with K = J / kT > 0 as the only parameter. For m rows and n columns

    2 Z = (2 sinh 2K)**(m n / 2) (Z1 + Z2 + Z3 + Z4)
    Z1 = prod 2 cosh(m g_odd / 2)     Z2 = prod 2 sinh(m g_odd / 2)
    Z3 = prod 2 cosh(m g_even / 2)    Z4 = prod 2 sinh(m g_even / 2)

over the odd and the even l among 0..2n-1, with cosh g_l = cosh 2K coth 2K - cos(pi l / n), g_l > 0, but
g_0 = 2K + ln tanh K, which changes its sign at the critical point (Ferdinand and Fisher, Phys. Rev. 185, 832, 1969).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import RangeError

__all__ = ["CRITICAL_COUPLING", "Torus", "torus"]

CRITICAL_COUPLING = float(np.log1p(np.sqrt(2)) / 2)
"""K_c = ln(1 + sqrt 2) / 2 of the infinite lattice (Onsager 1944)."""

Array = NDArray[np.float64]


class Torus(NamedTuple):
    """ln Z; energy per spin <E> / (J N); specific heat per spin, K**2 (<E**2> - <E>**2) / (J**2 N), in units of k."""

    log_z: float
    energy: float
    specific_heat: float


def torus(rows: int, columns: int, coupling: float) -> Torus:
    """The torus of so many rows and columns at K = ``coupling``, to about 1e-13 in the energy.

    With two rows or columns the bonds between them count twice, as everywhere on a torus.

    Raises
    ------
    RangeError
        For a coupling that is not positive.
    """
    if not 0 < coupling < np.inf:
        raise RangeError(f"the coupling must be positive and finite, got K={coupling}: the antiferromagnet maps to -K")
    spins = rows * columns
    s, c = np.sinh(2 * coupling), np.cosh(2 * coupling)
    half = rows / 2 * _gamma(columns, s, c, coupling)
    # the two products over odd l, then those over even l, where the factor of l = 0 is set apart as it may be zero
    logs = [_log_product(half[:, first::2], sign) for first in (1, 2) for sign in (1, -1)]
    factors = [(1.0, 0.0, 0.0), (1.0, 0.0, 0.0), _factor(half[:, 0], 1), _factor(half[:, 0], -1)]
    scales = np.array([log for log, _, _ in logs]) + np.array([0, 0, 1, 1]) * abs(half[0, 0])
    top, slope = scales.max(), logs[0][1]  # taken out of all four, lest digits are lost
    z = d = dd = 0.0
    for weight, (_, first, second), (f, df, ddf) in zip(np.exp(scales - top), logs, factors, strict=True):
        rest = first - slope
        z += weight * f
        d += weight * (df + f * rest)
        dd += weight * (ddf + 2 * df * rest + f * (second + rest**2))
    mean = spins * c / s + slope + d / z
    variance = -2 * spins / s**2 + dd / z - (d / z) ** 2
    log_z = spins / 2 * np.log(2 * s) - np.log(2) + top + np.log(z)
    return Torus(float(log_z), float(-mean / spins), float(coupling**2 * variance / spins))


def _gamma(columns: int, s: float, c: float, coupling: float) -> Array:
    """g_l and its first two derivatives by K, (3, 2 n); s = sinh 2K, c = cosh 2K."""
    # cosh g - 1, without the loss of digits of the difference above
    excess = (1 - s) ** 2 / s + 2 * np.sin(np.pi * np.arange(1, 2 * columns) / (2 * columns)) ** 2
    sinh = np.sqrt(excess * (2 + excess))
    slope = 2 * c * (1 - 1 / s**2) / sinh
    curve = (4 * (s - 1 / s) + 8 * c**2 / s**3 - (1 + excess) * slope**2) / sinh
    zero = [2 * coupling + np.log(np.tanh(coupling)), 2 + 2 / s, -4 * c / s**2]
    return np.column_stack([zero, [2 * np.arcsinh(np.sqrt(excess / 2)), slope, curve]])


def _log_product(y: Array, sign: int) -> tuple[float, float, float]:
    """ln of the product of 2 cosh y (``sign`` 1) or 2 sinh y (-1) and its first two derivatives; y and its derivatives are
    given, (3, factors), y > 0.
    """
    ratio = np.tanh(y[0]) ** sign
    log = y[0] + np.log1p(sign * np.exp(-2 * y[0]))
    return float(log.sum()), float(ratio @ y[1]), float(ratio @ y[2] + (1 - ratio**2) @ y[1] ** 2)


def _factor(y: Array, sign: int) -> tuple[float, float, float]:
    """2 cosh y or 2 sinh y as in :func:`_log_product`, for one factor that may be zero; all divided by exp abs(y)."""
    small = np.exp(-2 * abs(y[0]))
    cosh, sinh = 1 + small, np.copysign(1 - small, y[0])
    f, g = (cosh, sinh) if sign > 0 else (sinh, cosh)
    return f, g * y[1], g * y[2] + f * y[1] ** 2
