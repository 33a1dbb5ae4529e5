"""Graphs of colour arrays: what is refused, the torus, and texts."""

from __future__ import annotations

import networkx as nx
import pytest

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.graph import Graph


@pytest.mark.parametrize(
    ("neighbours", "empty", "message"),
    [
        (((0,),), (), "a cell cannot be coupled to itself, got neighbours[0] with 0"),
        (((1,), ()), (), "couplings must be mutual, got 1 in neighbours[0] but not 0 in neighbours[1]"),
        (((1,), (0, 2)), (), "couplings must be mutual, got 2 in neighbours[1] but not 1 in neighbours[2]"),
        (((-1,), (0,)), (), "couplings must be mutual, got -1 in neighbours[0] but not 0 in neighbours[-1]"),
        (((1, 1), (0, 0)), (), "two cells have one coupling, got (1, 1) for position 0"),
        (((1,), (0,), ()), (1,), "empty positions have no couplings, got empty position 1"),
        (((1,), (0,), ()), (3,), "empty positions have no couplings, got empty position 3"),
        (((1,), (0,), ()), (-1,), "empty positions have no couplings, got empty position -1"),
    ],
)
def test_refused(neighbours: tuple[tuple[int, ...], ...], empty: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        Graph(neighbours, empty)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (ColorShape(5), "the graph has 4 positions, the array cells=5"),
        (ColorShape(4, degree=1), "position 1 has 2 couplings, the array degree=1"),
        (ColorShape(4, 2), "positions 0 and 1 are coupled, but in the same window of 2 lanes"),
    ],
)
def test_shapes_that_do_not_fit(shape: ColorShape, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        Graph.of(4, [(0, 1), (1, 2)], [3]).check(shape)
    assert str(caught.value) == message


def test_a_shape_that_fits() -> None:
    Graph.of(4, [(0, 3), (1, 2)]).check(ColorShape(4, 2, degree=1))


def test_edges_in_either_direction_or_both() -> None:
    wanted = Graph(((1, 3), (0,), (), (0,)), (2,))
    assert Graph.of(4, [(0, 1), (3, 0)], [2]) == wanted
    assert Graph.of(4, [(3, 0), (1, 0), (0, 3), (0, 1)], [2]) == wanted


@pytest.mark.parametrize(("columns", "rows"), [(4, 4), (4, 6), (6, 4), (10, 8)])
def test_the_torus_is_that_of_networkx(columns: int, rows: int) -> None:
    graph = Graph.torus(columns, rows)
    graph.check(ColorShape(columns * rows, columns))
    place = {}
    for position in range(columns * rows):
        window, column = divmod(position, columns)
        color, k = divmod(window, rows // 2)
        place[position] = (column, 2 * k + (column + color) % 2)
    assert len(set(place.values())) == columns * rows
    found = {frozenset((place[i], place[j])) for i, row in enumerate(graph.neighbours) for j in row}
    assert found == {frozenset(edge) for edge in nx.grid_2d_graph(columns, rows, periodic=True).edges}
    for position, (own, left, right, beyond) in enumerate(graph.neighbours):
        column, row = place[position]
        assert [place[near][0] for near in (own, left, right, beyond)] == [
            column,
            (column - 1) % columns,
            (column + 1) % columns,
            column,
        ]
        assert own // columns == left // columns == right // columns
        assert place[left][1] == place[right][1] == row


@pytest.mark.parametrize(
    ("columns", "rows", "message"),
    [
        (5, 4, "columns must be even and at least 4, got columns=5"),
        (2, 4, "columns must be even and at least 4, got columns=2"),
        (4, 7, "rows must be even and at least 4, got rows=7"),
        (4, 2, "rows must be even and at least 4, got rows=2"),
    ],
)
def test_tori_that_are_refused(columns: int, rows: int, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        Graph.torus(columns, rows)
    assert str(caught.value) == message


def test_texts() -> None:
    for graph in (Graph.torus(4, 6), Graph.of(3, [(0, 2)], [1]), Graph.of(1, [])):
        assert Graph.loads(graph.dumps()) == graph
        assert Graph.loads(graph.dumps()).dumps() == graph.dumps()
