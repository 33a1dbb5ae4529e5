"""The noise streams in compiled code, for the replicas of a block or the lanes of one.

States of 32-bit words are those of :mod:`limulator_sim.noise`, and states of 16-bit words of
:mod:`limulator_sim.quad_noise`; by that numba chooses the code.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload

from limulator_hdl.formats import DIRECTION_BITS, MANTISSA_BITS, WORD_BITS
from limulator_hdl.quad import COMMON_BITS, PRIVATE_BITS, RING
from limulator_hdl.quad import LANES as QUAD
from limulator_hdl.taus88 import COMPONENTS

from .vectors import LANES, cast, leading_zeros, load, store

__all__ = ["draw", "draw_window"]

_FIRST, _SECOND, _THIRD = ((c.tap, c.drop, c.step, c.mask) for c in COMPONENTS)
_INNER, _LAST = ((beside.shift, *beside.rotations) for beside in (RING[0], RING[-1]))
_TAIL_BITS = MANTISSA_BITS + DIRECTION_BITS
_UNUSED_BITS = WORD_BITS - MANTISSA_BITS


@njit  # type: ignore[untyped-decorator]
def _next(z: Any, tap: int, drop: int, step: int, mask: int) -> Any:
    return ((z & mask) << step) ^ (((z << tap) ^ z) >> drop)


@njit  # type: ignore[untyped-decorator]
def _next_draw(p: Any, beside_p: Any, beside_q: Any, up: int, down: int, again: int) -> Any:
    rotated = (beside_q >> down) | (beside_q << (PRIVATE_BITS - down))
    return p ^ (beside_p << up) ^ rotated ^ (beside_q >> again) ^ (beside_q << (PRIVATE_BITS - again))


@njit  # type: ignore[untyped-decorator]
def _draw_own(states: Any, lane: int) -> Any:
    at, plane = lane * LANES, len(states) // 3
    z1, z2, z3 = load(states, at), load(states, at + plane), load(states, at + 2 * plane)
    store(states, at, _next(z1, *_FIRST))
    store(states, at + plane, _next(z2, *_SECOND))
    store(states, at + 2 * plane, _next(z3, *_THIRD))
    return z1 ^ z2 ^ z3


@njit  # type: ignore[untyped-decorator]
def _words_of(numbers: Any) -> Any:
    """See :func:`limulator_sim.quad_noise.word_of`; the lowest bit follows too late to be in a mantissa."""
    following = (numbers << leading_zeros(numbers | 1)) << 1
    return ((numbers >> _TAIL_BITS) << _TAIL_BITS) | ((following >> _UNUSED_BITS) << DIRECTION_BITS)


@njit  # type: ignore[untyped-decorator]
def _step_shared(states: Any, first: int) -> None:
    at, plane = first * LANES, len(states) // 2
    p0, p1 = load(states, at), load(states, at + LANES)
    p2, p3 = load(states, at + 2 * LANES), load(states, at + 3 * LANES)
    for offset in range(0, QUAD * LANES, LANES):
        store(states, at + offset, load(states, at + plane + offset))
    at += plane
    q0, q1 = load(states, at), load(states, at + LANES)
    q2, q3 = load(states, at + 2 * LANES), load(states, at + 3 * LANES)
    store(states, at, _next_draw(p0, p1, q1, *_INNER))
    store(states, at + LANES, _next_draw(p1, p2, q2, *_INNER))
    store(states, at + 2 * LANES, _next_draw(p2, p3, q3, *_INNER))
    store(states, at + 3 * LANES, _next_draw(p3, p0, q0, *_LAST))


@njit  # type: ignore[untyped-decorator]
def _words_of(numbers: Any) -> Any:
    """See :func:`limulator_sim.quad_noise.word_of`; the lowest bit follows too late to be in a mantissa."""
    following = (numbers << leading_zeros(numbers | 1)) << 1
    return ((numbers >> _TAIL_BITS) << _TAIL_BITS) | ((following >> _UNUSED_BITS) << DIRECTION_BITS)


@njit  # type: ignore[untyped-decorator]
def _draw_shared(states: Any, lane: int, lanes: int, steps: int) -> Any:
    plane = len(states) // 2
    last = plane // LANES - QUAD
    own, common = load(states, plane + lane * LANES), load(states, plane + last * LANES)
    for _ in range(steps):
        if lane % QUAD == QUAD - 1 or lane == lanes - 1:
            _step_shared(states, lane // QUAD * QUAD)
        if lane == lanes - 1:
            _step_shared(states, last)
    return _words_of((cast(own, np.uint32) << COMMON_BITS) | cast(common, np.uint32))


def draw(states: Any, lane: int, lanes: int, steps: int) -> Any:
    """The next word of a lane's stream, for each replica; lanes draw in turn, each once before the first does again.

    ``states``, flat, is (3, lanes, LANES) of uint32, component, lane, replica, or (2, 4 * (quads + 1), LANES) of uint16;
    ``steps`` are those that a generator of these makes for a window.
    """
    raise NotImplementedError("for compiled code only")


@overload(draw, strict=False)  # type: ignore[untyped-decorator]
def _draw(states: Any, lane: Any, lanes: Any, steps: Any) -> Any:
    if states.dtype == types.uint16:
        return lambda states, lane, lanes, steps: _draw_shared(states, lane, lanes, steps)
    return lambda states, lane, lanes, steps: _draw_own(states, lane)


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
def _word_of(number: Any) -> Any:
    # a double's exponent is the place of the integer's first one
    first = (np.float64(number | np.uint32(1)).view(np.int64) >> 52) - 1023
    following = np.uint32(np.uint64(number) << np.uint64(WORD_BITS - first))
    tail = (following >> np.uint32(_UNUSED_BITS)) << np.uint32(DIRECTION_BITS)
    return ((number >> np.uint32(_TAIL_BITS)) << np.uint32(_TAIL_BITS)) | tail


@njit  # type: ignore[untyped-decorator]
def _draw_window_shared(states: Any, words: Any, steps: int) -> None:
    p, q = states
    common = q[-QUAD]
    for lane in range(len(words)):
        words[lane] = _word_of(np.uint32(q[lane] << COMMON_BITS | common))
    for _ in range(steps):
        for at in range(0, len(q), QUAD):
            p0, p1, p2, p3 = p[at], p[at + 1], p[at + 2], p[at + 3]
            q0, q1, q2, q3 = q[at], q[at + 1], q[at + 2], q[at + 3]
            p[at], p[at + 1], p[at + 2], p[at + 3] = q0, q1, q2, q3
            q[at] = _next_draw(p0, p1, q1, *_INNER)
            q[at + 1] = _next_draw(p1, p2, q2, *_INNER)
            q[at + 2] = _next_draw(p2, p3, q3, *_INNER)
            q[at + 3] = _next_draw(p3, p0, q0, *_LAST)


def draw_window(states: Any, words: Any, steps: int) -> None:
    """The next word of every lane of one replica, whose ``states`` are as :func:`draw` has them, without the last axis."""
    raise NotImplementedError("for compiled code only")


@overload(draw_window, strict=False)  # type: ignore[untyped-decorator]
def _draw_window(states: Any, words: Any, steps: Any) -> Any:
    if states.dtype == types.uint16:
        return lambda states, words, steps: _draw_window_shared(states, words, steps)
    return lambda states, words, steps: _draw_window_own(states, words)
