"""The queue: every word that goes in comes out, in order, once; one that is given back comes out again."""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import patch

from amaranth.hdl import Array, Assert, Assume, Cover, Elaboratable, Module, Mux, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from formal.opened import Opened
from limulator_hdl.queue import Queue

WIDTH = 6
"""Bits of the numbers of words; two words of the same number are never in the queue at once."""


class Registers(Elaboratable):
    """In place of a memory with one port to write and one to read at once: its words can be named."""

    def __init__(self, shape: int, depth: int, init: object) -> None:
        self.words = [Signal(shape, name=f"word{k}") for k in range(depth)]
        self.write, self.read = (
            SimpleNamespace(addr=Signal(range(depth)), data=Signal(shape), en=Signal()) for _ in range(2)
        )

    def write_port(self) -> SimpleNamespace:
        return self.write

    def read_port(self, domain: str) -> SimpleNamespace:
        return self.read

    def elaborate(self, platform: object) -> Module:
        m = Module()
        words = Array(self.words)
        m.d.comb += self.read.data.eq(words[self.read.addr])
        with m.If(self.write.en):
            m.d.sync += words[self.write.addr].eq(self.write.data)
        return m


class Rules(wiring.Component):
    """A :class:`.Queue` of bits, of which at most one is set, any one; it must come out when it is its turn, and no other.
    (A queue does not look at its words, so what holds for any one of them holds for all.)

    Words come at any time, and the user takes them at any time and may give one back.
    """

    def __init__(self) -> None:
        super().__init__({"flush": In(1), "mark": In(1), "valid": In(1), "take": In(1), "back": In(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        queue = Queue(1)
        with patch("limulator_hdl.queue.memory.Memory", Registers):
            m.submodules.queue = inside = Opened(queue)
        pushed, popped = Signal(WIDTH), Signal(WIDTH)
        returnable = Signal()
        marked, number = Signal(), Signal(WIDTH)
        with m.If(self.mark):
            m.d.sync += [marked.eq(1), number.eq(pushed)]
        taken = queue.take & queue.ready & ~queue.back
        m.d.comb += [
            queue.flush.eq(self.flush),
            queue.valid.eq(self.valid),
            queue.take.eq(self.take),
            queue.back.eq(self.back),
            queue.source.eq(self.mark),
            Assume(~ResetSignal()),
            Assume(~self.back | returnable),
            Assume(~self.mark | queue.en & self.valid & ~marked & ~self.flush),
        ]
        m.d.sync += [
            pushed.eq(pushed + (queue.en & self.valid)),
            popped.eq(Mux(queue.back, popped - 1, popped + taken)),
            returnable.eq(Mux(queue.back, 0, returnable | taken)),
        ]
        with m.If(marked & taken & returnable & (number == (popped - 1)[:WIDTH])):
            m.d.sync += marked.eq(0)  # it cannot come back
        with m.If(self.flush):
            m.d.sync += [pushed.eq(0), popped.eq(0), returnable.eq(0), marked.eq(0)]
        level = Signal(WIDTH)
        m.d.comb += [
            level.eq(pushed - popped),
            Assert(queue.ready == (level != 0)),
            Assert(~queue.ready | (queue.word == (marked & (popped == number)))),
            Assert(level <= Queue.DEPTH // 2 + 2),
            Cover(pushed == Queue.DEPTH + 2),
            Cover(level == Queue.DEPTH // 2 + 2),
        ]
        # The registers, in terms of this; the word that may be given back is still there.
        address_bits = (Queue.DEPTH - 1).bit_length()
        known = Signal(WIDTH)
        m.d.comb += [
            known.eq(level + returnable),
            Assert(inside["head"] == pushed[:address_bits]),
            Assert(inside["tail"] == popped[:address_bits]),
            Assert(known <= Queue.DEPTH // 2 + 2 - queue.en),
            Assert(~marked | ((pushed - 1 - number)[:WIDTH] < known)),
        ]
        for age in range(Queue.DEPTH // 2 + 2):
            earlier = (pushed - 1 - age)[:WIDTH]
            word = Array(inside["words"].words)[earlier[:address_bits]]
            m.d.comb += Assert((age >= known) | (word == (marked & (number == earlier))))
        return m
