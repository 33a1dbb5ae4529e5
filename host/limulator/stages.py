"""A schedule in the user's own stages: one segment of the array each, and so one record of the counters each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from limulator_hdl.formats import Shape
from limulator_sim.schedule import Segment

from .errors import ScheduleError
from .schedule import beta_fraction, check_barrier, check_beta, check_fits, check_sweeps, ramp_words

__all__ = ["Stage", "Stages"]


class Stage(NamedTuple):
    """So many sweeps at a beta and a barrier, or with these changing linearly to what they are in the last sweep.

    beta in bits per unit of E, the barrier E0 in bits.
    """

    sweeps: int
    beta: float
    barrier: float = 0.0
    beta_end: float | None = None
    barrier_end: float | None = None

    @property
    def betas(self) -> tuple[float, float]:
        """First and last beta."""
        return self.beta, self.beta if self.beta_end is None else self.beta_end

    @property
    def barriers(self) -> tuple[float, float]:
        """First and last barrier."""
        return self.barrier, self.barrier if self.barrier_end is None else self.barrier_end


@dataclass(frozen=True)
class Stages:
    """Stages one after the other; a schedule wherever :class:`.Schedule` is one.

    Parameters
    ----------
    stages : iterable of Stage
        At least one.

    Raises
    ------
    ScheduleError
        For anything out of range, naming it.
    """

    stages: tuple[Stage, ...]

    def __init__(self, stages: Iterable[Stage]) -> None:
        object.__setattr__(self, "stages", tuple(Stage(*stage) for stage in stages))
        if not self.stages:
            raise ScheduleError("a schedule needs at least one stage, got none")
        for stage in self.stages:
            check_sweeps(stage.sweeps)
            for beta in stage.betas:
                check_beta("beta", beta)
            for height in stage.barriers:
                check_barrier(height)

    @property
    def sweeps(self) -> int:
        """Sweeps of all stages."""
        return sum(stage.sweeps for stage in self.stages)

    @property
    def segments(self) -> int:
        """Segments that the array must hold."""
        return len(self.stages)

    def betas(self, sweeps: NDArray[np.int64]) -> NDArray[np.float64]:
        """Beta at the given sweeps, numbered from 0; bits per unit of E."""
        return self._at(sweeps, [stage.betas for stage in self.stages])

    def barriers(self, sweeps: NDArray[np.int64]) -> NDArray[np.float64]:
        """The barrier at the given sweeps, bits."""
        return self._at(sweeps, [stage.barriers for stage in self.stages])

    def beta_format(self, bits: int) -> int:
        """Fraction bits with which ``bits`` bits hold the largest beta as finely as they can."""
        return beta_fraction(max(max(stage.betas) for stage in self.stages), bits)

    def compile(self, shape: Shape) -> list[Segment]:
        """A segment for each stage. Raises :class:`ScheduleError` for a beta that the array's format cannot hold."""
        if self.segments > shape.segments:
            raise ScheduleError(f"{self.segments} stages do not fit the array's {shape.segments} segments: use fewer")
        check_fits(shape, max(max(stage.betas) for stage in self.stages))
        lengths = np.array([stage.sweeps for stage in self.stages])
        barriers, betas = (np.array(ends).T for ends in zip(*((s.barriers, s.betas) for s in self.stages), strict=True))
        ramps = ramp_words(shape, (barriers[0], barriers[1]), (betas[0], betas[1]), lengths - 1)
        return [Segment(*(int(word) for word in words)) for words in zip(*ramps, lengths, strict=True)]

    def as_dict(self) -> dict[str, Any]:
        """The constructor's arguments, complete."""
        return {"stages": [list(stage) for stage in self.stages]}

    def _at(self, sweeps: NDArray[np.int64], ends: list[tuple[float, float]]) -> NDArray[np.float64]:
        lengths = np.array([stage.sweeps for stage in self.stages])
        first = np.cumsum(lengths) - lengths
        stage = np.searchsorted(first, sweeps, side="right") - 1
        begin, end = np.array(ends)[stage].T
        share = (sweeps - first[stage]) / np.maximum(lengths[stage] - 1, 1)
        return np.asarray(begin + (end - begin) * share)
