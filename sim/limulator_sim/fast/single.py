"""One replica by itself: the lanes of a window draw together, then its cells attempt one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy import int64

from limulator_hdl.formats import MANTISSA_BITS, RUN_BITS

from .counters import PLACE
from .gate import level_of, penalty_of, rank_of
from .noise import draw_window
from .stamp import STAMP

__all__ = ["sweep_single"]

_SHUT = (RUN_BITS + 1) << MANTISSA_BITS
"""A rank that no level is above."""


@njit  # type: ignore[untyped-decorator]
def _bit_count(value: int) -> int:
    count = 0
    while value:
        value &= value - 1
        count += 1
    return count


def _kernel(stamp: str) -> Any:
    @njit(nogil=True, cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
    def sweep_single(
        scan: Any, x: Any, g: Any, best: Any, record: Any, rows: Any, diagonal: Any, x_max: int, knobs: Any, gate: Any
    ) -> None:
        stamp  # noqa: B018
        starts, values, neighbours = rows
        barriers, betas, product_shift = knobs
        noise, lanes, noise_steps, empty = scan
        cells = len(x)
        attempts = cells - empty.sum()
        words = np.empty(lanes, np.uint32)
        rank = np.empty(lanes, np.int32)
        for sweep in range(len(betas)):
            barrier, beta = barriers[sweep], betas[sweep]
            void, down, up, steps, lower, higher, toggles = 0, 0, 0, 0, 0, 0, 0
            for first in range(0, cells, lanes):
                draw_window(noise, words, noise_steps)
                for lane in range(lanes):
                    rank[lane] = rank_of(words[lane])
                if attempts < cells:
                    for lane in range(lanes):
                        if empty[first + lane]:
                            rank[lane] = _SHUT
                for lane in range(lanes):
                    i = first + lane
                    state = x[i]
                    rising = 1 - state if x_max == 1 else int64(words[lane] & 1)
                    if state == x_max * rising:
                        void += 1
                        continue
                    # without branches, which would be guessed wrongly half the time
                    delta = (g[i] ^ (rising - 1)) + (1 - rising) * (diagonal[i] + 1)
                    penalty = penalty_of(barrier, beta, max(delta, 0), product_shift)
                    if rank[lane] >= level_of(penalty, gate):
                        continue
                    d = 2 * rising - 1
                    toggles += _bit_count(state ^ (state + d))
                    x[i] = state + d
                    for k in range(starts[i], starts[i + 1]):
                        g[neighbours[k]] += values[k] * d
                    steps += 1
                    down += delta < 0
                    up += delta > 0
                    lower += min(delta, 0)
                    higher += max(delta, 0)
            record[PLACE.attempts] += attempts
            record[PLACE.void] += void
            record[PLACE.down] += down
            record[PLACE.up] += up
            record[PLACE.flat] += steps - down - up
            record[PLACE.sum_down] += lower
            record[PLACE.sum_up] += higher
            record[PLACE.heat] -= beta * (lower + higher)
            record[PLACE.toggles] += toggles
            record[PLACE.energy] += lower + higher
            if record[PLACE.energy] < record[PLACE.best_energy]:
                record[PLACE.best_energy] = record[PLACE.energy]
                best[:] = x

    return sweep_single


sweep_single = _kernel(STAMP)
"""Sweep one replica, as often as there are knobs.

``scan``: the noise as :func:`.draw_window` takes it, the number of lanes, the steps, and for each position whether it is
empty.
``x``, ``g`` and ``best`` are (cells,) of int32, the ``diagonal`` too; ``record`` is (counters,) of int64; ``rows`` the
couplings as scipy.sparse has them: indptr, data and indices. The rest as for :func:`.sweep_wide`.
"""
