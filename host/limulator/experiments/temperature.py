"""Where the machine is exactly at one temperature: settings of barrier and beta for an Ising model on a square lattice.

The gate accepts with known rationals near 2^-t (docs/array.md). A few settings make those in use exactly geometric, and the
machine then has exactly a Boltzmann law.
"""

from __future__ import annotations

from math import log
from typing import NamedTuple

from limulator_hdl.formats import PENALTY_FRAC, Shape
from limulator_sim.schedule import Knobs

from ..schedule import beta_fraction
from .kaufman import CRITICAL_COUPLING
from .master import acceptance

__all__ = ["Temperature", "near_critical", "temperature_of"]

BETA_BITS = 16

_NEAR = 1e-3
"""How near to the critical coupling, relative."""


class Temperature(NamedTuple):
    """Where the machine is exactly Boltzmann: barrier (bits), beta (bits per unit of E), and K = J / kT."""

    barrier_bits: float
    beta: float
    coupling: float


def temperature_of(shape: Shape, knobs: Knobs) -> tuple[float, float]:
    """K = J / kT at which the machine is Boltzmann, ln(p(0) / p(4J)) / 4, and by how much p(0) p(8J) / p(4J)**2 misses 1.

    The machine accepts a step of 0, 4J or 8J (0, 2 or 4 unlike bonds more) with known rationals p(0), p(4J), p(8J), and
    every step down with p(0). Only if the second number is zero do they obey detailed balance at one temperature.
    """
    p = acceptance(shape, knobs, [0, 2, 4])
    return log(p[0] / p[1]) / 4, float(p[0] * p[2] / p[1] ** 2 - 1)


def near_critical() -> Temperature:
    """The lowest barrier below 1 bit, and with it the fastest, at which some beta near the critical one makes the machine
    exactly Boltzmann; of these betas the nearest.
    """
    critical = 2 * CRITICAL_COUPLING / log(2)
    fraction = beta_fraction(critical, BETA_BITS)
    shape = Shape(cells=1, beta_bits=BETA_BITS, beta_frac=fraction)
    words = range(*(int(critical * (1 + near) * 2**fraction) for near in (-_NEAR, _NEAR)))
    for barrier in range(1 << PENALTY_FRAC):
        found = [(word, *temperature_of(shape, Knobs(barrier, word, 0, True))) for word in words]
        # products of few bits: nothing is rounded
        exact = [(abs(coupling - CRITICAL_COUPLING), word, coupling) for word, coupling, missed in found if missed == 0]
        if exact:
            _, word, coupling = min(exact)
            return Temperature(barrier * 2.0**-PENALTY_FRAC, word * 2.0**-fraction, coupling)
    raise AssertionError("no setting of this gate near the critical point is exactly Boltzmann")
