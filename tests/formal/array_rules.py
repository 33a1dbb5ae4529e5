"""The loop of the array: each attempt is decided once, by the serial rule, and each accepted step is booked once.

What runs ahead of the array, ``Attempts``, is replaced by windows of any content, which come whenever they like, and the
coupling memory by any fixed rows; both are proved or tested apart.
"""

from __future__ import annotations

from unittest.mock import patch

from amaranth.hdl import Assert, Assume, Cover, Module, Mux, ResetSignal, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from formal.opened import Opened, past
from limulator_hdl.array import EventArray
from limulator_hdl.attempts import Attempts, window_layout
from limulator_hdl.couplings import Couplings
from limulator_hdl.formats import Shape
from limulator_hdl.registers import Control, RegisterMap

SHAPE = Shape(cells=2, coupling_bits=2, beta_bits=2, segments=1)
MAP = RegisterMap(SHAPE)


class FreeAttempts(Attempts):
    """Any windows, in the manner of the queue: the one in front stays until it is taken, and one may be given back."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self.fresh, self.arrives = Signal(window_layout(shape)), Signal()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        front, last = Signal(window_layout(self.shape)), Signal(window_layout(self.shape))
        present, returned = Signal(), Signal()
        number = Signal(range(self.shape.windows))
        m.d.comb += [
            self.window.eq(Mux(returned, last, front)),
            self.ready.eq(returned | present),
            Assume(~self.arrives | self.fresh.token.valid),
            Assume(~self.arrives | (self.fresh.token.last_window == (number == self.shape.windows - 1))),
        ]
        with m.If(self.back):
            m.d.sync += returned.eq(1)
        with m.Elif(self.take & returned):
            m.d.sync += returned.eq(0)
        with m.Elif(self.take & present):
            m.d.sync += [last.eq(front), present.eq(0)]
        with m.If((~present | self.take & ~self.back & ~returned) & self.arrives):
            m.d.sync += [front.eq(self.fresh), present.eq(1)]
            m.d.sync += number.eq(Mux(self.fresh.token.last_window, 0, number + 1))
        with m.If(self.restart):
            m.d.sync += [present.eq(0), returned.eq(0), number.eq(0)]
        return m


class FreeCouplings(Couplings):
    """Rows that never change: ``matrix``."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self.matrix = Signal(shape.cells * shape.cells * shape.coupling_bits)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.sync += self.row.eq(self.matrix.word_select(self.address, len(self.row)))
        return m


