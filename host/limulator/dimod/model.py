"""A binary quadratic model as a problem that an array can hold."""

# dimod's own types are not complete
# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dimod
import numpy as np
from scipy import sparse

from ..anneal import check_counters, shape_for
from ..couplings import check_cells
from ..errors import ProblemError, RangeError
from ..problem import Problem
from ..schedule import Schedule
from ..stages import Stages

__all__ = ["FINEST_LEVELS", "fitted"]

FINEST_LEVELS = 32767
"""Largest integer coupling that is rounded to by default: the largest that an array stores."""


def fitted(
    bqm: dimod.BinaryQuadraticModel,
    labels: list[Any],
    levels: int | None,
    lanes: int | None,
    array: str,
    schedule_of: Callable[[Problem], Schedule | Stages],
) -> tuple[Problem, Schedule | Stages]:
    """The model as a problem that an array can hold, as exact as possible, and its schedule."""
    check_cells(len(labels))
    linear, (rows, columns, values), offset = bqm.to_numpy_vectors(labels)
    pairs = sparse.csr_array((np.asarray(values, np.float64), (rows, columns)), shape=(len(labels), len(labels)))

    def fit(levels: int | None) -> tuple[Problem, Schedule | Stages]:
        if bqm.vartype is dimod.SPIN:
            problem = Problem.ising(sparse.triu(pairs + pairs.T, 1), linear, offset=float(offset), levels=levels)
        else:
            problem = Problem.qubo(pairs + sparse.diags_array(linear), offset=float(offset), levels=levels)
        schedule = schedule_of(problem)
        shape = shape_for(problem, schedule, lanes, array)
        check_counters(shape, schedule.compile(shape))
        return problem, schedule

    if levels is not None:
        return fit(levels)
    try:
        return fit(None)
    except (ProblemError, RangeError):
        levels = FINEST_LEVELS
    while True:
        try:
            return fit(levels)
        except RangeError:
            if levels == 1:
                raise
            levels //= 2
