"""The counters of a colour array: what a whole window did is booked at once, exactly."""

from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .color_shape import ColorShape
from .graph import Graph
from .ledger import COUNTERS, RECORD_WORDS
from .readout import read_out

__all__ = ["WindowCounters"]


class WindowCounters(wiring.Component):
    """Books the tallies of windows, keeps the running energy and the best one (see :mod:`.ledger`).

    ================  =========  =================  =================================================================
    port              direction  width              meaning
    ================  =========  =================  =================================================================
    ``clear``         in         1                  all counts to 0, best energy to the present energy
    ``load_energy``   in         1                  running energy from ``energy``
    ``energy``        in         energy_bits        signed, units of E
    ``window``        in         1                  book this window
    ``sweep``         in         1                  it is the last one of a sweep
    ``beta``          in         beta_bits          its beta
    ``down``, ...     in                            its tally, see :class:`.Tally`
    ``swept``         out        1                  a sweep is booked, 2 clocks after ``sweep``
    ``improved``      out        1                  with ``swept``: at its end the energy is below all before
    ``word``          in         0..RECORD_WORDS-1  word of the record to read
    ``value``         out        32                 its value, 1 clock later
    ================  =========  =================  =================================================================

    Latency: the energy 1 clock, the best energy and the heat 2 clocks.
    """

    def __init__(self, shape: ColorShape, graph: Graph) -> None:
        self.shape = shape
        self.cells = shape.cells - len(graph.empty)
        most = signed(shape.lanes.bit_length() + shape.field_bits)
        super().__init__(
            {
                "clear": In(1),
                "load_energy": In(1),
                "energy": In(signed(shape.energy_bits)),
                "window": In(1),
                "sweep": In(1),
                "beta": In(shape.beta_bits),
                **{name: In(range(shape.lanes + 1)) for name in ("down", "up", "flat")},
                **{name: In(most) for name in ("lower", "higher", "change")},
                "swept": Out(1),
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
            m.d.sync += [count[name].eq(count[name] + getattr(self, name)) for name in ("down", "up", "flat")]
            m.d.sync += [
                count["sum_down"].eq(count["sum_down"] + self.lower),
                count["sum_up"].eq(count["sum_up"] + self.higher),
                count["energy"].eq(count["energy"] + self.change),
            ]
        with m.If(self.window & self.sweep):
            m.d.sync += count["attempts"].eq(count["attempts"] + self.cells)

        heat = Signal(signed(shape.beta_bits + len(self.change)))
        heated, ended = Signal(), Signal()
        m.d.sync += [heat.eq(self.change * self.beta), heated.eq(self.window), ended.eq(self.window & self.sweep)]
        with m.If(heated):
            m.d.sync += count["heat"].eq(count["heat"] - heat)

        better = count["energy"] < count["best_energy"]
        m.d.sync += [self.swept.eq(ended), self.improved.eq(better)]
        with m.If(ended & better):
            m.d.sync += count["best_energy"].eq(count["energy"])

        with m.If(self.load_energy):
            m.d.sync += count["energy"].eq(self.energy)
        with m.If(self.clear):
            m.d.sync += [counter.eq(0) for name, counter in count.items() if name != "energy"]
            m.d.sync += count["best_energy"].eq(count["energy"])

        # each step toggles the one bit of a cell; and none is void
        m.d.sync += count["toggles"].eq(count["down"] + count["up"] + count["flat"])
        m.d.sync += self.value.eq(read_out(m, count, self.word))
        return m
