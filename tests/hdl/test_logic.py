"""Arithmetic in LUTs, for all inputs of small sizes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Cat, Module, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from limulator_hdl.logic import count_ones, merge, pick
from stepping import simulate


class Function(wiring.Component):
    """A function of so many bits."""

    def __init__(self, function: Callable[[Value], Value], bits: int) -> None:
        self.function = function
        super().__init__({"bits": In(bits), "result": Out(8)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.result.eq(self.function(self.bits))
        return m


def results(function: Callable[[Value], Value], bits: int) -> list[int]:
    """What it makes of each number of so many bits."""
    dut = Function(function, bits)
    found = []

    async def bench(ctx) -> None:
        for number in range(1 << bits):
            ctx.set(dut.bits, number)
            found.append(ctx.get(dut.result))

    simulate(dut, bench, clocked=False)
    return found


@pytest.mark.parametrize("bits", range(11))
def test_ones_are_counted(bits: int) -> None:
    assert results(lambda value: Cat(count_ones(list(value))), bits) == [n.bit_count() for n in range(1 << bits)]


@pytest.mark.parametrize("bits", range(1, 11))
def test_a_count_has_no_more_bits_than_it_needs(bits: int) -> None:
    assert results(lambda value: Cat(1 for _ in count_ones(list(value))), bits)[0] == (1 << bits.bit_length()) - 1


@pytest.mark.parametrize("size", range(1, 10))
def test_every_value_is_picked(size: int) -> None:
    places = (size - 1).bit_length()
    found = results(lambda value: pick(list(value[places:]), list(value[:places])), places + size)
    for number, result in enumerate(found):
        values, index = number >> places, number % (1 << places)
        if index < size:
            assert result == values >> index & 1


@pytest.mark.parametrize("bits", [1, 5, 8])
def test_merged_is_one_if_any_is(bits: int) -> None:
    assert results(lambda value: merge(list(value)), bits) == [number != 0 for number in range(1 << bits)]


def test_merged_may_be_many() -> None:
    rtlil.convert(Function(lambda value: merge(list(value)), 2000))
