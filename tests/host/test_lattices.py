"""Lattices: numbers of nodes and edges against formulas, and the whole against networkx, which makes them in other ways."""

import sys
from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from limulator import Problem, lattices
from limulator.errors import ProblemError


def degrees(graph):
    return {degree for _, degree in graph.degree}


# nodes, edges, degrees
FORMULAS = {
    "chain": (lattices.chain(7), 7, 6, {1, 2}),
    "ring": (lattices.chain(7, periodic=True), 7, 7, {2}),
    "square": (lattices.square(4, 6), 24, 4 * 5 + 3 * 6, {2, 3, 4}),
    "square torus": (lattices.square(3, 6, periodic=True), 18, 2 * 18, {4}),
    "triangular": (lattices.triangular(4, 6), 24, 4 * 5 + 3 * 6 + 3 * 5, {2, 3, 4, 6}),
    "triangular torus": (lattices.triangular(3, 6, periodic=True), 18, 3 * 18, {6}),
    "kings": (lattices.kings(4, 6), 24, 4 * 5 + 3 * 6 + 2 * 3 * 5, {3, 5, 8}),
    "kings torus": (lattices.kings(4, 3, periodic=True), 12, 4 * 12, {8}),
    "cubic": (lattices.cubic(3, 4, 5), 60, 3 * 4 * 4 + 3 * 3 * 5 + 2 * 4 * 5, {3, 4, 5, 6}),
    "cubic torus": (lattices.cubic(3, 4, 5, periodic=True), 60, 3 * 60, {6}),
    "honeycomb": (lattices.honeycomb(4, 6), 24, 4 * 5 + 3 * 3, {1, 2, 3}),
    "honeycomb torus": (lattices.honeycomb(4, 6, periodic=True), 24, 3 * 12, {3}),
    "thin honeycomb torus": (lattices.honeycomb(2, 4, periodic=True), 8, 12, {3}),
    "edge list": (lattices.edge_list([(0, 1), (3, 1)], 6), 6, 2, {0, 1, 2}),
}


def check(graph, nodes, edges, degree):
    assert list(graph) == list(range(nodes))
    assert graph.number_of_edges() == edges
    assert degrees(graph) == degree
    assert nx.number_of_selfloops(graph) == 0
    for problem in (Problem.max_cut(graph), Problem.ising(graph)):
        assert (problem.cells, problem.couplings.nnz) == (nodes, 2 * edges)


@pytest.mark.parametrize("name", FORMULAS)
def test_numbers(name):
    check(*FORMULAS[name])


@pytest.mark.parametrize("periodic", [False, True])
def test_networkx_makes_the_same(periodic):
    """Node for node, where its nodes are coordinates."""
    line = nx.cycle_graph if periodic else nx.path_graph
    pairs = [
        (lattices.chain(5, periodic), line(5)),
        (lattices.square(4, 5, periodic), nx.cartesian_product(line(4), line(5))),
        (lattices.kings(4, 5, periodic), nx.strong_product(line(4), line(5))),
        (lattices.cubic(3, 4, 5, periodic), nx.cartesian_product(line(3), nx.cartesian_product(line(4), line(5)))),
    ]
    for ours, theirs in pairs:
        theirs = nx.convert_node_labels_to_integers(theirs, ordering="default")
        assert list(ours) == sorted(theirs)
        assert nx.utils.edges_equal(ours.edges, theirs.edges)


def test_honeycomb_is_that_of_networkx():
    for rows, columns in ((3, 4), (2, 6)):
        theirs = nx.hexagonal_lattice_graph(rows, columns, periodic=True)
        assert nx.is_isomorphic(lattices.honeycomb(columns, 2 * rows, periodic=True), theirs)


@pytest.mark.parametrize("periodic", [False, True])
def test_triangular_is_what_it_is_said_to_be(periodic):
    """networkx has one with its rows sheared, which closes to another torus."""
    graph = lattices.triangular(4, 5, periodic)
    for a, b in combinations(graph, 2):
        apart = np.subtract(divmod(b, 5), divmod(a, 5))
        ways = [(0, 1), (1, 0), (1, 1), (0, -1), (-1, 0), (-1, -1)]
        beside = any((np.array(way) % (4, 5) == apart % (4, 5)).all() if periodic else tuple(apart) == way for way in ways)
        assert graph.has_edge(a, b) == beside


