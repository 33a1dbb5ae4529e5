"""A Wishbone master for cocotb, and a checker of what the slave does.

Everything happens at falling edges of the clock, where Icarus and Verilator agree on every signal: what is driven there
is what the array sees at the next rising edge, and its answer is stable by the next falling one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cocotb.triggers import FallingEdge, First, ReadOnly, SimTimeoutError, ValueChange, with_timeout

from limulator_hdl.bus import Bus
from limulator_sim.link import BusError

__all__ = ["ANSWER_CLOCKS", "CLOCK_NS", "BusMaster", "ProtocolError", "WishboneRules"]

ANSWER_CLOCKS = 2 + Bus.READ_CLOCKS
"""Rising edges at which a request may be seen without an answer: the latency of a read, the slowest access."""


CLOCK_NS = 10
"""Period of the clock."""


class ProtocolError(AssertionError):
    """The slave broke a rule of the bus."""


class WishboneRules:
    """What a slave may do, judged from one sample for each rising edge.

    Signals are "0", "1", or anything else for unknown.

    It must not answer with ``ack`` and ``err`` at once, without a request, for more than a clock, in reset or in the
    clock after it, with unknown data, or later than ``answer_clocks``.
    """

    def __init__(self, answer_clocks: int = ANSWER_CLOCKS) -> None:
        self.answer_clocks = answer_clocks
        self.waited = 0
        self.answered = False
        self.was_reset = True

    def sample(self, rst: str, cyc: str, stb: str, we: str, ack: str, err: str, dat_r: str = "0") -> None:
        """Judge the signals at one rising edge. ``dat_r`` matters only when a read is acknowledged."""
        if not {rst, cyc, stb, ack, err} <= {"0", "1"}:
            raise ProtocolError(f"unknown control signal: rst={rst} cyc={cyc} stb={stb} ack={ack} err={err}")
        asked, reset, answers = cyc == stb == "1", rst == "1", "1" in (ack, err)
        if ack == err == "1":
            raise ProtocolError("ack and err at once")
        if answers and not asked:
            raise ProtocolError("an answer without a request")
        if answers and self.answered:
            raise ProtocolError("an answer of more than one clock")
        # A synchronous reset shows one rising edge later, so the first sample in reset may still hold an answer.
        if answers and self.was_reset:
            raise ProtocolError("an answer in reset or in the clock after it")
        if ack == "1" and we == "0" and not set(dat_r) <= {"0", "1"}:
            raise ProtocolError(f"unknown data: {dat_r}")
        self.waited = self.waited + 1 if asked and not answers and not reset else 0
        if self.waited > self.answer_clocks:
            raise ProtocolError(f"no answer after {self.answer_clocks} clocks")
        self.answered, self.was_reset = answers, reset


class BusMaster:
    """Masters ``wb_*`` of the array ``dut``. Call its methods at a falling edge; they return at one."""

    def __init__(self, dut: Any) -> None:
        self.falling = FallingEdge(dut.clk)
        self.clk, self.rst, self.running = dut.clk, dut.rst, dut.running
        self.cyc, self.stb, self.we = dut.wb_cyc, dut.wb_stb, dut.wb_we
        self.adr, self.dat_w, self.dat_r = dut.wb_adr, dut.wb_dat_w, dut.wb_dat_r
        self.ack, self.err = dut.wb_ack, dut.wb_err
        for signal in (self.cyc, self.stb, self.we, self.adr, self.dat_w):
            signal.value = 0

    async def reset(self) -> None:
        """Reset the array, whatever is going on."""
        self.cyc.value = self.stb.value = 0
        self.rst.value = 1
        await self.clocks(2)
        self.rst.value = 0
        await self.clocks(1)

    async def clocks(self, count: int) -> None:
        """Let the time pass."""
        for _ in range(count):
            await self.falling

    async def write(self, address: int, words: Iterable[int]) -> None:
        """Write consecutive words, back to back. Raises ``BusError`` at the first one refused."""
        try:
            for offset, word in enumerate(words):
                await self._access(address + offset, int(word))
        finally:
            self.cyc.value = self.stb.value = 0

    async def read(self, address: int, count: int) -> list[int]:
        """Read consecutive words, back to back. Raises ``BusError`` at the first one refused."""
        try:
            return [await self._access(address + offset) for offset in range(count)]
        finally:
            self.cyc.value = self.stb.value = 0

    async def abandon(self, address: int, word: int | None, clocks: int) -> None:
        """Begin an access and give it up after so many clocks, fewer than its answer takes."""
        self._ask(address, word)
        await self.clocks(clocks)
        self.cyc.value = self.stb.value = 0
        await self.falling

    async def halted(self, limit: int) -> bool:
        """Wait until ``running`` is low; False if it is not within ``limit`` clocks."""
        if self.running.value == 1:
            try:
                await with_timeout(FallingEdge(self.running), limit * CLOCK_NS, "ns")
            except SimTimeoutError:
                return False
            await self.falling
        return True

    async def check(self) -> None:
        """Raise :class:`ProtocolError` as soon as the slave breaks a rule; never returns."""
        rules = WishboneRules()
        control = (self.rst, self.cyc, self.stb, self.we, self.ack, self.err)
        settled = ReadOnly()
        while True:
            if self.clk.value == 1:
                await self.falling
            # What the master drives at this edge belongs to the sample, so let it settle.
            await settled
            sample = [str(signal.value) for signal in control]
            rules.sample(*sample, str(self.dat_r.value) if sample[4] == "1" else "0")
            if "1" not in sample[:3] + sample[4:]:  # all but we
                # Nothing can go wrong until one of them changes, which saves most of the time of a long run.
                await First(*(ValueChange(signal) for signal in control))
            else:
                await self.falling

    def _ask(self, address: int, word: int | None) -> None:
        self.adr.value = address
        self.we.value = word is not None
        if word is not None:
            self.dat_w.value = word
        self.cyc.value = self.stb.value = 1

    async def _access(self, address: int, word: int | None = None) -> int:
        self._ask(address, word)
        for _ in range(ANSWER_CLOCKS + 2):
            await self.falling
            ack, err = self.ack.value == 1, self.err.value == 1
            if ack or err:
                break
        else:
            raise ProtocolError(f"no answer at word address {address:#x}")
        data = 0 if err or word is not None else int(self.dat_r.value)
        # A synchronous master sees the answer at the next rising edge and holds its request until then.
        await self.falling
        if err:
            raise BusError(f"{'read' if word is None else 'write'} refused at word address {address:#x}")
        return data
