"""Shapes of colour arrays: what is refused, what is the default, and cells that need a certain graph."""

from __future__ import annotations

import gc

import pytest

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.column_cells import ColumnCells
from limulator_hdl.formats import Shape, signed_bits
from limulator_hdl.graph import Graph
from limulator_hdl.wired_cells import WiredCells


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cells": (1 << 18) + 1}, "cells must be 1..262144, got cells=262145"),
        ({"bits": 2}, "the cells of a colour array have one bit, got bits=2"),
        ({"degree": 0}, "degree must be 1..1024, got degree=0"),
        ({"degree": 1025}, "degree must be 1..1024, got degree=1025"),
        ({"deep": 2}, "deep must be 0..1, got deep=2"),
        ({"levels": 0}, "levels must be 1..7, got levels=0"),
        ({"levels": 8}, "levels must be 1..7, got levels=8"),
        ({"field_shift": 1}, "field_shift must be 0..0, got field_shift=1"),
        ({"coupling_shift": 2, "field_shift": 1, "levels": 16}, "levels must be 1..15, got levels=16"),
        ({"lanes": 3}, "lanes must divide cells, got cells=16 lanes=3"),
    ],
)
def test_refused(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        ColorShape(**{"cells": 16} | arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize(("degree", "coupling_bits", "shift"), [(1, 2, 0), (4, 2, 0), (7, 4, 2), (20, 3, 15)])
def test_the_default_field_holds_all_couplings(degree: int, coupling_bits: int, shift: int) -> None:
    shape = ColorShape(64, 8, coupling_bits=coupling_bits, degree=degree, coupling_shift=shift)
    reach = degree * shape.q_max << shift
    assert shape.field_bits == signed_bits(reach)
    assert shape.levels == shape.g_max >= reach
    assert (1 << shape.coupled_bits - 1) - 1 >= degree * shape.q_max
    assert shape.row_words * shape.couplings_per_word >= degree > (shape.row_words - 1) * shape.couplings_per_word


def test_it_can_be_made_from_its_dictionary() -> None:
    shape = ColorShape(48, 6, levels=5, deep=1)
    assert ColorShape(**shape.as_dict()) == shape
    assert shape != Shape(48, 6, field_bits=shape.field_bits)


def test_every_lane_may_step_in_every_clock() -> None:
    shape = ColorShape(64, 16)
    assert shape.step_bits == shape.attempt_bits > Shape(64, 16).step_bits


@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
@pytest.mark.parametrize(
    ("cells", "shape", "graph", "message"),
    [
        (ColumnCells, ColorShape(24, 4, deep=1), Graph.torus(6, 4), "not a square torus of columns=4 rows=6"),
        (ColumnCells, ColorShape(24, 4, deep=1), Graph.of(24, []), "not a square torus of columns=4 rows=6"),
        (
            ColumnCells,
            ColorShape(24, 4, coupling_bits=3, deep=1),
            Graph.torus(4, 6),
            "degree=4, got 3 and 4",
        ),
        (ColumnCells, ColorShape(24, 4, degree=5, deep=1), Graph.torus(4, 6), "coupling_bits=2 degree=4, got 2 and 5"),
        (WiredCells, ColorShape(24, 24), Graph.torus(4, 6), "in the same window of 24 lanes"),
        (WiredCells, ColorShape(24, 4, degree=3), Graph.torus(4, 6), "position 0 has 4 couplings, the array degree=3"),
    ],
)
def test_graphs_that_the_cells_refuse(cells: type, shape: ColorShape, graph: Graph, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cells(shape, graph)
    gc.collect()  # while the filter is in force
