"""The noise of pairs of lanes, as :mod:`limulator_hdl.pair_noise` makes it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limulator_hdl.pair import HALF_BITS, ROTATIONS, SEED_BITS, SEED_PLACE, SEED_STEPS, SHIFT

__all__ = ["PairStreams", "pair_seed_words", "pair_states", "pair_step"]

_MASK = (1 << HALF_BITS) - 1


def pair_step(state: tuple[int, int], seed_word: int = 0) -> tuple[int, int]:
    """One step of one pair in Python integers, a seed step if there is a seed word: see :mod:`limulator_hdl.pair`."""
    p, q = state
    following = (p ^ p << SHIFT ^ seed_word << SEED_PLACE) & _MASK
    for rotation in ROTATIONS:
        following ^= q >> rotation | q << (HALF_BITS - rotation) & _MASK
    return q, following


def pair_seed_words(seed: int, lanes: int) -> NDArray[np.uint16]:
    """Seed words that start the pairs of all lanes apart, from one seed: shape (SEED_STEPS, pairs), in order of use.

    They are hashed from the seed by numpy's ``SeedSequence``; a pair that gets nothing but zeros gets a one.
    """
    pairs = (lanes + 1) // 2
    hashed = np.random.SeedSequence(seed, spawn_key=(0,)).generate_state(pairs * SEED_STEPS * SEED_BITS // 32, np.uint32)
    words = hashed.astype("<u4").view("<u2").reshape(pairs, SEED_STEPS).T.astype(np.uint16)
    words[0, ~words.any(axis=0)] = 1
    return words


def pair_states(seed: int, lanes: int) -> NDArray[np.uint64]:
    """The states that those seed words lead to: shape (2, pairs), p and q."""
    states = []
    for words in pair_seed_words(seed, lanes).T.tolist():
        state = (0, 0)
        for word in words:
            state = pair_step(state, word)
        states.append(state)
    return np.array(states, np.uint64).T


class PairStreams:
    """The streams of every lane and replica.

    ``states`` has shape (2, pairs, replicas), dtype uint64; with an odd number of ``lanes`` the last pair's upper half
    serves none.
    """

    def __init__(self, states: NDArray[np.uint64], lanes: int) -> None:
        self.states, self.lanes = np.array(states, np.uint64, order="C"), lanes

    def draw(self, count: int) -> NDArray[np.uint32]:
        """The next ``count`` words of each stream: shape (count, lanes, replicas)."""
        p, q = self.states
        pairs, replicas = q.shape
        words = np.empty((count, pairs, 2, replicas), np.uint32)
        for word in words:
            word[:, 0] = q  # cut to its low half
            word[:, 1] = q >> np.uint64(32)
            following = p ^ p << np.uint64(SHIFT)
            for rotation in ROTATIONS:
                following ^= q >> np.uint64(rotation)
                following ^= q << np.uint64(HALF_BITS - rotation)
            p, q = q, following
        self.states = np.stack([p, q])
        return words.reshape(count, 2 * pairs, replicas)[:, : self.lanes]
