"""Random graphs for colour arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.graph import Graph

__all__ = ["hub_graph"]


def hub_graph(shape: ColorShape, others: int = 2, empty: Sequence[int] = ()) -> Graph:
    """Position 0 is wired to as many cells as the shape allows, any two others with a chance that makes about so many
    wires for each of them."""
    rng = np.random.default_rng(shape.cells)
    degrees = np.zeros(shape.cells, int)
    cells = [cell for cell in range(shape.cells) if cell not in empty]
    edges = []
    for i in cells:
        for j in rng.permutation(cells).tolist():
            wanted = i == 0 or rng.random() < others / len(cells)
            full = max(degrees[i], degrees[j]) == shape.degree
            if i < j and wanted and not full and i // shape.lanes != j // shape.lanes:
                edges.append((i, j))
                degrees[[i, j]] += 1
    graph = Graph.of(shape.cells, edges, empty)
    graph.check(shape)
    return graph
