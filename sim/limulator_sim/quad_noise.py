"""The noise of colour arrays, as :mod:`limulator_hdl.quad_noise` makes it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limulator_hdl.formats import DIRECTION_BITS, MANTISSA_BITS, RUN_BITS, WORD_BITS
from limulator_hdl.quad import (
    COMMON_BITS,
    HALF_BITS,
    LANES,
    PRIVATE_BITS,
    RING,
    ROTATIONS,
    SEED_BITS,
    SEED_PLACES,
    SEED_STEPS,
    SHIFT,
    generators,
)

__all__ = ["QuadStreams", "generator_states", "lane_draw", "quad_seed_words", "quad_states", "quad_step", "word_of"]

_MASK = (1 << HALF_BITS) - 1
_TAIL_BITS = MANTISSA_BITS + DIRECTION_BITS


def quad_step(state: tuple[int, int], seed: int = 0) -> tuple[int, int]:
    """One step of one generator in Python integers, a seed step with what is added: see :mod:`limulator_hdl.quad`."""
    p, q = state
    following = (p ^ p << SHIFT ^ seed) & _MASK
    for rotation in ROTATIONS:
        following ^= q >> rotation | q << (HALF_BITS - rotation) & _MASK
    return q, following


def quad_seed_words(seed: int, lanes: int, steps: int = 1) -> NDArray[np.uint16]:
    """Seed words that start the generators of all lanes, and the common one, apart, from one seed.

    Shape (SEED_STEPS, generators), in order of use; ``steps`` are those of a generator for a window. They are hashed from
    the seed by numpy's ``SeedSequence``; a generator that gets nothing but zeros gets a one.
    """
    count = generators(lanes, steps) * SEED_STEPS * SEED_BITS // 32
    hashed = np.random.SeedSequence(seed, spawn_key=(0,)).generate_state(count, np.uint32)
    words = hashed.astype("<u4").view("<u2").reshape(-1, SEED_STEPS).T.astype(np.uint16)
    words[0, ~words.any(axis=0)] = 1
    return words


def generator_states(seed: int, lanes: int, steps: int = 1) -> list[tuple[int, int]]:
    """The states (p, q) that those seed words lead to, for each four lanes and at last the common one.

    Four lanes draw from q. With two steps a window, a generator serves eight lanes: it is then two generators that make
    two steps each, one of them a step ahead of the other.
    """
    states = []
    for words in quad_seed_words(seed, lanes, steps).T.tolist():
        state = (0, 0)
        for word in words:
            state = quad_step(state, word << SEED_PLACES[steps])
            for _ in range(steps - 1):
                state = quad_step(state)
        for _ in range(steps):
            if steps > 1:
                state = quad_step(state)
            states.append(state)
    quads = -(-lanes // LANES)
    return [*states[:quads], states[-steps]]


def quad_states(seed: int, lanes: int, steps: int = 1) -> NDArray[np.uint16]:
    """The same as the lanes have them: shape (2, 4 * (quads + 1))."""
    halves = zip(*generator_states(seed, lanes, steps), strict=True)
    return np.array([[lane_draw(word, lane) for word in half for lane in range(LANES)] for half in halves], np.uint16)


def lane_draw(half: int, lane: int) -> int:
    """A lane's bits of p or q."""
    return sum((half >> LANES * bit + lane & 1) << bit for bit in range(PRIVATE_BITS))


def word_of(number: int) -> int:
    """The noise word that a draw over the common bits stands for: its run, and what follows the run's first one."""
    run = number >> (WORD_BITS - RUN_BITS)
    following = number << (WORD_BITS - number.bit_length() + 1) & ((1 << WORD_BITS) - 1)
    return run << _TAIL_BITS | following >> (WORD_BITS - MANTISSA_BITS) << DIRECTION_BITS


def _words_of(numbers: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """:func:`word_of` for an array."""
    length = np.frexp(numbers)[1].astype(np.uint32)
    following = (numbers.astype(np.uint64) << (WORD_BITS + 1 - length.astype(np.uint64))).astype(np.uint32)
    tail = following >> np.uint32(WORD_BITS - MANTISSA_BITS) << np.uint32(DIRECTION_BITS)
    return numbers >> np.uint32(_TAIL_BITS) << np.uint32(_TAIL_BITS) | tail


class QuadStreams:
    """The streams of every lane and replica.

    ``states`` has shape (2, 4 * (quads + 1), replicas), dtype uint16: p and q as the lanes have them, those of the common
    generator last. Where ``lanes`` is no multiple of four, some serve none.
    """

    def __init__(self, states: NDArray[np.uint16], lanes: int, steps: int = 1) -> None:
        self.states, self.lanes, self.steps = np.array(states, np.uint16, order="C"), lanes, steps

    def draw(self, count: int) -> NDArray[np.uint32]:
        """The next ``count`` words of each stream: shape (count, lanes, replicas)."""
        _, rows, replicas = self.states.shape
        draws = np.empty((count, rows // LANES, LANES, replicas), np.uint16)
        p, q = self.states.reshape(2, -1, LANES, replicas)
        for window in draws:
            window[:] = q
            for _ in range(self.steps):
                following = p.copy()
                for lane, beside in enumerate(RING):
                    following[:, lane] ^= p[:, beside.lane] << np.uint16(beside.shift)
                    for down in beside.rotations:
                        following[:, lane] ^= q[:, beside.lane] >> np.uint16(down)
                        following[:, lane] ^= q[:, beside.lane] << np.uint16(PRIVATE_BITS - down)
                p, q = q, following
        self.states = np.stack([p, q]).reshape(self.states.shape)
        private = draws[:, :-1].reshape(count, -1, replicas)[:, : self.lanes].astype(np.uint32)
        common = draws[:, -1:, 0].astype(np.uint32)
        return _words_of(private << np.uint32(COMMON_BITS) | common)
