"""The order of a deep array: a square torus by its columns, whichever side they are."""

import pytest

from limulator import lattices
from limulator.columns import by_columns
from limulator.errors import RangeError
from limulator.problem import Problem
from limulator_hdl.graph import Graph


def couplings(graph):
    return Problem.max_cut(graph).couplings


@pytest.mark.parametrize(("rows", "columns"), [(4, 4), (4, 10), (10, 4), (6, 8), (16, 6)])
def test_neighbours_are_those_of_the_gateware(rows, columns):
    lattice = lattices.square(rows, columns, periodic=True)
    for lanes in {rows, columns}:
        order = by_columns(couplings(lattice), 512, lanes)
        assert order.shape == (rows * columns // lanes, lanes)
        assert sorted(order.flat) == list(range(rows * columns))
        there = Graph.torus(lanes, len(order)).neighbours
        for cell, around in zip(order.flat, there, strict=True):
            assert {order.flat[position] for position in around} == set(lattice[cell])


@pytest.mark.parametrize(("most", "lanes"), [(512, 10), (10, 10), (9, 6), (5, 6)])
def test_the_longer_side_that_is_not_too_long(most, lanes):
    for lattice in (lattices.square(6, 10, periodic=True), lattices.square(10, 6, periodic=True)):
        assert by_columns(couplings(lattice), most).shape == (60 // lanes, lanes)


def test_an_open_end_is_a_torus_of_which_some_couplings_are_0():
    for graph in (lattices.square(8, 6), lattices.edge_list([(0, 1), (1, 7), (0, 5), (1, 43)], 48)):
        found = by_columns(couplings(graph), 512)
        assert found.tolist() == by_columns(couplings(lattices.square(8, 6, periodic=True)), 512).tolist()


def test_without_couplings_any_sides_will_do():
    assert by_columns(couplings(lattices.edge_list([], 48)), 512).shape == (4, 12)
    assert by_columns(couplings(lattices.edge_list([], 48)), 512, 6).shape == (8, 6)


@pytest.mark.parametrize(
    "graph",
    [
        lattices.square(5, 8, periodic=True),
        lattices.square(2, 8),
        lattices.kings(8, 8),
        lattices.cubic(4, 4, 4),
        lattices.chain(1),
        lattices.edge_list([(0, 1), (0, 2)], 48),
        lattices.edge_list([(0, 13)], 48),
    ],
    ids=["odd", "narrow", "kings", "cubic", "one cell", "two steps", "diagonal"],
)
def test_other_graphs_are_refused(graph):
    with pytest.raises(RangeError, match=r"a square torus with even sides of 4 or more, .* use the colour array$"):
        by_columns(couplings(graph), 512)


def test_lanes_are_a_side():
    for lanes in (1, 5, 12, 60):
        with pytest.raises(RangeError, match=rf"^lanes must be a side of the torus, 6 or 10, got lanes={lanes}$"):
            by_columns(couplings(lattices.square(6, 10, periodic=True)), 512, lanes)


def test_the_largest_problem():
    assert by_columns(couplings(lattices.square(256, 256, periodic=True)), 512).shape == (256, 256)
