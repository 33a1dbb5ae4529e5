"""The readout of the counters: a record of the segment log, word by word."""

from __future__ import annotations

from collections.abc import Mapping

from amaranth.hdl import Array, Module, Signal, Value, signed

from .formats import COUNTER_BITS

__all__ = ["read_out"]


def read_out(m: Module, counters: Mapping[str, Value], word: Value) -> Value:
    """The word of a record: each counter sign extended, its low word first."""
    words = []
    for counter in counters.values():
        record = Signal(signed(COUNTER_BITS) if counter.shape().signed else COUNTER_BITS)
        m.d.comb += record.eq(counter)
        words += [record[:32], record[32:]]
    return Array(words)[word]
