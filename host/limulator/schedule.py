"""Annealing schedules: barrier and beta against the sweep, compiled into the segments that the array runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limulator_hdl.formats import PENALTY_FRAC, PENALTY_INT, RAMP_BITS, Shape
from limulator_sim.schedule import Segment

from .errors import ScheduleError
from .problem import Problem

__all__ = ["CURVES", "Schedule", "beta_range"]

Curve = Callable[[NDArray[np.float64], float, float], NDArray[np.float64]]

_FN_RATE = 100.0
"""The Fowler-Nordheim discharge runs for this many of its time constants."""


def _logarithmic(rate: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    return lambda u: np.log1p(rate * u) / np.log1p(rate)


CURVES: dict[str, str] = {
    "constant": "beta at its maximum throughout",
    "linear": "beta rises linearly",
    "geometric": "beta rises by a constant factor each sweep",
    "log": "beta rises as log(1 + t), t in sweeps: the temperature falls as 1 / log t (Geman and Geman 1984)",
    "fowler-nordheim": (
        "beta rises as log(1 + t / tau), tau a hundredth of the run: the temperature follows the voltage of a floating "
        "gate that discharges by Fowler-Nordheim tunnelling, k2 / log(k0 + k1 t)"
    ),
}
"""The schedules by name."""


def beta_range(problem: Problem) -> tuple[float, float]:
    """A range of beta from the problem's own scales, bits per unit of E.

    A uniformly random neighbourhood spreads the local field of cell i by sigma_i, sigma_i**2 = sum_j Q_ij**2 var(x_j);
    sigma is its root mean square over the cells that have couplings. J is the mean of abs(Q_ij) / 2 over the couplings
    there are. From 3.5 / sigma, about the transition of a mean-field spin glass, to 9 / J, where the weakest step uphill
    is nearly frozen. Without couplings the linear terms take the place of both.
    """
    strengths = np.abs(problem.couplings.data)
    if len(strengths):
        variance = ((problem.x_max + 1) ** 2 - 1) / 12
        coupled = np.count_nonzero(np.diff(problem.couplings.indptr))
        sigma = np.sqrt(np.sum(strengths.astype(np.float64) ** 2) * variance / coupled)
        scale = strengths.mean() / 2
    else:
        linear = np.abs(problem.linear[problem.linear != 0])
        sigma = scale = linear.mean() if len(linear) else 1.0
    low, high = 3.5 / sigma, 9 / scale
    return float(low), float(max(low, high))


@dataclass(frozen=True)
class Schedule:
    """How barrier and beta change from the first sweep to the last.

    Parameters
    ----------
    curve : str
        One of :data:`CURVES`, for beta.
    sweeps : int
    beta_min, beta_max : float
        beta in the first and in the last sweep, bits per unit of E.
    barrier, barrier_end : float
        E0 in the first and in the last sweep, bits; it changes linearly between them.

    Raises
    ------
    ScheduleError
        For anything out of range, naming it.
    """

    curve: str
    sweeps: int
    beta_min: float
    beta_max: float
    barrier: float = 0.0
    barrier_end: float | None = None

    def __post_init__(self) -> None:
        if self.curve not in CURVES:
            raise ScheduleError(f"no schedule named {self.curve!r}: use one of {', '.join(CURVES)}")
        check_sweeps(self.sweeps)
        for name in ("beta_min", "beta_max"):
            check_beta(name, getattr(self, name))
        if self.curve == "geometric" and min(self.beta_min, self.beta_max) <= 0:
            raise ScheduleError(
                f"a geometric schedule needs beta > 0 at both ends, got {self.beta_min:g} and {self.beta_max:g}: use linear"
            )
        if self.barrier_end is None:
            object.__setattr__(self, "barrier_end", self.barrier)
        for height in (self.barrier, self.barrier_end):
            check_barrier(height)  # type: ignore[arg-type]

    @classmethod
    def automatic(
        cls,
        problem: Problem,
        sweeps: int,
        curve: str = "geometric",
        beta_min: float | None = None,
        beta_max: float | None = None,
        barrier: float = 0.0,
    ) -> Schedule:
        """The schedule with what is not given taken from :func:`beta_range`, and no barrier.

        The barrier scales all rates alike and leaves the stationary law as it is, so annealing alone wants none.
        """
        low, high = beta_range(problem)
        beta_max = high if beta_max is None else beta_max
        beta_min = min(low, beta_max) if beta_min is None else beta_min
        return cls(curve, sweeps, beta_min, beta_max, barrier)

    def betas(self, sweeps: NDArray[np.int64]) -> NDArray[np.float64]:
        """Beta at the given sweeps, numbered from 0; bits per unit of E."""
        u = sweeps / max(self.sweeps - 1, 1)
        if self.curve == "geometric":
            return np.asarray(self.beta_min * (self.beta_max / self.beta_min) ** u)
        if self.curve == "constant":
            return np.full(len(u), self.beta_max)
        rates = {"log": float(max(self.sweeps - 1, 1)), "fowler-nordheim": _FN_RATE}
        if self.curve in rates:
            u = _logarithmic(rates[self.curve])(u)
        return self.beta_min + (self.beta_max - self.beta_min) * u

    def barriers(self, sweeps: NDArray[np.int64]) -> NDArray[np.float64]:
        """The barrier at the given sweeps, bits."""
        assert self.barrier_end is not None
        return self.barrier + (self.barrier_end - self.barrier) * sweeps / max(self.sweeps - 1, 1)

    @property
    def segments(self) -> int:
        """Segments that the array must hold: any number will do."""
        return 1

    def beta_format(self, bits: int) -> int:
        """Fraction bits with which ``bits`` bits hold the largest beta as finely as they can."""
        return beta_fraction(max(self.beta_min, self.beta_max), bits)

    def compile(self, shape: Shape) -> list[Segment]:
        """The segments: as many as the array holds, linear in between, and exact where they begin.

        Half of them are spread evenly over the sweeps and half over the change of beta. Raises :class:`ScheduleError`
        for a beta that the array's format cannot hold.
        """
        check_fits(shape, max(self.beta_min, self.beta_max))
        knots = self._knots(shape.segments)
        ends = np.append(knots[1:], self.sweeps)
        reached = np.minimum(ends, self.sweeps - 1)
        ramps = ramp_words(
            shape,
            (self.barriers(knots), self.barriers(reached)),
            (self.betas(knots), self.betas(reached)),
            reached - knots,
        )
        return [Segment(*(int(word) for word in words)) for words in zip(*ramps, ends - knots, strict=True)]

    def as_dict(self) -> dict[str, Any]:
        """The constructor's arguments, complete."""
        return asdict(self)

    def _knots(self, segments: int) -> NDArray[np.int64]:
        """First sweeps of at most ``segments`` segments."""
        if self.sweeps <= segments:
            return np.arange(self.sweeps)
        last = self.sweeps - 1
        # fine at the beginning too, where a logarithm is steep
        points = np.concatenate([np.linspace(0, last, 1 << 16), np.geomspace(1, last, 1 << 12)])
        grid = np.unique(np.minimum(points.astype(np.int64), last))
        travelled = np.cumsum(np.abs(np.diff(self.betas(grid), prepend=self.betas(grid[:1]))))
        share = grid / grid[-1]
        if travelled[-1] > 0:
            share = (share + travelled / travelled[-1]) / 2
        wanted = np.arange(segments) / segments
        return np.unique(grid[np.searchsorted(share, wanted)])