class Rules(wiring.Component):
    """An array of two cells with one lane, and a host that starts, pauses, resumes and clears whenever it likes."""

    def __init__(self) -> None:
        super().__init__(
            {
                "fresh": In(window_layout(SHAPE)),
                "arrives": In(1),
                "matrix": In(SHAPE.cells * SHAPE.cells * SHAPE.coupling_bits),
                "asks": In(1),
                "command": In(len(Control)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        array = EventArray(SHAPE)
        with patch("limulator_hdl.array.Attempts", FreeAttempts), patch("limulator_hdl.array.Couplings", FreeCouplings):
            m.submodules.array = inside = Opened(array)
        attempts, couplings, counters = inside["attempts"], inside["couplings"], inside["counters"]
        m.d.comb += [
            attempts.fresh.eq(self.fresh),
            attempts.arrives.eq(self.arrives),
            couplings.matrix.eq(self.matrix),
            Assume(~ResetSignal()),
            Assume((self.matrix == past(m, self.matrix)) | ~past(m, 1)),
        ]
        # The host: SEGMENTS first, then any commands but FILL
        line = array.wishbone
        counted = Signal()
        answered = line.ack | line.err
        with m.If(answered):
            m.d.sync += counted.eq(1)
        held = past(m, line.cyc & ~answered)
        m.d.comb += [
            line.cyc.eq(self.asks | held),
            line.stb.eq(line.cyc),
            line.we.eq(1),
            line.adr.eq(Mux(counted, MAP.register("CONTROL"), MAP.register("SEGMENTS"))),
            line.dat_w.eq(Mux(counted, self.command, 1)),
            Assume(~held | (self.command == past(m, self.command))),
            Assume((self.command & Control.FILL) == 0),
        ]

        # The serial scan: what the attempt that is decided now does to the state that it alone knows
        x = [Signal(name=f"serial_x{cell}") for cell in range(SHAPE.cells)]
        width = inside["fields"].width
        field = [Signal(signed(width), name=f"serial_f{cell}") for cell in range(SHAPE.cells)]
        cell = Signal(range(SHAPE.cells))
        taken = Signal(window_layout(SHAPE))  # the window that was taken last
        lane = taken.lanes[0]
        with m.If(attempts.take & attempts.ready & ~attempts.back):
            m.d.sync += taken.eq(attempts.window)
        here = Mux(cell == 0, x[0], x[1])
        climb = lane.linear + Mux(cell == 0, field[0], field[1])
        delta = Signal(signed(SHAPE.field_bits + 3))
        accepted = Signal()
        m.d.comb += [
            delta.eq(Mux(here, -climb, climb)),
            accepted.eq(lane.open & (delta <= lane.allowance)),
            # the contract of the fields: g fits
            Assume((delta <= SHAPE.g_max) & (delta >= -SHAPE.g_max)),
        ]
        steps, down, up, attempted = Signal(32), Signal(32), Signal(32), Signal(32)
        total, rise, fall = Signal(signed(32)), Signal(signed(32)), Signal(signed(32))
        with m.If(self.committing(inside)):
            m.d.sync += [attempted.eq(attempted + 1), cell.eq(cell + 1)]
            with m.If(accepted):
                m.d.sync += [steps.eq(steps + 1), total.eq(total + delta)]
                with m.If(delta < 0):
                    m.d.sync += [down.eq(down + 1), fall.eq(fall + delta)]
                with m.If(delta > 0):
                    m.d.sync += [up.eq(up + 1), rise.eq(rise + delta)]
                for k in range(SHAPE.cells):
                    with m.If(cell == k):
                        m.d.sync += x[k].eq(~x[k])
                    row = self.matrix.word_select(cell, SHAPE.cells * SHAPE.coupling_bits)
                    coupling = row.word_select(SHAPE.row_place(k), SHAPE.coupling_bits).as_signed()
                    m.d.sync += field[k].eq(Mux(here, field[k] - coupling, field[k] + coupling))
        with m.If(counters.clear):
            m.d.sync += [register.eq(0) for register in (steps, down, up, attempted, rise, fall)]
        with m.If(attempts.restart):
            m.d.sync += cell.eq(0)

        # No attempt is accepted again, which could go on for ever.
        hit, stepped = inside.ongoing("EVALUATE") & inside["hit"], Signal()
        m.d.sync += stepped.eq((stepped | hit) & ~self.committing(inside))
        m.d.comb += Assert(~(hit & stepped))

        # When a window has been committed, all counters, x and the fields are those of the serial scan.
        decided = past(m, self.committing(inside))
        count = inside.of(counters)["count"]
        booked = {
            "down": down, "up": up, "sum_down": fall, "sum_up": rise, "energy": total, "attempts": attempted - 1,
        }  # fmt: skip
        fields = inside.of(inside["fields"])["fields"]
        m.d.comb += Assert(counters.window == decided)
        with m.If(decided):
            m.d.comb += [Assert(_equal(count[name], value)) for name, value in booked.items()]
            m.d.comb += Assert(_equal(count["down"] + count["up"] + count["flat"], steps))
            m.d.comb += [Assert(_equal(fields[k], field[k])) for k in range(SHAPE.cells)]
            m.d.comb += Assert(inside["cells"].values == Mux(inside["selected_window"] == 0, x[0], x[1]))
        m.d.comb += Cover((steps == 3) & (down > 0) & (up > 0))
        return m

    def committing(self, inside: Opened) -> Value:
        """The attempt under evaluation is decided in this clock and not accepted again."""
        token = inside["token"]
        return inside.ongoing("EVALUATE") & token.valid & ~inside["hit"]


def _equal(register: Value, value: Value) -> Value:
    """Modulo the narrower width."""
    width = min(len(register), len(value))
    return register[:width] == value[:width]
