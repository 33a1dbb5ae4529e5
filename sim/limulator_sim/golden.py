"""The golden model: the serial scan in numpy, for any number of replicas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import Shape
from limulator_hdl.ledger import COUNTERS

from .barrier import allowance
from .cells import random_cells
from .gate import proposes_up, surprisal
from .noise import NoiseStreams, stream_states
from .quad_noise import QuadStreams, quad_states
from .schedule import Segment, walk

__all__ = ["RECORD", "Golden"]

RECORD = np.dtype([(counter.name, np.int64) for counter in COUNTERS])
"""All counters of one replica."""

_AHEAD = 64
"""Cells that the scan of one replica evaluates ahead of need."""

_ENOUGH_REPLICAS = 16
"""From here on a scan of all replicas at once is faster than one after the other."""


class Golden:
    """Replicas of one array that differ in their seeds, bit for bit as the gateware runs them.

    Parameters: the ``shape``; symmetric integer ``couplings`` Q, (cells, cells), dense or scipy.sparse; ``linear`` terms
    c, (cells,); one integer seed for each replica; the initial ``x``, (cells,) or (replicas, cells), by default drawn
    from the seeds; and the ``empty`` positions of a colour array, where there is no cell and x stays 0. The caller has
    checked that Q, c and x fit the shape, and that nothing is coupled to an empty position.

    :meth:`start` takes a schedule and :meth:`sweep` runs one sweep of it; ``records`` holds the counters of each replica
    (dtype :data:`RECORD`), ``log`` a copy of them for each segment that is complete.
    """

    def __init__(
        self,
        shape: Shape,
        couplings: ArrayLike | sparse.sparray,
        linear: ArrayLike,
        seeds: Sequence[int],
        x: ArrayLike | None = None,
        empty: Sequence[int] = (),
    ) -> None:
        self.shape, self.empty = shape, list(empty)
        columns = sparse.csc_array(couplings, dtype=np.int32)
        columns.eliminate_zeros()
        ends = columns.indptr
        self._neighbours = [columns.indices[a:b] for a, b in zip(ends, ends[1:], strict=False)]
        self._couplings = [columns.data[a:b] for a, b in zip(ends, ends[1:], strict=False)]
        self._diagonal = columns.diagonal()

        if x is None:
            x = np.array([random_cells(seed, shape) for seed in seeds])
        replicas = len(seeds)
        self._x = np.array(np.broadcast_to(np.asarray(x, np.int32), (replicas, shape.cells)).T, order="C")
        self._x[self.empty] = 0
        c = np.asarray(linear, np.int64)[:, None]
        coupled = columns.astype(np.int64) @ self._x
        self._g = (c + coupled).astype(np.int32)
        self.noise: NoiseStreams | QuadStreams
        if isinstance(shape, ColorShape):
            states = [quad_states(seed, shape.lanes, shape.noise_steps) for seed in seeds]
            self.noise = QuadStreams(np.stack(states, axis=-1), shape.lanes, shape.noise_steps)
        else:
            self.noise = NoiseStreams(np.stack([stream_states(seed, shape.lanes) for seed in seeds], axis=-1))

        self.records = np.zeros(replicas, RECORD)
        q_ii = self._diagonal[:, None].astype(np.int64)
        self.records["energy"] = (self._x * (2 * c + coupled - q_ii)).sum(axis=0) // 2
        self.clear()
        self.start(())

    def clear(self) -> None:
        """All counts to zero, the best state to the present one."""
        for name in RECORD.names:
            if name != "energy":
                self.records[name] = 0
        self.records["best_energy"] = self.records["energy"]
        self._best = self._x.copy()

    def start(self, segments: Sequence[Segment]) -> None:
        """Begin a schedule, from the present x, fields, counters and noise."""
        self.log: list[NDArray[np.void]] = []
        self._knobs = walk(self.shape, segments)

    def sweep(self) -> bool:
        """One attempt of every cell in every replica; False if the schedule is over."""
        knobs = next(self._knobs, None)
        if knobs is None:
            return False
        shape = self.shape
        words = self.noise.draw(shape.windows).reshape(shape.cells, -1)
        allowed = allowance(shape, surprisal(words), knobs.barrier, knobs.beta)
        allowed[self.empty] = -shape.g_max - 1
        up = proposes_up(words) if shape.bits > 1 else None
        if words.shape[1] < _ENOUGH_REPLICAS:
            for replica in range(words.shape[1]):
                self._scan_ahead(replica, allowed[:, replica], None if up is None else up[:, replica], knobs.beta)
        else:
            self._scan(allowed, up, knobs.beta)

        records = self.records
        records["attempts"] += shape.cells - len(self.empty)
        improved = records["energy"] < records["best_energy"]
        if improved.any():
            records["best_energy"][improved] = records["energy"][improved]
            self._best[:, improved] = self._x[:, improved]
        if knobs.last:
            self.log.append(records.copy())
        return True

    def advance(self, sweeps: int) -> int:
        """At most this many sweeps: one, which takes long enough, or 0 if the schedule is over."""
        return int(sweeps > 0 and self.sweep())

    def run(self, segments: Sequence[Segment]) -> None:
        """Run a whole schedule."""
        self.start(segments)
        while self.sweep():
            pass

    @property
    def x(self) -> NDArray[np.int32]:
        """The state: (replicas, cells)."""
        return self._x.T

    @property
    def g(self) -> NDArray[np.int32]:
        """The local fields: (replicas, cells)."""
        return self._g.T

    @property
    def best(self) -> NDArray[np.int32]:
        """The state of lowest energy among those at the ends of sweeps: (replicas, cells)."""
        return self._best.T

    def _scan(self, allowed: NDArray[np.int32], up: NDArray[np.bool_] | None, beta: int) -> None:
        """Scan the cells in order, all replicas at once."""
        x, g, x_max = self._x, self._g, self.shape.x_max
        accepted = np.zeros(x.shape, bool)
        deltas = np.zeros_like(g)
        toggled = np.zeros_like(x)
        voids = np.zeros(x.shape[1], np.int64)
        for i, (neighbours, couplings) in enumerate(zip(self._neighbours, self._couplings, strict=True)):
            going_up = x[i] == 0 if up is None else up[i]
            delta = np.where(going_up, g[i], self._diagonal[i] - g[i])
            accept = delta <= allowed[i]
            if up is not None:
                void = x[i] == np.where(going_up, x_max, 0)
                voids += void
                accept &= ~void
            if accept.any():
                d = np.where(accept, np.where(going_up, np.int32(1), np.int32(-1)), 0)
                accepted[i] = accept
                deltas[i] = delta
                toggled[i] = x[i] ^ (x[i] + d)
                x[i] += d
                g[neighbours] += couplings[:, None] * d
        self.records["void"] += voids
        self._book(accepted, deltas, toggled, beta)

    def _scan_ahead(self, replica: int, allowed: NDArray[np.int32], up: NDArray[np.bool_] | None, beta: int) -> None:
        """Scan one replica: evaluate cells ahead of need, commit up to the first accepted step, evaluate again."""
        cells, x_max = self.shape.cells, self.shape.x_max
        x, g = np.ascontiguousarray(self._x[:, replica]), np.ascontiguousarray(self._g[:, replica])
        going_up = x == 0 if up is None else up
        # g going up, Q_ii - g going down
        sign = np.where(going_up, 1, -1).astype(np.int32)
        constant = np.where(going_up, 0, self._diagonal)
        void = np.zeros(cells, bool) if up is None else x == np.where(going_up, x_max, 0)
        allowed = np.where(void, -self.shape.g_max - 1, allowed)
        stepped: list[int] = []
        deltas: list[int] = []
        i = 0
        while i < cells:
            ahead = slice(i, i + _AHEAD)
            delta = sign[ahead] * g[ahead] + constant[ahead]
            accept = delta <= allowed[ahead]
            first = int(accept.argmax())
            if not accept[first]:
                i += _AHEAD
                continue
            i += first
            stepped.append(i)
            deltas.append(delta[first])
            g[self._neighbours[i]] += self._couplings[i] * sign[i]
            i += 1
        steps = np.array(stepped, np.intp)
        moved = x.copy()
        moved[steps] += sign[steps]
        self.records["void"][replica] += np.count_nonzero(void)
        accepted = np.ones((len(steps), 1), bool)
        toggled = (x[steps] ^ moved[steps])[:, None]
        self._book(accepted, np.array(deltas, np.int64).reshape(-1, 1), toggled, beta, slice(replica, replica + 1))
        self._x[:, replica], self._g[:, replica] = moved, g

    def _book(
        self,
        accepted: NDArray[np.bool_],
        deltas: NDArray[np.integer],
        toggled: NDArray[np.int32],
        beta: int,
        replicas: slice = slice(None),
    ) -> None:
        """Count a sweep's accepted steps: all arguments (steps, replicas)."""
        records = self.records[replicas]
        lower = np.where(accepted, np.minimum(deltas, 0), 0).sum(axis=0, dtype=np.int64)
        higher = np.where(accepted, np.maximum(deltas, 0), 0).sum(axis=0, dtype=np.int64)
        records["down"] += (accepted & (deltas < 0)).sum(axis=0)
        records["up"] += (accepted & (deltas > 0)).sum(axis=0)
        records["flat"] += (accepted & (deltas == 0)).sum(axis=0)
        records["sum_down"] += lower
        records["sum_up"] += higher
        records["energy"] += lower + higher
        records["heat"] -= beta * (lower + higher)
        records["toggles"] += np.bitwise_count(toggled).sum(axis=0, dtype=np.int64)
