"""Writes what a colour array's lanes draw, 16 bits at a time, in scan order, for as long as somebody reads.

    python tests/sim/dieharder_stream.py SEED LANES STEPS [LANE] | dieharder -g 200 -a

STEPS are those that a generator makes a window: 1, or 2 in a compact array. With LANE, the draws of that lane alone.
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
def fill(states: np.ndarray, draws: np.ndarray, words: np.ndarray, steps: int) -> None:
    for window in range(len(draws)):
        draws[window] = states[1, : draws.shape[1]]
        draw_window(states, words, steps)


def main() -> None:
    """Write until the reader closes the pipe."""
    seed, lanes, steps, *lane = map(int, sys.argv[1:])
    states, words = quad_states(seed, lanes, steps), np.empty(lanes, np.uint32)
    draws = np.empty((WINDOWS, lanes), np.uint16)
    try:
        while True:
            fill(states, draws, words, steps)
            sys.stdout.buffer.write(np.ascontiguousarray(draws[:, lane[0]] if lane else draws))
    except BrokenPipeError:
        sys.stderr.close()  # lest Python complain about what it could not flush


if __name__ == "__main__":
    main()
