"""Arrangements: windows of uncoupled cells, the same problem in another order, and no more array than it needs."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limulator import lattices
from limulator.arrangement import Arrangement
from limulator.backends import Outcome
from limulator.errors import RangeError
from limulator.problem import Problem
from limulator_hdl.color_shape import ColorShape


def random_problem(seed, cells, mean_degree=3):
    rng = np.random.default_rng(seed)
    graph = nx.fast_gnp_random_graph(cells, min(1, mean_degree / cells), seed=seed)
    return Problem.ising({edge: int(rng.integers(1, 5)) for edge in graph.edges}, rng.integers(-3, 4, cells))


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.none() | st.integers(1, 50))
@settings(max_examples=100)
def test_a_random_problem_arranged(seed, cells, lanes):
    problem = random_problem(seed, cells)
    found = Arrangement.of(problem, lanes, beta_frac=14)
    shape, order = found.shape, found.order
    assert lanes in (None, shape.lanes)
    assert (shape.beta_frac, shape.cells) == (14, len(order))

    # every cell once, colour by colour in ascending order, what is left of a colour's last window empty
    assert sorted(order[order >= 0]) == list(range(cells))
    assert found.place.tolist() == [order.tolist().index(cell) for cell in range(cells)]
    assert found.sizes.sum() == cells
    windows = -(-found.sizes // shape.lanes)
    assert shape.windows == windows.sum()
    for size, block in zip(found.sizes, np.split(order, np.cumsum(windows * shape.lanes)[:-1]), strict=True):
        assert (np.diff(block[:size]) > 0).all()
        assert (block[size:] == -1).all()
    assert found.graph.empty == tuple(np.flatnonzero(order < 0).tolist())

    # the wires are those of the problem; Graph.check refuses coupled cells in a window, and too many wires
    found.graph.check(shape)
    wires = {(i, j) for i, row in enumerate(found.graph.neighbours) for j in row}
    pairs = problem.couplings.tocoo().coords
    assert wires == set(zip(found.place[pairs[0]].tolist(), found.place[pairs[1]].tolist(), strict=True))

    # energies, fields and states are those of the problem
    arranged = found.problem(problem)
    arranged.check_fits(shape)
    states = np.random.default_rng(seed).integers(0, 2, (5, cells)).astype(np.int32)
    there = found.states(states)
    assert there.shape == (5, shape.cells)
    assert there[:, order < 0].sum() == 0
    assert (arranged.energy(there) == problem.energy(states)).all()
    assert (arranged.local_field(there)[:, found.place] == problem.local_field(states)).all()
    assert (arranged.local_field(there)[:, order < 0] == 0).all()
    outcome = found.outcome(Outcome(there[0], there[1], np.zeros(1), np.zeros(1), 7))
    assert (outcome.x.tolist(), outcome.best.tolist(), outcome.clocks) == (*states[:2].tolist(), 7)


@given(st.integers(0, 2**32 - 1), st.integers(1, 10))
@settings(max_examples=30)
def test_levels_are_the_largest_field_of_all_states(seed, cells):
    problem = random_problem(seed, cells)
    states = (np.arange(1 << cells)[:, None] >> np.arange(cells)) & 1
    shape = Arrangement.of(problem).shape
    factor = np.gcd.reduce([*problem.couplings.data, *problem.linear, 1 << problem.coupling_shift])
    assert 1 << shape.field_shift == factor
    assert shape.levels == max(1, np.abs(problem.local_field(states)).max() // factor)


def test_widths_are_those_of_the_event_array():
    problem = Problem.max_cut({(0, 1): 3, (1, 2): -1, (2, 3): 2})
    event = problem.array_shape(2, beta_frac=13, segments=300)
    color = Arrangement.of(problem, 2, beta_frac=13, segments=300).shape
    assert color == ColorShape(**event.as_dict(), degree=2, levels=4)


@pytest.mark.parametrize(
    ("graph", "lanes", "windows", "width"),
    [
        (lattices.square(10, 80, periodic=True), None, 2, 400),
        (lattices.square(10, 80, periodic=True), 100, 8, 100),
        (lattices.square(10, 80, periodic=True), 1000, 2, 1000),
        (lattices.square(40, 40), None, 4, 400),  # 800 of a colour are too many: two windows, evenly filled
        (lattices.chain(7, periodic=True), None, 3, 3),
        (lattices.edge_list([], 20), None, 1, 20),
        (nx.star_graph(20), None, 2, 20),
        (lattices.chain(1), None, 1, 1),
    ],
)
def test_lanes(graph, lanes, windows, width):
    shape = Arrangement.of(Problem.max_cut(graph), lanes).shape
    assert (shape.windows, shape.lanes) == (windows, width)


def test_it_is_always_the_same():
    one, other = (Arrangement.of(random_problem(5, 60)) for _ in range(2))
    assert one.order.tolist() == other.order.tolist()
    assert one.graph == other.graph


@pytest.mark.parametrize(
    ("problem", "lanes", "said"),
    [
        (Problem.box([[2, 1], [1, 2]], bits=3), None, "have 1 bit, those of the problem 3: use the event array"),
        (Problem([[0, 257], [257, 0]]), None, "at most 255, and the problem's fields reach 257: use the event array"),
        (Problem([[0, 255], [255, 0]]), 0, r"lanes must be 1\.\.1024, got lanes=0"),
        (Problem([[0, 255], [255, 0]]), 1025, r"lanes must be 1\.\.1024, got lanes=1025"),
        (Problem.max_cut(lattices.chain(65_536)), 1000, None),
    ],
    ids=["bits", "levels", "no lanes", "many lanes", "large"],
)
def test_what_no_colour_array_holds(problem, lanes, said):
    if said is None:
        assert Arrangement.of(problem, lanes).shape.cells == 66_000
        return
    with pytest.raises(RangeError, match=said):
        Arrangement.of(problem, lanes)
