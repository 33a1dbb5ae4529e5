"""The counters in compiled code: those of a block's replicas, (counters, LANES) of int64, flat."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from limulator_hdl.ledger import COUNTERS

from .vectors import LANES, cast, load, select, splat, store

__all__ = ["book_sweep"]

(_ATTEMPTS, _VOID, _DOWN, _UP, _FLAT, _SUM_DOWN, _SUM_UP, _HEAT, _TOGGLES, _ENERGY, _BEST) = (
    LANES * place for place in range(len(COUNTERS))
)


@njit  # type: ignore[untyped-decorator]
def _add(records: Any, counter: int, vector: Any) -> None:
    store(records, counter, load(records, counter) + cast(vector, np.int64))


@njit  # type: ignore[untyped-decorator]
def book_sweep(
    records: Any, cells: int, beta: int, void: Any, down: Any, up: Any, flat: Any, lower: Any, higher: Any, toggles: Any
) -> Any:
    """Book what happened in a sweep, in vectors: ``lower`` and ``higher`` are the sums of delta, units of E.

    Returns the mask of the replicas whose energy is the best so far.
    """
    _add(records, _ATTEMPTS, splat(cells, np.int64))
    _add(records, _VOID, void)
    _add(records, _DOWN, down)
    _add(records, _UP, up)
    _add(records, _FLAT, flat)
    _add(records, _SUM_DOWN, lower)
    _add(records, _SUM_UP, higher)
    _add(records, _TOGGLES, toggles)
    change = lower + higher
    _add(records, _HEAT, change * -beta)
    _add(records, _ENERGY, change)
    energy, best = load(records, _ENERGY), load(records, _BEST)
    improved = energy < best
    store(records, _BEST, select(improved, energy, best))
    return improved
