"""The boards."""

from __future__ import annotations

from dataclasses import dataclass

from limulator_hdl.formats import Shape

__all__ = ["BOARDS", "Board"]


@dataclass(frozen=True)
class Board:
    """A board: its ``name``, the clock of its array, and the shape it is built with unless another is asked for."""

    name: str
    clock_Hz: float
    shape: Shape


BOARDS = {
    board.name: board
    # a shift of 1 as max-cut has it, where Q = 2 w
    for board in (Board("icebreaker", 12e6, Shape(cells=64, lanes=8, coupling_shift=1)),)
}
"""The boards by name."""