def test_every_edge_of_the_triangular_torus_is_in_two_triangles():
    graph = lattices.triangular(4, 5, periodic=True)
    assert all(len(list(nx.common_neighbors(graph, *edge))) == 2 for edge in graph.edges)


def test_weights_of_an_edge_list():
    graph = lattices.edge_list([(0, 1, -2), (np.int64(2), 1, 3)])
    assert Problem.max_cut(graph).couplings.toarray().tolist() == [[0, -4, 0], [-4, 0, 6], [0, 6, 0]]


# a Chimera has rows * columns * shore**2 couplers within its cells and shore * (...) between them; a Zephyr of size m has
# 16 tile**2 m**2 internal ones, and in each of 2 tile (2 m + 1) lines 2 (m - 1) external and 2 m - 1 odd ones. C16 and P16
# are D-Wave's 2000Q and Advantage: 2048 qubits with 6016 couplers, 5640 with 40484
@pytest.mark.parametrize(
    ("name", "sizes", "nodes", "edges", "degree"),
    [
        ("chimera", (3, 5, 2), 2 * 3 * 5 * 2, 3 * 5 * 4 + 2 * (2 * 5 + 3 * 4), {3, 4}),
        ("chimera", (2,), 32, 4 * 16 + 4 * 4, {5}),
        ("chimera", (16,), 2048, 6016, {5, 6}),
        ("pegasus", (3,), 8 * 8 * 2, None, None),
        ("pegasus", (16,), 5640, 40484, None),
        ("zephyr", (2,), 4 * 4 * 2 * 5, 16 * 16 * 4 + 8 * 5 * (2 + 3), None),
        ("zephyr", (3, 2), 4 * 2 * 3 * 7, 16 * 4 * 9 + 4 * 7 * (4 + 5), None),
    ],
)
def test_the_graphs_of_annealers(name, sizes, nodes, edges, degree):
    pytest.importorskip("dwave.graphs", reason="dwave-graphs is missing: pip install 'limulator[lattices]'")
    graph = getattr(lattices, name)(*sizes)
    most = {"chimera": 6, "pegasus": 15, "zephyr": 20}[name]
    assert max(degrees(graph)) <= most
    check(graph, nodes, graph.number_of_edges() if edges is None else edges, degrees(graph) if degree is None else degree)


@pytest.mark.parametrize("name", ["chimera", "pegasus", "zephyr"])
def test_without_dwave_graphs(monkeypatch, name):
    monkeypatch.setitem(sys.modules, "dwave.graphs", None)
    with pytest.raises(ProblemError, match=r"dwave\.graphs is missing, .*: pip install 'limulator\[lattices\]'"):
        getattr(lattices, name)(2)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: lattices.chain(2, periodic=True), "at least 3 if periodic, got 2"),
        (lambda: lattices.square(4, 0), "at least 1, got 4 x 0"),
        (lambda: lattices.cubic(3, 2, 3, periodic=True), "at least 3 if periodic, got 3 x 2 x 3"),
        (lambda: lattices.honeycomb(3, 4, periodic=True), "even number of rows, .* got rows=3 columns=4"),
        (lambda: lattices.honeycomb(4, 2, periodic=True), "got rows=4 columns=2"),
        (lambda: lattices.honeycomb(0, 4, periodic=True), "got rows=0 columns=4"),
        (lambda: lattices.edge_list([(0, 1), (1, 0)]), r"\(1, 0\) twice"),
        (lambda: lattices.edge_list([(0, -1)]), r"\(0, -1\) is not a pair"),
        (lambda: lattices.edge_list([(0, "a")]), r"\(0, 'a'\) is not a pair"),
        (lambda: lattices.edge_list([(0,)]), r"\(0,\) is not a pair"),
    ],
)
def test_what_is_refused(make, said):
    with pytest.raises(ProblemError, match=said):
        make()


def test_no_annealer_is_that_small():
    pytest.importorskip("dwave.graphs", reason="dwave-graphs is missing: pip install 'limulator[lattices]'")
    with pytest.raises(ProblemError, match="at least 1, got 0, None, 4"):
        lattices.chimera(0)
