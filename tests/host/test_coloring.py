"""Colourings: proper, few colours, balanced."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limulator import lattices
from limulator.coloring import coloring
from limulator.problem import Problem


def colored(graph):
    return coloring(Problem.max_cut(graph).couplings)


def check(graph, colors):
    """Proper, every colour in use, the largest class first."""
    assert len(colors) == len(graph)
    sizes = np.bincount(colors)
    assert sizes.all()
    assert (np.diff(sizes) <= 0).all()
    number = {node: i for i, node in enumerate(graph)}
    assert all(colors[number[a]] != colors[number[b]] for a, b in graph.edges)


def check_balance(graph, colors):
    """No exchange of two colours, in a part that they connect, brings their classes nearer in size."""
    graph = nx.convert_node_labels_to_integers(graph)
    classes = [set(np.flatnonzero(colors == color).tolist()) for color in range(max(colors) + 1)]
    for larger, smaller in combinations(classes, 2):
        difference = len(larger) - len(smaller)
        for part in nx.connected_components(graph.subgraph(larger | smaller)):
            excess = len(part & larger) - len(part & smaller)
            assert abs(difference - 2 * excess) >= difference


def random_graphs(most=24):
    def graph(cells):
        pairs = st.tuples(st.integers(0, cells - 1), st.integers(0, cells - 1)).filter(lambda pair: pair[0] != pair[1])
        return st.lists(pairs, max_size=3 * cells).map(
            lambda edges: lattices.edge_list(sorted({(min(edge), max(edge)) for edge in edges}), cells)
        )

    return st.integers(2, most).flatmap(graph)


@given(random_graphs())
@settings(max_examples=150)
def test_random_graphs(graph):
    colors = colored(graph)
    check(graph, colors)
    check_balance(graph, colors)
    # Brooks 1941, but for odd cycles and complete graphs, which take one more; DSATUR as any greedy colouring
    assert colors.max() <= max(degree for _, degree in graph.degree)


@given(st.integers(1, 12), st.integers(1, 12), st.data())
@settings(max_examples=100)
def test_bipartite_graphs_have_two_colours(one, other, data):
    pairs = st.tuples(st.integers(0, one - 1), st.integers(one, one + other - 1))
    graph = lattices.edge_list(data.draw(st.sets(pairs, min_size=1)), one + other)
    colors = colored(graph)
    check(graph, colors)
    check_balance(graph, colors)
    assert colors.max() == 1


@pytest.mark.parametrize(
    ("graph", "sizes"),
    [
        (lattices.edge_list([], 5), [5]),
        (lattices.chain(9, periodic=True), [3, 3, 3]),
        (lattices.square(10, 80, periodic=True), [400, 400]),
        (lattices.square(15, 15, periodic=True), [75, 75, 75]),
        (lattices.triangular(9, 9, periodic=True), [27, 27, 27]),
        (lattices.kings(8, 8), [16] * 4),
        (lattices.cubic(4, 4, 4), [32, 32]),
        (lattices.honeycomb(4, 6), [12, 12]),
        (nx.complete_graph(6), [1] * 6),
        (nx.star_graph(7), [7, 1]),  # nothing can be exchanged but all of it
        (nx.disjoint_union_all([nx.star_graph(3)] * 4), [8, 8]),
        (nx.disjoint_union_all([nx.star_graph(leaves) for leaves in (4, 3, 3, 3)]), [9, 8]),
    ],
    ids=lambda value: None if isinstance(value, list) else f"{len(value)} cells",
)
def test_graphs_of_known_classes(graph, sizes):
    colors = colored(graph)
    check(graph, colors)
    assert np.bincount(colors).tolist() == sizes


@pytest.mark.parametrize(("degree", "most"), [(3, 3), (4, 4), (6, 4)])
def test_random_regular_graphs_are_balanced_and_take_few_colours(degree, most):
    """Almost every one of degree 3 has chromatic number 3, of 4 it is 3, and of 6 it is 4 (Shi and Wormald 2007)."""
    graph = nx.random_regular_graph(degree, 600, seed=degree)
    colors = colored(graph)
    check(graph, colors)
    sizes = np.bincount(colors)
    assert len(sizes) <= most
    assert sizes.max() - sizes.min() <= 1


def test_colouring_again_takes_no_more_colours():
    """A king's torus of odd sides, of which DSATUR alone makes 8 colours."""
    graph = lattices.kings(7, 7, periodic=True)
    colors = colored(graph)
    check(graph, colors)
    assert colors.max() + 1 <= 6


def test_a_colouring_is_always_the_same():
    graph = nx.random_regular_graph(5, 100, seed=1)
    assert colored(graph).tolist() == colored(graph).tolist()
    # of the graph alone, not of its weights
    weighted = graph.copy()
    nx.set_edge_attributes(weighted, {edge: 1 + k % 3 for k, edge in enumerate(graph.edges)}, "weight")
    assert colored(weighted).tolist() == colored(graph).tolist()
