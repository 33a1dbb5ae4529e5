"""A block of replicas of any cells, with fields of up to 32 bits."""

from __future__ import annotations

from typing import Any

from numba import njit
from numpy import int32, int64

from limulator_hdl.formats import MANTISSA_BITS, PENALTY_FRAC, RUN_BITS

from .counters import book_sweep
from .gate import CLOSED, ranks
from .noise import draw
from .stamp import STAMP
from .vectors import LANES, anywhere, bit_count, cast, load, select, splat, store, take

__all__ = ["sweep_wide"]

_FRACTION_MASK = (1 << PENALTY_FRAC) - 1


def _kernel(stamp: str) -> Any:
    @njit(nogil=True, cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
    def sweep_wide(
        scan: Any, x: Any, g: Any, best: Any, records: Any, rows: Any, diagonal: Any, x_max: int, knobs: Any, gate: Any
    ) -> None:
        stamp  # noqa: B018
        starts, ends, values, neighbours = rows
        barriers, betas, product_shift = knobs
        noise, lanes, noise_steps, empty = scan
        cells = len(starts) - 1
        attempts = cells - empty.sum()
        half, most = 1 << (product_shift - 1), CLOSED << product_shift
        zero, one, nothing = splat(0, int32), splat(1, int32), splat(0, int64)
        for sweep in range(len(betas)):
            void, down, up, step, toggles = zero, zero, zero, zero, zero
            lower, higher = nothing, nothing
            for i in range(cells):
                word = draw(noise, i % lanes, lanes, noise_steps)
                if empty[i]:
                    continue
                state, field = load(x, i * LANES), load(g, i * LANES)
                rising = state == 0 if x_max == 1 else (cast(word, int32) & 1) == 1
                inside = state != select(rising, splat(x_max, int32), zero)
                void = void + one + cast(inside, int32)
                delta = select(rising, field, splat(diagonal[i], int32) - field)
                climb = cast(select(delta > 0, delta, zero), int64) * betas[sweep]
                climb = select(climb < most, climb, splat(most, int64))
                penalty = ((climb + half) >> product_shift) + barriers[sweep]
                lets = penalty < CLOSED
                t = select(lets, cast(penalty, int32), zero)
                level = ((splat(RUN_BITS, int32) - (t >> PENALTY_FRAC)) << MANTISSA_BITS) + take(gate, t & _FRACTION_MASK)
                accept = inside & lets & (cast(ranks(word), int32) < level)
                if not anywhere(accept):
                    continue
                moved = cast(accept, int32)
                delta = delta & moved
                fell = delta < 0
                down, up, step = down - cast(fell, int32), up - cast(delta > 0, int32), step - moved
                drop = select(fell, delta, zero)
                lower, higher = lower + cast(drop, int64), higher + cast(delta - drop, int64)
                d = select(rising, one, splat(-1, int32)) & moved
                toggles = toggles + bit_count(state ^ (state + d))
                store(x, i * LANES, state + d)
                for run in range(starts[i], starts[i + 1]):
                    push = d * values[run]
                    for k in range(ends[run], ends[run + 1]):
                        j = int64(neighbours[k]) * LANES
                        store(g, j, load(g, j) + push)
            flat = step - down - up
            improved = book_sweep(records, attempts, betas[sweep], void, down, up, flat, lower, higher, toggles)
            if anywhere(improved):
                for i in range(0, cells * LANES, LANES):
                    store(best, i, select(improved, load(x, i), load(best, i)))

    return sweep_wide


sweep_wide = _kernel(STAMP)
"""Sweep a block, as often as there are knobs.

As :func:`.sweep_narrow`, but ``x`` (0..x_max), ``g`` and ``best`` are of int32, fields and couplings in units of E, and
there are couplings of cells to themselves: the ``diagonal``, (cells,) of int32, which ``rows`` hold too.
"""
