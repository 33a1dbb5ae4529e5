"""The fast model: chooses kernels, and has its threads sweep the replicas, a block at a time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import numpy as np
from numba import config
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import Shape

from ..golden import RECORD, Golden
from ..schedule import Knobs, Segment, walk
from .gate import FRACTION_LEVELS
from .narrow import FIELD_MAX, sweep_narrow
from .single import sweep_single
from .vectors import LANES, aligned
from .wide import sweep_wide

__all__ = ["Fast"]

_AT_ONCE = 1 << 16
"""Sweeps whose knobs are worked out together, at most."""

FEW = 8
"""Fewer replicas than this are faster one by one than as a block."""


class Fast:
    """Replicas of one array that differ in their seeds, to the bit those of :class:`.Golden`, whose parameters it has.

    ``threads`` share the blocks of replicas; by default as many as numba would use (``NUMBA_NUM_THREADS``).
    """

    def __init__(
        self,
        shape: Shape,
        couplings: ArrayLike | sparse.sparray,
        linear: ArrayLike,
        seeds: Sequence[int],
        x: ArrayLike | None = None,
        empty: Sequence[int] = (),
        threads: int | None = None,
    ) -> None:
        self._threads = threads or config.NUMBA_NUM_THREADS
        start = Golden(shape, couplings, linear, seeds, x, empty)
        matrix = sparse.csr_array(couplings, dtype=np.int64, copy=True)
        problem = _Problem(shape, matrix, np.asarray(linear, np.int64), empty)
        blocks = [slice(k, k + LANES) for k in range(0, len(seeds), LANES)]
        self._parts: list[_Block | _Single] = [_Block(problem, start, block) for block in blocks[:-1]]
        last = range(len(seeds))[blocks[-1]]
        if len(last) < FEW:
            self._parts += [_Single(problem, start, replica) for replica in last]
        else:
            self._parts.append(_Block(problem, start, blocks[-1]))
        self.shape = shape
        self.start(())

    def start(self, segments: Sequence[Segment]) -> None:
        """Begin a schedule, from the present x, fields, counters and noise."""
        self.log: list[NDArray[np.void]] = []
        self._knobs = walk(self.shape, segments)

    def advance(self, sweeps: int) -> int:
        """Make this many sweeps, or those left of the present segment, and at most 65,536; returns how many, 0 if the
        schedule is over."""
        knobs: list[Knobs] = []
        for present in islice(self._knobs, min(sweeps, _AT_ONCE)):
            knobs.append(present)
            if present.last:
                break
        if not knobs:
            return 0
        barriers, betas = (np.array([k[place] for k in knobs], np.int64) for place in (0, 1))
        ramps = (barriers, betas, self.shape.product_shift)
        if min(self._threads, len(self._parts)) == 1:
            for part in self._parts:
                part.sweep(ramps)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(lambda part: part.sweep(ramps), self._parts))
        if knobs[-1].last:
            self.log.append(self.records)
        return len(knobs)

    def run(self, segments: Sequence[Segment]) -> None:
        """Run a whole schedule."""
        self.start(segments)
        while self.advance(_AT_ONCE):
            pass

    @property
    def records(self) -> NDArray[np.void]:
        """A copy of the counters, (replicas,) of :data:`.RECORD`."""
        counts = np.concatenate([part.counts for part in self._parts])
        return np.ascontiguousarray(counts).view(RECORD)[:, 0]

    @property
    def x(self) -> NDArray[np.int32]:
        """The state: (replicas, cells)."""
        return np.concatenate([part.state("x") for part in self._parts])

    @property
    def g(self) -> NDArray[np.int32]:
        """The local fields: (replicas, cells)."""
        return np.concatenate([part.state("g") for part in self._parts])

    @property
    def best(self) -> NDArray[np.int32]:
        """The state of lowest energy among those at the ends of sweeps: (replicas, cells)."""
        return np.concatenate([part.state("best") for part in self._parts])


class _Problem:
    """What the kernels need of a problem, in their formats."""

    def __init__(self, shape: Shape, couplings: sparse.csr_array, linear: NDArray[np.int64], empty: Sequence[int]) -> None:
        self.cells, self.lanes, self.x_max = shape.cells, shape.lanes, shape.x_max
        self.noise_steps = shape.noise_steps if isinstance(shape, ColorShape) else 1
        self.empty = np.zeros(shape.cells, bool)
        self.empty[list(empty)] = True
        couplings.eliminate_zeros()
        self.diagonal = couplings.diagonal().astype(np.int32)
        high = linear + self.x_max * couplings.maximum(0).sum(axis=1)
        low = linear + self.x_max * couplings.minimum(0).sum(axis=1)
        unit = int(np.gcd.reduce(np.concatenate([couplings.data, linear]))) or 1
        self.top = int(max(np.abs(high).max(), np.abs(low).max())) // unit
        fits = [dtype for dtype, most in FIELD_MAX.items() if self.x_max == 1 and self.top <= most]
        self.narrow = bool(fits) and not self.diagonal.any()
        self.field: type[np.signedinteger[Any]] = fits[0] if self.narrow else np.int32
        self.unit = unit if self.narrow else 1
        self.row = (
            couplings.indptr.astype(np.uint64),
            couplings.data.astype(np.int32),
            couplings.indices.astype(np.uint64),
        )

        cell = np.repeat(np.arange(self.cells), np.diff(couplings.indptr))
        order = np.lexsort((couplings.data, cell))
        value = couplings.data[order] // self.unit
        first = np.flatnonzero(np.diff(cell, prepend=-1) | np.diff(value, prepend=0))
        self.runs = (
            np.searchsorted(cell[first], np.arange(self.cells + 1)).astype(np.uint64),
            np.append(first, len(value)).astype(np.uint64),
            # what does not fit wraps around, and the field with it, to a number that does
            value[first].astype(self.field),
            couplings.indices[order].astype(np.uint16),
        )


class _Block:
    """A block of replicas, side by side; the last one fills what is left of it."""

    def __init__(self, problem: _Problem, start: Golden, replicas: slice) -> None:
        self._problem = problem
        self._replicas = len(start.x[replicas])

        def columns(values: NDArray[Any], dtype: type) -> NDArray[Any]:
            """Replicas along the last axis, all of a block's, flat."""
            padding = [(0, 0)] * (values.ndim - 1) + [(0, LANES - self._replicas)]
            return aligned(np.pad(values.astype(dtype), padding, mode="edge"))

        sign = -1 if problem.narrow else 1
        states = start.noise.states
        self._scan = (columns(states[:, :, replicas], states.dtype.type), problem.lanes, problem.noise_steps, problem.empty)
        self._x, self._best = (columns(sign * states[replicas].T, problem.field) for states in (start.x, start.best))
        self._g = columns(start.g[replicas].T // problem.unit, problem.field)
        self._records = columns(np.array([start.records[name][replicas] for name in RECORD.names or ()]), np.int64)

    def sweep(self, knobs: tuple[NDArray[np.int64], NDArray[np.int64], int]) -> None:
        """A sweep for each of the knobs."""
        problem, arrays = self._problem, (self._scan, self._x, self._g, self._best, self._records)
        if problem.narrow:
            sweep_narrow(*arrays, problem.runs, problem.unit, problem.top, knobs, FRACTION_LEVELS)
        else:
            sweep_wide(*arrays, problem.runs, problem.diagonal, problem.x_max, knobs, FRACTION_LEVELS)

    @property
    def counts(self) -> NDArray[np.int64]:
        """(replicas, counters)."""
        return self._records.reshape(-1, LANES)[:, : self._replicas].T

    def state(self, name: str) -> NDArray[np.int32]:
        """ "x", "g" or "best": (replicas, cells)."""
        columns = {"x": self._x, "g": self._g, "best": self._best}[name].reshape(-1, LANES)[:, : self._replicas]
        factor = self._problem.unit if name == "g" else -1 if self._problem.narrow else 1
        return columns.T.astype(np.int32) * np.int32(factor)


class _Single:
    """One replica."""

    def __init__(self, problem: _Problem, start: Golden, replica: int) -> None:
        self._problem = problem
        self._scan = (start.noise.states[:, :, replica].copy(), problem.lanes, problem.noise_steps, problem.empty)
        self._states = {name: getattr(start, name)[replica].copy() for name in ("x", "g", "best")}
        self._record = np.array([start.records[name][replica] for name in RECORD.names or ()], np.int64)

    def sweep(self, knobs: tuple[NDArray[np.int64], NDArray[np.int64], int]) -> None:
        """A sweep for each of the knobs."""
        problem = self._problem
        arrays = (self._scan, *self._states.values(), self._record)
        sweep_single(*arrays, problem.row, problem.diagonal, problem.x_max, knobs, FRACTION_LEVELS)

    @property
    def counts(self) -> NDArray[np.int64]:
        """(1, counters)."""
        return self._record[None]

    def state(self, name: str) -> NDArray[np.int32]:
        """ "x", "g" or "best": (1, cells)."""
        return self._states[name][None]
