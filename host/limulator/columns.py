"""The columns of a square torus, which are the lanes of a deep array."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .errors import RangeError

__all__ = ["by_columns"]

LEAST = 4
"""Cells of a side, at least."""


def by_columns(couplings: sparse.csr_array, most: int, lanes: int | None = None) -> NDArray[np.int64]:
    """The cell at each place of a deep array, in the order in which it visits them: shape (windows, lanes).

    The cells are those of a torus with even sides, of 4 or more, numbered row by row; not all that are neighbours there
    have to be coupled, as on a lattice with open ends. Either side can be the lanes. Column l then holds, in window k of
    colour c, the cell of row 2 k + (l + c) % 2, as :meth:`limulator_hdl.graph.Graph.torus` has it.

    Parameters
    ----------
    couplings : csr_array, shape (N, N)
        Symmetric, without a diagonal; what is not stored is not coupled.
    most : int
        Lanes at most, where none are asked for: then it is the longer side that is not longer.
    lanes : int, optional
        The side to be the lanes.

    Raises
    ------
    RangeError
        If the couplings are not those of such a torus, or it has no side of this length.
    """
    cells = couplings.shape[0]
    pairs = sparse.triu(couplings).coords
    grids: dict[int, NDArray[np.int64]] = {}
    for columns in range(LEAST, cells // LEAST + 1, 2):
        rows = cells // columns
        if cells % columns == 0 and rows % 2 == 0 and _coupled_within(pairs, rows, columns):
            grid = np.arange(cells).reshape(rows, columns)
            grids |= {rows: grid.T, columns: grid}
    if not grids:
        raise RangeError(
            f"a deep array holds a square torus with even sides of {LEAST} or more, its cells numbered row by row, and the "
            "problem's graph is none: use the colour array"
        )
    if lanes is None:
        lanes = max((side for side in grids if side <= most), default=min(grids))
    if lanes not in grids:
        sides = " or ".join(map(str, sorted(grids)))
        raise RangeError(f"lanes must be a side of the torus, {sides}, got lanes={lanes}")
    grid = grids[lanes]
    window, lane = np.indices(grid.shape)
    color, k = np.divmod(window, len(grid) // 2)
    order: NDArray[np.int64] = grid[2 * k + (lane + color) % 2, lane]
    return order


def _coupled_within(pairs: tuple[NDArray[np.int32], NDArray[np.int32]], rows: int, columns: int) -> bool:
    """Whether all pairs are neighbours on this torus."""
    (row, column), (other_row, other_column) = (np.divmod(ends, columns) for ends in pairs)
    down, right = (other_row - row) % rows, (other_column - column) % columns
    beside = (down == 0) & ((right == 1) | (right == columns - 1))
    below = (right == 0) & ((down == 1) | (down == rows - 1))
    return bool((beside | below).all())
