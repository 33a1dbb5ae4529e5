"""The counters in compiled code: those of a block's replicas, (counters, LANES) of int64, flat."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np
from numba import njit

from limulator_hdl.ledger import COUNTERS

from .vectors import LANES, cast, load, select, splat, store

__all__ = ["PLACE", "book_sweep"]

PLACE = namedtuple("PLACE", [counter.name for counter in COUNTERS])(*range(len(COUNTERS)))
"""Where each counter is in a record."""


@njit  # type: ignore[untyped-decorator]
def _add(records: Any, counter: int, vector: Any) -> None:
    store(records, counter * LANES, load(records, counter * LANES) + cast(vector, np.int64))


@njit  # type: ignore[untyped-decorator]
def book_sweep(
    records: Any, attempts: int, beta: int, void: Any, down: Any, up: Any, flat: Any, lower: Any, higher: Any, toggles: Any
) -> Any:
    """Book what happened in a sweep, in vectors: ``lower`` and ``higher`` are the sums of delta, units of E.

    Returns the mask of the replicas whose energy is the best so far.
    """
    _add(records, PLACE.attempts, splat(attempts, np.int64))
    _add(records, PLACE.void, void)
    _add(records, PLACE.down, down)
    _add(records, PLACE.up, up)
    _add(records, PLACE.flat, flat)
    _add(records, PLACE.sum_down, lower)
    _add(records, PLACE.sum_up, higher)
    _add(records, PLACE.toggles, toggles)
    change = lower + higher
    _add(records, PLACE.heat, change * -beta)
    _add(records, PLACE.energy, change)
    energy, best = load(records, PLACE.energy * LANES), load(records, PLACE.best_energy * LANES)
    improved = energy < best
    store(records, PLACE.best_energy * LANES, select(improved, energy, best))
    return improved
