"""The noise streams, as :mod:`limulator_hdl.noise` makes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limulator_hdl.taus88 import COMPONENTS, STATE_WORDS

__all__ = ["NoiseStreams", "step", "stream_states"]

_TAP, _DROP, _STEP, _MASK, _LEAST = (
    np.array([getattr(component, name) for component in COMPONENTS], np.uint32)
    for name in ("tap", "drop", "step", "mask", "least")
)


def step(state: tuple[int, ...]) -> tuple[int, ...]:
    """One step of one stream in Python integers: L'Ecuyer 1996, figure 1."""
    stepped = []
    for z, component in zip(state, COMPONENTS, strict=True):
        feedback = (((z << component.tap) ^ z) & 0xFFFFFFFF) >> component.drop
        stepped.append((((z & component.mask) << component.step) & 0xFFFFFFFF) ^ feedback)
    return tuple(stepped)


def stream_states(seed: int, lanes: int) -> NDArray[np.uint32]:
    """States that start the streams of all lanes apart, from one seed: shape (3, lanes).

    They are hashed from the seed by numpy's ``SeedSequence``; a state too small to be legal is moved up.
    """
    words = np.random.SeedSequence(seed, spawn_key=(0,)).generate_state(STATE_WORDS * lanes, np.uint32)
    states = words.reshape(lanes, STATE_WORDS).T
    return np.where(states < _LEAST[:, None], states + _LEAST[:, None], states)


class NoiseStreams:
    """The streams of every lane and replica.

    ``states`` has shape (3, lanes, replicas).
    """

    def __init__(self, states: NDArray[np.uint32]) -> None:
        self.states = np.ascontiguousarray(states, np.uint32)

    def draw(self, count: int) -> NDArray[np.uint32]:
        """The next ``count`` words of each stream: shape (count, lanes, replicas)."""
        z = self.states
        tap, drop, advance, mask = (constant[:, None, None] for constant in (_TAP, _DROP, _STEP, _MASK))
        words = np.empty((count, *z.shape[1:]), np.uint32)
        feedback = np.empty_like(z)
        for word in words:
            np.bitwise_xor.reduce(z, axis=0, out=word)
            np.left_shift(z, tap, out=feedback)
            feedback ^= z
            feedback >>= drop
            z &= mask
            z <<= advance
            z ^= feedback
        return words
