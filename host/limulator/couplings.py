"""The forms in which couplings come: dense and sparse matrices, mappings of pairs, and graphs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import index
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from limulator_hdl.color_shape import ColorShape

from .errors import ProblemError, RangeError
from .quantise import as_matrix, as_reals

if TYPE_CHECKING:
    import networkx as nx

__all__ = [
    "Couplings",
    "Matrix",
    "check_cells",
    "check_no_diagonal",
    "check_symmetric",
    "matrix_of",
    "undirected",
    "without_diagonal",
]

Matrix: TypeAlias = "ArrayLike | sparse.sparray | sparse.spmatrix"

Couplings: TypeAlias = "Matrix | Mapping[tuple[int, int], float] | nx.Graph[Any]"
"""A dense or sparse matrix, a mapping of pairs (i, j) to values, or an undirected graph with edge attribute ``weight``.

Without that attribute an edge weighs 1. Cells follow the order of ``graph.nodes``; parallel edges add up.
"""


def check_cells(cells: int) -> None:
    """Raise ``RangeError`` if no array has that many cells."""
    try:
        ColorShape(cells=cells)
    except ValueError as error:
        raise RangeError(f"no array holds the problem: {error}") from None


def matrix_of(source: Any, cells: int = 0) -> sparse.csr_array:
    """A float64 matrix; of a mapping each entry, of a graph each edge once, and then at least ``cells`` cells."""
    pairs: Iterable[Any]
    values: Iterable[Any]
    if isinstance(source, Mapping):
        pairs, values = source.keys(), source.values()
    elif hasattr(source, "nodes") and hasattr(source, "edges"):
        if source.is_directed():
            raise ProblemError("the graph is directed: use graph.to_undirected()")
        number = {node: i for i, node in enumerate(source.nodes)}
        edges = [(number[a], number[b], weight) for a, b, weight in source.edges(data="weight", default=1)]
        pairs, values = [edge[:2] for edge in edges], [edge[2] for edge in edges]
        cells = max(cells, len(number))
    else:
        return as_matrix(source)
    numbers: list[int] = []
    for pair in pairs:
        try:
            i, j = map(index, pair)
        except (TypeError, ValueError):
            raise ProblemError(f"{pair!r} is not a pair of cell numbers (i, j)") from None
        if min(i, j) < 0:
            raise ProblemError(f"{pair!r} has a negative cell number: count cells from 0")
        numbers += i, j
    cells = max(cells, max(numbers, default=-1) + 1)
    if cells:
        check_cells(cells)
    where = (np.array(numbers[0::2], dtype=np.int64), np.array(numbers[1::2], dtype=np.int64))
    return as_matrix(sparse.coo_array((as_reals(list(values), "couplings"), where), shape=(cells, cells)))


def undirected(source: Couplings, cells: int = 0) -> sparse.csr_array:
    """A symmetric float64 matrix with an empty diagonal; arguments as in :func:`matrix_of`."""
    matrix = matrix_of(source, cells)
    check_no_diagonal(matrix, "a cell cannot be coupled to itself: remove the entry")
    if isinstance(source, Mapping):
        for i, j in source:
            if (j, i) in source:
                raise ProblemError(f"the mapping has both ({i}, {j}) and ({j}, {i}): name every pair once")
    elif not hasattr(source, "nodes") and sparse.triu(matrix).nnz and sparse.tril(matrix).nnz:
        check_symmetric(matrix)
        return matrix
    return matrix + matrix.T


def without_diagonal(matrix: sparse.csr_array) -> sparse.csr_array:
    """The same matrix, its diagonal empty."""
    return sparse.csr_array(sparse.triu(matrix, 1) + sparse.tril(matrix, -1))


def check_symmetric(matrix: sparse.csr_array) -> None:
    """Raise :class:`ProblemError` naming a pair of entries that differ."""
    difference = (matrix != matrix.T).tocoo()
    if difference.nnz:
        i, j = int(difference.row[0]), int(difference.col[0])
        raise ProblemError(f"couplings are not symmetric: ({i}, {j}) is {matrix[i, j]} but ({j}, {i}) is {matrix[j, i]}")


def check_no_diagonal(matrix: sparse.csr_array, remedy: str) -> None:
    """Raise :class:`ProblemError` naming an entry on the diagonal, and the remedy."""
    diagonal = matrix.diagonal()
    if diagonal.any():
        i = int(diagonal.nonzero()[0][0])
        raise ProblemError(f"coupling ({i}, {i}) is {diagonal[i]}; {remedy}")
