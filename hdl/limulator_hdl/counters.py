"""The counters: every event is booked, exactly."""

from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .formats import Shape
from .ledger import COUNTERS, RECORD_WORDS
from .readout import read_out

__all__ = ["Counters"]


class Counters(wiring.Component):
    """Books attempts and steps, keeps the running energy and the best one (see :mod:`.ledger`).

    ================  =========  =================  =========================================================
    port              direction  width              meaning
    ================  =========  =================  =========================================================
    ``clear``         in         1                  all counts to 0, best energy to the present energy
    ``load_energy``   in         1                  running energy from ``energy``
    ``energy``        in         energy_bits        signed, units of E
    ``window``        in         1                  a window of ``lanes`` attempts is complete
    ``voids``         in         lanes              of these attempts, the void ones committed in this clock
    ``step``          in         1                  an accepted step
    ``delta``         in         field_bits         its change of energy, signed, units of E
    ``beta``          in         beta_bits          beta of the attempt
    ``toggles``       in         0..bits            its toggled bits
    ``sweep``         in         1                  the sweep was complete in the clock before; no ``step`` now
    ``improved``      out        1                  with ``sweep``: the energy is below the best one
    ``word``          in         0..RECORD_WORDS-1  word of the record to read
    ``value``         out        32                 its value, 1 clock later
    ================  =========  =================  =========================================================

    Latency: ``energy`` 1 clock, the voids and the heat 2 clocks.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        super().__init__(
            {
                "clear": In(1),
                "load_energy": In(1),
                "energy": In(signed(shape.energy_bits)),
                "window": In(1),
                "voids": In(shape.lanes),
                "step": In(1),
                "delta": In(signed(shape.field_bits)),
                "beta": In(shape.beta_bits),
                "toggles": In(range(shape.bits + 1)),
                "sweep": In(1),
                "improved": Out(1),
                "word": In(range(RECORD_WORDS)),
                "value": Out(32),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        count = {
            c.name: Signal(signed(c.width(shape)) if c.signed else unsigned(c.width(shape)), name=c.name) for c in COUNTERS
        }

        with m.If(self.window):
            m.d.sync += count["attempts"].eq(count["attempts"] + shape.lanes)
        if shape.bits > 1:
            voids = Signal(range(shape.lanes + 1))
            m.d.sync += [voids.eq(sum(self.voids)), count["void"].eq(count["void"] + voids)]

        down = self.delta[-1]
        flat = self.delta == 0
        heat = Signal(signed(shape.beta_bits + shape.field_bits))
        heated = Signal()
        m.d.sync += [heat.eq(self.delta * self.beta), heated.eq(self.step)]
        with m.If(self.step):
            m.d.sync += [
                count["energy"].eq(count["energy"] + self.delta),
                count["toggles"].eq(count["toggles"] + self.toggles),
            ]
            with m.If(flat):
                m.d.sync += count["flat"].eq(count["flat"] + 1)
            with m.Elif(down):
                m.d.sync += [
                    count["down"].eq(count["down"] + 1),
                    count["sum_down"].eq(count["sum_down"] + self.delta),
                ]
            with m.Else():
                m.d.sync += [count["up"].eq(count["up"] + 1), count["sum_up"].eq(count["sum_up"] + self.delta)]
        with m.If(heated):
            m.d.sync += count["heat"].eq(count["heat"] - heat)

        m.d.comb += self.improved.eq(count["energy"] < count["best_energy"])
        with m.If(self.sweep & self.improved):
            m.d.sync += count["best_energy"].eq(count["energy"])

        with m.If(self.load_energy):
            m.d.sync += count["energy"].eq(self.energy)
        with m.If(self.clear):
            m.d.sync += [counter.eq(0) for name, counter in count.items() if name != "energy"]
            m.d.sync += count["best_energy"].eq(count["energy"])

        m.d.sync += self.value.eq(read_out(m, count, self.word))
        return m
