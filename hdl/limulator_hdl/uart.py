"""The serial line: 8 data bits, no parity, 1 stop bit, least significant bit first."""

from operator import index

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

__all__ = ["BYTE_BITS", "LEAST_DIVISOR", "UartReceiver", "UartTransmitter", "clocks_per_bit"]

BYTE_BITS = 10
"""Bits that a byte takes on the line: start, 8 of data, stop."""

LEAST_DIVISOR = 4
"""Clocks of a bit, at least: the receiver finds its middle to one clock."""

_TOLERANCE = 0.02
"""Part of a bit's length that may be off. After 9.5 bits it has grown to a fifth of a bit, and half of one is an error."""


def clocks_per_bit(clock_Hz: float, baud: float) -> int:
    """The divisor that makes this baud rate from this clock.

    Raises ``ValueError`` for a rate that is not positive, and for one that is missed by more than 2 %.
    """
    for name, rate in (("clock_Hz", clock_Hz), ("baud", baud)):
        if not 0 < rate < float("inf"):
            raise ValueError(f"{name} must be positive and finite, got {name}={rate}")
    divisor = round(clock_Hz / baud)
    if divisor < LEAST_DIVISOR:
        raise ValueError(f"baud must be at most clock_Hz / {LEAST_DIVISOR}, got baud={baud:g} clock_Hz={clock_Hz:g}")
    made = clock_Hz / divisor
    if abs(made / baud - 1) > _TOLERANCE:
        raise ValueError(f"baud={baud:g} is {made:g} with clock_Hz={clock_Hz:g}, more than {_TOLERANCE:.0%} off")
    return divisor


def _divisor(divisor: object) -> int:
    try:
        value = index(divisor)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"divisor must be an integer, got divisor={divisor!r}") from None
    if not LEAST_DIVISOR <= value < 1 << 24:
        raise ValueError(f"divisor must be {LEAST_DIVISOR}..{(1 << 24) - 1} clocks, got divisor={value}")
    return value


class UartReceiver(wiring.Component):
    """Bytes from the line. Every bit is sampled once, in its middle, counted from the falling edge of the start bit.

    ============  =================================
    parameter     meaning
    ============  =================================
    ``divisor``   clocks a bit, at least 4
    ============  =================================

    ==========  =========  =====  ===================================================================
    port        direction  width  meaning
    ==========  =========  =====  ===================================================================
    ``rx``      in         1      the line, asynchronous, high when idle
    ``data``    out        8      the byte
    ``valid``   out        1      for one clock: ``data`` has arrived
    ``error``   out        1      for one clock: a byte without a stop bit, which is dropped
    ==========  =========  =====  ===================================================================

    Latency: ``valid`` comes in the middle of the stop bit, 4 clocks late: 3 for the synchroniser. A start bit shorter than
    half a bit is taken for noise. After a missing stop bit the line must be high before another byte begins.
    """

    def __init__(self, divisor: int) -> None:
        self.divisor = _divisor(divisor)
        super().__init__({"rx": In(1, init=1), "data": Out(8), "valid": Out(1), "error": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        line = Signal(init=1)
        m.submodules.synchroniser = FFSynchronizer(self.rx, line, init=1)
        count = Signal(range(self.divisor))
        sampling = Signal()
        bit = Signal(range(8))
        m.d.comb += sampling.eq(count == 0)
        m.d.sync += count.eq(count - 1)
        with m.If(sampling):
            m.d.sync += count.eq(self.divisor - 1)
        m.d.sync += [self.valid.eq(0), self.error.eq(0)]
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += count.eq(self.divisor // 2 - 1)
                with m.If(~line):
                    m.next = "START"
            with m.State("START"), m.If(sampling):
                with m.If(line):
                    m.next = "IDLE"
                with m.Else():
                    m.next = "DATA"
            with m.State("DATA"), m.If(sampling):
                m.d.sync += [self.data.eq(Cat(self.data[1:], line)), bit.eq(bit + 1)]
                with m.If(bit == 7):
                    m.next = "STOP"
            with m.State("STOP"), m.If(sampling):
                m.d.sync += [self.valid.eq(line), self.error.eq(~line)]
                m.next = "RELEASE"
            with m.State("RELEASE"), m.If(line):
                m.next = "IDLE"
        return m


class UartTransmitter(wiring.Component):
    """Bytes to the line.

    ============  =================================
    parameter     meaning
    ============  =================================
    ``divisor``   clocks a bit, at least 4
    ============  =================================

    ==========  =========  =====  ===================================================================
    port        direction  width  meaning
    ==========  =========  =====  ===================================================================
    ``data``    in         8      the byte to send
    ``valid``   in         1      ``data`` is valid
    ``ready``   out        1      ``data`` is taken in this clock, if ``valid``
    ``tx``      out        1      the line, from a register, high when idle
    ==========  =========  =====  ===================================================================

    A byte is taken every ``10 * divisor + 1`` clocks.
    """

    def __init__(self, divisor: int) -> None:
        self.divisor = _divisor(divisor)
        super().__init__({"data": In(8), "valid": In(1), "ready": Out(1), "tx": Out(1, init=1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        count = Signal(range(self.divisor))
        left = Signal(range(BYTE_BITS + 1))
        frame = Signal(BYTE_BITS - 1, init=-1)  # what follows the bit on the line
        m.d.comb += self.ready.eq(left == 0)
        with m.If(self.ready), m.If(self.valid):
            m.d.sync += [
                self.tx.eq(0),
                frame.eq(Cat(self.data, Const(1, 1))),
                left.eq(BYTE_BITS),
                count.eq(self.divisor - 1),
            ]
        with m.Elif(count == 0):
            m.d.sync += [Cat(self.tx, frame).eq(Cat(frame, Const(1, 1))), left.eq(left - 1), count.eq(self.divisor - 1)]
        with m.Else():
            m.d.sync += count.eq(count - 1)
        return m
