"""Thermodynamic friction and the schedule of minimum dissipation.

A problem in contact with the reservoir resists a change of beta with the friction zeta(beta): driven at a rate dbeta / dt
it dissipates ln 2 * (dbeta / dt)**2 * zeta bits a sweep above the quasistatic. Friction is how much U fluctuates times how
long the fluctuation lasts, zeta = integral of <dU(0) dU(t)> dt, and is measured at rest (Sivak and Crooks, Phys. Rev. Lett.
108, 190602, 2012). The least dissipation in K sweeps is L**2 / K with the thermodynamic length L = integral of
sqrt(ln 2 * zeta) dbeta, when beta travels at constant speed in that length (Salamon and Berry, Phys. Rev. Lett. 51, 1127,
1983; Crooks, ibid. 99, 100602, 2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .anneal import solve
from .backends import Watch
from .errors import ScheduleError
from .problem import Problem
from .stages import Stage, Stages

__all__ = ["Friction", "measure_friction"]

Array = NDArray[np.float64]

_WINDOW = 5.0
"""Autocorrelations are summed up to so many relaxation times (Sokal 1997)."""

_PIECES = 250
"""Linear pieces of a schedule, at most."""


@dataclass(frozen=True)
class Friction:
    """What a problem's energy does at rest, at some values of beta.

    Attributes
    ----------
    betas : ndarray, shape (points,)
        Ascending, bits per unit of E.
    variance : ndarray, shape (points,)
        Of U, units of E squared.
    relaxation : ndarray, shape (points,)
        Sweeps: 1/2 and the sum of the autocorrelations of U from the first sweep on. The half is for a beta that moves in
        steps of one sweep: were U forgotten from one to the next, each would cost ln 2 / 2 * (step of beta)**2 * variance.
    """

    betas: Array
    variance: Array
    relaxation: Array

    @property
    def zeta(self) -> Array:
        """The friction, sweeps times units of E squared."""
        return self.variance * self.relaxation

    @property
    def length(self) -> Array:
        """Thermodynamic length from the first beta to each, (points,); in square roots of bits times sweeps."""
        speed = np.sqrt(np.log(2) * self.zeta)
        steps = np.diff(self.betas) * (speed[1:] + speed[:-1]) / 2
        return np.concatenate([[0.0], np.cumsum(steps)])

    def least_bits(self, sweeps: int) -> float:
        """The least dissipation in so many sweeps, bits, in linear response."""
        return float(self.length[-1] ** 2 / sweeps)

    def schedule(self, sweeps: int, barrier: float = 0.0) -> Stages:
        """From the first beta to the last in so many sweeps, at constant thermodynamic speed."""
        if sweeps < 2:
            raise ScheduleError(f"a schedule of minimum dissipation needs at least 2 sweeps, got sweeps={sweeps}")
        ends = np.unique(np.linspace(0, sweeps, min(sweeps, _PIECES) + 1).astype(int))
        length = self.length
        # the first sweep is a step away from the first beta, the last one is at the last
        betas = np.interp(np.arange(1, sweeps + 1) / sweeps * length[-1], length, self.betas)
        return Stages(
            Stage(int(b - a), float(betas[a]), barrier, float(betas[b - 1]), barrier)
            for a, b in zip(ends, ends[1:], strict=False)
        )


def measure_friction(
    problem: Problem,
    betas: Sequence[float],
    *,
    barrier: float = 0.0,
    settle: int = 20,
    sweeps: int = 100,
    replicas: int = 256,
    seed: int = 0,
    backend: str | None = None,
    watch: Watch | None = None,
) -> Friction:
    """Friction of a problem, from replicas held at each beta in turn: ``settle`` sweeps to get there, ``sweeps`` to watch.

    Fluctuations are about the mean over the replicas at the same time, so that a slow drift is not taken for one, and about
    the mean of each replica over its sweeps, as a run of about that length feels nothing of what is frozen meanwhile.
    """
    before = [betas[0], *betas]
    stages = []
    for last, beta in zip(before, betas, strict=False):
        stages += [Stage(settle, last, barrier, beta, barrier), *[Stage(1, beta, barrier)] * sweeps]
    result = solve(problem, Stages(stages), backend=backend, replicas=replicas, seed=seed, watch=watch)
    _, logs = result.trace
    energy = logs["energy"][:, 1:].reshape(replicas, len(betas), sweeps + 1)[:, :, 1:].astype(np.float64)
    energy -= energy.mean(axis=0)
    energy -= energy.mean(axis=2, keepdims=True)
    energy *= np.sqrt(replicas / (replicas - 1))
    variance, relaxation = np.array([_fluctuations(energy[:, k]) for k in range(len(betas))]).T
    return Friction(np.asarray(betas, np.float64), variance, relaxation)


def _fluctuations(energy: Array) -> tuple[float, float]:
    """Variance and relaxation of a quantity, (replicas, sweeps): autocorrelations in the smallest window that holds enough.

    The means over the sweeps were taken off, and with them what is frozen for longer than that; for what is not, their own
    variance is put back, 2 / sweeps times the sum of the autocovariances.
    """
    sweeps = energy.shape[1]
    covariances = [float((energy**2).mean())]
    if covariances[0] == 0:
        return 0.0, 0.5
    total = covariances[0] / 2
    while len(covariances) <= min(_WINDOW * total / covariances[0], sweeps / 4):
        lag = len(covariances)
        covariances.append(float((energy[:, lag:] * energy[:, :-lag]).mean()))
        total += covariances[-1]
    window = len(covariances) - 0.5
    of_mean = 2 * max(total, 0.0) / (sweeps - 2 * window)
    variance = covariances[0] + of_mean
    return variance, max((total + window * of_mean) / variance, 0.5)
