"""The bridge: whatever arrives, it answers the bytes that are owed, writes the words that came, and is ready again."""

from __future__ import annotations

from amaranth.hdl import Array, Assert, Assume, Cat, Const, Cover, Module, Mux, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from formal.opened import Opened, past
from limulator_hdl.bridge import PATIENCE, Bridge
from limulator_hdl.uartbone import ADDRESS_BITS, REFUSED_WORD, OwnWord

TIMEOUT = 30
GAP, GAP_AFTER_WORD = 9, 8 + PATIENCE + 1
"""Clocks between two bytes at least, and behind the last one of a word to write: less than the 40 that a line takes."""

CONSTANTS = (7, 0xCAFE0001)
HEADER = 6


class Rules(wiring.Component):
    """A :class:`.Bridge` between a host that sends any bytes and a bus that answers anything, or nothing.

    The specification keeps its own account of the request in progress: the bytes taken of the header, the words left
    to be written, the bytes owed. The bridge's registers are named only where they are tied to that account, so that
    induction does not start from states that cannot be.
    """

    def __init__(self) -> None:
        self.bridge = Bridge(3, TIMEOUT, CONSTANTS)
        super().__init__(
            {
                "rx_data": In(8),
                "rx_valid": In(1),
                "tx_ready": In(1),
                "fault": In(1),
                "ack": In(1),
                "err": In(1),
                "dat_r": In(32),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bridge = self.bridge
        m.submodules.bridge = inside = Opened(bridge)
        line = bridge.wishbone
        for name in ("rx_data", "rx_valid", "tx_ready", "fault"):
            m.d.comb += getattr(bridge, name).eq(getattr(self, name))
        m.d.comb += [line.ack.eq(self.ack), line.err.eq(self.err), line.dat_r.eq(self.dat_r)]
        m.d.comb += [Assume(~ResetSignal()), Assume(~(line.ack | line.err) | line.cyc & line.stb)]

        # The account of the request: header bytes taken, and what it asks for
        taken = Signal(range(HEADER + 1))
        command, length, address = Signal(8), Signal(8), Signal(ADDRESS_BITS)
        left = Signal(8)  # words to be written
        part, word = Signal(2), Signal(32)  # of the next of them
        complete = Signal()  # one is to be written now
        owed = Signal(10)  # bytes
        due = Signal(32)  # those of the word that is being answered, the next on top
        silence = Signal(8)  # clocks since the last byte
        spaced = Signal()  # the last byte completed a word to write
        reads, writes = (command == 2) | (command == 4), (command == 1) | (command == 3)
        step = command < 3
        heard, said = bridge.rx_valid, bridge.tx_valid & bridge.tx_ready
        listening = (taken > 0) & (taken < HEADER) | (taken == HEADER) & (left > 0) & ~complete
        m.d.comb += Assume(~heard | (silence >= Mux(spaced, GAP_AFTER_WORD, GAP) - 1))
        m.d.sync += silence.eq(Mux(heard, 0, Mux(silence.all(), silence, silence + 1)))

        done = inside["done"]  # a word has been on the bus, or was the bridge's own
        closing = Signal()  # all has been said
        with m.If(heard):
            m.d.sync += spaced.eq(0)
        with m.If(heard & (taken < HEADER)):
            m.d.sync += taken.eq(taken + 1)
            with m.Switch(taken):
                with m.Case(0):
                    m.d.sync += command.eq(bridge.rx_data)
                with m.Case(1):
                    m.d.sync += length.eq(bridge.rx_data)
                with m.Default():
                    m.d.sync += address.eq(Cat(bridge.rx_data, address))
            with m.If(taken == HEADER - 1):
                with m.If((length > 0) & reads):
                    m.d.sync += owed.eq(length << 2)
                with m.Elif((length > 0) & writes):
                    m.d.sync += left.eq(length)
                with m.Else():
                    m.d.sync += taken.eq(0)
        with m.If(heard & (taken == HEADER) & (left > 0) & ~complete):
            m.d.sync += [word.eq(Cat(bridge.rx_data, word)), part.eq(part + 1)]
            with m.If(part == 3):
                m.d.sync += [complete.eq(1), spaced.eq(1)]
        with m.If(listening & ~heard & (silence == TIMEOUT - 1)):
            m.d.sync += [taken.eq(0), left.eq(0), part.eq(0)]

        # What a word is read as
        index = address[:-1]
        own = address[-1]
        refused = Signal()
        value = Signal(32)
        with m.If(own):
            m.d.comb += value.eq(inside["value"])
            with m.If(index >= OwnWord.CONSTANTS):
                m.d.comb += value.eq(Array(CONSTANTS)[(index - OwnWord.CONSTANTS)[0]])
            m.d.comb += refused.eq(index >= OwnWord.CONSTANTS + len(CONSTANTS))
        with m.Else():
            m.d.comb += [value.eq(line.dat_r), refused.eq(~line.ack)]

        with m.If(done):
            m.d.sync += address.eq(address + step)
            with m.If(complete):
                m.d.sync += [complete.eq(0), left.eq(left - 1)]
                with m.If(left == 1):
                    m.d.sync += taken.eq(0)
            with m.Else():
                m.d.sync += due.eq(Mux(refused, REFUSED_WORD, value))
        with m.If(said):
            m.d.sync += [owed.eq(owed - 1), due.eq(due << 8), closing.eq(owed == 1)]
        with m.If(closing & ~inside["bits"].any()):
            m.d.sync += [closing.eq(0), taken.eq(0)]

        # The answer: the bytes owed, no others, and nothing is forgotten
        m.d.comb += [
            Assert(~bridge.tx_valid | (owed > 0)),
            Assert(~bridge.tx_valid | (bridge.tx_data == due[24:])),
            Assert(~past(m, bridge.tx_valid & ~bridge.tx_ready) | bridge.tx_valid),
            Assert(~past(m, bridge.tx_valid & ~bridge.tx_ready) | (bridge.tx_data == past(m, bridge.tx_data))),
            Assert(bridge.active == (taken > 0)),
            Assert(bridge.active | (owed == 0)),
        ]
        # The bus: each word once, at its address
        beyond = index[len(line.adr) :].any()
        m.d.comb += [
            Assert(line.cyc == line.stb),
            Assert(~line.cyc | complete | (owed > 0)),
            Assert(~line.cyc | (line.we == complete)),
            Assert(~line.cyc | (line.adr == index[: len(line.adr)]) & ~own & ~beyond),
            Assert(~line.cyc | ~line.we | (line.dat_w == word)),
            Assert(~done | complete | (owed > 0)),
            Assert(~done | (line.cyc == ~(own | beyond))),
            Assert(~done | ~past(m, done)),
            Assert(~(line.ack | line.err) | done),
        ]
        # No wedge: until it is idle something happens again and again, of which each request holds only so many
        still = Signal(8)
        waiting = bridge.tx_valid & ~bridge.tx_ready
        m.d.sync += still.eq(still + 1)
        with m.If(~bridge.active | heard & listening | said | waiting | done):
            m.d.sync += still.eq(0)
        m.d.comb += Assert(~bridge.active | (still < TIMEOUT))

        self.tie(m, inside, locals())
        self.restrict(m, locals())
        ended = past(m, bridge.active) & ~bridge.active
        m.d.comb += [
            Cover(ended & past(m, closing)),  # an answer has been given
            Cover(past(m, done & complete & line.ack)),
            Cover(ended & past(m, listening & (left > 0))),  # a write was cut off
            Cover(ended & past(m, reads & (length == 0))),
        ]
        return m

    def restrict(self, m: Module, account: dict) -> None:
        """Nothing here: this proof is about any host."""

    def tie(self, m: Module, inside: Opened, account: dict) -> None:
        """The bridge's registers, in terms of the account."""
        taken, left, part, owed = account["taken"], account["left"], account["part"], account["owed"]
        complete, closing, silence, still = account["complete"], account["closing"], account["silence"], account["still"]
        command, reads, writes = account["command"], account["reads"], account["writes"]
        byte, length, bits, waited = inside["byte"], inside["length"], inside["bits"], inside["waited"]
        quiet = inside["quiet"]

        def when(state: str, *facts: object) -> None:
            for fact in facts:
                m.d.comb += Assert(~inside.ongoing(state) | fact)

        named = (inside["known"] == (reads | writes)) & (inside["writing"] == command[0])
        named &= (inside["fixed"] == (command >= 3)) | ~(reads | writes)
        timed = (quiet == silence) & (silence < TIMEOUT)
        summing = (bits == 0) | (bits == 8 - silence) & (silence < 8)
        nothing = (left == 0) & (owed == 0) & (part == 0) & ~complete & ~closing
        m.d.comb += Assert(account["address"] == inside["address"])
        m.d.comb += [Assert((bits <= 8) & (inside["fsm"].state < 7)), Assert((waited == 0) | inside.ongoing("ACCESS"))]
        when("IDLE", taken == 0, nothing, summing)
        when("LENGTH", taken == 1, byte == 0, nothing, named, timed, summing, still <= silence)
        when("ADDRESS", taken == byte + 2, nothing, named, timed, summing, still <= silence)
        when("ADDRESS", length == account["length"])
        when("DATA", taken == HEADER, named, timed, summing, still <= silence, writes, owed == 0, ~complete, ~closing)
        when("DATA", left > 0, left == length, part == byte)
        for bytes_ in range(1, 4):
            low = slice(0, 8 * bytes_)
            when("DATA", (part != bytes_) | (account["word"][low] == inside["word"][low]))
        when("ACCESS", taken == HEADER, named, part == 0, byte == 0, ~closing, length > 0, still + bits <= 8 + waited)
        when("ACCESS", (waited == 0) | (bits == 0), inside["asking"] == (waited > 0))
        m.d.comb += Assert(inside["settled"] == (bits == 0))
        m.d.comb += Assert(inside["late"] == (quiet == TIMEOUT - 1))
        m.d.comb += Assert(~inside["asking"] | inside.ongoing("ACCESS"))
        when("ACCESS", ~writes | complete & (left == length) & (owed == 0) & (account["word"] == inside["word"]))
        when("ACCESS", ~writes | account["spaced"] & timed & (silence == 8 - bits + waited))
        when("ACCESS", writes | reads & ~complete & (left == 0) & (owed == Cat(Const(0, 2), length)))
        when("ANSWER", taken == HEADER, named, reads, ~complete, ~closing, left == 0, part == 0, length > 0)
        when("ANSWER", owed == Cat(Const(0, 2), length) - byte, account["due"] == inside["word"], still + bits <= 8)
        when("ANSWERED", taken == HEADER, reads, ~complete, closing, left == 0, part == 0, owed == 0, still + bits <= 8)


class Hasty(Rules):
    """The same with one host, for searches from reset that must reach far: it sends a byte as soon as it may, and takes
    every answer at once."""

    def restrict(self, m: Module, account: dict) -> None:
        soon = account["silence"] >= Mux(account["spaced"], GAP_AFTER_WORD, GAP) - 1
        busy = (account["taken"] == HEADER) & ~account["listening"]
        pause = (account["left"] > 0) & (account["part"] == 1)  # in the middle of a word it may fall silent
        m.d.comb += [Assume(self.tx_ready & ~self.fault), Assume((self.rx_valid == (soon & ~busy)) | pause)]
        m.d.comb += Assume(account["length"] < 2)
