"""A block of replicas of binary cells whose fields are narrow: with 8 bits, 64 of them are in a register.

Fields, deltas and couplings are in units of what divides all of the problem's coefficients. Then few positive deltas are
possible, and a word's allowance (:mod:`limulator_sim.barrier`) is found by counting how many of their levels its rank is
below; usually none is left after a few, and most of the deltas are never looked at.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy import int8, int16, int64

from limulator_hdl.formats import MANTISSA_BITS, RUN_BITS

from .counters import book_sweep
from .gate import level_of, penalty_of, ranks
from .noise import draw
from .stamp import STAMP
from .vectors import LANES, anywhere, cast, load, select, splat, store

__all__ = ["FIELD_MAX", "sweep_narrow"]

FIELD_MAX = {int8: 127, int16: 511}
"""Largest magnitude of a field, in those units, by its type; the more deltas there are, the longer they take to count."""

_REFUSE = -(1 << 9)
"""An allowance below every delta."""

_SPAN = 64
"""Cells whose steps 8 bits can count, and the sums of whose deltas, up to 64 * 511, fit 16."""

_RARE = (RUN_BITS - 9) << MANTISSA_BITS
"""A level that few words pass; those above it are compared with every word, as a branch would cost more."""


def _kernel(stamp: str) -> Any:
    @njit(nogil=True, cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
    def sweep_narrow(
        scan: Any, x: Any, g: Any, best: Any, records: Any, rows: Any, unit: int, top: int, knobs: Any, gate: Any
    ) -> None:
        stamp  # noqa: B018
        starts, ends, values, neighbours = rows
        barriers, betas, product_shift = knobs
        noise, lanes, noise_steps, empty = scan
        cells = len(starts) - 1
        attempts = cells - empty.sum()
        levels = np.zeros(top + 2, int16)
        nothing, field = splat(0, int64), g.dtype
        for sweep in range(len(betas)):
            for k in range(top + 1):
                levels[k] = level_of(penalty_of(barriers[sweep], betas[sweep], k * unit, product_shift), gate)
                if levels[k] == 0:
                    break
            usual = 1
            while levels[0] and usual <= top and levels[usual] > _RARE:
                usual += 1
            downs, ups, steps, lower, change = nothing, nothing, nothing, nothing, nothing
            for first in range(0, cells, _SPAN):
                down, up, step = splat(0, int8), splat(0, int8), splat(0, int8)
                sum_down, sum_all = splat(0, int16), splat(0, int16)
                for i in range(first, min(first + _SPAN, cells)):
                    rank = cast(ranks(draw(noise, i % lanes, lanes, noise_steps)), int16)
                    if empty[i]:
                        continue
                    allowed = cast(rank >= levels[0], int16) & _REFUSE
                    for k in range(1, usual):
                        allowed = allowed - cast(rank < levels[k], int16)
                    k = usual
                    while levels[0]:  # else nothing passes, and the levels above are those of another sweep
                        below = rank < levels[k]
                        if not anywhere(below):
                            break
                        allowed = allowed - cast(below, int16)
                        k += 1
                    # x is stored as 0 or -1: a field's sign for a step down is its two's complement
                    state = load(x, i * LANES)
                    delta = (load(g, i * LANES) ^ state) - state
                    accept = cast(delta, int16) <= allowed
                    if not anywhere(accept):
                        continue
                    moved = cast(accept, field)
                    delta = delta & moved
                    fell = delta < 0
                    down, up, step = down - cast(fell, int8), up - cast(delta > 0, int8), step - cast(moved, int8)
                    sum_all = sum_all + cast(delta, int16)
                    sum_down = sum_down + cast(select(fell, delta, splat(0, field)), int16)
                    store(x, i * LANES, state ^ moved)
                    d = (state | 1) & moved
                    for run in range(starts[i], starts[i + 1]):
                        push = d * values[run]
                        for k in range(ends[run], ends[run + 1]):
                            j = int64(neighbours[k]) * LANES
                            store(g, j, load(g, j) + push)
                downs, ups, steps = downs + cast(down, int64), ups + cast(up, int64), steps + cast(step, int64)
                lower, change = lower + cast(sum_down, int64), change + cast(sum_all, int64)
            improved = book_sweep(
                records,
                attempts,
                betas[sweep],
                nothing,
                downs,
                ups,
                steps - downs - ups,
                lower * unit,
                (change - lower) * unit,
                steps,
            )
            if anywhere(improved):
                for i in range(0, cells * LANES, LANES):
                    store(best, i, select(improved, load(x, i), load(best, i)))

    return sweep_narrow


sweep_narrow = _kernel(STAMP)
"""Sweep a block, as often as there are knobs.

``scan``: the noise, the lanes and the steps as :func:`.draw` takes them, and for each position whether it is empty. Flat
arrays made by :func:`.aligned`: noise; ``x`` (0 or -1), ``g`` and ``best``, (cells, LANES) of int8 or int16; ``records``
as :mod:`.counters` has them. ``rows``: the runs ``starts[i]`` to ``starts[i + 1]`` are those of cell i, the ``neighbours``
from ``ends[run]`` to ``ends[run + 1]`` all have the coupling ``values[run]``.
``top`` is the largest magnitude of a field; it, the fields and the couplings are in units of ``unit``. ``knobs``: barriers
and betas of the sweeps, as in :class:`limulator_sim.schedule.Knobs`, and the shape's product_shift. ``gate``:
:data:`.FRACTION_LEVELS`.
"""
