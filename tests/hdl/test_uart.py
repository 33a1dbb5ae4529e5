"""The serial line: bytes through both ends, bit lengths that are off, and what is no byte."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from fractions import Fraction

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from limulator_hdl.uart import BYTE_BITS, UartReceiver, UartTransmitter, clocks_per_bit
from stepping import simulate


class Loop(wiring.Component):
    """A transmitter and a receiver on one line."""

    def __init__(self, divisor: int) -> None:
        self.receiver, self.transmitter = UartReceiver(divisor), UartTransmitter(divisor)
        super().__init__(
            {"data": In(8), "valid": In(1), "ready": Out(1), "got": Out(8), "arrived": Out(1), "error": Out(1)}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules += [self.receiver, self.transmitter]
        m.d.comb += [
            self.transmitter.data.eq(self.data),
            self.transmitter.valid.eq(self.valid),
            self.ready.eq(self.transmitter.ready),
            self.receiver.rx.eq(self.transmitter.tx),
            self.got.eq(self.receiver.data),
            self.arrived.eq(self.receiver.valid),
            self.error.eq(self.receiver.error),
        ]
        return m


@pytest.mark.parametrize(("divisor", "count"), [(4, 256), (5, 256), (9, 40), (104, 3)])
def test_bytes_arrive_in_order_at_full_speed(divisor: int, count: int) -> None:
    dut = Loop(divisor)
    sent = [(k * 167 + 85) % 256 for k in range(count)]

    async def bench(ctx) -> None:
        got, waiting, clocks = [], list(sent), 0
        ctx.set(dut.valid, 1)
        while len(got) < count:
            ctx.set(dut.data, waiting[0] if waiting else 0)
            ctx.set(dut.valid, bool(waiting))
            if waiting and ctx.get(dut.ready):
                waiting.pop(0)
            if ctx.get(dut.arrived):
                got.append(ctx.get(dut.got))
            assert not ctx.get(dut.error)
            await ctx.tick()
            clocks += 1
        assert got == sent
        assert clocks <= count * (BYTE_BITS * divisor + 1) + 4

    simulate(dut, bench)


def test_frame_on_the_line() -> None:
    dut = UartTransmitter(4)

    async def bench(ctx) -> None:
        assert ctx.get(dut.tx) == 1
        ctx.set(dut.data, 0xA6)
        ctx.set(dut.valid, 1)
        await ctx.tick()
        ctx.set(dut.valid, 0)
        line = []
        for _ in range(4 * BYTE_BITS):
            assert not ctx.get(dut.ready)
            line.append(ctx.get(dut.tx))
            await ctx.tick()
        assert ctx.get(dut.ready)
        bits = [0, 0, 1, 1, 0, 0, 1, 0, 1, 1]  # start, the low bit of 0xa6 first, stop
        assert line == [bit for bit in bits for _ in range(4)]

    simulate(dut, bench)


def levels_of(frames: Iterable[int], bit: Fraction) -> list[int]:
    """The line, clock by clock, for bits of a length that need not be whole; frames of ten bits, the first in bit 0."""
    line, end = [1, 1], Fraction(2)
    for frame in frames:
        for place in range(BYTE_BITS):
            end += bit
            line += [frame >> place & 1] * (int(end) - len(line))
    return [*line, *[1] * int(2 * bit)]


def received(divisor: int, line: list[int]) -> tuple[list[int], int]:
    """The bytes that the receiver takes from the line, and its errors."""
    dut = UartReceiver(divisor)
    got: list[int] = []
    errors = 0

    async def bench(ctx) -> None:
        nonlocal errors
        for level in line:
            ctx.set(dut.rx, level)
            if ctx.get(dut.valid):
                got.append(ctx.get(dut.data))
            errors += ctx.get(dut.error)
            await ctx.tick()

    simulate(dut, bench)
    return got, errors


def frame(byte: int) -> int:
    return 0x200 | byte << 1


@pytest.mark.parametrize("divisor", [8, 16, 50])
@pytest.mark.parametrize("off", ["-0.02", "0", "0.02"])
def test_a_rate_2_percent_off_is_understood(divisor: int, off: str) -> None:
    sent = [0x00, 0xFF, 0x55, 0xAA, 0x80, 0x01, 0x7E]
    assert received(divisor, levels_of(map(frame, sent), divisor * (1 + Fraction(off)))) == (sent, 0)


def test_a_byte_without_stop_bit_is_dropped_and_the_next_one_taken() -> None:
    broken = [0x1FF & frame(0x41), 0x3FF, frame(0x42)]  # the second is an idle line
    assert received(8, levels_of(broken, Fraction(8))) == ([0x42], 1)


def test_a_break_is_one_error() -> None:
    assert received(8, [1] * 4 + [0] * 400 + levels_of([frame(0x42)], Fraction(8))) == ([0x42], 1)


def test_a_short_pulse_is_no_byte() -> None:
    for width in range(1, 4):
        assert received(8, [1] * 4 + [0] * width + [1] * 100 + levels_of([frame(0x42)], Fraction(8))) == ([0x42], 0)


@pytest.mark.parametrize(("clock_Hz", "baud", "divisor"), [(12e6, 115200, 104), (25e6, 115200, 217), (12e6, 3e6, 4)])
def test_divisor(clock_Hz: float, baud: float, divisor: int) -> None:
    assert clocks_per_bit(clock_Hz, baud) == divisor


@pytest.mark.parametrize(
    ("clock_Hz", "baud", "message"),
    [
        (12e6, 921600 * 3, "2.76.*is 3e.06.*2%"),
        (12e6, 4e6, r"at most clock_Hz / 4, got baud=4e\+06 clock_Hz=1.2e\+07"),
        (0, 115200, "clock_Hz=0"),
        (12e6, -1, "baud=-1"),
        (12e6, float("nan"), "baud=nan"),
    ],
)
def test_rates_that_cannot_be(clock_Hz: float, baud: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        clocks_per_bit(clock_Hz, baud)


@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
@pytest.mark.parametrize("component", [UartReceiver, UartTransmitter])
def test_parameters(component: type) -> None:
    with pytest.raises(ValueError, match=r"divisor must be 4.*got divisor=3"):
        component(3)
    with pytest.raises(TypeError, match=r"divisor must be an integer, got divisor=8\.5"):
        component(8.5)
    gc.collect()  # here, where the warning of a component without use is ignored
