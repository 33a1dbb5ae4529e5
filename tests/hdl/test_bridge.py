"""The bridge, byte by byte, against a model of what a request does."""

from __future__ import annotations

import gc
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from amaranth.sim import Simulator

from limulator_hdl.bridge import PATIENCE, Bridge
from limulator_hdl.uart import BYTE_BITS, LEAST_DIVISOR
from limulator_hdl.uartbone import OWN_BASE, REFUSED_WORD, Command, OwnWord

GAP = BYTE_BITS * LEAST_DIVISOR
"""Clocks between two bytes, as few as there can be."""
TIMEOUT = 300
CONSTANTS = (7, 0xCAFE0001)
ADDRESS_BITS = 10
REFUSING, DEAD = 0x200, 0x300
"""From the first address on the bus answers with err, from the second on not at all."""
ADDRESSES = [0x17, REFUSING - 2, REFUSING, DEAD, 1 << ADDRESS_BITS, OWN_BASE, OWN_BASE + 5, (1 << 30) - 1]


def request(command: int, address: int, words: list[int] | int) -> bytes:
    """A request; of a read the number of words is given."""
    count, data = (words, []) if isinstance(words, int) else (len(words), words)
    return bytes([command, count]) + address.to_bytes(4, "big") + b"".join(word.to_bytes(4, "big") for word in data)


class Model:
    """The bus and the bridge, in plain Python: what complete requests do and are answered."""

    def __init__(self) -> None:
        self.memory = {address: address * 0x01010101 & 0xFFFFFFFF for address in range(REFUSING)}
        self.order: list[tuple[int, int]] = []
        self.written = self.answered = self.refusal = 0

    def own(self) -> list[int]:
        return [self.written, self.answered, self.refusal, *CONSTANTS]

    def put(self, address: int, word: int) -> bool:
        if address == OWN_BASE + OwnWord.REFUSED:
            self.refusal = 0
        elif address in self.memory:
            self.memory[address] = word
            self.order.append((address, word))
        else:
            return False
        return True

    def get(self, address: int) -> int | None:
        own = dict(enumerate(self.own(), OWN_BASE))
        return own.get(address, self.memory.get(address))

    def refuse(self, address: int) -> None:
        self.refusal = self.refusal or 1 << 31 | address

    def take(self, request: bytes) -> bytes:
        """The answer to a complete request, or to a write of which the end is missing."""
        command, count, address = request[0], request[1], int.from_bytes(request[2:6], "big") % (1 << 30)
        step = command in (Command.WRITE, Command.READ)
        answer = b""
        reading = command in (Command.READ, Command.READ_FIXED)
        crc = zlib.crc32(request[:6], 0 if reading else self.written)
        for k in range(count if command in list(Command) else 0):
            place = (address + step * k) % (1 << 30)
            if reading:
                word = self.get(place)
                if word is None:
                    self.refuse(place)
                    crc ^= 1
                data = (REFUSED_WORD if word is None else word).to_bytes(4, "big")
                answer += data
                crc = zlib.crc32(data, crc)
            elif len(data := request[6 + 4 * k : 10 + 4 * k]) == 4:
                crc = zlib.crc32(data, crc)
                if not self.put(place, int.from_bytes(data, "big")):
                    self.refuse(place)
                    crc ^= 1
                self.written = crc
        if answer:
            self.answered = crc
        return answer


class Host:
    """Drives ``dut`` as a UART does."""

    def __init__(self, dut: Bridge, ctx: Any, answers: list[int]) -> None:
        self.dut, self.ctx, self.answers = dut, ctx, answers

    async def send(self, data: bytes) -> None:
        for byte in data:
            self.ctx.set(self.dut.rx_data, byte)
            self.ctx.set(self.dut.rx_valid, 1)
            await self.ctx.tick()
            self.ctx.set(self.dut.rx_valid, 0)
            await self.ctx.tick().repeat(GAP - 1)

    async def answer(self) -> bytes:
        """What has been said since the last call, when the bridge has nothing more to do at once."""
        before = -1
        while before != len(self.answers):
            before = len(self.answers)
            await self.ctx.tick().repeat(2 * GAP)
        said = bytes(self.answers)
        self.answers.clear()
        return said

    async def pause(self) -> None:
        """Longer than the timeout."""
        await self.ctx.tick().repeat(TIMEOUT + 2)


