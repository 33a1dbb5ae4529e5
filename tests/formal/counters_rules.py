"""The counters: what is booked is what happened, and the running energy has changed by the sums of its steps."""

from __future__ import annotations

from amaranth.hdl import Assert, Assume, Cover, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from formal.opened import Opened, past
from limulator_hdl.counters import Counters
from limulator_hdl.formats import Shape

SHAPE = Shape(cells=2, lanes=2, bits=2, coupling_bits=2, beta_bits=4, segments=1)


class Rules(wiring.Component):
    """:class:`.Counters` at which anything may happen in any clock, but a load or a clearing only without a step.

    All sums are modulo the width of the counter, as all widths are chosen so that none of them wraps.
    """

    def __init__(self) -> None:
        self.counters = Counters(SHAPE)
        ports = self.counters.signature.members
        super().__init__({name: port for name, port in ports.items() if port.flow is In})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        counters = self.counters
        m.submodules.counters = inside = Opened(counters)
        for name in self.signature.members:
            m.d.comb += getattr(counters, name).eq(getattr(self, name))
        count = inside["count"]
        idle = ~(self.step | past(m, self.step) | self.window | self.voids.any() | past(m, self.voids.any()) | self.sweep)
        m.d.comb += [Assume(~ResetSignal()), Assume(idle | ~(self.load_energy | self.clear))]

        def total(name: str, change: object, when: object) -> Signal:
            """The sum of ``change`` since the last clearing."""
            shape = count[name].shape()
            register = Signal(shape, name=f"total_{name}")
            with m.If(when):
                m.d.sync += register.eq(register + change)
            with m.If(self.clear):
                m.d.sync += register.eq(0)
            return register

        step, delta = self.step, self.delta
        steps = total("down", 1, step)
        moved = total("energy", delta, step)
        start = Signal(count["energy"].shape())
        with m.If(self.load_energy):
            m.d.sync += start.eq(self.energy)
        with m.If(self.load_energy & ~self.clear):
            m.d.sync += start.eq(self.energy - moved)
        with m.If(self.clear & ~self.load_energy):
            m.d.sync += start.eq(count["energy"])
        width = len(start)

        def equal(name: str, value: object) -> None:
            m.d.comb += Assert((count[name] - value)[: len(count[name])] == 0)

        # the closure law: U_end - U_start = sum over down + sum over up
        m.d.comb += Assert((count["energy"] - start - count["sum_down"] - count["sum_up"])[:width] == 0)
        equal("energy", start + moved)
        for name, kind in (("down", delta < 0), ("up", delta > 0), ("flat", delta == 0)):
            equal(name, total(name, 1, step & kind))
        m.d.comb += Assert((count["down"] + count["up"] + count["flat"] - steps)[: len(steps)] == 0)
        equal("sum_down", total("sum_down", delta, step & (delta < 0)))
        equal("sum_up", total("sum_up", delta, step & (delta > 0)))
        equal("toggles", total("toggles", self.toggles, step))
        equal("attempts", total("attempts", SHAPE.lanes, self.window))
        equal("void", total("void", past(m, sum(self.voids)), 1))  # a clock late, and so is the heat
        equal("heat", total("heat", -past(m, delta * self.beta), past(m, step)))
        # the best energy: lower than it was, and only at the end of a sweep or when it is cleared
        best, before = count["best_energy"], past(m, count["best_energy"])
        changed = Signal()
        m.d.sync += changed.eq(self.sweep | self.clear)
        m.d.comb += [
            Assert(changed | (best == before)),
            Assert(past(m, self.clear) | (best <= before)),
            Assert(~past(m, self.sweep & ~self.clear) | (best <= past(m, count["energy"]))),
            Cover((count["down"] == 1) & (count["up"] == 1) & (count["flat"] == 1) & (start != 0)),
        ]
        return m
