"""From a serial line to a bus, as :mod:`.uartbone` says.

No queue is needed. A word to write takes 40 bit times to arrive, at least 160 clocks, and 25 at most to be written: 8 for
the checksum of its last byte, and the bus, on which the array takes 6 and ``PATIENCE`` is the end. A word is read when the
one before is on the line, so that an answer is as fast as the line but for these 25 clocks.
"""

from collections.abc import Sequence
from operator import index

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .bus import WishboneSignature
from .uartbone import ADDRESS_BITS, REFUSED_WORD, Command, OwnWord

__all__ = ["PATIENCE", "Bridge"]

PATIENCE = 16
"""Clocks in which the bus must answer; then the word counts as refused. The array takes 6 at most."""

_CRC32 = 0xEDB88320


class Bridge(wiring.Component):
    """Masters the bus as the bytes of a serial line say.

    ================  =================================================================================
    parameter         meaning
    ================  =================================================================================
    ``address_bits``  of the bus, 1..29; word addresses from 2**address_bits on are refused
    ``timeout``       clocks between two bytes of a request, at least 2; LiteX hosts expect 100 ms or more
    ``constants``     words to be read from ``OwnWord.CONSTANTS`` on
    ================  =================================================================================

    =============  =========  ============================  =======================================================
    port           direction  width                         meaning
    =============  =========  ============================  =======================================================
    ``rx_data``    in         8                             a byte of the host
    ``rx_valid``   in         1                             it has arrived; it is taken in this clock
    ``tx_data``    out        8                             a byte for the host
    ``tx_valid``   out        1                             ``tx_data`` is valid
    ``tx_ready``   in         1                             it is taken in this clock
    ``wishbone``   master     :class:`.WishboneSignature`   the bus
    ``fault``      in         1                             the line has lost a byte
    ``active``     out        1                             a request is in progress
    ``error``      out        1                             a byte has been lost, a request was unknown or cut off, or a
                                                            word refused, since reset or the last write to REFUSED
    =============  =========  ============================  =======================================================

    Latency: a word is on the bus 8 clocks after its last byte. Between two ``rx_valid`` must lie at least 40 clocks,
    ``BYTE_BITS * LEAST_DIVISOR`` of :mod:`.uart`.
    """

    def __init__(self, address_bits: int, timeout: int, constants: Sequence[int] = ()) -> None:
        def integer(name: str, value: object, low: int, high: int) -> int:
            try:
                number = index(value)  # type: ignore[arg-type]
            except TypeError:
                raise TypeError(f"{name} must be an integer, got {name}={value!r}") from None
            if not low <= number <= high:
                raise ValueError(f"{name} must be {low}..{high}, got {name}={number}")
            return number

        self.timeout = integer("timeout", timeout, 2, (1 << 32) - 1)
        self.constants = [integer("a constant", word, 0, (1 << 32) - 1) for word in constants]
        if len(self.constants) > 64:
            raise ValueError(f"constants must be at most 64 words, got {len(self.constants)}")
        super().__init__(
            {
                "rx_data": In(8),
                "rx_valid": In(1),
                "tx_data": Out(8),
                "tx_valid": Out(1),
                "tx_ready": In(1),
                "wishbone": Out(WishboneSignature(integer("address_bits", address_bits, 1, ADDRESS_BITS - 1))),
                "fault": In(1),
                "active": Out(1),
                "error": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bus = self.wishbone
        known, writing, fixed = Signal(), Signal(), Signal()
        length, byte = Signal(8), Signal(2)
        address, word = Signal(ADDRESS_BITS), Signal(32)
        refusal = Signal(32)
        m.d.comb += [bus.adr.eq(address), bus.dat_w.eq(word), bus.we.eq(writing), self.tx_data.eq(word[24:])]
        with m.If(self.fault):
            m.d.sync += self.error.eq(1)

        # The checksum takes a bit a clock, in the order of the line.
        crc, written, answered = (Signal(32, init=0xFFFFFFFF, name=name) for name in ("crc", "written", "answered"))
        summed, bits = Signal(8), Signal(range(9))
        settled = Signal(init=1)  # no bits are left
        with m.If(~settled):
            m.d.sync += [
                crc.eq((crc >> 1) ^ Mux(crc[0] ^ summed[0], _CRC32, 0)),
                summed.eq(summed >> 1),
                bits.eq(bits - 1),
                settled.eq(bits == 1),
            ]

        def take() -> None:
            m.d.sync += [summed.eq(self.rx_data), bits.eq(8), settled.eq(0)]

        # The time since the last byte, which matters only within a request
        quiet = Signal(range(self.timeout))
        late = Signal()
        m.d.sync += [quiet.eq(quiet + 1), late.eq((quiet == self.timeout - 2) & ~self.rx_valid)]
        with m.If(self.rx_valid):
            m.d.sync += quiet.eq(0)

        def give_up() -> None:
            m.d.sync += self.error.eq(1)
            m.next = "IDLE"

        # One word, on the bus or of the bridge's own
        done, refused = Signal(), Signal()
        value = Signal(32)
        waited = Signal(range(PATIENCE))
        # Where an access goes is known long before: the checksum of the last byte takes its time
        own, beyond, forbidden = Signal(), Signal(), Signal()
        m.d.sync += [own.eq(address[-1]), beyond.eq(address[len(bus.adr) : -1].any())]
        asking = Signal()  # from a register, as much hangs on it
        m.d.comb += [bus.cyc.eq(asking), bus.stb.eq(asking)]
        m.d.sync += asking.eq(0)
        own_words = {OwnWord.WRITTEN: ~written, OwnWord.ANSWERED: ~answered, OwnWord.REFUSED: refusal}
        own_words |= {OwnWord.CONSTANTS + k: Const(constant, 32) for k, constant in enumerate(self.constants)}

        m.d.sync += forbidden.eq(1)
        with m.Switch(address[:-1]):
            for number in own_words:
                with m.Case(int(number)):
                    m.d.sync += forbidden.eq(writing & (number != OwnWord.REFUSED))
        own_value = Signal(32)  # if it is not forbidden, so that few bits tell which it is
        with m.Switch(address[: max(map(int, own_words)).bit_length()]):
            for number, own_word in own_words.items():
                with m.Case(int(number)):
                    m.d.comb += own_value.eq(own_word)

        with m.FSM() as fsm:
            with m.State("IDLE"):
                m.d.sync += byte.eq(0)
                with m.If(self.rx_valid):
                    take()
                    m.d.sync += [
                        known.eq((self.rx_data - 1)[:8] < 4),
                        writing.eq(self.rx_data[0]),
                        fixed.eq(self.rx_data >= Command.WRITE_FIXED),
                        crc.eq(Mux(self.rx_data[0], written, 0xFFFFFFFF)),
                    ]
                    m.next = "LENGTH"
            with m.State("LENGTH"):
                with m.If(self.rx_valid):
                    take()
                    m.d.sync += length.eq(self.rx_data)
                    m.next = "ADDRESS"
                with m.Elif(late):
                    give_up()
            with m.State("ADDRESS"):
                with m.If(self.rx_valid):
                    take()
                    m.d.sync += [address.eq(Cat(self.rx_data, address)), byte.eq(byte + 1)]
                    with m.If(byte == 3):
                        m.next = "ACCESS"
                        with m.If(~known):
                            give_up()
                        with m.Elif(length == 0):
                            m.next = "IDLE"
                        with m.Elif(writing):
                            m.next = "DATA"
                with m.Elif(late):
                    give_up()
            with m.State("DATA"):
                with m.If(self.rx_valid):
                    take()
                    m.d.sync += [word.eq(Cat(self.rx_data, word)), byte.eq(byte + 1)]
                    with m.If(byte == 3):
                        m.next = "ACCESS"
                with m.Elif(late):
                    give_up()

            with m.State("ACCESS"):
                m.d.comb += [value.eq(Mux(own, own_value, bus.dat_r)), refused.eq(Mux(own, forbidden, ~bus.ack))]
                with m.If(~writing):  # until it is done
                    m.d.sync += word.eq(Mux(refused, REFUSED_WORD, value))
                with m.If(settled & own):
                    m.d.comb += done.eq(1)
                with m.Elif(settled):
                    m.d.comb += done.eq(bus.ack | bus.err | beyond | (waited == PATIENCE - 1))
                    m.d.sync += [waited.eq(waited + 1), asking.eq(~done)]
                with m.If(done):
                    m.d.sync += [waited.eq(0), address.eq(address + ~fixed), crc.eq(crc ^ refused)]
                    with m.If(refused):
                        m.d.sync += self.error.eq(1)
                        with m.If(~refusal[-1]):
                            m.d.sync += refusal.eq(Cat(address, Const(0, 1), Const(1, 1)))
                    with m.If(writing):
                        m.d.sync += [written.eq(crc ^ refused), length.eq(length - 1)]
                        m.next = "DATA"
                        with m.If(length == 1):
                            m.next = "IDLE"
                        with m.If(own & ~refused):
                            m.d.sync += [refusal.eq(0), self.error.eq(0)]
                    with m.Else():
                        m.next = "ANSWER"
            with m.State("ANSWER"):
                m.d.comb += self.tx_valid.eq(settled)
                with m.If(self.tx_valid & self.tx_ready):
                    m.d.sync += [word.eq(word << 8), byte.eq(byte + 1), summed.eq(self.tx_data), bits.eq(8), settled.eq(0)]
                    with m.If(byte == 3):
                        m.d.sync += length.eq(length - 1)
                        m.next = "ACCESS"
                        with m.If(length == 1):
                            m.next = "ANSWERED"
            with m.State("ANSWERED"), m.If(settled):
                m.d.sync += answered.eq(crc)
                m.next = "IDLE"

            m.d.comb += self.active.eq(~fsm.ongoing("IDLE"))
        return m
