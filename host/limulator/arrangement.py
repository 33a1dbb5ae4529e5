"""How the cells of a problem lie in a colour array.

A colour array visits its positions in the order of their numbers, position = window * lanes + lane, and all cells of a
window step at once, as no two of them are coupled. So the cells come colour by colour, and a colour of n cells fills
ceil(n / lanes) windows; what is left of the last one is empty. Leftovers of several colours could share a window where
they are not coupled either, but classes are alike in size and lanes fill their windows evenly: it would rarely save one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.graph import Graph

from .backends import Outcome
from .coloring import coloring
from .columns import by_columns
from .errors import RangeError
from .problem import Problem

__all__ = ["MAX_LEVELS", "Arrangement"]

MAX_LANES = 512
"""Lanes that a colour array has by default, at most."""

_DEEP_COUPLING_BITS = 2

MAX_LEVELS = 255
"""The largest magnitude of a local field in a colour array. It leaves a cell 510 couplings at most."""

_INSTEAD = "use the event array"


@dataclass(frozen=True, eq=False)
class Arrangement:
    """The places of a problem's cells in a colour array; see :meth:`of`.

    ==============  ==================================================================================
    attribute       meaning
    ==============  ==================================================================================
    ``shape``       of the array: its ``cells`` are positions, the empty ones included
    ``graph``       the wires between positions
    ``order``       the cell at each position, -1 where there is none: (positions,)
    ``sizes``       cells of each colour, the largest class first: (colours,)
    ==============  ==================================================================================
    """

    shape: ColorShape
    graph: Graph
    order: NDArray[np.int64]
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, problem: Problem, lanes: int | None = None, **formats: int) -> Arrangement:
        """Colour the problem's graph, and lay its cells out.

        Parameters
        ----------
        problem : Problem
        lanes : int, optional
            Cells of a window, 1..1024. By default as many as the largest class, so that each colour takes one window, but
            at most 512: then a colour takes as few windows as it can, and no more lanes are used than fill these evenly.
        **formats
            Other parameters of :class:`limulator_hdl.formats.Shape`: the format of beta, and the segments.

        Raises
        ------
        RangeError
            For what a colour array cannot hold: cells of several bits, too large fields, too many positions.
        """
        widths = _widths(problem, lanes, formats)
        colors = coloring(problem.couplings)
        sizes = np.bincount(colors)
        if lanes is None:
            windows = -(-sizes // MAX_LANES)
            lanes = int((-(-sizes // windows)).max())
        classes = [np.flatnonzero(colors == color) for color in range(len(sizes))]
        order = np.concatenate([np.pad(cells, (0, -len(cells) % lanes), constant_values=-1) for cells in classes])
        try:
            degree = max(1, int(np.diff(problem.couplings.indptr).max()))
            widths |= {"cells": len(order), "lanes": lanes, "degree": degree}
            shape = ColorShape(**widths)
        except ValueError as error:
            raise RangeError(f"no colour array holds the problem in {lanes} lanes: {error}; {_INSTEAD}") from None
        place = _places(order)
        pairs = sparse.triu(problem.couplings).tocoo()
        edges = zip(*(place[ends].tolist() for ends in pairs.coords), strict=True)
        return cls(shape, Graph.of(len(order), edges, np.flatnonzero(order < 0)), order, sizes)

    @classmethod
    def deep(cls, problem: Problem, lanes: int | None = None, **formats: int) -> Arrangement:
        """Lay the cells of a square torus out in a deep array (:func:`.by_columns`).

        Parameters are those of :meth:`of`, but ``lanes`` is a side of the torus: by default the longer one of at most 512.

        Raises
        ------
        RangeError
            For what :meth:`of` would refuse, for any other graph, and for couplings other than -q, 0 and q, q a power of 2.
        """
        widths = _widths(problem, lanes, formats)
        if widths["coupling_bits"] != _DEEP_COUPLING_BITS:
            raise RangeError(
                f"a deep array holds couplings of -1, 0 and 1 times a power of two, those of the problem take "
                f"{widths['coupling_bits']} bits: use the colour array"
            )
        order = by_columns(problem.couplings, MAX_LANES, lanes)
        windows, lanes = order.shape
        shape = ColorShape(**widths | {"cells": order.size, "lanes": lanes, "deep": 1})
        return cls(shape, Graph.torus(lanes, windows), order.ravel(), np.array([order.size // 2] * 2))

    @classmethod
    def on(cls, problem: Problem, shape: ColorShape) -> Arrangement:
        """The problem's cells in an array that there is, such as a board's; it has this shape.

        Raises :class:`RangeError` if the array cannot be one of the problem's graph, or has too few levels for its fields.
        """
        found = (cls.deep if shape.deep else cls.of)(problem, shape.lanes)
        try:
            found.graph.check(shape)
        except ValueError as error:
            raise RangeError(f"the array is that of another graph ({error}): build it for this one") from None
        if _shift(problem.linear, shape.field_shift) < shape.field_shift:
            raise RangeError(
                f"linear terms must be multiples of 2**{shape.field_shift} in this array: build one for this problem"
            )
        reach = max(problem.field_range())
        assert shape.levels is not None
        most = shape.levels << shape.field_shift
        if reach > most:
            raise RangeError(f"a field of {reach} does not fit, levels end at {most}: build the array for this problem")
        return replace(found, shape=shape)

    @cached_property
    def place(self) -> NDArray[np.int64]:
        """The position of each cell: (N,)."""
        return _places(self.order)

    def statistics(self) -> dict[str, Any]:
        """What ``limulator info`` shows: colours, and the shape."""
        shape = self.shape
        sizes, counts = np.unique(self.sizes, return_counts=True)
        return {
            "colours": len(self.sizes),
            "class_sizes": ", ".join(f"{n} of {size}" for size, n in zip(sizes[::-1], counts[::-1], strict=True)),
            "windows": shape.windows,
            "lanes": shape.lanes,
            "empty_positions": len(self.graph.empty),
            "degree": shape.degree,
            "field_shift": shape.field_shift,
            "levels": shape.levels,
            "coupling_bits": shape.coupling_bits,
            "field_bits": shape.field_bits,
        }

    def problem(self, problem: Problem) -> Problem:
        """The problem with its cells in the order of the scan; an empty position has no coupling, and linear term 0."""
        pairs, cells = problem.couplings.tocoo(), self.shape.cells
        where = tuple(self.place[ends] for ends in pairs.coords)
        linear = np.zeros(cells, np.int64)
        linear[self.place] = problem.linear
        return Problem(sparse.csr_array((pairs.data, where), shape=(cells, cells)), linear)

    def states(self, states: NDArray[np.int32]) -> NDArray[np.int32]:
        """States, (replicas, N), in the order of the scan, empty positions at 0: (replicas, positions)."""
        arranged = np.zeros((len(states), self.shape.cells), np.int32)
        arranged[:, self.place] = states
        return arranged

    def outcome(self, outcome: Outcome) -> Outcome:
        """An outcome of the array with the states of the problem's cells."""
        return replace(outcome, x=outcome.x[self.place], best=outcome.best[self.place])


