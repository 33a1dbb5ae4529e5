"""A small virtual board, built once for all tests and workers, and served for a session."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from limulator import Problem, Schedule, lattices
from limulator.anneal import arrange
from limulator.arrangement import Arrangement
from limulator_boards.board import BOARDS, suited
from limulator_boards.virtual import VirtualPort
from limulator_hdl.formats import Shape
from limulator_hdl.graph import Graph
from limulator_sim.build import cache_directory
from limulator_sim.virtual_board import VirtualBoard
from simulators import needs

SMALL = Shape(cells=12, lanes=4, coupling_shift=1, segments=64)


def _compile(shape: Shape, graph: Graph | None = None) -> None:
    needs("verilator")
    pytest.importorskip("serial", reason="pyserial is missing: pip install 'limulator[board]'")
    cache_directory().mkdir(parents=True, exist_ok=True)
    with open(cache_directory() / "virtual-board.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        VirtualBoard(shape, graph).close()


@pytest.fixture(scope="session")
def shape() -> Shape:
    """The shape of the small board; it is compiled when this returns."""
    _compile(SMALL)
    return SMALL


@pytest.fixture(scope="session")
def arrangement() -> Arrangement:
    """That of a small board with a colour array, for a torus of 25 cells in three colours: 7 windows of 4 lanes, and 3
    empty positions. The board is compiled when this returns."""
    problem = Problem.ising(dict.fromkeys(lattices.square(5, 5, periodic=True).edges, 1), np.ones(25, int))
    made = arrange(problem, Schedule("geometric", 200, 0.2, 6.0), 4)
    _compile(made.shape, made.graph)
    return made


@contextmanager
def serving(port: VirtualPort) -> Iterator[VirtualPort]:
    """The port, served by a thread."""
    thread = threading.Thread(target=port.serve)
    thread.start()
    try:
        yield port
    finally:
        port.stop()
        thread.join()
        port.close()


@pytest.fixture(scope="session")
def board(shape: Shape) -> Iterator[VirtualPort]:
    """The small board on a TCP port and a pseudo-terminal."""
    with serving(VirtualPort(shape, terminal=True)) as port:
        yield port


@pytest.fixture(scope="session")
def color_board(arrangement: Arrangement) -> Iterator[VirtualPort]:
    """The small board with a colour array."""
    with serving(VirtualPort(arrangement.shape, arrangement.graph)) as port:
        yield port


@pytest.fixture(scope="session")
def deep_board() -> Iterator[VirtualPort]:
    """A torus of 6 x 8 in memory, as an iCEBreaker has it."""
    problem = Problem.max_cut(lattices.square(6, 8, periodic=True))
    made = arrange(problem, Schedule("geometric", 200, 0.2, 6.0), 6, "deep")
    shape = suited(made.shape, BOARDS["icebreaker"])
    _compile(shape, made.graph)
    with serving(VirtualPort(shape, made.graph)) as port:
        yield port