def with_bridge(body: Callable[[Host, Model], Awaitable[None]], seed: int = 0, ready: float = 1.0) -> None:
    """Run ``body`` with a bridge on a bus of random latency, on which ``order`` is what was written."""
    dut = Bridge(ADDRESS_BITS, TIMEOUT, CONSTANTS)
    rng = np.random.default_rng(seed)
    model = Model()
    memory, order = dict(model.memory), []
    answers: list[int] = []
    bus = dut.wishbone

    async def slave(ctx) -> None:
        while True:
            while not ctx.get(bus.cyc):
                await ctx.edge(bus.cyc, 1)
            address = ctx.get(bus.adr)
            if address >= DEAD:
                waited = 0
                while ctx.get(bus.cyc):
                    waited += 1
                    assert waited <= PATIENCE
                    await ctx.tick()
                continue
            await ctx.tick().repeat(int(rng.integers(1, 6)))
            assert ctx.get(bus.cyc)
            assert ctx.get(bus.stb)
            assert ctx.get(bus.adr) == address
            if address >= REFUSING:
                ctx.set(bus.err, 1)
            else:
                if ctx.get(bus.we):
                    memory[address] = ctx.get(bus.dat_w)
                    order.append((address, memory[address]))
                ctx.set(bus.dat_r, memory[address])
                ctx.set(bus.ack, 1)
            await ctx.tick()
            ctx.set(bus.ack, 0)
            ctx.set(bus.err, 0)
            ctx.set(bus.dat_r, 0)

    async def line(ctx) -> None:
        while True:
            ctx.set(dut.tx_ready, int(rng.random() < ready))
            if ctx.get(dut.tx_valid) and ctx.get(dut.tx_ready):
                answers.append(ctx.get(dut.tx_data))
            await ctx.tick()

    async def bench(ctx) -> None:
        await body(Host(dut, ctx, answers), model)
        assert (memory, order) == (model.memory, model.order)
        assert not ctx.get(dut.active)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(slave, background=True)
    simulator.add_testbench(line, background=True)
    simulator.add_testbench(bench)
    simulator.run()


OWN = request(Command.READ, OWN_BASE, len(CONSTANTS) + OwnWord.CONSTANTS)


async def ask(host: Host, model: Model, data: bytes) -> None:
    """Send a complete request and compare its answer."""
    await host.send(data)
    assert await host.answer() == model.take(data)


@pytest.mark.parametrize("ready", [1.0, 0.1])
def test_every_command_does_what_the_model_does(ready: float) -> None:
    rng = np.random.default_rng(3)

    async def body(host: Host, model: Model) -> None:
        await ask(host, model, OWN)
        for count in (1, 2):
            for command in Command:
                for address in (
                    0x17,
                    REFUSING - 2,
                    REFUSING,
                    DEAD,
                    1 << ADDRESS_BITS,
                    OWN_BASE,
                    OWN_BASE + 5,
                    (1 << 30) - 1,
                ):
                    reads = command in (Command.READ, Command.READ_FIXED)
                    words = count if reads else [int(word) for word in rng.integers(0, 1 << 32, count)]
                    await ask(host, model, request(command, address, words))
            await ask(host, model, OWN)
            await ask(host, model, request(Command.WRITE, OWN_BASE + OwnWord.REFUSED, [0]))
        await ask(host, model, OWN)

    with_bridge(body, ready=ready)


def test_255_words() -> None:
    """Read; writing as many takes the simulator too long, and is tested on the virtual board."""

    async def body(host: Host, model: Model) -> None:
        await ask(host, model, request(Command.READ, 3, 255))
        await ask(host, model, OWN)

    with_bridge(body)


def test_a_write_is_checked_at_once() -> None:
    """Hosts send a read right behind a write."""

    async def body(host: Host, model: Model) -> None:
        write, read = request(Command.WRITE, 3, [1, 2]), request(Command.READ, OWN_BASE, 3)
        await host.send(write + read)
        assert await host.answer() == model.take(write) + model.take(read)

    with_bridge(body)


