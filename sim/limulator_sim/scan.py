"""The serial scan in plain Python integers: the contract, word for word, slow and with nothing clever in it.

The golden model is tested against this, and the gateware against the golden model.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import Shape
from limulator_hdl.quad import COMMON_BITS, LANES

from .barrier import penalty
from .gate import accepts
from .noise import step
from .quad_noise import lane_draw, quad_step, word_of
from .schedule import Segment, walk

__all__ = ["SerialScan"]


class SerialScan:
    """One array, scanned cell by cell.

    ``couplings[i][j]`` is the symmetric Q, ``states[l]`` the noise state of lane l, in a colour array that
    of the four lanes from 4l on and at last the common one, and ``empty`` are its positions without a cell. After
    :meth:`run`, ``x``, ``g``, ``counters`` and ``best`` are as the gateware has them, and ``log`` holds the counters at the
    end of each segment.
    """

    def __init__(
        self,
        shape: Shape,
        couplings: Sequence[Sequence[int]],
        linear: Sequence[int],
        x: Sequence[int],
        states: Sequence[tuple[int, ...]],
        empty: Collection[int] = (),
    ) -> None:
        self.shape, self.couplings, self.states, self.empty = shape, couplings, list(states), empty
        cells = range(shape.cells)
        self.x = list(x)
        self.g = [linear[i] + sum(couplings[i][j] * self.x[j] for j in cells) for i in cells]
        energy = sum(linear[i] * self.x[i] + couplings[i][i] * self.x[i] * (self.x[i] - 1) // 2 for i in cells)
        energy += sum(couplings[i][j] * self.x[i] * self.x[j] for i in cells for j in range(i))
        self.counters = dict.fromkeys(("attempts", "void", "down", "up", "flat"), 0)
        self.counters |= dict.fromkeys(("sum_down", "sum_up", "heat", "toggles"), 0)
        self.counters |= {"energy": energy, "best_energy": energy}
        self.best = list(self.x)
        self.log: list[dict[str, int]] = []

    def run(self, segments: Sequence[Segment]) -> None:
        """Run the whole schedule."""
        for knobs in walk(self.shape, segments):
            for i in range(self.shape.cells):
                self.attempt(i, knobs.barrier, knobs.beta)
            if self.counters["energy"] < self.counters["best_energy"]:
                self.counters["best_energy"] = self.counters["energy"]
                self.best = list(self.x)
            if knobs.last:
                self.log.append(dict(self.counters))

    def draw(self, lane: int) -> int:
        """The next word of a lane's stream."""
        if isinstance(self.shape, ColorShape):
            quad, place = divmod(lane, LANES)
            number = lane_draw(self.states[quad][1], place) << COMMON_BITS | lane_draw(self.states[-1][1], 0)
            for _ in range(self.shape.noise_steps):
                if lane == self.shape.lanes - 1:
                    self.states[-1] = quad_step(self.states[-1])
                if place == LANES - 1 or lane == self.shape.lanes - 1:
                    self.states[quad] = quad_step(self.states[quad])
            return word_of(number)
        z1, z2, z3 = self.states[lane]
        self.states[lane] = step((z1, z2, z3))
        return z1 ^ z2 ^ z3

    def attempt(self, i: int, barrier: int, beta: int) -> None:
        """One attempt of cell i, with one fresh word of its lane's stream."""
        count = self.counters
        word = self.draw(i % self.shape.lanes)
        if i in self.empty:
            return

        count["attempts"] += 1
        up = self.x[i] == 0 if self.shape.bits == 1 else bool(word & 1)
        if self.x[i] == (self.shape.x_max if up else 0):
            count["void"] += 1
            return
        delta = self.g[i] if up else -(self.g[i] - self.couplings[i][i])
        if not accepts(word, penalty(self.shape, barrier, beta, delta)):
            return

        d = 1 if up else -1
        count["toggles"] += (self.x[i] ^ (self.x[i] + d)).bit_count()
        self.x[i] += d
        for j in range(self.shape.cells):
            self.g[j] += d * self.couplings[j][i]
        count["energy"] += delta
        count["heat"] -= beta * delta
        kind = "down" if delta < 0 else "up" if delta > 0 else "flat"
        count[kind] += 1
        if delta:
            count[f"sum_{kind}"] += delta
