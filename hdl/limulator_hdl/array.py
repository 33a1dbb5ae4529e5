"""The event array: any-to-any coupling, several attempts a clock, one step at a time."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from .addsub import add_or_subtract
from .attempts import Attempts
from .bus import Bus, WishboneSignature
from .cells import Cells
from .counters import Counters
from .couplings import Couplings
from .field import Fields
from .formats import Shape
from .ledger import RECORD_WORDS
from .registers import REGISTERS, Control, RegisterMap
from .schedule import token_layout
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
    EVALUATE    the first lane that is accepted addresses its coupling row
    UPDATE      the row arrives: every cell adds it to its field; x of the stepping cell is written
    REFRESH     the window is compared again, without the lanes up to the step
    EVALUATE    the first of the lanes behind the step that is accepted ...; the step is booked
    ==========  ======================================================================================================

    While a window is evaluated, the next one is compared: its fields are selected, and each lane's delta is set against
    its allowance. What that gives is dropped if there is a step. At the end of a segment the array stops for about
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

        # The window under evaluation, and the one that is compared now, the one after it
        token = Signal(token_layout(shape))
        at = Signal(shape.window_address_bits)
        after = Signal.like(at)
        m.d.comb += after.eq(Mux(at == shape.windows - 1, 0, at + 1))
        window = attempts.window
        selected = Signal(shape.windows)  # one-hot: whose fields are read
        selected_window = Signal.like(at)  # the same, as a number
        m.d.comb += [fields.select.eq(selected), cells.window.eq(selected_window)]

        def select(window: Value) -> list:
            return [selected.eq(1 << window), selected_window.eq(window)]

        live = Signal(shape.lanes)  # lanes of the window compared that are not committed yet
        m.d.sync += live.eq(~0)
        fresh = Signal()  # no lane of the window has stepped

        # Comparison, for the next clock's evaluation
        comparing = Signal()
        accepted = Signal(shape.lanes)
        void = Signal(shape.lanes)
        down = Signal(shape.lanes)
        rooms = [Signal(shape.field_bits, name=f"room{lane}") for lane in lanes]
        m.d.comb += cells.hold.eq(comparing)
        for lane in lanes:
            attempt = window.lanes[lane]
            x = cells.values.word_select(lane, shape.bits)
            coupled = fields.fields.word_select(lane, fields.width).as_signed()
            if shape.bits == 1:
                falls, out = x, Const(0, 1)
            else:
                falls, out = ~attempt.up, Mux(attempt.up, x == shape.x_max, x == 0)
            # allowance - delta: delta is g = linear + coupled going up, and -g going down
            width = shape.field_bits + 1
            limit = add_or_subtract(m, f"limit{lane}", width, attempt.allowance, attempt.linear, ~falls)
            room = add_or_subtract(m, f"room{lane}", width, limit, coupled << shape.coupling_shift, ~falls)
            with m.If(comparing):
                m.d.sync += [
                    accepted[lane].eq(live[lane] & attempt.open & ~out & ~room[-1]),
                    void[lane].eq(live[lane] & out),
                    down[lane].eq(falls),
                    rooms[lane].eq(room),
                ]

        # Evaluation. It costs less to compare what is no attempt, too, than to keep it from being accepted.
        hit = token.valid & accepted.any()
        first = Signal(shape.lanes)
        m.d.comb += first.eq(accepted & -accepted)
        lane_number = Cat(Cat(first[lane] for lane in lanes if lane >> bit & 1).any() for bit in range(shape.lane_bits))

        # The accepted step, in the clocks after
        stepping = Signal(shape.lanes)
        minus = Signal()

        def of_stepping(values: list) -> Value:
            chosen = Const(0, len(values[0]))
            for lane in lanes:
                chosen |= values[lane] & stepping[lane].replicate(len(values[lane]))
            return chosen

        allowance = Signal(shape.allowance_bits)
        before, moved, flipped = Signal(shape.bits), Signal(shape.bits), Signal(shape.bits)
        booked = Signal()
        m.d.comb += [
            before.eq(of_stepping([cells.values.word_select(lane, shape.bits) for lane in lanes])),
            moved.eq(Mux(minus, before - 1, before + 1)),
        ]
        m.d.sync += [  # in UPDATE, then in REFRESH
            allowance.eq(of_stepping([window.lanes[lane].allowance for lane in lanes])),
            counters.delta.eq(allowance - of_stepping(rooms)),
            flipped.eq(before ^ moved),
            counters.toggles.eq(sum(flipped)),
        ]
        m.d.comb += [counters.step.eq(booked), counters.beta.eq(token.beta)]

        copying = Signal()  # the state at the start of the sweep is the best one
        sweeps = Signal(32)

        # What a clock has committed is known late in it, so it is booked in the next.
        m.d.sync += [counters.window.eq(0), counters.sweep.eq(0), booked.eq(0)]
        with m.If(counters.sweep):
            m.d.sync += [sweeps.eq(sweeps + 1), copying.eq(counters.improved)]
        voided = Signal(shape.lanes)
        m.d.sync += voided.eq(0)
        m.d.comb += counters.voids.eq(voided)

        # Coupling row of the stepping cell, or of the cell that fills the fields, which is the one accepted then
        to_fill = Signal(shape.bits)
        m.d.comb += couplings.address.eq(Cat(lane_number, at))
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
        # What reaches far does so from a register, a clock later.
        m.d.sync += [counters.clear.eq(0), fields.clear.eq(0), attempts.restart.eq(0), attempts.load.eq(0)]
        offset_window = bus.offset[shape.lane_bits :][: shape.window_address_bits]
        lane_enable = Signal(shape.lanes)
        m.d.comb += lane_enable.eq(1 << bus.offset[: shape.lane_bits])
        setup = Signal()
        m.d.comb += setup.eq(bus.write.any() & ~commands["CONTROL"])

        with m.FSM() as fsm:
            with m.State("HALTED"):
                m.d.comb += bus.halted.eq(1)
                m.d.sync += [stepping.eq(lane_enable), *select(offset_window)]
                with m.If(setup):
                    m.d.sync += [paused.eq(0), done.eq(0)]
                with m.If(commands["CONTROL"]):
                    cannot_start = (segments == 0) | control.RESUME | control.FILL
                    cannot_resume = ~paused | control.FILL
                    m.d.comb += bus.refused.eq(Mux(control.START, cannot_start, control.RESUME & cannot_resume))
                with m.If(commands["CONTROL"] & ~bus.refused):
                    with m.If(control.CLEAR):
                        m.d.sync += [counters.clear.eq(1), copying.eq(1)]
                    with m.If(control.START | control.RESUME):
                        m.d.sync += [paused.eq(0), stopping.eq(control.STOP)]
                        m.next = "RESTORE"
                    with m.If(control.START):
                        m.d.sync += [
                            attempts.restart.eq(1),
                            token.valid.eq(0),
                            at.eq(shape.windows - 1),
                            segment.eq(0),
                            record_start.eq(0),
                            sweeps.eq(0),
                            done.eq(0),
                        ]
                    with m.Elif(control.FILL):
                        m.d.sync += [fields.clear.eq(1), paused.eq(0), done.eq(0), at.eq(0), *select(Const(0, 1))]
                        m.d.sync += [accepted.eq(1), minus.eq(0)]
                        m.next = "FILL_CELL"

            with m.State("FILL_CELL"):  # the row is addressed
                m.d.sync += stepping.eq(first)
                m.next = "FILL_VALUE"
            with m.State("FILL_VALUE"):
                m.d.sync += to_fill.eq(before)
                m.next = "FILL_STEPS"
            with m.State("FILL_STEPS"):
                with m.If(to_fill != 0):
                    m.d.comb += fields.step.eq(1)
                    m.d.sync += to_fill.eq(to_fill - 1)
                with m.Else():
                    m.d.sync += accepted.eq(accepted.rotate_left(1))
                    m.next = "FILL_CELL"
                    with m.If(accepted[-1]):
                        m.d.sync += [at.eq(after), *select(after)]
                    with m.If(accepted[-1] & (at == shape.windows - 1)):
                        m.next = "HALTED"

            with m.State("RESTORE"):
                m.d.sync += select(after)
                m.next = "EVALUATE"
            with m.State("EVALUATE"):
                m.d.comb += comparing.eq(1)
                with m.If(token.valid):
                    m.d.sync += voided.eq(void)
                    m.d.comb += cells.copy.eq(Mux(counters.sweep, counters.improved, copying) & fresh)
                m.d.sync += [stepping.eq(first), minus.eq((first & down).any())]
                with m.If(hit):
                    m.d.comb += attempts.back.eq(1)
                    m.d.sync += [selected.eq(selected.rotate_right(1)), selected_window.eq(at)]
                    m.next = "UPDATE"
                with m.Else():
                    m.d.comb += attempts.take.eq(1)
                    m.d.sync += [token.eq(window.token), token.valid.eq(attempts.ready), fresh.eq(1)]
                    with m.If(attempts.ready):
                        m.d.sync += [
                            at.eq(selected_window),
                            selected.eq(selected.rotate_left(1)),
                            selected_window.eq(Mux(selected_window == shape.windows - 1, 0, selected_window + 1)),
                        ]
                    with m.If(token.valid):
                        m.d.sync += counters.window.eq(1)
                        with m.If(token.last_window):
                            m.d.sync += counters.sweep.eq(1)
                            with m.If(token.last_sweep | stopping):
                                m.d.sync += [
                                    segment_over.eq(token.last_sweep),
                                    all_over.eq(token.last_sweep & token.last_segment),
                                ]
                                m.next = "SETTLE"
            with m.State("UPDATE"):
                m.d.comb += [
                    comparing.eq(1),
                    fields.step.eq(1),
                    cells.write.eq(stepping),
                    counters.voids.eq(voided & (stepping - 1)),
                ]
                m.d.sync += [live.eq(~(stepping ^ (stepping - 1))), fresh.eq(0)]
                m.next = "REFRESH"
            with m.State("REFRESH"):
                m.d.comb += [comparing.eq(1), attempts.take.eq(1)]
                m.d.sync += [booked.eq(1), selected.eq(selected.rotate_left(1)), selected_window.eq(after)]
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
        filling = fsm.ongoing("FILL_CELL") | fsm.ongoing("FILL_VALUE") | fsm.ongoing("FILL_STEPS")
        stop_only = Signal()  # of the data, which the bus has a clock before the command
        m.d.sync += stop_only.eq(bus.data == Control.STOP)
        with m.If(commands["CONTROL"] & running):
            m.d.comb += bus.refused.eq(filling | ~stop_only)
            with m.If(~bus.refused):
                m.d.sync += stopping.eq(1)

        # The host's side
        m.d.comb += [
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
            m.d.comb += [attempts.segment_write.eq(1), attempts.write_index.eq(bus.offset)]
        with m.If(writes["COUPLING"]):
            m.d.comb += couplings.write.eq(1 << bus.offset[: self.map.row_bits])
        with m.If(commands["SEGMENTS"]):
            m.d.sync += segments.eq(Mux(bus.data > shape.segments, 0, bus.data))

        energy_low = Signal(32)
        with m.If(commands["ENERGY_LOW"]):
            m.d.sync += energy_low.eq(bus.data)
        m.d.comb += [counters.energy.eq(Cat(energy_low, bus.data)), counters.load_energy.eq(commands["ENERGY_HIGH"])]

        seed_words = Signal(range(STATE_WORDS))
        with m.If(commands["SEED"]):
            m.d.sync += [attempts.seed.eq(Cat(attempts.seed, bus.data) >> 32), seed_words.eq(seed_words + 1)]
            with m.If(seed_words == STATE_WORDS - 1):
                m.d.sync += [attempts.load.eq(1), seed_words.eq(0)]
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

        field = Signal(signed(32))  # while the array is halted, the cell read takes the place of the one that steps
        coupled = of_stepping([fields.fields.word_select(lane, fields.width) for lane in lanes]).as_signed()
        m.d.sync += field.eq(coupled << shape.coupling_shift)
        best = of_stepping([cells.best.word_select(lane, shape.bits) for lane in lanes])
        values = {
            "STATE": before,
            "BEST": Mux(copying, before, best),
            "FIELD": field,
            "LOG": log_read.data,
        }
        for k, name in enumerate(self.map.regions):
            m.d.comb += bus.values.word_select(k, 32).eq(values.get(name, 0))
        return m