def test_unknown_commands_and_length_0_take_their_address_and_do_nothing() -> None:
    async def body(host: Host, model: Model) -> None:
        for command in (0, 5, 6, 0x7F, 0x80, 0x81, 0xFF):
            await ask(host, model, request(command, 4, 9))
            assert host.ctx.get(host.dut.error)
            await ask(host, model, request(Command.WRITE, OWN_BASE + OwnWord.REFUSED, [0]))
            assert not host.ctx.get(host.dut.error)
        for command in Command:
            await ask(host, model, request(command, 4, 0))
        assert not host.ctx.get(host.dut.error)
        await ask(host, model, OWN)

    with_bridge(body)


@pytest.mark.parametrize("whole", [request(Command.WRITE, 4, [1, 2]), request(Command.READ_FIXED, 4, 2), request(9, 4, 2)])
def test_a_request_may_be_cut_off_at_every_byte(whole: bytes) -> None:
    async def body(host: Host, model: Model) -> None:
        for length in range(1, len(whole)):
            await host.send(whole[:length])
            assert host.ctx.get(host.dut.active)
            await host.pause()
            assert not host.ctx.get(host.dut.active)
            assert host.ctx.get(host.dut.error)
            if whole[0] == Command.WRITE:
                model.take(whole[:length].ljust(6, b"\0"))
            await ask(host, model, OWN)
            await ask(host, model, request(Command.WRITE, OWN_BASE + OwnWord.REFUSED, [0]))

    with_bridge(body)


def test_bytes_just_within_the_timeout_belong_together() -> None:
    async def body(host: Host, model: Model) -> None:
        whole = request(Command.WRITE, 4, [1])
        for byte in whole:
            await host.send(bytes([byte]))
            await host.ctx.tick().repeat(TIMEOUT - GAP - 1)
        model.take(whole)
        await ask(host, model, OWN)

    with_bridge(body)


def test_noise_does_not_wedge_it() -> None:
    """Whatever came before, after a timeout the bridge is idle, and what a request does then is known."""
    rng = np.random.default_rng(11)

    async def body(host: Host, model: Model) -> None:
        for _ in range(8):
            noise = rng.integers(0, 256, int(rng.integers(1, 60))).astype(np.uint8)
            noise[noise == Command.WRITE] = 0  # what it writes is not modelled
            noise[noise == Command.WRITE_FIXED] = 0
            await host.send(noise.tobytes())
            await host.pause()
            await host.answer()
            clear = request(Command.WRITE, OWN_BASE + OwnWord.REFUSED, [0])
            await ask(host, model, clear)
            await host.send(OWN)
            words = np.frombuffer(await host.answer(), ">u4")
            model.answered = int(words[OwnWord.ANSWERED])  # of a read in the noise
            assert words.tolist() == model.own()
            model.answered = zlib.crc32(OWN + words.tobytes())
            await ask(host, model, request(Command.READ, 4, 3))

    with_bridge(body)


def test_a_lost_byte_is_shown() -> None:
    async def body(host: Host, model: Model) -> None:
        host.ctx.set(host.dut.fault, 1)
        await host.ctx.tick()
        host.ctx.set(host.dut.fault, 0)
        await host.ctx.tick().repeat(3)
        assert host.ctx.get(host.dut.error)
        await ask(host, model, request(Command.WRITE, OWN_BASE + OwnWord.REFUSED, [0]))
        assert not host.ctx.get(host.dut.error)

    with_bridge(body)


@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 100), "address_bits must be 1..29, got address_bits=0"),
        ((30, 100), "address_bits must be 1..29, got address_bits=30"),
        ((8, 1), "timeout must be 2..4294967295, got timeout=1"),
        ((8, 100, [-1]), "a constant must be 0..4294967295, got a constant=-1"),
        ((8, 100, [0] * 65), "at most 64 words, got 65"),
    ],
)
def test_parameters(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Bridge(*arguments)
    gc.collect()  # here, where the warning of a component without use is ignored
