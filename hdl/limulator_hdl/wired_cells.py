"""The cells of a colour array, wired to their neighbours."""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring

from .color_shape import ColorShape
from .fanout import groups
from .graph import Graph
from .level_gate import LevelGate
from .local_memory import MEMORY_PARTS, local_memory
from .quad import PRIVATE_BITS
from .site import cells_signature, coupled_field, excess, passes, uphill

__all__ = ["WiredCells"]


class WiredCells(wiring.Component):
    """The states of all cells, and a lane of logic for each cell of a window. It takes the local field from the states of
    the neighbours, which come on wires, and from the couplings, which the cell holds; the cell steps if its attempt passes.

    Ports: see :func:`cells_signature`. What happened in an attempt is told ``latency`` clocks later.

    Raises ``ValueError`` for a graph on which a window cannot step at once.
    """

    levels_at = 0
    draws_at = 1
    latency = 4
    turnaround = 0

    def __init__(self, shape: ColorShape, graph: Graph) -> None:
        graph.check(shape)
        self.shape, self.graph = shape, graph
        super().__init__(cells_signature(shape))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape, graph = self.shape, self.graph
        windows, empty = range(shape.windows), set(graph.empty)

        x = [Signal(name=f"x{position}") for position in range(shape.cells)]
        for lanes, copies in groups(
            m,
            shape.lanes,
            window=self.window,
            attempt=self.attempt,
            levels=self.levels,
            write_lane=self.write_lane,
            x_write=self.x_write,
            x_data=self.x_data,
            **{name: getattr(self, name) for name in MEMORY_PARTS},
        ):
            name = f"{lanes.start}"
            # Which window it is, in the clock of the attempt; and that x may change
            soon, attempt_soon = Signal.like(self.window, name=f"soon{name}"), Signal(name=f"attempt_soon{name}")
            now, stepping = (Signal(shape.windows, name=f"{what}{name}") for what in ("now", "stepping"))
            enabled = Signal(shape.windows, name=f"enabled{name}")
            later = Signal.like(self.levels, name=f"later{name}")
            m.d.sync += [
                soon.eq(copies["window"]),
                attempt_soon.eq(copies["attempt"]),
                now.eq(1 << soon),
                stepping.eq(attempt_soon << soon),
                later.eq(copies["levels"]),
            ]
            m.d.comb += enabled.eq(stepping | (copies["x_write"] << soon))

            def of_window(positions: Sequence[int | None], now: Signal = now) -> Value:
                """x of one of these positions, by window."""
                chosen: Value = Const(0, 1)
                for position in dict.fromkeys(positions):
                    if position is not None:
                        chosen |= x[position] & Cat(now[w] for w in windows if positions[w] == position).any()
                return chosen

            addresses, writes = (copies["window"], copies["window"]), (self.row_write, self.linear_write)
            local = local_memory(m, self, lanes, addresses, writes, copies)
            for lane, (row, linear) in zip(lanes, local, strict=True):
                positions = [window * shape.lanes + lane for window in windows]
                own = of_window([None if position in empty else position for position in positions])
                neighbours = [graph.neighbours[position] for position in positions]
                states = [
                    of_window([wires[slot] if slot < len(wires) else None for wires in neighbours])
                    for slot in range(shape.degree)
                ]
                couplings = [row.word_select(slot, shape.coupling_bits) for slot in range(shape.degree)]
                coupled = Signal(signed(shape.coupled_bits), name=f"coupled{lane}")
                g = Signal(signed(shape.site_bits), name=f"g{lane}")
                m.submodules[f"gate{lane}"] = gate = LevelGate(shape)
                filled = Cat(now[w] for w in windows if positions[w] not in empty).any()
                accepted = Signal(name=f"accepted{lane}")
                m.d.comb += [
                    coupled.eq(coupled_field(shape, states, couplings)),
                    g.eq(linear.as_signed() + (coupled << shape.coupling_shift - shape.field_shift)),
                    gate.draw.eq(self.draws.word_select(lane, PRIVATE_BITS)),
                    gate.used.eq(self.used.word_select(lane, PRIVATE_BITS)),
                    gate.levels.eq(copies["levels"]),
                    gate.later.eq(later),
                    accepted.eq(filled & passes(shape, g, own, gate.opens)),
                    self.coupled.word_select(lane, shape.coupled_bits).eq(coupled),
                    self.values[lane].eq(own),
                ]
                m.d.sync += [
                    self.stepped[lane].eq(accepted & stepping.any()),
                    self.past[lane].eq(own),
                    self.climbs[lane].eq(uphill(g, own)),
                    self.flat[lane].eq(g == 0),
                    self.excess.word_select(lane, shape.excess_bits).eq(excess(shape, g)),
                ]
                # a lane that is not written keeps x by gates, as an enable of its own would cost a tile its others
                keeps, new = Signal(name=f"keeps{lane}"), Signal(name=f"new{lane}")
                m.d.comb += [
                    keeps.eq(copies["x_write"] & (copies["write_lane"] != lane)),
                    new.eq(Mux(copies["x_write"], copies["x_data"], own ^ accepted) & ~keeps),
                ]
                for window, position in enumerate(positions):
                    if position not in empty:
                        with m.If(enabled[window]):
                            m.d.sync += x[position].eq(new | (x[position] & keeps))
        return m
