"""The lattices of physics, and the graphs of quantum annealers, for :meth:`.Problem.ising` and :meth:`.Problem.max_cut`.

Each is a networkx graph with nodes 0, 1, ..., N-1 in ascending order, which are the cells. Sites are numbered row by row,
the last coordinate changing fastest: cell = row * columns + column. ``periodic`` lattices are closed in every direction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from itertools import product
from typing import Any, TypeAlias

import networkx as nx
import numpy as np

from .errors import ProblemError

__all__ = [
    "chain",
    "chimera",
    "cubic",
    "edge_list",
    "honeycomb",
    "kings",
    "pegasus",
    "square",
    "triangular",
    "zephyr",
]

Graph: TypeAlias = "nx.Graph[Any]"

PERIOD = 3
"""Sites of the shortest period: with fewer a cell would be coupled to itself, or twice to another."""


def chain(sites: int, periodic: bool = False) -> Graph:
    """A path, or a ring: site i beside i + 1."""
    return _lattice([sites], [(1,)], periodic)


def square(rows: int, columns: int, periodic: bool = False) -> Graph:
    """Four neighbours, next in the row and in the column."""
    return _lattice([rows, columns], [(0, 1), (1, 0)], periodic)


def triangular(rows: int, columns: int, periodic: bool = False) -> Graph:
    """Six neighbours: those of the square lattice, and along one diagonal, (r, c) beside (r + 1, c + 1)."""
    return _lattice([rows, columns], [(0, 1), (1, 0), (1, 1)], periodic)


def kings(rows: int, columns: int, periodic: bool = False) -> Graph:
    """Eight neighbours: a king's moves."""
    return _lattice([rows, columns], [(0, 1), (1, 0), (1, 1), (1, -1)], periodic)


def cubic(layers: int, rows: int, columns: int, periodic: bool = False) -> Graph:
    """Six neighbours in three dimensions; cell = (layer * rows + row) * columns + column."""
    return _lattice([layers, rows, columns], [(0, 0, 1), (0, 1, 0), (1, 0, 0)], periodic)


def honeycomb(rows: int, columns: int, periodic: bool = False) -> Graph:
    """Three neighbours: a brick wall, (r, c) beside (r, c + 1), and beside (r + 1, c) where r + c is even.

    Periodic ones have even numbers of rows and columns, so that the wall fits together, and 4 columns or more.
    """
    if periodic and (rows % 2 or columns % 2 or columns < 4 or rows < 2):
        raise ProblemError(
            f"a periodic honeycomb has an even number of rows, and of columns from 4 on, got rows={rows} columns={columns}"
        )
    wall = _lattice([rows, columns], [(0, 1)], False, periodic)
    for row, column in product(range(rows if periodic else rows - 1), range(columns)):
        if (row + column) % 2 == 0:
            wall.add_edge(row * columns + column, (row + 1) % rows * columns + column)
    return wall


def chimera(rows: int, columns: int | None = None, shore: int = 4) -> Graph:
    """D-Wave's Chimera: rows x columns (default: rows) complete bipartite cells of two shores.

    This one, :func:`pegasus` and :func:`zephyr` are those of dwave-graphs (``pip install 'limulator[lattices]'``), whose
    numbers of qubits are their order.
    """
    return _qubits("chimera_graph", rows, columns, shore)


def pegasus(size: int) -> Graph:
    """D-Wave's Pegasus P_size: the 8 (3 size - 1) (size - 1) qubits of the main fabric."""
    return _qubits("pegasus_graph", size)


def zephyr(size: int, tile: int = 4) -> Graph:
    """D-Wave's Zephyr Z_size,tile: 4 tile size (2 size + 1) qubits."""
    return _qubits("zephyr_graph", size, tile)


def edge_list(edges: Iterable[Sequence[Any]], cells: int = 0) -> Graph:
    """The graph of pairs (i, j), or triples (i, j, weight), of cells counted from 0; at least ``cells`` of them.

    Raises :class:`ProblemError` for anything else, and for a pair that is named twice.
    """
    named = [tuple(edge) for edge in edges]
    for edge in named:
        if len(edge) not in (2, 3) or not all(isinstance(end, (int, np.integer)) and end >= 0 for end in edge[:2]):
            raise ProblemError(f"{edge!r} is not a pair of cells (i, j), counted from 0, or a triple (i, j, weight)")
    graph: Graph = nx.empty_graph(max([cells, *(1 + int(max(edge[:2])) for edge in named)]))
    for i, j, *weight in named:
        if graph.has_edge(i, j):
            raise ProblemError(f"the edges name ({i}, {j}) twice: name every pair once")
        graph.add_edge(int(i), int(j), weight=weight[0] if weight else 1)
    return graph


def _lattice(sizes: Sequence[int], offsets: Iterable[Sequence[int]], *periodic: bool) -> Graph:
    """Sites of a box of these sizes, each beside those at the offsets; closed in every direction, or in those that are."""
    closed = np.broadcast_to(periodic, len(sizes))
    for size, close in zip(sizes, closed, strict=True):
        if size < (PERIOD if close else 1):
            least = f"{PERIOD} if periodic" if close else "1"
            raise ProblemError(f"the sides of a lattice are at least {least}, got {' x '.join(map(str, sizes))}")
    numbers = np.arange(np.prod(sizes)).reshape(sizes)
    sites = np.indices(sizes).reshape(len(sizes), -1)
    graph: Graph = nx.empty_graph(numbers.size)
    for offset in offsets:
        beside = sites + np.array(offset)[:, None]
        wrapped = beside % np.array(sizes)[:, None]
        inside = np.all((beside == wrapped) | closed[:, None], axis=0)
        ends = numbers[tuple(wrapped[:, inside])]
        graph.add_edges_from(zip(np.flatnonzero(inside).tolist(), ends.tolist(), strict=True))
    return graph


def _qubits(name: str, *sizes: int | None) -> Graph:
    try:
        make: Callable[..., Graph] = getattr(import_module("dwave.graphs"), name)
    except ImportError as error:
        raise ProblemError(f"{error.name} is missing, which makes this graph: pip install 'limulator[lattices]'") from None
    if not all(size is None or size >= 1 for size in sizes):
        raise ProblemError(f"the sizes of a graph are at least 1, got {', '.join(map(str, sizes))}")
    numbered = nx.convert_node_labels_to_integers(make(*sizes), ordering="sorted")
    graph: Graph = nx.empty_graph(len(numbered))  # its nodes are in ascending order
    graph.add_edges_from(numbered.edges)
    return graph
