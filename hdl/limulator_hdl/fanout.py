"""What all lanes need, once for each group of them: a signal that went everywhere at once would be slow."""

from __future__ import annotations

from collections.abc import Iterator

from amaranth.hdl import Cat, Module, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .local_memory import MEMORY_BITS

__all__ = ["GROUP", "Fanout", "groups"]

GROUP = MEMORY_BITS
"""Lanes of a group: as many as a block memory of an ECP5 has bits in a word."""


class Fanout(wiring.Component):
    """A register. It is a module of its own so that synthesis can be told not to merge those of all groups.

    ===========  =========  =====  ============================
    port         direction  width  meaning
    ===========  =========  =====  ============================
    ``source``   in         width
    ``copy``     out        width  the same, a clock later
    ===========  =========  =====  ============================
    """

    def __init__(self, width: int) -> None:
        super().__init__({"source": In(width), "copy": Out(width)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.sync += self.copy.eq(self.source)
        return m


def groups(m: Module, lanes: int, registers: bool = True, **sources: Value) -> Iterator[tuple[range, dict[str, Value]]]:
    """For each group its lanes, and copies of all sources, a clock later; or, of one group, these themselves."""
    if not registers:
        assert lanes <= GROUP
        yield range(lanes), sources
        return
    for number, first in enumerate(range(0, lanes, GROUP)):
        width = sum(len(source) for source in sources.values())
        m.submodules[f"fanout{number}"] = fanout = Fanout(width)
        m.d.comb += fanout.source.eq(Cat(sources.values()))
        copies: dict[str, Value] = {}
        at = 0
        for name, source in sources.items():
            copies[name] = fanout.copy[at : at + len(source)]
            at += len(source)
        yield range(first, min(first + GROUP, lanes)), copies
