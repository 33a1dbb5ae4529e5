"""The noise streams in compiled code, for the replicas of a block or the lanes of one.

States of 32-bit words are those of :mod:`limulator_sim.noise`, and states of 64-bit words of
:mod:`limulator_sim.pair_noise`; by that numba chooses the code.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload

from limulator_hdl.pair import HALF_BITS, ROTATIONS, SHIFT
from limulator_hdl.taus88 import COMPONENTS

from .vectors import LANES, cast, load, store

__all__ = ["draw", "draw_window"]

_FIRST, _SECOND, _THIRD = ((c.tap, c.drop, c.step, c.mask) for c in COMPONENTS)
_DOWN, _DOWN_AGAIN = ROTATIONS
_UP, _UP_AGAIN = (HALF_BITS - rotation for rotation in ROTATIONS)


@njit  # type: ignore[untyped-decorator]
def _next(z: Any, tap: int, drop: int, step: int, mask: int) -> Any:
    return ((z & mask) << step) ^ (((z << tap) ^ z) >> drop)


@njit  # type: ignore[untyped-decorator]
def _next_half(p: Any, q: Any) -> Any:
    return p ^ (p << SHIFT) ^ ((q >> _DOWN) | (q << _UP)) ^ ((q >> _DOWN_AGAIN) | (q << _UP_AGAIN))


@njit  # type: ignore[untyped-decorator]
def _draw_own(states: Any, lane: int) -> Any:
    at, plane = lane * LANES, len(states) // 3
    z1, z2, z3 = load(states, at), load(states, at + plane), load(states, at + 2 * plane)
    store(states, at, _next(z1, *_FIRST))
    store(states, at + plane, _next(z2, *_SECOND))
    store(states, at + 2 * plane, _next(z3, *_THIRD))
    return z1 ^ z2 ^ z3


@njit  # type: ignore[untyped-decorator]
def _draw_shared(states: Any, lane: int, lanes: int) -> Any:
    at, plane = lane // 2 * LANES, len(states) // 2
    q = load(states, at + plane)
    if lane % 2 or lane == lanes - 1:
        store(states, at + plane, _next_half(load(states, at), q))
        store(states, at, q)
    return cast(q >> (lane % 2 * 32), np.uint32)


def draw(states: Any, lane: int, lanes: int) -> Any:
    """The next word of a lane's stream, for each replica; lanes draw in turn, each once before the first does again.

    ``states``, flat, is (3, lanes, LANES) of uint32, component, lane, replica, or (2, pairs, LANES) of uint64.
    """
    raise NotImplementedError("for compiled code only")


@overload(draw, strict=False)  # type: ignore[untyped-decorator]
def _draw(states: Any, lane: Any, lanes: Any) -> Any:
    if states.dtype == types.uint64:
        return lambda states, lane, lanes: _draw_shared(states, lane, lanes)
    return lambda states, lane, lanes: _draw_own(states, lane)


@njit  # type: ignore[untyped-decorator]
def _next_word(z: np.uint32, tap: int, drop: int, step: int, mask: int) -> np.uint32:
    feedback = np.uint32((z << np.uint32(tap)) ^ z) >> np.uint32(drop)
    return np.uint32((z & np.uint32(mask)) << np.uint32(step)) ^ feedback


@njit  # type: ignore[untyped-decorator]
def _draw_window_own(states: Any, words: Any) -> None:
    for lane in range(len(words)):
        z1, z2, z3 = states[0, lane], states[1, lane], states[2, lane]
        words[lane] = z1 ^ z2 ^ z3
        states[0, lane] = _next_word(z1, *_FIRST)
        states[1, lane] = _next_word(z2, *_SECOND)
        states[2, lane] = _next_word(z3, *_THIRD)


@njit  # type: ignore[untyped-decorator]
def _draw_window_shared(states: Any, words: Any) -> None:
    for pair in range(states.shape[1]):
        p, q = states[0, pair], states[1, pair]
        words[2 * pair] = q
        if 2 * pair + 1 < len(words):
            words[2 * pair + 1] = q >> 32
        states[0, pair], states[1, pair] = q, _next_half(p, q)


def draw_window(states: Any, words: Any) -> None:
    """The next word of every lane of one replica; ``states`` is (3, lanes) of uint32, or (2, pairs) of uint64."""
    raise NotImplementedError("for compiled code only")


@overload(draw_window, strict=False)  # type: ignore[untyped-decorator]
def _draw_window(states: Any, words: Any) -> Any:
    if states.dtype == types.uint64:
        return lambda states, words: _draw_window_shared(states, words)
    return lambda states, words: _draw_window_own(states, words)
