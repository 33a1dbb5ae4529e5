"""Writes what a colour array's lanes draw, 16 bits at a time, in scan order, for as long as somebody reads.

    python tests/sim/dieharder_stream.py SEED LANES [LANE] | dieharder -g 200 -a

With LANE, the draws of that lane alone.
"""

from __future__ import annotations

import sys

import numpy as np
from numba import njit

from limulator_sim.fast.noise import draw_window
from limulator_sim.quad_noise import quad_states

WINDOWS = 1 << 14
"""Written at a time."""


@njit
def fill(states: np.ndarray, draws: np.ndarray, words: np.ndarray) -> None:
    for window in range(len(draws)):
        draws[window] = states[1, : draws.shape[1]]
        draw_window(states, words, 1)


def main() -> None:
    """Write until the reader closes the pipe."""
    seed, lanes, *lane = map(int, sys.argv[1:])
    states, words = quad_states(seed, lanes), np.empty(lanes, np.uint32)
    draws = np.empty((WINDOWS, lanes), np.uint16)
    try:
        while True:
            fill(states, draws, words)
            sys.stdout.buffer.write(np.ascontiguousarray(draws[:, lane[0]] if lane else draws))
    except BrokenPipeError:
        sys.stderr.close()  # lest Python complain about what it could not flush


if __name__ == "__main__":
    main()
