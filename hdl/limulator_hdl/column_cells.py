"""The cells of a square torus, kept in memory: a lane for each column, so that there may be many rows."""

from __future__ import annotations

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import memory, wiring

from .color_shape import ColorShape
from .graph import Graph
from .level_gate import LevelGate
from .rank import RANK_BITS
from .site import cells_signature, coupled_field, excess, local_memory, passes, uphill

__all__ = ["ColumnCells"]


class ColumnCells(wiring.Component):
    """Cells of a square torus (:meth:`.Graph.torus`). A window is a word of memory, of which there are three copies: one to
    read the window itself, one for the same window of the other colour, which holds three neighbours of each cell, and one
    for the fourth, in the window before or after. All lanes read at the same place, so they need no multiplexers, and there
    is a register wherever it helps.

    Ports: see :func:`cells_signature`; x is written by windows, with that of the last lane.

    ==========  ===========================================================================
    clock       what happens
    ==========  ===========================================================================
    0           the window is known
    1           memories are addressed
    3           cells, neighbours, couplings and linear terms are in registers
    4           what the couplings give is counted
    5           the local fields are known, and which deltas the words let through
    6           it is known which cells step: they are written back
    ==========  ===========================================================================

    Raises ``ValueError`` for any other graph.
    """

    ranks_at = 3
    latency = 6
    turnaround = 5

    def __init__(self, shape: ColorShape, graph: Graph) -> None:
        if graph != Graph.torus(shape.lanes, shape.windows):
            raise ValueError(f"the graph is not a square torus of columns={shape.lanes} rows={shape.windows}")
        if not shape.counts or shape.degree != 4:
            raise ValueError(f"a deep array has coupling_bits=2 degree=4, got {shape.coupling_bits} and {shape.degree}")
        self.shape = shape
        super().__init__(cells_signature(shape))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        half = shape.windows // 2

        # Addresses: colour and place k in it. In column l the fourth neighbour is after k if l + colour is odd, else before
        color, here = Signal(), Signal(range(half))
        after, before = Signal(range(half)), Signal(range(half))
        other = Signal()
        window = Signal.like(self.window)
        beyond = [Signal(range(half), name=f"beyond{parity}") for parity in range(2)]
        k = Mux(self.window >= half, self.window - half, self.window)
        m.d.comb += [after.eq(Mux(k == half - 1, 0, k + 1)), before.eq(Mux(k == 0, half - 1, k - 1))]
        m.d.sync += [
            window.eq(self.window),
            color.eq(self.window >= half),
            other.eq(self.window < half),
            here.eq(k),
            beyond[0].eq(Mux(self.window >= half, after, before)),
            beyond[1].eq(Mux(self.window >= half, before, after)),
        ]
        rows, linear = local_memory(m, self, window)
        row_bits = len(rows) // shape.lanes

        # The window that is written: as it comes out of the lanes, or from the host
        new, staged, commit = Signal(shape.lanes), Signal(shape.lanes), Signal()
        stages = [Signal(range(2 * half), name=f"written{clock}") for clock in range(7)]
        going = [Signal(name=f"going{clock}") for clock in range(7)]
        m.d.comb += [stages[0].eq(self.window), going[0].eq(self.attempt)]
        m.d.sync += [later.eq(sooner) for sooner, later in zip(stages, stages[1:], strict=False)]
        m.d.sync += [later.eq(sooner) for sooner, later in zip(going, going[1:], strict=False)]
        host_window = Signal.like(self.window)
        m.d.sync += [commit.eq(self.write[-1]), host_window.eq(self.write_window)]
        for lane in range(shape.lanes):
            with m.If(self.write[lane]):
                m.d.sync += staged[lane].eq(self.write_data[0])
        address = Signal(range(2 * half))
        m.d.comb += address.eq(Mux(commit, host_window, stages[6]))

        def copy(name: str, read_address: Signal, lanes: list[int]) -> Signal:
            """What these lanes hold at an address, from a copy of the cells, 2 clocks later."""
            m.submodules[name] = cells = memory.Memory(
                shape=len(lanes), depth=2 * half, init=(), attrs={"ram_style": "block", "no_rw_check": 1}
            )  # what is read is never what is written
            write, read = cells.write_port(), cells.read_port()
            word = Signal(len(lanes), name=f"{name}_word")
            m.d.comb += [
                write.addr.eq(address),
                write.en.eq(commit | going[6]),
                read.addr.eq(read_address),
            ]
            for k, lane in enumerate(lanes):
                m.d.comb += write.data[k].eq(Mux(commit, staged[lane], new[lane]))
            m.d.sync += word.eq(read.data)
            return word

        def at(color: Signal, k: Signal) -> Signal:
            joined = Signal(range(2 * half))
            m.d.comb += joined.eq(Mux(color, k + half, k))
            return joined

        columns = list(range(shape.lanes))
        own = copy("own", at(color, here), columns)
        same = copy("same", at(other, here), columns)
        fourth = [copy(f"fourth{parity}", at(other, beyond[parity]), columns[parity::2]) for parity in range(2)]
        attempting = going[5]
        later = Signal.like(self.levels)
        m.d.sync += later.eq(self.levels)
        for lane in columns:
            couplings = rows.word_select(lane, row_bits)
            # in the order of the graph's neighbours
            near = [same[lane], same[lane - 1], same[(lane + 1) % shape.lanes]]
            states = [*near, fourth[lane % 2][lane // 2]]
            count = coupled_field(shape, states, [couplings.word_select(slot, 2) for slot in range(4)])
            coupled = Signal(signed(shape.coupled_bits), name=f"coupled{lane}")
            c = Signal(signed(shape.field_bits), name=f"c{lane}")
            g = Signal(signed(shape.field_bits), name=f"g{lane}")
            x = [Signal(name=f"x{lane}_{clock}") for clock in range(2)]
            m.submodules[f"gate{lane}"] = gate = LevelGate(shape)
            accepted = Signal(name=f"accepted{lane}")
            m.d.comb += [
                gate.rank.eq(self.ranks.word_select(lane, RANK_BITS)),
                gate.levels.eq(self.levels),
                gate.later.eq(later),
                accepted.eq(passes(shape, g, x[1], gate.opens)),
            ]
            m.d.sync += [
                coupled.eq(count),
                c.eq(linear.word_select(lane, shape.field_bits)),
                x[0].eq(own[lane]),
                g.eq(c + (coupled << shape.coupling_shift)),
                x[1].eq(x[0]),
                new[lane].eq(x[1] ^ accepted),
                self.stepped[lane].eq(accepted & attempting),
                self.past[lane].eq(x[1]),
                self.climbs[lane].eq(uphill(g, x[1])),
                self.flat[lane].eq(g == 0),
                self.excess.word_select(lane, shape.excess_bits).eq(excess(shape, g)),
            ]
            m.d.comb += [
                self.values[lane].eq(own[lane]),
                self.coupled.word_select(lane, shape.coupled_bits).eq(coupled),
            ]
        return m