def _widths(problem: Problem, lanes: int | None, formats: dict[str, int]) -> dict[str, int]:
    """What does not depend on the order of the cells of a colour array's shape. ``lanes`` are checked."""
    if problem.bits > 1:
        raise RangeError(f"the cells of a colour array have 1 bit, those of the problem {problem.bits}: {_INSTEAD}")
    widths = problem.array_shape(1, ColorShape, **formats).as_dict()
    field_shift = _shift(problem.linear, widths["coupling_shift"])
    levels = max(1, max(problem.field_range()) >> field_shift)
    if levels > MAX_LEVELS:
        raise RangeError(
            f"the colour array has a threshold for each of its levels, at most {MAX_LEVELS}, and the problem's fields "
            f"reach {levels}: {_INSTEAD}, or smaller coefficients"
        )
    if lanes is not None and not 1 <= lanes <= 1 << 10:
        raise RangeError(f"lanes must be 1..1024, got lanes={lanes}")
    return widths | {"field_shift": field_shift, "levels": levels}


def _shift(linear: NDArray[np.int64], most: int) -> int:
    """The largest s, of ``most`` at most, such that all linear terms are multiples of 2**s."""
    return int(np.gcd.reduce(linear, initial=1 << most)).bit_length() - 1


def _places(order: NDArray[np.int64]) -> NDArray[np.int64]:
    """The position of each cell."""
    occupied = np.flatnonzero(order >= 0)
    place = np.empty_like(occupied)
    place[order[occupied]] = occupied
    return place
