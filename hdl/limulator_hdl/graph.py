"""The graph of a colour array: which cells are wired to each other."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from .color_shape import ColorShape

__all__ = ["Graph"]


@dataclass(frozen=True)
class Graph:
    """Wires between the positions of the scan, position = window * lanes + lane.

    ==============  ==================================================================================
    parameter       meaning
    ==============  ==================================================================================
    ``neighbours``  for each position those that it is coupled to, in the order of the couplings in its row
    ``empty``       positions without a cell, where a colour does not fill its last window; ascending
    ==============  ==================================================================================

    Raises ``ValueError`` for a coupling of a cell with itself, one that only one of two cells has, or one of an empty
    position.
    """

    neighbours: tuple[tuple[int, ...], ...]
    empty: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        sets = [set(row) for row in self.neighbours]
        for i, row in enumerate(self.neighbours):
            if len(row) != len(sets[i]):
                raise ValueError(f"two cells have one coupling, got {row} for position {i}")
            for j in row:
                if j == i:
                    raise ValueError(f"a cell cannot be coupled to itself, got neighbours[{i}] with {i}")
                if not (0 <= j < len(sets) and i in sets[j]):
                    raise ValueError(f"couplings must be mutual, got {j} in neighbours[{i}] but not {i} in neighbours[{j}]")
        for position in self.empty:
            if not 0 <= position < len(sets) or sets[position]:
                raise ValueError(f"empty positions have no couplings, got empty position {position}")

    @classmethod
    def of(cls, cells: int, edges: Iterable[tuple[int, int]], empty: Iterable[int] = ()) -> Graph:
        """The graph with these edges, each listed in one direction or both; neighbours are in ascending order."""
        rows: list[set[int]] = [set() for _ in range(cells)]
        for i, j in edges:
            rows[i].add(int(j))
            rows[j].add(int(i))
        return cls(tuple(tuple(sorted(row)) for row in rows), tuple(sorted(map(int, empty))))

    @classmethod
    def torus(cls, columns: int, rows: int) -> Graph:
        """The square lattice, periodic both ways, whose columns are the lanes; both even, at least 4.

        A window holds every second cell of two neighbouring rows: with half = rows / 2, window half * colour + k that of
        row 2 k + (l + colour) % 2 in each column l. The neighbours are, of the other colour, those in the windows k of its
        own, the left and the right column, and the other one of its own column.
        """
        for name, value in (("columns", columns), ("rows", rows)):
            if value < 4 or value % 2:
                raise ValueError(f"{name} must be even and at least 4, got {name}={value}")
        half = rows // 2
        neighbours = []
        for window in range(rows):
            color, k = divmod(window, half)
            other = half * (1 - color)
            for lane in range(columns):
                beyond = (k + 1 if (lane + color) % 2 else k - 1) % half
                near = [(lane - 1) % columns, (lane + 1) % columns]
                same = [(other + k) * columns + column for column in (lane, *near)]
                neighbours.append((*same, (other + beyond) * columns + lane))
        return cls(tuple(neighbours))

    def check(self, shape: ColorShape) -> None:
        """Raise ``ValueError`` unless an array of this shape can step by whole windows on this graph, and a deep one is a
        torus."""
        if len(self.neighbours) != shape.cells:
            raise ValueError(f"the graph has {len(self.neighbours)} positions, the array cells={shape.cells}")
        for i, row in enumerate(self.neighbours):
            if len(row) > shape.degree:
                raise ValueError(f"position {i} has {len(row)} couplings, the array degree={shape.degree}")
            for j in row:
                if i // shape.lanes == j // shape.lanes:
                    raise ValueError(f"positions {i} and {j} are coupled, but in the same window of {shape.lanes} lanes")

        if shape.deep and self != Graph.torus(shape.lanes, shape.windows):
            raise ValueError(f"the graph is not a square torus of columns={shape.lanes} rows={shape.windows}")

    def dumps(self) -> str:
        """As text that :meth:`loads` reads, the same for equal graphs."""
        return json.dumps([self.neighbours, self.empty], separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Graph:
        """The graph in a text."""
        neighbours, empty = json.loads(text)
        return cls(tuple(map(tuple, neighbours)), tuple(empty))
