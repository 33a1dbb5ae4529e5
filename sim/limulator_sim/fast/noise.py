"""The noise streams in compiled code: :mod:`limulator_sim.noise`, for the replicas of a block or the lanes of one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from limulator_hdl.taus88 import COMPONENTS

from .vectors import LANES, load, store

__all__ = ["draw", "draw_window"]

_FIRST, _SECOND, _THIRD = ((c.tap, c.drop, c.step, c.mask) for c in COMPONENTS)


@njit  # type: ignore[untyped-decorator]
def _next(z: Any, tap: int, drop: int, step: int, mask: int) -> Any:
    return ((z & mask) << step) ^ (((z << tap) ^ z) >> drop)


@njit  # type: ignore[untyped-decorator]
def draw(states: Any, lane: int) -> Any:
    """The next word of a lane's stream, for each replica.

    ``states``, flat, is (3, lanes, LANES) of uint32: component, lane, replica.
    """
    at, plane = lane * LANES, len(states) // 3
    z1, z2, z3 = load(states, at), load(states, at + plane), load(states, at + 2 * plane)
    store(states, at, _next(z1, *_FIRST))
    store(states, at + plane, _next(z2, *_SECOND))
    store(states, at + 2 * plane, _next(z3, *_THIRD))
    return z1 ^ z2 ^ z3


@njit  # type: ignore[untyped-decorator]
def _next_word(z: np.uint32, tap: int, drop: int, step: int, mask: int) -> np.uint32:
    feedback = np.uint32((z << np.uint32(tap)) ^ z) >> np.uint32(drop)
    return np.uint32((z & np.uint32(mask)) << np.uint32(step)) ^ feedback


@njit(nogil=True)  # type: ignore[untyped-decorator]
def draw_window(states: Any, words: Any) -> None:
    """The next word of every lane of one replica; ``states`` is (3, lanes) of uint32."""
    for lane in range(len(words)):
        z1, z2, z3 = states[0, lane], states[1, lane], states[2, lane]
        words[lane] = z1 ^ z2 ^ z3
        states[0, lane] = _next_word(z1, *_FIRST)
        states[1, lane] = _next_word(z2, *_SECOND)
        states[2, lane] = _next_word(z3, *_THIRD)
