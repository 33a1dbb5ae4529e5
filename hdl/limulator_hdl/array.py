"""The event array: any-to-any coupling, several attempts a clock, one step at a time."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from .addsub import add_or_subtract
from .attempts import Attempts, window_layout
from .bus import Bus, WishboneSignature
from .cells import Cells
from .counters import Counters
from .couplings import Couplings
from .field import Fields
from .formats import Shape
from .ledger import RECORD_WORDS
from .registers import REGISTERS, Control, RegisterMap
from .taus88 import STATE_WORDS

__all__ = ["EventArray"]


class EventArray(wiring.Component):
    """An array of learning-in-memory cells behind one bus.

    The scan visits the cells in order, a window of ``lanes`` cells at a time. A window's attempts are evaluated at once
    and committed up to the first accepted step; the rest are evaluated again, with the same noise words, when all fields
    have felt the step. So the array does exactly what a serial scan does (``limulator_sim.golden``).

    A clock in which nothing is accepted commits a window. An accepted step takes three clocks more:

    ==========  ======================================================================================================
    clock       what happens
    ==========  ======================================================================================================
    EVALUATE    each lane compares its delta with its allowance; the first accepted one addresses its coupling row
    UPDATE      the row arrives: every cell adds it to its field; x of the stepping cell is written
    REFRESH     the window's fields are selected again, and the lanes up to the step are masked; the step is booked
    EVALUATE    the lanes behind the step
    ==========  ======================================================================================================

    While a window is evaluated, the next one is selected. At the end of a segment the array stops for about
    ``RECORD_WORDS`` clocks, while a record of all counters is written to the log.

    ============  =========  =============================  ==========================================
    port          direction  width                          meaning
    ============  =========  =============================  ==========================================
    ``wishbone``  slave      :class:`.WishboneSignature`    to the host; :class:`.RegisterMap`
    ``running``   out        1                              a schedule or a FILL is in progress
    ============  =========  =============================  ==========================================
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.map = RegisterMap(shape)
        super().__init__({"wishbone": In(WishboneSignature(self.map.address_bits)), "running": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        lanes = range(shape.lanes)

        m.submodules.bus = bus = Bus(self.map)
        m.submodules.attempts = attempts = Attempts(shape)
        m.submodules.fields = fields = Fields(shape)
        m.submodules.couplings = couplings = Couplings(shape)
        m.submodules.cells = cells = Cells(shape)
        m.submodules.counters = counters = Counters(shape)
        wiring.connect(m, wiring.flipped(self.wishbone), bus.wishbone)

        # The window under evaluation; the next one to come is always the one after it.
        held = Signal(window_layout(shape))
        at = Signal(shape.window_address_bits)
        after = Signal.like(at)
        m.d.comb += after.eq(Mux(at == shape.windows - 1, 0, at + 1))
        selected = Signal(shape.windows)  # one-hot: whose fields are read
        selected_window = Signal.like(at)  # the same, as a number
        m.d.comb += [fields.select.eq(selected), cells.window.eq(selected_window)]

        def select(window: Signal) -> list:
            return [selected.eq(1 << window), selected_window.eq(window)]

        pending = Signal(shape.lanes)  # lanes not committed yet
        fresh = Signal()  # no lane of the window has stepped
        fields_g = [Signal(signed(shape.field_bits), name=f"g{lane}") for lane in lanes]

        # Evaluation
        accepted = Signal(shape.lanes)
        void = Signal(shape.lanes)
        down = Signal(shape.lanes)
        for lane in lanes:
            attempt = held.lanes[lane]
            x = cells.values.word_select(lane, shape.bits)
            if shape.bits == 1:
                m.d.comb += down[lane].eq(x)
            else:
                m.d.comb += [
                    down[lane].eq(~attempt.up),
                    void[lane].eq(Mux(attempt.up, x == shape.x_max, x == 0)),
                ]
            # allowance - delta: delta is g going up and -g going down
            room = add_or_subtract(m, f"room{lane}", shape.field_bits + 1, attempt.allowance, fields_g[lane], ~down[lane])
            m.d.comb += accepted[lane].eq(held.token.valid & pending[lane] & attempt.open & ~void[lane] & ~room[-1])
        hit = accepted.any()
        first = Signal(shape.lanes)
        m.d.comb += first.eq(accepted & -accepted)
        lane_number = Cat(Cat(first[lane] for lane in lanes if lane >> bit & 1).any() for bit in range(shape.lane_bits))

        # The accepted step, a clock later
        stepping = Signal(shape.lanes)
        minus = (stepping & down).any()

        def of_stepping(values: list) -> Signal:
            chosen = Const(0, len(values[0]))
            for lane in lanes:
                chosen |= values[lane] & stepping[lane].replicate(len(values[lane]))
            return chosen

        g = Signal(signed(shape.field_bits))
        delta = Signal(signed(shape.field_bits))
        before, moved = Signal(shape.bits), Signal(shape.bits)
        toggles = Signal(range(shape.bits + 1))
        m.d.comb += [
            g.eq(of_stepping(fields_g)),
            before.eq(of_stepping([cells.values.word_select(lane, shape.bits) for lane in lanes])),
            moved.eq(Mux(minus, before - 1, before + 1)),
        ]
        m.d.sync += [delta.eq(Mux(minus, -g, g)), toggles.eq(sum(before ^ moved))]
        m.d.comb += [counters.delta.eq(delta), counters.beta.eq(held.token.beta), counters.toggles.eq(toggles)]

        copying = Signal()  # the state at the start of the sweep is the best one
        sweeps = Signal(32)

        # What a clock has committed is known late in it, so it is booked in the next.
        m.d.sync += [counters.window.eq(0), counters.sweep.eq(0)]
        with m.If(counters.sweep):
            m.d.sync += [sweeps.eq(sweeps + 1), copying.eq(counters.improved)]
        voided = Signal(shape.lanes)
        m.d.sync += voided.eq(0)
        m.d.comb += counters.voids.eq(voided)

        # Selection of the fields to be evaluated in the next clock
        refreshing = Signal()
        gathering = Signal()
        with m.If(gathering):
            for lane in lanes:
                linear = Mux(refreshing, held.lanes[lane].linear, attempts.window.lanes[lane].linear)
                coupled = fields.fields.word_select(lane, fields.width)
                m.d.sync += fields_g[lane].eq(linear + (coupled << shape.coupling_shift))
        m.d.comb += cells.read.eq(gathering)

        # Coupling row of the stepping cell, or of the cell that fills the fields
        filling_lane = Signal(shape.lane_bits)
        to_fill = Signal(shape.bits)
        m.d.comb += couplings.address.eq(Cat(lane_number | filling_lane, at))
        m.d.comb += [fields.row.eq(couplings.row), fields.minus.eq(minus)]

        stopping = Signal()
        segment_over, all_over = Signal(), Signal()
        segment = Signal(range(shape.segments + 1))
        segments = Signal(range(shape.segments + 1))
        paused, done = Signal(), Signal()

        m.submodules.log = log = memory.Memory(shape=32, depth=shape.segments * RECORD_WORDS, init=())
        record = log.write_port()
        record_start = Signal.like(record.addr)
        word = Signal(range(RECORD_WORDS + 1))
        settled = Signal(range(4))
        m.d.comb += [counters.word.eq(word), record.data.eq(counters.value)]

        commands = {register.name: bus.command[k] for k, register in enumerate(REGISTERS)}
        writes = {name: bus.write[k] for k, name in enumerate(self.map.regions)}
        control = data.View(data.StructLayout({flag.name: 1 for flag in Control}), bus.data[: len(Control)])
        setup = Signal()
        m.d.comb += setup.eq(bus.write.any() & ~commands["CONTROL"])

        with m.FSM() as fsm:
            with m.State("HALTED"):
                m.d.comb += [bus.halted.eq(1), gathering.eq(1)]
                m.d.sync += select(bus.offset[shape.lane_bits :][: shape.window_address_bits])
                with m.If(setup):
                    m.d.sync += [paused.eq(0), done.eq(0)]
                with m.If(commands["CONTROL"]):
                    cannot_start = (segments == 0) | control.RESUME | control.FILL
                    cannot_resume = ~paused | control.FILL
                    m.d.comb += bus.refused.eq(Mux(control.START, cannot_start, control.RESUME & cannot_resume))
                with m.If(commands["CONTROL"] & ~bus.refused):
                    with m.If(control.CLEAR):
                        m.d.comb += counters.clear.eq(1)
                        m.d.sync += copying.eq(1)
                    with m.If(control.START | control.RESUME):
                        m.d.sync += [paused.eq(0), stopping.eq(control.STOP)]
                        m.next = "RESTORE"
                    with m.If(control.START):
                        m.d.comb += attempts.restart.eq(1)
                        m.d.sync += [
                            held.token.valid.eq(0),
                            at.eq(shape.windows - 1),
                            segment.eq(0),
                            record_start.eq(0),
                            sweeps.eq(0),
                            done.eq(0),
                        ]
                    with m.Elif(control.FILL):
                        m.d.comb += fields.clear.eq(1)
                        m.d.sync += [held.token.valid.eq(0), paused.eq(0), done.eq(0), at.eq(0), *select(Const(0, 1))]
                        m.next = "FILL_WINDOW"

            with m.State("FILL_WINDOW"):
                m.d.comb += cells.read.eq(1)
                m.next = "FILL_CELL"
            with m.State("FILL_CELL"):  # the row is addressed
                m.d.sync += to_fill.eq(data.View(data.ArrayLayout(shape.bits, shape.lanes), cells.values)[filling_lane])
                m.next = "FILL_STEPS"
            with m.State("FILL_STEPS"):
                with m.If(to_fill != 0):
                    m.d.comb += fields.step.eq(1)
                    m.d.sync += to_fill.eq(to_fill - 1)
                with m.Elif(filling_lane != shape.lanes - 1):
                    m.d.sync += filling_lane.eq(filling_lane + 1)
                    m.next = "FILL_CELL"
                with m.Else():
                    m.d.sync += [filling_lane.eq(0), at.eq(after), *select(after)]
                    m.next = "FILL_WINDOW"
                    with m.If(at == shape.windows - 1):
                        m.next = "HALTED"

            with m.State("RESTORE"):
                m.d.sync += select(at)
                m.next = "REFRESH"
            with m.State("EVALUATE"):
                with m.If(held.token.valid):
                    m.d.sync += [voided.eq(void & pending)]
                    m.d.comb += cells.copy.eq(Mux(counters.sweep, counters.improved, copying) & fresh)
                m.d.sync += stepping.eq(first)
                with m.If(hit):
                    m.next = "UPDATE"
                with m.Else():
                    m.d.comb += [attempts.take.eq(1), gathering.eq(1)]
                    m.d.sync += [
                        held.eq(attempts.window),
                        held.token.valid.eq(attempts.ready),
                        pending.eq(~0),
                        fresh.eq(1),
                    ]
                    with m.If(attempts.ready):
                        m.d.sync += [
                            at.eq(selected_window),
                            selected.eq(selected.rotate_left(1)),
                            selected_window.eq(Mux(selected_window == shape.windows - 1, 0, selected_window + 1)),
                        ]
                    with m.If(held.token.valid):
                        m.d.sync += counters.window.eq(1)
                        with m.If(held.token.last_window):
                            m.d.sync += counters.sweep.eq(1)
                            with m.If(held.token.last_sweep | stopping):
                                m.d.sync += [
                                    segment_over.eq(held.token.last_sweep),
                                    all_over.eq(held.token.last_sweep & held.token.last_segment),
                                ]
                                m.next = "SETTLE"
            with m.State("UPDATE"):
                m.d.comb += [
                    fields.step.eq(1),
                    cells.write.eq(stepping),
                    counters.voids.eq(voided & (stepping - 1)),
                ]
                m.d.sync += [
                    pending.eq(pending & ~(stepping ^ (stepping - 1))),
                    fresh.eq(0),
                    selected.eq(selected.rotate_right(1)),
                    selected_window.eq(at),
                ]
                m.next = "REFRESH"
            with m.State("REFRESH"):
                m.d.comb += [refreshing.eq(1), gathering.eq(1), counters.step.eq(stepping.any())]
                m.d.sync += [
                    stepping.eq(0),
                    selected.eq(selected.rotate_left(1)),
                    selected_window.eq(after),
                ]
                m.next = "EVALUATE"

            with m.State("SETTLE"):
                m.d.sync += settled.eq(settled + 1)
                with m.If(settled == 3):
                    m.next = "RECORD"
            with m.State("RECORD"):
                m.d.sync += word.eq(word + 1)
                m.d.comb += [record.en.eq(word != 0), record.addr.eq(record_start + word - 1)]
                with m.If(word == RECORD_WORDS):
                    m.d.sync += word.eq(0)
                    with m.If(segment_over):
                        m.d.sync += [segment.eq(segment + 1), record_start.eq(record_start + RECORD_WORDS)]
                    with m.If(all_over):
                        m.d.sync += [done.eq(1), stopping.eq(0)]
                        m.next = "HALTED"
                    with m.Elif(stopping):
                        m.d.sync += [paused.eq(1), stopping.eq(0)]
                        m.next = "HALTED"
                    with m.Else():
                        m.next = "RESTORE"

        running = self.running
        m.d.comb += running.eq(~fsm.ongoing("HALTED"))
        filling = fsm.ongoing("FILL_WINDOW") | fsm.ongoing("FILL_CELL") | fsm.ongoing("FILL_STEPS")
        with m.If(commands["CONTROL"] & running):
            m.d.comb += bus.refused.eq(filling | (bus.data != Control.STOP))
            with m.If(~bus.refused):
                m.d.sync += stopping.eq(1)

        # The host's side
        offset_window = bus.offset[shape.lane_bits :][: shape.window_address_bits]
        offset_lane = bus.offset[: shape.lane_bits]
        lane_enable = Signal(shape.lanes)
        m.d.comb += [
            lane_enable.eq(1 << offset_lane),
            cells.write_window.eq(Mux(running, at, offset_window)),
            cells.write_values.eq(Mux(running, moved, bus.data[: shape.bits]).replicate(shape.lanes)),
            attempts.write_index.eq(offset_window),
            attempts.write_data.eq(bus.data),
            couplings.write_row.eq(bus.offset[self.map.row_bits :]),
            couplings.write_data.eq(bus.data),
            attempts.segments.eq(segments),
        ]
        with m.If(writes["STATE"]):
            m.d.comb += cells.write.eq(lane_enable)
        with m.If(writes["LINEAR"]):
            m.d.comb += attempts.linear_write.eq(lane_enable)
        if shape.bits > 1:
            with m.If(writes["DIAGONAL"]):
                m.d.comb += attempts.diagonal_write.eq(lane_enable)
        with m.If(writes["SCHEDULE"]):
            m.d.comb += [attempts.segment_write.eq(1 << bus.offset[:3]), attempts.write_index.eq(bus.offset[3:])]
        with m.If(writes["COUPLING"]):
            m.d.comb += couplings.write.eq(1 << bus.offset[: self.map.row_bits])
        with m.If(commands["SEGMENTS"]):
            m.d.sync += segments.eq(Mux(bus.data > shape.segments, 0, bus.data))

        energy_low = Signal(32)
        with m.If(commands["ENERGY_LOW"]):
            m.d.sync += energy_low.eq(bus.data)
        m.d.comb += [counters.energy.eq(Cat(energy_low, bus.data)), counters.load_energy.eq(commands["ENERGY_HIGH"])]

        seed = Signal(32 * (STATE_WORDS - 1))
        seed_words = Signal(range(STATE_WORDS))
        m.d.comb += attempts.seed.eq(Cat(seed, bus.data))
        with m.If(commands["SEED"]):
            m.d.sync += [seed.eq(attempts.seed >> 32), seed_words.eq(seed_words + 1)]
            with m.If(seed_words == STATE_WORDS - 1):
                m.d.comb += attempts.load.eq(1)
                m.d.sync += seed_words.eq(0)
        with m.If(commands["CONTROL"]):
            m.d.sync += seed_words.eq(0)

        readings = {
            "MAP_HASH": Const(self.map.hash, 32),
            "STATUS": Cat(running, paused, done),
            "SEGMENT": segment,
            "SWEEPS": sweeps,
        }
        for k, register in enumerate(REGISTERS):
            m.d.comb += bus.registers.word_select(k, 32).eq(readings.get(register.name, 0))
        log_read = log.read_port()
        m.d.comb += [log_read.addr.eq(bus.offset), log_read.en.eq(~record.en)]  # no collision for synthesis to guard

        def of_lane(values: Value, width: int, sign: bool = False) -> Signal:
            value = Signal(signed(width) if sign else width)
            m.d.sync += value.eq(values.word_select(offset_lane, width))
            return value

        field = Signal(signed(32))
        m.d.comb += field.eq(of_lane(fields.fields, fields.width, sign=True) << shape.coupling_shift)
        values = {
            "STATE": of_lane(cells.values, shape.bits),
            "BEST": of_lane(Mux(copying, cells.values, cells.best), shape.bits),
            "FIELD": field,
            "LOG": log_read.data,
        }
        for k, name in enumerate(self.map.regions):
            m.d.comb += bus.values.word_select(k, 32).eq(values.get(name, 0))
        return m
