"""Schedules as Ocean's arguments describe them."""

from __future__ import annotations

from collections.abc import Sequence
from math import e, log2
from operator import index

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ScheduleError
from ..problem import Problem
from ..schedule import Schedule
from ..stages import Stage, Stages

__all__ = ["bits_per_unit", "schedule_for"]

FROZEN = 31.0
"""A beta that every array can hold, bits per unit of E; from 21 on no step uphill is accepted."""


def bits_per_unit(problem: Problem) -> float:
    """An array's beta, bits per unit of E, for Ocean's beta = 1, which is 1 / kT with E in the model's units."""
    return problem.scale * log2(e)


def schedule_for(
    problem: Problem,
    beta_range: Sequence[float] | None,
    num_sweeps: int | None,
    per_beta: int,
    curve: str,
    beta_schedule: ArrayLike | None,
    barrier: float | tuple[float, float],
) -> Schedule | Stages:
    """The schedule that Ocean's arguments ask for, in bits per unit of E; :class:`.ScheduleError` for what makes none."""
    unit = bits_per_unit(problem)
    heights = np.atleast_1d(np.asarray(barrier, np.float64))
    if heights.shape not in ((1,), (2,)):
        raise ScheduleError(f"barrier must be a number, or the first and the last, got barrier={barrier}")
    first, last = float(heights[0]), float(heights[-1])
    if index(per_beta) < 1:
        raise ScheduleError(f"num_sweeps_per_beta must be at least 1, got num_sweeps_per_beta={per_beta}")
    if curve == "custom":
        betas = np.asarray(beta_schedule, np.float64)
        if beta_schedule is None or betas.ndim != 1 or not betas.size:
            raise ScheduleError("beta_schedule_type='custom' needs the betas: give beta_schedule, one-dimensional")
        if beta_range is not None:
            raise ScheduleError(f"beta_schedule has all betas, got beta_range={beta_range} too: leave one of them out")
        if num_sweeps not in (None, per_beta * betas.size):
            raise ScheduleError(f"beta_schedule fixes the sweeps to {per_beta * betas.size}, got num_sweeps={num_sweeps}")
        betas = np.minimum(unit * betas, FROZEN)
    else:
        if beta_schedule is not None:
            raise ScheduleError(f"beta_schedule needs beta_schedule_type='custom', got {curve!r}")
        sweeps = 1000 if num_sweeps is None else index(num_sweeps)
        if sweeps % per_beta:
            raise ScheduleError(f"num_sweeps must be a multiple of {per_beta}, got num_sweeps={num_sweeps}")
        if beta_range is not None and len(beta_range) != 2:
            raise ScheduleError(f"beta_range must be two numbers, got beta_range={beta_range}")
        low, high = (None, None) if beta_range is None else (min(unit * beta, FROZEN) for beta in beta_range)
        ends = Schedule.automatic(problem, sweeps // per_beta, curve, low, high)
        schedule = Schedule(curve, ends.sweeps, ends.beta_min, ends.beta_max, first, last)
        if per_beta == 1 and sweeps > 1:
            return schedule
        # A single beta is the last one, as in Ocean.
        betas = schedule.betas(np.arange(schedule.sweeps)) if schedule.sweeps > 1 else np.array([schedule.beta_max])
    barriers = np.linspace(first, last, len(betas))
    return Stages(Stage(per_beta, float(beta), float(height)) for beta, height in zip(betas, barriers, strict=True))
