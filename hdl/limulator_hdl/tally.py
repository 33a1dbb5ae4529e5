"""The tally of a window: how many of its cells stepped, and by how much."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .color_shape import ColorShape
from .logic import count_ones

__all__ = ["Tally"]

_FIRST = 4
"""Bits that are counted at once: a LUT for each bit of the count."""


class Tally(wiring.Component):
    """Counts the steps of a window, and adds their deltas, in trees of adders with a register at every level.

    ===========  =========  =====================  =====================================================
    port         direction  width                  meaning
    ===========  =========  =====================  =====================================================
    ``stepped``  in         lanes                  which cells stepped
    ``climbs``   in         lanes                  whether a cell's delta is above 0,
    ``level``    in         lanes                  or 0
    ``excess``   in         lanes * excess_bits    abs(delta) - 1, if delta is not 0, in units of 2**field_shift
    ``down``     out        0..lanes               steps with delta < 0, ``latency`` clocks later
    ``up``       out        0..lanes               steps with delta > 0
    ``flat``     out        0..lanes               steps with delta = 0
    ``lower``    out        signed                 sum of delta over the down steps, units of E
    ``higher``   out        signed                 sum of delta over the up steps
    ``change``   out        signed                 sum of delta over all steps
    ===========  =========  =====================  =====================================================
    """

    def __init__(self, shape: ColorShape) -> None:
        self.shape = shape
        most = signed(shape.lanes.bit_length() + shape.field_bits)
        groups = -(-shape.lanes // _FIRST)
        self.latency = 1 + 1 + (groups - 1).bit_length() + 2
        super().__init__(
            {
                "stepped": In(shape.lanes),
                "climbs": In(shape.lanes),
                "level": In(shape.lanes),
                "excess": In(shape.lanes * shape.excess_bits),
                **{name: Out(range(shape.lanes + 1)) for name in ("down", "up", "flat")},
                **{name: Out(most) for name in ("lower", "higher", "change")},
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        kinds: dict[str, list[Value]] = {"down": [], "up": [], "flat": []}
        for lane in range(shape.lanes):
            each = {"down": ~self.climbs[lane] & ~self.level[lane], "up": self.climbs[lane], "flat": self.level[lane]}
            for kind, is_so in each.items():
                m.d.sync += (counted := Signal(name=f"{kind}{lane}")).eq(self.stepped[lane] & is_so)
                kinds[kind].append(counted)
            beyond = self.excess.word_select(lane, shape.excess_bits)
            for kind in ("down", "up"):
                for bit in range(len(beyond)):
                    m.d.sync += (counted := Signal(name=f"{kind}{lane}_{bit}")).eq(
                        self.stepped[lane] & each[kind] & beyond[bit]
                    )
                    kinds.setdefault(f"{kind}_{bit}", []).append(counted)
        counts = {kind: self._total(m, kind, bits) for kind, bits in kinds.items()}

        # of magnitudes, what is beyond 1 was counted bit by bit
        sums = {}
        for kind in ("down", "up"):
            parts = [count << int(name.split("_")[1]) for name, count in counts.items() if name.startswith(f"{kind}_")]
            sums[kind] = Signal(range(shape.lanes << shape.site_bits), name=f"sum_{kind}")
            m.d.sync += sums[kind].eq(sum(parts, counts[kind]))
        held = {kind: Signal.like(counts[kind], name=f"held_{kind}") for kind in ("down", "up", "flat")}
        m.d.sync += [held[kind].eq(counts[kind]) for kind in held]
        m.d.sync += [getattr(self, kind).eq(held[kind]) for kind in held]
        m.d.sync += [
            self.lower.eq(-sums["down"] << shape.field_shift),
            self.higher.eq(sums["up"] << shape.field_shift),
            self.change.eq((sums["up"] - sums["down"]) << shape.field_shift),
        ]
        return m

    def _total(self, m: Module, name: str, bits: list[Value]) -> Value:
        """How many of the bits are 1, ``latency`` - 3 clocks later."""
        layer: list[Value] = [Cat(count_ones(bits[at : at + _FIRST])) for at in range(0, len(bits), _FIRST)]
        depth = 0
        while True:
            registers = [Signal(len(value), name=f"{name}_sum{depth}_{k}") for k, value in enumerate(layer)]
            m.d.sync += [register.eq(value) for register, value in zip(registers, layer, strict=True)]
            if len(registers) == 1:
                return registers[0]
            layer = [sum(registers[at + 1 : at + 2], registers[at]) for at in range(0, len(registers), 2)]
            depth += 1
