"""The colour array: the cells of a sparse graph, all that are not coupled stepping at once."""

from __future__ import annotations

from amaranth.hdl import Cat, ClockDomain, ClockSignal, Const, DomainRenamer, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from .bus import Bus, WishboneSignature
from .color_shape import ColorShape
from .column_cells import ColumnCells
from .delay_line import DelayLine
from .fanout import GROUP
from .graph import Graph
from .lane_group import LaneGroup
from .ledger import RECORD_WORDS
from .levels import Levels
from .logic import merge
from .quad import COMMON_BITS, PRIVATE_BITS, SEED_BITS, generators
from .quad_noise import QuadNoise
from .registers import REGISTERS, Control, RegisterMap
from .schedule import Sequencer, token_layout
from .segment_log import SegmentLog
from .tally import Tally
from .window_counters import WindowCounters
from .wired_cells import WiredCells

__all__ = ["ColorArray"]


class ColorArray(wiring.Component):
    """An array of learning-in-memory cells on a sparse graph, behind one bus.

    The scan visits the cells colour by colour, a window of ``lanes`` cells in every clock. No two cells of a window are
    coupled, so that they may step at once: the array does exactly what a serial scan does (``limulator_sim.golden``).

    Nothing ever waits: a window that is issued runs through the pipeline,

        schedule -> levels of all deltas (7 clocks) -> attempt -> tally -> counters
                 -> noise ----------------------------->

    and at the end of a segment, or to pause, no more are issued until all is counted and a record of it is in the log.

    ============  =========  =============================  ==========================================
    port          direction  width                          meaning
    ============  =========  =============================  ==========================================
    ``wishbone``  slave      :class:`.WishboneSignature`    to the host; :class:`.RegisterMap`
    ``running``   out        1                              a schedule is in progress
    ============  =========  =============================  ==========================================

    Raises ``ValueError`` for a graph on which a window of the shape cannot step at once, and for a compact one of more
    lanes than one group has.
    """

    def __init__(self, shape: ColorShape, graph: Graph) -> None:
        if shape.compact and shape.lanes > GROUP:
            raise ValueError(f"a compact array has at most {GROUP} lanes, got lanes={shape.lanes}")
        self.shape, self.graph = shape, graph
        self.map = RegisterMap(shape, graph)
        self.cells = (ColumnCells if shape.deep else WiredCells)(shape, graph)
        super().__init__({"wishbone": In(WishboneSignature(self.map.address_bits)), "running": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        lanes = shape.lanes

        # What lanes hold before the first window does not matter, and a reset would be a wire to each of their registers
        m.domains.lanes = ClockDomain(reset_less=True, local=True)
        m.d.comb += ClockSignal("lanes").eq(ClockSignal())
        of_lanes = DomainRenamer("lanes")

        m.submodules.bus = bus = Bus(self.map)
        m.submodules.sequencer = sequencer = Sequencer(shape)
        m.submodules.levels = levels = Levels(shape)
        cells, tally = self.cells, Tally(shape)
        m.submodules.cells, m.submodules.tally = of_lanes(cells), of_lanes(tally)
        m.submodules.counters = counters = WindowCounters(shape, self.graph)
        m.submodules.log = log = SegmentLog(shape)
        wiring.connect(m, wiring.flipped(self.wishbone), bus.wishbone)
        running = self.running

        # In clocks after the window is issued
        attempt_at = Levels.latency - cells.levels_at
        draw_at = attempt_at + cells.draws_at
        told_at = attempt_at + cells.latency
        booked_at = told_at + tally.latency
        issued = data.View(token_layout(shape), Signal(token_layout(shape)))
        tokens = [issued] + [Signal(token_layout(shape), name=f"token{k}") for k in range(1, booked_at + 1)]
        m.d.sync += [after.eq(before) for before, after in zip(tokens, tokens[1:], strict=False)]
        m.d.comb += [
            issued.eq(sequencer.token),
            issued.valid.eq(sequencer.token.valid & sequencer.en),
            levels.barrier.eq(issued.barrier),
            levels.beta.eq(issued.beta),
            cells.levels.eq(levels.levels),
        ]
        m.submodules.betas = betas = DelayLine(shape.beta_bits, booked_at)
        m.d.comb += betas.source.eq(issued.beta)

        # The windows of a colour are on their way before those of the next are issued
        waiting = Signal(range(cells.turnaround + 1))
        m.d.sync += waiting.eq(Mux(waiting == 0, 0, waiting - 1))
        if cells.turnaround:
            left = Signal(range(shape.windows), init=shape.windows // 2 - 1)
            with m.If(issued.valid):
                m.d.sync += left.eq(left - 1)
                with m.If(left == 0):
                    m.d.sync += [left.eq(shape.windows // 2 - 1), waiting.eq(cells.turnaround)]

        # The attempts
        window = Signal(range(shape.windows))
        attempting = tokens[attempt_at]
        with m.If(attempting.valid):
            m.d.sync += window.eq(window + 1)
            with m.If(attempting.last_window):
                m.d.sync += window.eq(0)
        row = bus.region[list(self.map.regions).index("COUPLING")]
        host_window = Mux(row, bus.offset[self.map.row_bits :], bus.offset) >> shape.lane_bits
        m.d.comb += [cells.attempt.eq(attempting.valid), cells.window.eq(Mux(running, window, host_window))]

        # What they did is counted
        m.d.comb += [
            tally.stepped.eq(cells.stepped),
            tally.climbs.eq(cells.climbs),
            tally.level.eq(cells.flat),
            tally.excess.eq(cells.excess),
        ]
        for name in ("down", "up", "flat", "lower", "higher", "change"):
            m.d.comb += getattr(counters, name).eq(getattr(tally, name))
        booked = tokens[booked_at]
        m.d.comb += [
            counters.sweep.eq(booked.valid & booked.last_window),
            counters.beta.eq(betas.delayed),
        ]
        sweeps = Signal(32)
        copying = Signal()  # the state at the start of the sweep is the best one
        with m.If(counters.swept):
            m.d.sync += [sweeps.eq(sweeps + 1), copying.eq(counters.improved)]

        # The best state: once it is known that a sweep ended in it, what the next one finds is copied
        copied = Signal(range(shape.windows))
        late = [Signal(name=f"late{clock}") for clock in range(2)]
        m.d.sync += [late[0].eq(booked.valid), late[1].eq(late[0])]
        with m.If(late[1]):
            m.d.sync += copied.eq(Mux(copied == shape.windows - 1, 0, copied + 1))

        # What is for each group of lanes
        seed, seed_step, cleared = Signal(SEED_BITS), Signal(), Signal()
        offset = Signal.like(bus.offset)  # a clock later
        found = []
        for first in range(0, lanes, GROUP):
            members = range(first, min(first + GROUP, lanes))
            group = LaneGroup(shape, members, tally.latency + 2)
            m.submodules[f"lanes{first}"] = of_lanes(group)
            drawn = slice(members.start * PRIVATE_BITS, members.stop * PRIVATE_BITS)
            coupled = slice(members.start * shape.coupled_bits, members.stop * shape.coupled_bits)
            m.d.comb += [
                group.draw.eq(tokens[draw_at - 1].valid),
                group.clear.eq(cleared),
                group.seed.eq(seed),
                group.seed_step.eq(seed_step),
                group.quad.eq(offset),
                cells.draws[drawn].eq(group.draws),
                cells.used[drawn].eq(group.used),
                group.past.eq(cells.past[members.start : members.stop]),
                group.copy.eq(late[1] & copying),
                group.copied.eq(copied),
                group.lane.eq(offset),
                group.window.eq(offset[shape.lane_bits :]),
                group.values.eq(cells.values[members.start : members.stop]),
                group.coupled.eq(cells.coupled[coupled]),
            ]
            found.append(Cat(group.x, group.best, group.field))

        # What all lanes have in common of their words
        m.submodules.common = common = QuadNoise(shape.noise_steps)
        number = generators(lanes, shape.noise_steps) - 1
        m.d.comb += [
            common.draw.eq(tokens[Levels.common_at + 1 - shape.noise_steps].valid),
            common.clear.eq(cleared),
            common.seed.eq(seed),
            common.seed_step.eq(seed_step & (offset[: number.bit_length()] == number)),
            levels.common.eq(common.draws[:COMMON_BITS]),
        ]

        # Control
        stopping, segment_over, all_over, paused, done = Signal(), Signal(), Signal(), Signal(), Signal()
        segment, segments = Signal(range(shape.segments + 1)), Signal(range(shape.segments + 1))
        m.d.comb += [sequencer.segments.eq(segments), log.segment.eq(segment_over)]
        draining = Signal(range(booked_at + 4 + RECORD_WORDS))
        m.d.sync += counters.hold.eq(0)
        commands = {register.name: bus.command[k] for k, register in enumerate(REGISTERS)}
        writes = {name: bus.write[k] for k, name in enumerate(self.map.regions)}
        control = data.View(data.StructLayout({flag.name: 1 for flag in Control}), bus.data[: len(Control)])
        m.d.sync += [counters.clear.eq(0), sequencer.restart.eq(0), log.restart.eq(0)]
        refused, ordered = Signal(), Signal()  # what a command asks for; its data are known from a clock before it
        m.d.comb += bus.refused.eq(commands["CONTROL"] & refused)
        m.d.sync += ordered.eq(commands["CONTROL"] & ~refused)

        with m.FSM() as fsm:
            with m.State("HALTED"):
                m.d.comb += bus.halted.eq(1)
                with m.If(bus.write.any() & ~commands["CONTROL"]):
                    m.d.sync += [paused.eq(0), done.eq(0)]
                cannot_start = (segments == 0) | control.RESUME | control.FILL
                cannot_resume = ~paused | control.FILL
                m.d.sync += refused.eq(Mux(control.START, cannot_start, control.RESUME & cannot_resume))
                with m.If(ordered):
                    with m.If(control.CLEAR):
                        m.d.sync += [counters.clear.eq(1), copying.eq(1)]
                    with m.If(control.START | control.RESUME):
                        m.d.sync += [paused.eq(0), stopping.eq(control.STOP)]
                        m.next = "BEGIN"
                    with m.If(control.START):
                        m.d.sync += [sequencer.restart.eq(1), log.restart.eq(1), segment.eq(0), sweeps.eq(0), done.eq(0)]
                    with m.Elif(control.FILL):
                        m.d.sync += [paused.eq(0), done.eq(0)]
            with m.State("BEGIN"), m.If(~counters.clearing):  # a new schedule has begun
                m.next = "RUN"
            with m.State("RUN"):
                m.d.comb += sequencer.en.eq(waiting == 0)
                with m.If(issued.valid & issued.last_window & (issued.last_sweep | stopping)):
                    m.d.sync += [segment_over.eq(issued.last_sweep), all_over.eq(issued.last_sweep & issued.last_segment)]
                    m.next = "DRAIN"
            with m.State("DRAIN"):  # and until turns are held, so that a record takes as long after a run of any length
                m.d.sync += [draining.eq(draining + 1), counters.hold.eq(draining >= booked_at + 3)]
                with m.If(draining == booked_at + 3 + RECORD_WORDS):
                    m.d.sync += draining.eq(0)
                    m.next = "RECORD"
            with m.State("RECORD"):
                m.d.comb += log.record.eq(1)
                with m.If(log.done):
                    m.d.sync += segment.eq(segment + segment_over)
                    with m.If(all_over | stopping):
                        m.d.sync += [done.eq(all_over), paused.eq(~all_over), stopping.eq(0)]
                        m.next = "HALTED"
                    with m.Else():
                        m.next = "RUN"
        m.d.comb += running.eq(~fsm.ongoing("HALTED"))
        with m.If(running):
            m.d.sync += refused.eq(bus.data != Control.STOP)
            with m.If(ordered):
                m.d.sync += stopping.eq(1)

        # The host's side. What it writes reaches far, and does so from registers, clocks later
        written = {name: Signal(name=f"write_{name}") for name in writes}
        write_data = Signal(32)
        m.d.sync += [flag.eq(writes[name]) for name, flag in written.items()]
        m.d.sync += [offset.eq(bus.offset), write_data.eq(bus.data)]
        place = Mux(written["COUPLING"], offset[self.map.row_bits :], offset)
        m.d.comb += [
            cells.write_lane.eq(place),
            cells.x_write.eq(written["STATE"]),
            cells.x_data.eq(write_data),
            cells.linear_write.eq(written["LINEAR"]),
            cells.linear_data.eq(write_data[shape.field_shift :]),
            cells.row_write.eq(written["COUPLING"]),
            cells.row_data.eq(write_data),
            log.word.eq(counters.word),
            log.value.eq(counters.value),
            log.address.eq(bus.offset),
            sequencer.write_data.eq(write_data),
            sequencer.write_address.eq(offset),
            sequencer.write.eq(written["SCHEDULE"]),
        ]
        with m.If(commands["SEGMENTS"]):
            m.d.sync += segments.eq(Mux(bus.data > shape.segments, 0, bus.data))
        m.d.sync += cleared.eq(commands["SEED"])
        m.d.comb += [
            seed.eq(Mux(written["NOISE"], write_data, 0)),
            seed_step.eq(written["NOISE"]),
        ]

        energy_low = Signal(32)
        with m.If(commands["ENERGY_LOW"]):
            m.d.sync += energy_low.eq(bus.data)
        m.d.comb += [counters.energy.eq(Cat(energy_low, bus.data)), counters.load_energy.eq(commands["ENERGY_HIGH"])]

        readings = {
            "MAP_HASH": Const(self.map.hash, 32),
            "STATUS": Cat(running, paused, done),
            "SEGMENT": segment,
            "SWEEPS": sweeps,
        }
        for k, register in enumerate(REGISTERS):
            m.d.comb += bus.registers.word_select(k, 32).eq(readings.get(register.name, 0))

        read = Signal(len(found[0]))
        m.d.sync += read.eq(merge(found))
        x, best, field = read[0], read[1], read[2:].as_signed() << shape.coupling_shift
        values = {
            "STATE": x,
            "BEST": Mux(copying, x, best),
            "FIELD": Cat(field, field[-1].replicate(32))[:32],
            "LOG": log.data,
        }
        for k, name in enumerate(self.map.regions):
            m.d.comb += bus.values.word_select(k, 32).eq(values.get(name, 0))
        return m
