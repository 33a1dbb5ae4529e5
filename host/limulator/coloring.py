"""Colourings of sparse graphs: no two cells of a colour are coupled, the colours are few, and their classes alike in size.

A bipartite graph gets two colours. How few any other needs is hard to tell: it gets those of DSATUR, or fewer where
colouring again finds that these will do. All of it is deterministic and of no library's making, so that a run can be
repeated from its problem alone. (networkx's DSATUR compares all cells for each of them: 1.2 s for 1,600, hours for 65,536.)
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import combinations, count

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

__all__ = ["coloring"]

Rows = list[list[int]]
"""The neighbours of each cell."""

ROUNDS = 5
"""Attempts at fewer colours. On king's graphs with odd periods, which DSATUR is bad at, five found as many as forty."""


def coloring(couplings: sparse.csr_array) -> NDArray[np.int64]:
    """The colour of each cell, 0, 1, ..., the largest class first: shape (N,).

    Parameters
    ----------
    couplings : csr_array, shape (N, N)
        Symmetric, without a diagonal; what is not stored is not coupled.
    """
    indices, ends = couplings.indices.tolist(), couplings.indptr.tolist()
    rows = [indices[begin:end] for begin, end in zip(ends, ends[1:], strict=False)]
    colors = _saturation(rows)
    for _ in range(ROUNDS):
        if colors.max() < 2:
            break
        colors = _again(rows, colors)
    _balance(couplings, colors)
    return _by_size(colors)


def _saturation(rows: Rows) -> NDArray[np.int64]:
    """DSATUR (Brelaz 1979): next is the cell whose neighbours have the most colours already, of these the one with the
    most neighbours; it takes the first colour that they leave. Bipartite graphs get two colours.
    """
    colors = [-1] * len(rows)
    around: list[set[int]] = [set() for _ in rows]
    heap = [(0, -len(row), cell) for cell, row in enumerate(rows)]
    heapify(heap)
    while heap:
        *_, cell = heappop(heap)
        if colors[cell] >= 0:  # a stale entry
            continue
        colors[cell] = color = next(color for color in count() if color not in around[cell])
        for other in rows[cell]:
            if colors[other] < 0 and color not in around[other]:
                around[other].add(color)
                heappush(heap, (-len(around[other]), -len(rows[other]), other))
    return np.array(colors, np.int64)


def _again(rows: Rows, colors: NDArray[np.int64]) -> NDArray[np.int64]:
    """Colour the classes one after the other, the last first, each cell with the first colour that its neighbours leave.

    That takes no more colours, and maybe fewer (Culberson 1992).
    """
    again = [-1] * len(rows)
    for cell in np.argsort(-colors, kind="stable").tolist():
        taken = {again[other] for other in rows[cell]}
        again[cell] = next(color for color in count() if color not in taken)
    return np.array(again, np.int64)


def _balance(couplings: sparse.csr_array, colors: NDArray[np.int64]) -> None:
    """Exchange colours, in place, until no pair of classes can be brought nearer in size.

    The cells of two colours fall into parts that are connected within these two (Kempe chains). Both colours can be
    exchanged in any part: a cell without neighbours of the other colour moves, and a tree turns over.
    """
    changed = True
    while changed:
        changed = False
        for pair in combinations(range(int(colors.max()) + 1), 2):
            changed |= _balance_pair(couplings, colors, *pair)


def _balance_pair(couplings: sparse.csr_array, colors: NDArray[np.int64], one: int, other: int) -> bool:
    """Exchange two colours, in place, in parts that bring their classes nearer in size; whether there were any."""
    sizes = np.bincount(colors, minlength=max(one, other) + 1)
    if sizes[one] < sizes[other]:
        one, other = other, one
    difference = int(sizes[one] - sizes[other])
    if difference < 2:
        return False
    cells = np.flatnonzero((colors == one) | (colors == other))
    parts, part = connected_components(couplings[cells][:, cells], directed=False)
    signs = np.where(colors[cells] == one, 1, -1)
    excess = np.bincount(part, signs, parts).astype(np.int64)
    turned = np.zeros(parts, bool)
    _, first = np.unique(part, return_index=True)
    order = np.lexsort((first, -excess))
    # the largest first, and none that would make the smaller class the larger one
    for k in order.tolist():
        if 0 < excess[k] <= difference // 2:
            turned[k] = True
            difference -= 2 * int(excess[k])
    # of what is left, which is more than half the difference, the smallest may still do some good
    rest = order[~turned[order] & (excess[order] > 0) & (excess[order] < difference)]
    turned[rest[-1:]] = True
    exchanged = cells[turned[part]]
    colors[exchanged] = one + other - colors[exchanged]
    return bool(len(exchanged))


def _by_size(colors: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same colours, numbered by the size of their classes, and among equal ones by their first cell."""
    _, first, sizes = np.unique(colors, return_index=True, return_counts=True)
    number = np.empty(len(sizes), np.int64)
    number[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return number[colors]
