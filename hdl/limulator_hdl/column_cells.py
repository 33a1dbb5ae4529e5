"""The cells of a square torus, kept in memory: a lane for each column, so that there may be many rows."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import memory, wiring

from .color_shape import ColorShape
from .fanout import groups
from .graph import Graph
from .level_gate import LevelGate
from .local_memory import MEMORY_PARTS, local_memory
from .quad import PRIVATE_BITS
from .site import cells_signature, coupled_field, excess, passes, uphill

__all__ = ["ColumnCells"]


class ColumnCells(wiring.Component):
    """Cells of a square torus (:meth:`.Graph.torus`). A window is a word of memory, of which there are three copies: one to
    read the window itself, one for the same window of the other colour, which holds three neighbours of each cell, and one
    for the fourth, in the window before or after. All lanes read at the same place, so they need no multiplexers, and there
    is a register wherever it helps; in a compact array, not behind memories and not in front of a group of lanes.

    Ports: see :func:`cells_signature`.

    ==========  ==========  =================================================================================
    clock       compact     what happens
    ==========  ==========  =================================================================================
    0           0           the window is known
    1           1           addresses are known
    2           1           memories of neighbours and couplings are addressed
    3           2           those of the cells and their linear terms
    4           2           neighbours and couplings are known
    5           3           what the couplings give is counted; cells and linear terms are known
    6           4           the local fields are known, which deltas the words let through, and so which cells step
    7           5           these are written back
    ==========  ==========  =================================================================================

    Raises ``ValueError`` for any other graph.
    """

    levels_at = 3

    def __init__(self, shape: ColorShape, graph: Graph) -> None:
        self.latency, self.turnaround = (4, 4) if shape.compact else (6, 5)
        self.draws_at = self.latency - LevelGate.latency
        graph.check(shape)
        if not shape.counts or shape.degree != 4:
            raise ValueError(f"a deep array has coupling_bits=2 degree=4, got {shape.coupling_bits} and {shape.degree}")
        self.shape = shape
        super().__init__(cells_signature(shape))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        half = shape.windows // 2
        registers = not shape.compact

        # Addresses: colour and place k in it. In column l the fourth neighbour is after k if l + colour is odd, else before
        k, after, before = (Signal(range(half), name=name) for name in ("k", "after", "before"))
        second = self.window >= half
        m.d.comb += [
            k.eq(Mux(second, self.window - half, self.window)),
            after.eq(Mux(k == half - 1, 0, k + 1)),
            before.eq(Mux(k == 0, half - 1, k - 1)),
        ]
        window, other = Signal.like(self.window), Signal.like(self.window)
        beyond = [Signal.like(self.window, name=f"beyond{parity}") for parity in range(2)]
        m.d.sync += [
            window.eq(self.window),
            other.eq(Mux(second, k, k + half)),
            beyond[0].eq(Mux(second, after, before + half)),
            beyond[1].eq(Mux(second, before, after + half)),
        ]

        # The window that is written: as it comes out of the lanes; or the host's, moved down by a lane for the next write
        going, written = [self.attempt], [self.window]
        for clock in range(1, self.latency + 2 - registers):
            going.append(Signal(name=f"going{clock}"))
            written.append(Signal.like(self.window, name=f"written{clock}"))
            m.d.sync += [going[clock].eq(going[clock - 1]), written[clock].eq(written[clock - 1])]
        host = [self.x_write]
        for clock in range(1, 5):
            host.append(Signal(name=f"host{clock}"))
            m.d.sync += host[clock].eq(host[clock - 1])
        x_data = Signal()  # of the last write, until the next
        with m.If(self.x_write):
            m.d.sync += x_data.eq(self.x_data)
        writes = self.row_write, self.linear_write
        if registers:
            writes = Signal(name="row_later"), Signal(name="linear_later")
            m.d.sync += [writes[0].eq(self.row_write), writes[1].eq(self.linear_write)]

        own, same = [], []
        fourth, taken = [], []
        for lanes, copies in groups(
            m,
            shape.lanes,
            registers,
            window=window,
            other=other,
            beyond0=beyond[0],
            beyond1=beyond[1],
            levels=self.levels,
            attempting=going[-2],
            store=going[-1] | host[4],
            store_window=written[-1],
            from_host=host[3],
            **{name: getattr(self, name) for name in MEMORY_PARTS},
        ):
            first = lanes.start
            later, window_later = copies["levels"], Signal.like(window, name=f"window{first}")
            m.d.sync += window_later.eq(copies["window"])
            if registers:
                later = Signal.like(self.levels, name=f"later{first}")
                m.d.sync += later.eq(copies["levels"])
            new = Signal(len(lanes), name=f"new{first}")

            def copy(name: str, address: Value, new: Value, copies: dict = copies) -> Signal:
                """What some lanes hold at an address, from a copy of the cells, 2 clocks later; compact: 1."""
                m.submodules[name] = cells = memory.Memory(
                    shape=len(new), depth=shape.windows, init=(), attrs={"ram_style": "block", "no_rw_check": 1}
                )  # what is read as it is written is not used
                write, read = cells.write_port(), cells.read_port()
                word = Signal(len(new), name=f"{name}_word")
                m.d.comb += [
                    write.addr.eq(copies["store_window"]),
                    write.en.eq(copies["store"]),
                    write.data.eq(new),
                    read.addr.eq(address),
                ]
                m.d["sync" if registers else "comb"] += word.eq(read.data)
                return word

            own += list(copy(f"own{first}", window_later, new))
            same += list(copy(f"same{first}", copies["other"], new))
            halves = [copy(f"fourth{first}_{p}", copies[f"beyond{p}"], Cat(list(new)[p::2])) for p in range(2)]
            fourth += [halves[lane % 2][lane // 2] for lane in range(len(lanes))]
            local = local_memory(m, self, lanes, (copies["window"], window_later), writes, copies, registers)
            taken += [(copies, later, new[lane - first], *local[lane - first]) for lane in lanes]

        for lane, (copies, later, new, row, linear) in enumerate(taken):
            # in the order of the graph's neighbours
            states = [same[lane], same[lane - 1], same[(lane + 1) % shape.lanes], fourth[lane]]
            count = coupled_field(shape, states, [row.word_select(slot, shape.coupling_bits) for slot in range(4)])
            coupled = Signal(signed(shape.coupled_bits), name=f"coupled{lane}")
            g, x = Signal(signed(shape.site_bits), name=f"g{lane}"), Signal(name=f"x{lane}")
            m.submodules[f"gate{lane}"] = gate = LevelGate(shape)
            accepted = Signal(name=f"accepted{lane}")
            m.d.comb += [
                gate.draw.eq(self.draws.word_select(lane, PRIVATE_BITS)),
                gate.used.eq(self.used.word_select(lane, PRIVATE_BITS)),
                gate.levels.eq(copies["levels"]),
                gate.later.eq(later),
                accepted.eq(passes(shape, g, x, gate.opens)),
            ]
            m.d.sync += [
                coupled.eq(count),
                x.eq(own[lane]),
                g.eq(linear.as_signed() + (coupled << shape.coupling_shift - shape.field_shift)),
                new.eq(Mux(copies["from_host"], (own[lane + 1 :] or [x_data])[0], x ^ accepted)),
            ]
            m.d.comb += [
                self.stepped[lane].eq(accepted & copies["attempting"]),
                self.past[lane].eq(x),
                self.climbs[lane].eq(uphill(g, x)),
                self.flat[lane].eq(g == 0),
                self.excess.word_select(lane, shape.excess_bits).eq(excess(shape, g)),
                self.values[lane].eq(own[lane]),
                self.coupled.word_select(lane, shape.coupled_bits).eq(coupled),
            ]
        return m