def check_sweeps(sweeps: float) -> None:
    """Raise :class:`ScheduleError` unless a segment can have so many sweeps."""
    if not (float(sweeps).is_integer() and 1 <= sweeps < 1 << RAMP_BITS):
        raise ScheduleError(f"sweeps must be 1..{(1 << RAMP_BITS) - 1}, got sweeps={sweeps}")


def check_beta(name: str, beta: float) -> None:
    """Raise :class:`ScheduleError` unless beta is one."""
    if not 0 <= beta < float("inf"):
        raise ScheduleError(f"{name} must be finite and not negative, got {name}={beta}")


def check_barrier(height: float) -> None:
    """Raise :class:`ScheduleError` unless the array can raise its barrier so high."""
    if not 0 <= height < 1 << PENALTY_INT:
        raise ScheduleError(f"the barrier must be 0 <= E0 < {1 << PENALTY_INT} bits, got {height}")


def check_fits(shape: Shape, beta: float) -> None:
    """Raise :class:`ScheduleError` unless the array's format holds beta."""
    most = (1 << shape.beta_bits) - 1
    if beta * 2.0**shape.beta_frac > most:
        raise ScheduleError(
            f"beta={beta:g} is more than the array holds "
            f"({most * 2.0**-shape.beta_frac:g} bits per unit of E): lower --beta-min and --beta-max"
        )


def beta_fraction(largest: float, bits: int) -> int:
    """Fraction bits with which ``bits`` bits hold the ``largest`` beta as finely as they can."""
    largest = max(largest, 2.0**-30)
    fraction = bits - int(np.floor(np.log2(largest))) - 1
    if largest * 2.0**fraction > (1 << bits) - 1:  # just below a power of two
        fraction -= 1
    return max(PENALTY_FRAC + 1, fraction)


Ends = tuple[ArrayLike, ArrayLike]


def ramp_words(shape: Shape, barriers: Ends, betas: Ends, steps: ArrayLike) -> tuple[NDArray[np.int64], ...]:
    """barrier, beta and their steps in accumulator units: ramps that begin exactly, and after ``steps`` steps come as near
    to their end as equal steps can, never past it.
    """
    words = []
    for (begin, end), fraction in (
        (barriers, PENALTY_FRAC + shape.barrier_guard),
        (betas, shape.beta_frac + shape.beta_guard),
    ):
        start, target = (
            np.minimum(np.rint(np.asarray(value) * 2.0**fraction), (1 << RAMP_BITS) - 1).astype(np.int64)
            for value in (begin, end)
        )
        change = target - start
        words.append((start, np.sign(change) * (np.abs(change) // np.maximum(steps, 1))))
    (barrier, barrier_step), (beta, beta_step) = words
    return barrier, beta, barrier_step, beta_step
