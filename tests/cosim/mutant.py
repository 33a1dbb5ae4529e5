"""A mistake in the gateware, and the test of the bench that must see it."""

from __future__ import annotations

from typing import NamedTuple

from limulator_hdl.formats import Shape
from limulator_hdl.graph import Graph

__all__ = ["CASES", "PAUSES", "STOPS", "STRAIGHT", "SWEEPS", "Mutant"]

CASES = (2, 10, 20, 28)
"""Dense or sparse couplings, and schedules in which a good deal happens."""

SWEEPS, STRAIGHT, STOPS, PAUSES = "sweep_by_sweep", "straight_through", "interrupted", "end_of_a_pause"


class Mutant(NamedTuple):
    """A mistake: where ``old`` becomes ``new``, and a test that must see it on this shape, and graph of a colour array."""

    what: str
    file: str
    old: str
    new: str
    shape: Shape = Shape(cells=6, lanes=3, bits=1, coupling_bits=3, segments=8)
    test: str = SWEEPS
    cases: tuple[int, ...] = CASES
    graph: Graph | None = None
