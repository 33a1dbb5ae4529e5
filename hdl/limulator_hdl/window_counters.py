"""The counters of a colour array: what a whole window did is booked at once, exactly."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from .color_shape import ColorShape
from .formats import COUNTER_BITS
from .graph import Graph
from .ledger import COUNTERS, RECORD_WORDS
from .logic import merge

__all__ = ["WindowCounters"]

_HALF = COUNTER_BITS // 2
_WORDS = {counter.name: 2 * k for k, counter in enumerate(COUNTERS)}
"""The low word of each counter in a record."""


class WindowCounters(wiring.Component):
    """Books the tallies of windows, keeps the running energy and the best one (see :mod:`.ledger`).

    Counters are in memory. Their words have their turns, in the order of a record, again and again: in its turn a counter
    is given what has come in since the last one, a *subtotal* of few bits. So a record that begins with its first word,
    after the last window, is complete; turns can be held before that, so that it is always as long until then.

    ================  =========  =================  =================================================================
    port              direction  width              meaning
    ================  =========  =================  =================================================================
    ``clear``         in         1                  all counts to 0, best energy to the present energy
    ``clearing``      out        1                  not all are 0 yet: book nothing
    ``load_energy``   in         1                  running energy from ``energy``
    ``energy``        in         energy_bits        signed, units of E
    ``hold``          in         1                  the first word has no turn: in at most RECORD_WORDS clocks turns stop
    ``sweep``         in         1                  this window is the last one of a sweep
    ``beta``          in         beta_bits          its beta
    ``down``, ...     in                            its tally, see :class:`.Tally`: all 0 if there is no window
    ``swept``         out        1                  a sweep is booked, 2 clocks after ``sweep``
    ``improved``      out        1                  with ``swept``: at its end the energy is below all before
    ``word``          out        0..RECORD_WORDS-1  word of the record
    ``value``         out        32                 its value
    ================  =========  =================  =================================================================

    Latency: the energy 1 clock, the best energy 2 clocks; a record has all of a window if its first word is seen 3 clocks
    after that or later. The first word is seen 3 clocks after turns have been let go on.
    """

    def __init__(self, shape: ColorShape, graph: Graph) -> None:
        self.shape = shape
        self.cells = shape.cells - len(graph.empty)
        most = signed(shape.lanes.bit_length() + shape.field_bits)
        super().__init__(
            {
                "clear": In(1),
                "clearing": Out(1),
                "load_energy": In(1),
                "energy": In(signed(shape.energy_bits)),
                "hold": In(1),
                "sweep": In(1),
                "beta": In(shape.beta_bits),
                **{name: In(range(shape.lanes + 1)) for name in ("down", "up", "flat")},
                **{name: In(most) for name in ("lower", "higher", "change")},
                "swept": Out(1),
                "improved": Out(1),
                "word": Out(range(RECORD_WORDS)),
                "value": Out(_HALF),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        energy, best_energy = Signal.like(self.energy), Signal.like(self.energy, name="best_energy")
        ended, better = Signal(), Signal()
        m.d.comb += better.eq(energy < best_energy)
        m.d.sync += [
            energy.eq(energy + self.change),
            ended.eq(self.sweep),
            self.swept.eq(ended),
            self.improved.eq(better),
        ]
        with m.If(ended & better):
            m.d.sync += best_energy.eq(energy)
        with m.If(self.load_energy):
            m.d.sync += energy.eq(self.energy)
        with m.If(self.clear):
            m.d.sync += best_energy.eq(energy)

        # Turns, and who has one
        turn, adding, following = (Signal(range(RECORD_WORDS), name=name) for name in ("turn", "adding", "following"))
        m.d.comb += following.eq(turn + 1)
        with m.If(turn == RECORD_WORDS - 1):
            m.d.comb += following.eq(Mux(self.hold, turn, 0))
        m.d.sync += [turn.eq(following), adding.eq(turn), self.word.eq(adding)]
        left = Signal(range(RECORD_WORDS + 3), init=RECORD_WORDS + 2)  # clocks until each word has been 0
        m.d.comb += self.clearing.eq(self.clear | (left != 0))
        with m.If(self.clear):
            m.d.sync += left.eq(RECORD_WORDS + 2)
        with m.Elif(self.clearing):
            m.d.sync += left.eq(left - 1)

        # What each counter is given
        heat = Signal(signed(self.shape.beta_bits + len(self.change)))
        m.d.sync += heat.eq(self.change * self.beta)
        toggled = Signal(range(3 * RECORD_WORDS * self.shape.lanes + 1))  # each step toggles the one bit of a cell
        incoming: dict[str, tuple[Value, int]] = {
            "attempts": (Mux(self.sweep, self.cells, 0), 1),
            "down": (self.down, 1),
            "up": (self.up, 1),
            "flat": (self.flat, 1),
            "sum_down": (self.lower, 1),
            "sum_up": (self.higher, 1),
            "heat": (heat, -1),
        }
        given: dict[str, Value] = {"toggles": toggled, "energy": energy, "best_energy": best_energy}
        its_turn = {name: Signal(name=f"turn_of_{name}") for name in (*given, *incoming)}
        m.d.sync += [flag.eq(following == _WORDS[name]) for name, flag in its_turn.items()]
        for name, (value, sign) in incoming.items():
            subtotal = Signal(signed(len(value) + 1 + RECORD_WORDS.bit_length()), name=f"subtotal_{name}")
            m.d.sync += subtotal.eq(Mux(its_turn[name], value * sign, subtotal + value if sign > 0 else subtotal - value))
            given[name] = subtotal
        low, high = [], []
        for name, value in given.items():
            wide = Signal(signed(COUNTER_BITS), name=f"wide_{name}")
            m.d.comb += wide.eq(value)
            low.append(wide[:_HALF] & its_turn[name].replicate(_HALF))
            high.append(wide[_HALF:] & its_turn[name].replicate(_HALF))
        operand, rest = Signal(_HALF), Signal(_HALF)
        m.d.sync += [operand.eq(Mux(turn[0], rest, merge(low))), rest.eq(merge(high))]
        with m.If(adding == _WORDS["down"]):
            m.d.sync += toggled.eq(operand)
        with m.If((adding == _WORDS["up"]) | (adding == _WORDS["flat"])):
            m.d.sync += toggled.eq(toggled + operand)

        # The counters. Energies are no sums: their words stay at 0
        m.submodules.counters = counters = memory.Memory(
            shape=_HALF, depth=RECORD_WORDS, init=(), attrs={"ram_style": "distributed", "no_rw_check": 1}
        )  # a word is written 2 clocks after it is read
        write, read = counters.write_port(), counters.read_port()
        carry, total = Signal(), Signal(_HALF + 1)
        m.d.comb += [
            read.addr.eq(turn),
            total.eq(read.data + operand + carry),
            write.addr.eq(self.word),
            write.data.eq(self.value),
            write.en.eq(self.word < _WORDS["energy"]),
        ]
        m.d.sync += Cat(self.value, carry).eq(total)
        with m.If(adding[0]):
            m.d.sync += carry.eq(0)
        with m.If(left != 0):
            m.d.sync += self.value.eq(0)
        return m
